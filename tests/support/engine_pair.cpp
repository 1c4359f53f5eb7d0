// SPDX-License-Identifier: Apache-2.0
#include "tests/support/engine_pair.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/engine/dropout.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::testing {
namespace {

/// Potentials are sums of some tens of numbers of the size of the largest one, each rounded to 2^-24 of it,
/// and pass on a part of their error from step to step: 128 roundings is far more than was ever seen (docs/
/// performance.md) and far less than any real difference.
constexpr double rounding = 128 * 0x1p-24;

/// Where the net itself magnifies roundings, that of every parameter by one stands for all those on the way.
constexpr double condition_factor = 30;

std::string place(const Population& population, std::size_t t, std::size_t i) {
  return population.name + "[" + std::to_string(i) + "] at step " + std::to_string(t);
}

/// The first difference of one sample in the order in which things are computed. "" and flip = false: none.
struct Difference {
  std::string wrong;
  bool flip = false;
};

class SampleComparer {
 public:
  /// `moved`: the tape of the reference at parameters one rounding away.
  SampleComparer(const Network& network, const Tape<double>& tape, const Tape<double>& moved,
                 const SampleRecord& record, const std::optional<Clamp>& clamp, const DrawKey& key)
      : network_(network), tape_(tape), moved_(moved), record_(record), clamp_(clamp), key_(key) {}

  Difference run() {
    for (std::size_t t = 0; t < network_.steps(); ++t)
      for (std::size_t p = 0; p < network_.populations().size(); ++p) {
        const Population& population = network_.populations()[p];
        if (output_of(population.unit) == UnitOutput::given) continue;
        Difference found;
        for (std::size_t i = 0; i < population.size(); ++i)
          note_move(network_.layout(p).unit_offset + i, t, population);
        for (std::size_t i = 0; i < population.size() && found.wrong.empty(); ++i) compare(p, t, i, found);
        if (found.flip || !found.wrong.empty()) return found;
      }
    return {};
  }

 private:
  /// Largest distance of the two tapes so far; not beyond the first spike that differs between them.
  void note_move(std::size_t column, std::size_t t, const Population& population) {
    const bool spike = population.spikes() && population.output != OutputKind::analog;
    parted_ |= spike && tape_.output[t][column] != moved_.output[t][column] &&
               (tape_.output[t][column] == 0.0 || tape_.output[t][column] == 1.0);
    if (!parted_) move_ = std::max(move_, std::abs(tape_.excess[t][column] - moved_.excess[t][column]));
  }

  void compare(std::size_t p, std::size_t t, std::size_t i, Difference& found) {
    const Population& population = network_.populations()[p];
    const std::size_t column = network_.layout(p).unit_offset + i;
    const double x = tape_.excess[t][column], y = tape_.output[t][column];
    const double cpu_x = double{record_.excess[p][t][i]}, cpu_y = double{record_.output[p][t][i]};
    largest_ = std::max(largest_, std::abs(x));
    const double bound = rounding * (1.0 + largest_) + condition_factor * move_;
    if (!(std::abs(x - cpu_x) <= bound)) {
      found.wrong =
          "x of " + place(population, t, i) + " is " + std::to_string(cpu_x) + ", not " + std::to_string(x);
      return;
    }
    const bool spike = population.spikes() && population.output != OutputKind::analog;
    const bool number = !spike || (y != 0.0 && y != 1.0) || (cpu_y != 0.0 && cpu_y != 1.0);
    if (number) {
      // dy/dx of an escape function is its slope; of a readout, 1.
      const double slope =
          population.spikes()
              ? std::visit([&](const auto& f) { return equations::derivative(f, x); }, population.escape)
              : 1.0;
      if (!(std::abs(y - cpu_y) <= (1.0 + slope) * bound))
        found.wrong = "output of " + place(population, t, i) + " is " + std::to_string(cpu_y) + ", not " +
                      std::to_string(y);
      return;
    }
    if (y == cpu_y) return;
    // A spike has turned: only where it was so close to turning that rounding can explain it.
    double margin = std::abs(x), allowed = bound;
    if (clamp_ && clamp_->population == p) {
      margin = 1.0, allowed = 0.0;
    } else if (population.is_stochastic()) {
      const double word =
          uniform(key_of(p).bits(static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(i)));
      const auto [probability, slope] = std::visit(
          [&](const auto& f) { return std::pair(equations::probability(f, x), equations::derivative(f, x)); },
          population.escape);
      margin = std::abs(word - probability);
      allowed = slope * bound + 4 * 0x1p-24 * probability;
    }
    if (margin <= allowed)
      found.flip = true;
    else
      found.wrong =
          "spike of " + place(population, t, i) + " differs; its margin is " + std::to_string(margin);
  }

  DrawKey key_of(std::size_t p) const {
    DrawKey key = key_;
    key.population = static_cast<std::uint32_t>(p);
    return key;
  }

  const Network& network_;
  const Tape<double>&tape_, &moved_;
  const SampleRecord& record_;
  const std::optional<Clamp>& clamp_;
  DrawKey key_;
  double largest_ = 0.0, move_ = 0.0;
  bool parted_ = false;
};

bool is_spikes(const Grid<double>& values) {
  return std::all_of(values.flat().begin(), values.flat().end(),
                     [](double v) { return v == 0.0 || v == 1.0; });
}

}  // namespace

OwnedSample::OwnedSample(const Network& network, const Input& input, bool as_values) {
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    if (output_of(network.populations()[p].unit) != UnitOutput::given) continue;
    const Grid<double>& values = input.values[p];
    Population& to = *populations_.emplace_back(std::make_unique<Population>());
    if (as_values || !is_spikes(values)) {
      to.values.assign(values.flat().begin(), values.flat().end());
      inputs_.emplace_back(DenseValues{to.values});
      continue;
    }
    to.begin.push_back(0);
    for (std::size_t t = 0; t < values.rows(); ++t) {
      for (std::size_t i = 0; i < values.columns(); ++i)
        if (values[t][i] != 0.0) to.units.push_back(static_cast<std::uint16_t>(i));
      to.begin.push_back(static_cast<std::uint32_t>(to.units.size()));
    }
    inputs_.emplace_back(EventList{to.begin, to.units});
  }
}

EngineCase engine_case(RandomNet net, std::size_t samples, std::uint64_t seed) {
  Dice dice(seed);
  // Potentials of a few thresholds whatever the fan-in; and both engines must see the same numbers.
  const Network& network = net.network;
  for (std::size_t c = 0; c < network.connections().size(); ++c) {
    const Shape& from = network.populations()[network.connections()[c].from].shape;
    const double fan_in = std::visit([&](const auto& kind) { return static_cast<double>(kind.fan_in(from)); },
                                     network.connections()[c].kind);
    const ParameterBlock& block = network.blocks()[c];
    for (std::size_t k = 0; k < block.size; ++k)
      net.parameters[block.offset + k] *= std::min(1.0, 2.0 / std::sqrt(fan_in));
  }
  for (double& w : net.parameters) w = double{static_cast<float>(w)};
  for (Grid<double>& grid : net.input.values)
    for (double& v : grid.flat()) v = double{static_cast<float>(v)};
  EngineCase c{std::move(net),   {},           {}, seed, static_cast<std::uint32_t>(dice.below(3)), 0.0,
               dice.chance(0.1), seed % 3 != 0};
  for (std::size_t s = 0; s < samples; ++s) {
    Input input = c.net.input;
    Loss loss = c.net.loss;
    if (s > 0) {
      for (Grid<double>& grid : input.values) {
        const bool spikes = is_spikes(grid);
        const double rate = dice.real(0.0, 0.8);
        for (double& v : grid.flat())
          v = spikes ? (dice.chance(rate) ? 1.0 : 0.0) : double{static_cast<float>(dice.normal())};
      }
      std::visit(
          [&](auto& l) {
            if constexpr (requires { l.label; })
              l.label = dice.below(c.net.network.populations()[l.population].size());
          },
          loss);
    }
    c.inputs.push_back(std::move(input));
    c.losses.push_back(std::move(loss));
  }
  return c;
}

CaseSamples::CaseSamples(const EngineCase& c) {
  for (const Input& input : c.inputs) owned_.emplace_back(c.net.network, input, c.as_values);
  for (std::size_t s = 0; s < owned_.size(); ++s) {
    samples_.push_back(owned_[s].sample(c.losses[s], static_cast<std::uint32_t>(s), c.trial));
    samples_.back().baseline = c.baseline;
  }
}

CpuResult run_cpu(const EngineCase& c, const LearningSignal& signal, unsigned threads) {
  const CaseSamples samples(c);
  CpuResult result;
  result.gradient.assign(c.net.parameters.size(), 0.0);
  result.outcomes.resize(c.inputs.size());
  result.records.resize(c.inputs.size());
  CpuEngine engine(c.objective(), threads);
  engine.prepare(signal)->run({.parameters = c.net.parameters,
                               .samples = samples.samples(),
                               .seed = c.seed,
                               .dropout = c.dropout,
                               .done = RandomNet::done},
                              {.gradient = result.gradient,
                               .outcomes = result.outcomes,
                               .activity = &result.activity,
                               .records = result.records});
  return result;
}

Comparison compare_engines(const EngineCase& c, const LearningSignal& signal, const CpuResult& fast) {
  const Network& network = c.net.network;
  Comparison out;
  std::vector<double> gradient(c.net.parameters.size(), 0.0), moved_gradient = gradient,
                                                              rounded = c.net.parameters;
  Dice dice(c.seed);
  for (double& w : rounded) w *= 1.0 + (dice.chance(0.5) ? 0x1p-24 : -0x1p-24);
  // What an engine in floats holds of a time constant is its decay: one rounding of that, by
  // dλ/λ = dt/τ d log τ, is more than one of log τ.
  for (const ParameterBlock& block : network.blocks())
    for (std::size_t k = block.offset; block.kind == ParameterKind::log_tau && k < block.offset + block.size;
         ++k)
      rounded[k] = c.net.parameters[k] + (dice.chance(0.5) ? 0x1p-24 : -0x1p-24) *
                                             std::exp(c.net.parameters[k]) / network.time().dt;
  for (std::size_t s = 0; s < c.inputs.size(); ++s) {
    const auto dropout_scale =
        c.dropout ? draw_dropout_scale(network, c.seed, static_cast<std::uint32_t>(s), c.trial)
                  : std::vector<double>{};
    const Problem problem{network,       c.net.parameters, c.inputs[s], c.losses[s], c.net.regularisers,
                          dropout_scale, RandomNet::done};
    CounterDraws draws(c.seed, static_cast<std::uint32_t>(s), c.trial);
    ReferenceTrial trial(c.objective(), signal), moved(c.objective(), signal);
    const double loss = trial.forward(problem, draws);
    trial.backward(problem, loss - c.baseline, {}, gradient);
    const double moved_loss = moved.forward(problem.at(rounded), draws);
    moved.backward(problem.at(rounded), moved_loss - c.baseline, {}, moved_gradient);
    out.loss_condition = std::max(out.loss_condition, std::abs(moved_loss - loss) / (1.0 + std::abs(loss)));

    const std::optional<Clamp> clamp = clamp_for(c.losses[s], signal.forcing);
    DrawKey key;
    key.seed = c.seed;
    key.sample = static_cast<std::uint32_t>(s);
    key.trial = c.trial;
    const Difference difference =
        SampleComparer(network, trial.tape(), moved.tape(), fast.records[s], clamp, key).run();
    if (!difference.wrong.empty() && out.wrong.empty())
      out.wrong = "sample " + std::to_string(s) + ": " + difference.wrong;
    if (difference.flip)
      ++out.flips;
    else
      out.loss_distance =
          std::max(out.loss_distance, std::abs(fast.outcomes[s].total() - loss) / (1.0 + std::abs(loss)));
  }
  for (const double g : gradient) out.largest = std::max(out.largest, std::abs(g));
  out.gradient_distance = distance(fast.gradient, gradient, 1e-30);
  out.gradient_condition = distance(moved_gradient, gradient, 1e-30);
  if (out.largest == 0.0)
    out.gradient_distance =
        std::any_of(fast.gradient.begin(), fast.gradient.end(), [](double g) { return g != 0.0; }) ? 1.0
                                                                                                   : 0.0;
  return out;
}

}  // namespace spikegrad::testing
