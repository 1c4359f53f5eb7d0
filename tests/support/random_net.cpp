// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_net.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "spikegrad/engine/dropout.hpp"
#include "spikegrad/network/refractory.hpp"
#include "tests/support/all_members.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/neuron_cases.hpp"
#include "tests/support/random_convolution.hpp"
#include "tests/support/random_delays.hpp"
#include "tests/support/random_escape.hpp"

namespace spikegrad::testing {
namespace {

template <class Variant>
std::string_view kind_of(const Variant& member) {
  return std::visit([](const auto& m) { return m.kind; }, member);
}
bool allowed(const std::vector<std::string_view>& kinds, std::string_view kind) {
  return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

const std::vector<std::pair<std::string_view, Reset>> resets = {
    {"multiplicative", Reset::multiplicative},
    {"multiplicative-leak", Reset::multiplicative_leak},
    {"subtractive", Reset::subtractive},
    {"none", Reset::none}};

class Builder {
 public:
  Builder(std::uint64_t seed, const RandomNetOptions& options)
      : options_(options),
        dice_(seed),
        unit_dice_(seed, 1),
        dropout_dice_(seed, 2),
        delay_dice_(seed, 3),
        escape_dice_(seed, 4),
        leak_dice_(seed, 5),
        threshold_dice_(seed, 6),
        synapse_dice_(seed, 7),
        conv_dice_(seed, 8) {
    text_ = "random_net(" + std::to_string(seed) + "):";
  }

  RandomNet build() {
    plan();
    add_input();
    for (std::size_t l = 0; l < lif_.size(); ++l) add_layer(l);
    if (options_.readouts && dice_.chance(0.3)) add_readout();
    add_extra_connections();
    if (options_.delays)
      for (Connection& c : connections_)
        delay(c, populations_, options_, steps_, delay_dice_, synapse_dice_, text_);
    Network network({options_.dt, steps_}, std::move(populations_), std::move(connections_));
    std::vector<double> parameters = weights(network);
    Input input = inputs(network);
    Loss loss = choose_loss(network);
    text_ +=
        ", loss " + std::string(kind_of(loss)) + " of " + network.populations()[population_of(loss)].name;
    std::vector<Regulariser> regularisers = choose_regularisers(network);
    std::vector<double> dropout_scale = draw_dropout_scale(network, 1, 0, 0);
    return {std::move(network),      std::move(parameters),   std::move(input), std::move(loss), text_,
            std::move(regularisers), std::move(dropout_scale)};
  }

 private:
  /// Layers and steps within the bound. A LIF layer passes a spike on after two steps, so nets of LIF layers
  /// get more steps where the bound allows.
  void plan() {
    const std::size_t most = std::min(options_.max_layers, options_.max_spikes / options_.min_steps);
    lif_.resize(dice_.between(1, std::max<std::size_t>(1, most)));
    std::size_t delay = 1;
    for (std::size_t l = 0; l < lif_.size(); ++l) {
      lif_[l] = options_.lif && (!options_.binary || dice_.chance(0.5));
      if (lif_[l]) delay += 2;
    }
    const std::size_t last =
        std::clamp(options_.max_spikes / lif_.size(), options_.min_steps, options_.max_steps);
    steps_ = dice_.between(std::clamp(delay, options_.min_steps, last), last);
    budget_ = std::max(options_.max_spikes / steps_, lif_.size());
  }

  void add_input() {
    Population x;
    x.name = "x";
    x.unit = InputUnit{};
    const std::size_t channels = options_.max_inputs >= 2 && dice_.chance(0.3) ? 2 : 1;
    x.shape = {channels, dice_.between(1, std::max<std::size_t>(1, options_.max_inputs / channels))};
    populations_.push_back(x);
  }

  void add_layer(std::size_t l) {
    const std::size_t left = lif_.size() - l - 1;  // layers to come, each needs a unit
    const std::size_t most = std::min(options_.max_units, budget_ - left);
    const std::size_t before = populations_.size() - 1;
    Population h;
    h.name = std::string(1, 'h').append(std::to_string(l + 1));
    Connection from_before{before, before + 1, Dense{}};
    const bool wide = options_.wide_kernels && dice_.chance(0.4);
    const Conv1d conv = wide ? Conv1d{dice_.between(1, 25), dice_.between(1, 12), dice_.below(20)}
                             : Conv1d{dice_.between(1, 3), dice_.between(1, 2), dice_.below(3)};
    const std::size_t positions = conv.target_positions(populations_[before].shape.positions);
    if (options_.conv && positions > 0 && positions <= most && dice_.chance(0.5) &&
        populations_[before].shape.rows == 1) {
      h.shape = {dice_.between(1, most / positions), positions};
      from_before.kind = conv;
      text_ += " conv";
    } else {
      h.shape = {1, dice_.between(1, most)};
      if (h.shape.positions % 2 == 0 && dice_.chance(0.3)) h.shape = {2, h.shape.positions / 2};
    }
    if (options_.conv && options_.planes && conv_dice_.chance(0.35))
      convolve_otherwise(populations_[before], h, from_before, most);
    budget_ -= h.size();
    text_ += " " + h.name + "[" + std::to_string(h.shape.channels) + "x" +
             (h.shape.rows > 1 ? std::to_string(h.shape.rows) + "x" : "") +
             std::to_string(h.shape.columns()) + "]";
    if (lif_[l]) {
      Lif unit;
      unit.tau_mem = dice_.real(2e-3, 10e-3);
      unit.tau_syn = dice_.real(1e-3, 6e-3);
      unit.threshold = dice_.real(0.3, 1.0);
      std::pair<std::string_view, Reset> reset;
      do reset = dice_.pick(resets);
      while (!allowed(options_.resets, reset.first));
      // Of dice of its own, so that nets are those they were before there was this reset.
      if (reset.second == Reset::subtractive && options_.resets.empty() && leak_dice_.chance(0.5))
        reset = {"subtractive-leak", Reset::subtractive_leak};
      unit.reset = reset.second;
      h.unit = unit;
      if (options_.adaptive && unit_dice_.chance(0.3))
        h.unit = Alif{unit, unit_dice_.real(3e-3, 30e-3), unit_dice_.real(-0.3, 1.5)};
      else if (options_.adaptive && unit_dice_.chance(0.3))
        h.unit = unit_dice_.pick(other_units());
      h.differentiate_reset = dice_.chance(0.5) && has_reset(h.unit);
      text_ += " " + std::string(kind_of(h.unit)) + " ";
      if (lif_of(h.unit)) text_ += reset.first;
      if (h.differentiate_reset) text_ += " (differentiated)";
    } else {
      h.unit = Binary{{}, dice_.real(-0.3, 0.8)};
      text_ += " binary";
    }
    h.output = dice_.pick(options_.outputs);
    static constexpr const char* outputs[] = {"stochastic", "deterministic", "analog"};
    text_ += std::string(" ") + outputs[static_cast<std::size_t>(h.output)];
    choose_escape(h);
    text_ += " " + std::string(kind_of(h.escape));
    static const auto surrogates = all_members<Surrogate>();
    if (options_.own_surrogates && dice_.chance(0.7)) {
      h.surrogate = dice_.pick(surrogates);
      text_ += "/" + std::string(kind_of(*h.surrogate));
    }
    learn(h);
    learn_gains(h);
    learn_threshold(h);
    if (options_.refractory && h.output != OutputKind::analog && lif_[l] && threshold_dice_.chance(0.5)) {
      h.refractory_steps = threshold_dice_.between(1, 3);
      text_ += " refractory " + std::to_string(h.refractory_steps);
    }
    if (options_.dropout && dropout_dice_.chance(0.3)) {
      h.dropout = dropout_dice_.real(0.1, 0.7);
      h.dropout_per = synapse_dice_.pick<DropoutPer>({DropoutPer::trial, DropoutPer::step});
      text_ += h.dropout_per == DropoutPer::step ? " dropout of steps" : " dropout";
    }
    h.bias = options_.biases && dice_.chance(0.4);
    if (h.bias) text_ += " bias";
    if (h.bias && options_.planes && conv_dice_.chance(0.5))
      h.bias_per = BiasPer::channel, text_ += " of channels";
    text_ += ";";
    populations_.push_back(h);
    connections_.push_back(from_before);
  }

  /// In place of what came out: dilation, groups, rows and columns. The input, of whose units nothing has counted on
  /// more than their number, may get channels and rows of its own.
  void convolve_otherwise(Population& source, Population& h, Connection& c, std::size_t most) {
    const bool is_input = &source == populations_.data();
    const Shape from = is_input ? reshaped(source.size(), conv_dice_) : source.shape;
    const auto conv = random_convolution(from, most, conv_dice_);
    if (!conv) return;
    source.shape = from;
    h.shape = conv->target;
    c.kind = conv->kind;
    text_ += conv->text;
  }

  /// The first four by the dice of the net, the others by one of their own: it leaves the rest of the net as it was.
  void choose_escape(Population& h) {
    static const auto all = all_members<Escape>();
    static const std::vector<Escape> first(all.begin(), all.begin() + 4);
    const auto is_allowed = [&](const Escape& f) { return allowed(options_.escapes, kind_of(f)); };
    const bool one_of_first = std::any_of(first.begin(), first.end(), is_allowed);
    if (one_of_first) {
      do h.escape = dice_.pick(first);
      while (!is_allowed(h.escape));
      std::visit([&](auto& f) { randomise(f, dice_); }, h.escape);
    }
    std::vector<Escape> others;
    std::copy_if(all.begin() + 4, all.end(), std::back_inserter(others), is_allowed);
    if (others.empty() || (one_of_first && escape_dice_.chance(0.5))) return;
    h.escape = escape_dice_.pick(others);
    std::visit([&](auto& f) { randomise(f, escape_dice_); }, h.escape);
  }

  /// Those that spike and have a memory, but for the ones that are drawn with settings of their own.
  static std::vector<Unit> other_units() {
    std::vector<Unit> units;
    for (const Unit& unit : unit_cases)
      if (output_of(unit) == UnitOutput::spike && timing_of(unit) == DriveTiming::next_step && !lif_of(unit))
        units.push_back(unit);
    return units;
  }

  void learn(Population& p) {
    if (!options_.learned || time_constants_of(p.unit).empty() || !unit_dice_.chance(0.3)) return;
    p.learn_time_constants =
        unit_dice_.chance(0.5) ? LearnTimeConstants::unit : LearnTimeConstants::population;
    text_ += p.learn_time_constants == LearnTimeConstants::unit ? " taus" : " tau";
  }
  void learn_gains(Population& p) {
    if (!options_.learned || gains_of(p.unit).size() < 2 || !unit_dice_.chance(0.5)) return;
    p.learn_gains = unit_dice_.chance(0.5) ? LearnTimeConstants::unit : LearnTimeConstants::population;
    text_ += p.learn_gains == LearnTimeConstants::unit ? " gains" : " gain";
  }

  void learn_threshold(Population& p) {
    if (!options_.learned || !has_learnable_threshold(p.unit) || !threshold_dice_.chance(0.3)) return;
    p.learn_threshold =
        threshold_dice_.chance(0.5) ? LearnTimeConstants::unit : LearnTimeConstants::population;
    text_ += p.learn_threshold == LearnTimeConstants::unit ? " thresholds" : " threshold";
  }

  void add_readout() {
    Population y;
    y.name = "y";
    Readout unit;
    unit.tau_mem = dice_.real(2e-3, 10e-3);
    unit.tau_syn = dice_.real(1e-3, 6e-3);
    y.unit = unit;
    y.shape = {1, dice_.between(1, 3)};
    learn(y);
    y.bias = options_.biases && dice_.chance(0.4);
    populations_.push_back(y);
    connections_.push_back({populations_.size() - 2, populations_.size() - 1, Dense{}});
    text_ += " readout;";
  }

  void add_extra_connections() {
    for (std::size_t to = 1; to < populations_.size(); ++to) {
      const Population& target = populations_[to];
      if (options_.skips && to >= 2 && dice_.chance(0.35)) connect(dice_.below(to - 1), to, Dense{});
      if (output_of(target.unit) != UnitOutput::spike || timing_of(target.unit) != DriveTiming::next_step)
        continue;
      if (options_.recurrent && dice_.chance(0.5)) {
        const std::size_t padding = dice_.below(options_.wide_kernels && dice_.chance(0.4) ? 9 : 2);
        if (options_.conv && dice_.chance(0.4))
          connect(to, to,
                  options_.planes ? convolution_onto_itself(target.shape, padding, conv_dice_)
                                  : ConnectionKind(Conv1d{2 * padding + 1, 1, padding}));
        else
          connect(to, to, Dense{});
      }
      std::size_t last = populations_.size() - 1;
      if (output_of(populations_[last].unit) == UnitOutput::potential) --last;
      if (options_.feedback && last > to && dice_.chance(0.25))
        connect(dice_.between(to + 1, last), to, Dense{});
    }
  }

  void connect(std::size_t from, std::size_t to, ConnectionKind kind) {
    connections_.push_back({from, to, std::move(kind)});
    text_ += " " + populations_[from].name + "->" + populations_[to].name;
  }

  std::vector<double> weights(const Network& network) {
    std::vector<double> w(network.parameter_count());
    for (std::size_t b = 0; b < network.blocks().size(); ++b) {
      const ParameterBlock& block = network.blocks()[b];
      if (block.kind == ParameterKind::log_tau) {  // from 1 to 20 ms
        for (std::size_t k = 0; k < block.size; ++k)
          w[block.offset + k] = std::log(1e-3) + unit_dice_.real(0.0, 3.0);
        continue;
      }
      if (block.kind == ParameterKind::gain) {
        const bool is_threshold = !std::isfinite(block.highest);
        for (std::size_t k = 0; k < block.size; ++k)
          w[block.offset + k] =
              is_threshold ? threshold_dice_.real(0.3, 1.0) : unit_dice_.real(block.lowest, block.highest);
        continue;
      }
      if (block.kind == ParameterKind::delay) {
        for (std::size_t k = 0; k < block.size; ++k)
          w[block.offset + k] =
              (block.shape.size() > 1 ? synapse_dice_ : delay_dice_).real(0.0, block.highest);
        continue;
      }
      // A LIF unit sees (1-λ_m) of its current, so it needs the larger weights.
      double scale = 0.5;
      if (b < network.connections().size())
        scale = timing_of(network.populations()[network.connections()[b].to].unit) == DriveTiming::same_step
                    ? 1.0
                    : 2.5;
      for (std::size_t k = 0; k < block.size; ++k) w[block.offset + k] = scale * dice_.normal();
    }
    return w;
  }

  Input inputs(const Network& network) {
    Input input;
    input.values.resize(network.populations().size());
    Grid<double>& x = input.values[0] = Grid<double>(network.steps(), network.populations()[0].size());
    const bool values = options_.value_inputs && dice_.chance(0.3);
    const double rate = dice_.real(0.3, 0.8);
    for (double& v : x.flat()) v = values ? dice_.normal() : dice_.chance(rate) ? 1.0 : 0.0;
    return input;
  }

  Loss choose_loss(const Network& network) {
    std::size_t p = network.populations().size() - 1;
    const bool readout = output_of(network.populations()[p].unit) == UnitOutput::potential;
    if (options_.hidden_losses && !readout && p > 1 && dice_.chance(0.15)) p = dice_.between(1, p - 1);
    const Population& y = network.populations()[p];
    std::vector<Loss> fitting;
    for (const Loss& loss : all_members<Loss>()) {
      const bool is_likelihood = std::holds_alternative<LikelihoodLoss>(loss);
      const bool is_classification = std::holds_alternative<MaxCrossEntropyLoss>(loss) ||
                                     std::holds_alternative<MeanCrossEntropyLoss>(loss) ||
                                     std::holds_alternative<SoftmaxSumLoss>(loss);
      const bool counts = std::holds_alternative<CountCrossEntropyLoss>(loss) ||
                          std::holds_alternative<FirstSpikeCrossEntropyLoss>(loss);
      // Where p reaches 0 or 1, log P of the other event is infinite: no likelihood there.
      const bool clipped = std::holds_alternative<ClippedExponentialEscape>(y.escape) ||
                           std::holds_alternative<RectangularEscape>(y.escape) ||
                           std::holds_alternative<TriangularEscape>(y.escape);
      if (allowed(options_.losses, kind_of(loss)) && (!is_likelihood || (y.is_stochastic() && !clipped)) &&
          (!is_classification || readout) && (!counts || (y.spikes() && y.size() > 1)))
        fitting.push_back(loss);
    }
    Loss loss = fitting.empty() ? Loss(LinearLoss{}) : dice_.pick(fitting);
    const bool real_target = readout || dice_.chance(0.2);
    std::visit(
        [&](auto& l) {
          l.population = p;
          if constexpr (requires { l.label; }) l.label = dice_.below(y.size());
          if constexpr (requires { l.ignore_steps; }) l.ignore_steps = dice_.below(network.steps());
          if constexpr (requires { l.coefficients; }) l.coefficients = random_grid(network, y, true);
          if constexpr (requires { l.target; })
            l.target = random_grid(
                network, y, real_target && !requires { l.clamp(); });
          if constexpr (requires { l.clamp(); })  // what is refractory has no spikes
            for (std::size_t t = 0; t < network.steps(); ++t)
              for (std::size_t i = 0; i < y.size(); ++i)
                if (is_refractory(l.target, i, t, y.refractory_steps)) l.target[t][i] = 0.0;
          if constexpr (requires {
                          l.label;
                          l.scale;
                        })
            l.scale = dice_.real(0.1, 2.0);
          if constexpr (requires { l.tau_mem; }) {
            l.tau_mem = dice_.real(4e-3, 10e-3);
            l.tau_syn = dice_.real(1e-3, 3e-3);
            l.scale = dice_.real(0.5, 2.0);
          }
        },
        loss);
    return loss;
  }

  /// Bounds about half of all steps, so that most penalties are there and neither too little nor too much.
  std::vector<Regulariser> choose_regularisers(const Network& network) {
    std::vector<Regulariser> chosen;
    static const auto kinds = all_members<Regulariser>();
    while (options_.regularisers && dice_.chance(0.35)) {
      Regulariser& regulariser = chosen.emplace_back(dice_.pick(kinds));
      std::visit(
          [&](auto& r) {
            r.population = dice_.between(1, lif_.size());
            r.bound = dice_.real(0.0, 0.8) * static_cast<double>(network.steps());
            r.strength = dice_.real(0.1, 2.0);
            r.norm = dice_.chance(0.5) ? Norm::l1 : Norm::l2;
            r.per = dice_.pick<CountOf>({CountOf::unit, CountOf::channel, CountOf::population});
            text_ += ", " + std::string(r.kind) + " of " + network.populations()[r.population].name;
          },
          regulariser);
    }
    return chosen;
  }

  Grid<double> random_grid(const Network& network, const Population& y, bool real) {
    Grid<double> grid(network.steps(), y.size());
    for (double& v : grid.flat()) v = real ? dice_.normal() : dice_.chance(0.4) ? 1.0 : 0.0;
    return grid;
  }

  const RandomNetOptions& options_;
  Dice dice_;
  // Of what came later, so that the nets of old stay what they were in all else.
  Dice unit_dice_, dropout_dice_, delay_dice_, escape_dice_, leak_dice_, threshold_dice_, synapse_dice_,
      conv_dice_;
  std::string text_;
  std::vector<bool> lif_;
  std::size_t steps_ = 1, budget_ = 1;
  std::vector<Population> populations_;
  std::vector<Connection> connections_;
};

}  // namespace

RandomNet random_net(std::uint64_t seed, const RandomNetOptions& options) {
  return Builder(seed, options).build();
}

}  // namespace spikegrad::testing
