// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/reference/backward.hpp"

#include <algorithm>
#include <array>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/network/refractory.hpp"

namespace spikegrad {

double smoothed_bernoulli_derivative(double p, bool spiked) {
  // docs/derivations.md, section 6. Without a spike the right derivative is +1 with weight 1/(1-p) and counts
  // (1-p) times; after one the left derivative is -1 with weight -1/p and counts p times. The products are
  // written as quotients: 1/p alone would overflow for p < 1e-308, which a spike may well have in an
  // enumeration.
  return spiked ? (-1.0) * (-p / p) : (1.0 - p) / (1.0 - p);
}

namespace {

double escape_derivative(const Population& population, double x) {
  return std::visit([x](const auto& f) { return equations::derivative(f, x); }, population.escape);
}

/// φ' of one unit with excess x and output S.
double pseudo_derivative(const Population& population, Slope slope, const SpikeSlope& own, double x,
                         double output) {
  switch (slope) {
    case Slope::zero:
      return 0.0;
    case Slope::one:
      return 1.0;
    case Slope::output:
      return output;
    case Slope::surrogate:
      return std::visit([x](const auto& g) { return equations::slope(g, x); }, *population.surrogate);
    case Slope::own:
      return std::visit(
          [&](const auto& f, const auto& member) { return equations::spike_slope(member, f, x, output); },
          population.escape, own);
    case Slope::escape:
    case Slope::smoothed:
      break;
  }
  const double derivative = escape_derivative(population, x);
  if (slope == Slope::escape) return derivative;
  const double p = std::visit([x](const auto& f) { return equations::probability(f, x); }, population.escape);
  return derivative * smoothed_bernoulli_derivative(p, output != 0.0);
}

/// What a backward pass adds to, and what it reads of.
struct Spreader {
  const Network& network;
  std::span<const double> parameters, back;  ///< the weights, and those through which signals go back
  const Grid<double>& output;
  const Lowering& lowering;
  const detail::Taps<double>& taps;
  std::span<const double> dropout_scale;
  Grid<double>& adj_output;
  std::span<double> gradient;

  /// m of a unit in step t, and m S.
  double factor(std::size_t t, std::size_t u) const {
    return dropout_factor(dropout_scale, output.columns(), t, u);
  }
  double sent(std::size_t t, std::size_t u) const { return factor(t, u) * output[t][u]; }

  /// From D̄[t] of one population: the gradient of what enters it, and the signals to its sources. Either may take
  /// the first effect of the drive in place of the whole.
  void operator()(std::size_t p, std::size_t t, std::span<const double> whole,
                  std::span<const double> first) const {
    const auto of = [&](DriveEffect effect) { return effect == DriveEffect::first ? first : whole; };
    const auto adj_drive = of(lowering.signal.weight_effect), back_drive = of(lowering.signal.signal_effect);
    const PopulationLayout& layout = network.layout(p);
    if (layout.bias_block) {
      const ParameterBlock& block = network.blocks()[*layout.bias_block];
      const Population& population = network.populations()[p];
      for (std::size_t i = 0; i < population.size(); ++i)
        gradient[block.offset + population.bias_place(i)] += adj_drive[i];
    }
    for (const std::size_t c : layout.incoming) {
      const Connection& connection = network.connections()[c];
      std::visit(
          [&](const auto& kind) {
            if (network.delays(c).by_synapse())
              through_synapse_delays(kind, c, t, adj_drive, back_drive);
            else if (network.delays(c).any())
              through_delays(kind, c, t, adj_drive, back_drive);
            else
              at_once(kind, c, t, adj_drive, back_drive);
          },
          connection.kind);
    }
  }

 private:
  template <class Kind>
  void at_once(const Kind& kind, std::size_t c, std::size_t t, std::span<const double> adj_drive,
               std::span<const double> back_drive) const {
    const Connection& connection = network.connections()[c];
    const Shape &source = network.populations()[connection.from].shape,
                &target = network.populations()[connection.to].shape;
    const std::size_t offset = network.blocks()[c].offset, from = network.layout(connection.from).unit_offset;
    for (std::size_t j = 0; j < source.size(); ++j)
      if (const double s = sent(t, from + j); s != 0.0)
        kind.for_each_target(source, target, j,
                             [&](std::size_t i, std::size_t k) { gradient[offset + k] += adj_drive[i] * s; });
    if (lowering.carries[c])
      kind.for_each(source, target, [&](std::size_t i, std::size_t j, std::size_t k) {
        adj_output[t][from + j] += back[offset + k] * back_drive[i] * factor(t, from + j);
      });
  }

  template <class Kind>
  void through_delays(const Kind& kind, std::size_t c, std::size_t t, std::span<const double> adj_drive,
                      std::span<const double> back_drive) const {
    const Connection& connection = network.connections()[c];
    const Shape &source = network.populations()[connection.from].shape,
                &target = network.populations()[connection.to].shape;
    const std::size_t offset = network.blocks()[c].offset, from = network.layout(connection.from).unit_offset;
    for (std::size_t j = 0; j < source.size(); ++j) {
      const DelayTap<double>& tap = taps.of_sources.of(c, j);
      if (tap.steps > t) continue;
      const std::size_t u = from + j, n = tap.steps;
      const double s = detail::delayed_output(detail::Sent<double>{output, dropout_scale}, u, t, tap);
      double adj = 0.0, signal = 0.0;  // of m S; what goes back
      kind.for_each_target(source, target, j, [&](std::size_t i, std::size_t k) {
        gradient[offset + k] += adj_drive[i] * s;
        adj += parameters[offset + k] * adj_drive[i];
        signal += back[offset + k] * back_drive[i];
      });
      if (tap.moves)
        gradient[network.blocks()[*network.delays(c).block].offset + j] +=
            adj * ((n < t ? sent(t - n - 1, u) : 0.0) - sent(t - n, u));
      if (!lowering.carries[c]) continue;
      adj_output[t - n][u] += tap.early * signal * factor(t - n, u);
      if (n < t) adj_output[t - n - 1][u] += tap.late * signal * factor(t - n - 1, u);
    }
  }

  template <class Kind>
  void through_synapse_delays(const Kind& kind, std::size_t c, std::size_t t,
                              std::span<const double> adj_drive, std::span<const double> back_drive) const {
    const Connection& connection = network.connections()[c];
    const Shape &source = network.populations()[connection.from].shape,
                &target = network.populations()[connection.to].shape;
    const std::size_t offset = network.blocks()[c].offset, from = network.layout(connection.from).unit_offset;
    const std::optional<std::size_t> block = network.delays(c).block;
    kind.for_each(source, target, [&](std::size_t i, std::size_t j, std::size_t k) {
      const SynapseTaps<double> tap = taps.of_synapses.of(c, k);
      const std::size_t u = from + j;
      for (std::size_t m = 0; m < tap.share.size() && tap.first + m <= t; ++m) {
        const std::size_t then = t - tap.first - m;
        const double s = sent(then, u);
        gradient[offset + k] += adj_drive[i] * tap.share[m] * s;
        if (block)
          gradient[network.blocks()[*block].offset + k] +=
              adj_drive[i] * parameters[offset + k] * tap.slope[m] * s;
        if (lowering.carries[c])
          adj_output[then][u] += back[offset + k] * back_drive[i] * tap.share[m] * factor(then, u);
      }
    });
  }
};

/// The drive of a step, from the states before and after it.
template <class U>
double drive_of(const U& unit, const double* state, const double* decay, double spike, const double* next) {
  std::array<double, U::state_size> undriven;
  std::copy_n(state, U::state_size, undriven.begin());
  equations::advance(unit, undriven.data(), decay, spike, spike);
  return (next[U::driven] - undriven[U::driven]) / equations::drive_gain<U>(decay);
}

/// Gradient of unit i's learned time constants and gains, from the adjoints of its decays and gains.
void add_filter_gradient(const Network& network, std::size_t p, std::size_t i,
                         std::span<const double> parameters, const StepAdjoint<double>& adj,
                         std::span<double> gradient) {
  const PopulationLayout& layout = network.layout(p);
  for (std::size_t k = 0; k < layout.learned.size(); ++k) {
    if (!layout.learned[k]) continue;
    const ParameterBlock& block = network.blocks()[*layout.learned[k]];
    const std::size_t at = filter_place(block, i);
    gradient[at] += adj.decay[k] * filter_slope(block.kind, network.time().dt, parameters[at]);
  }
}

/// S̄ of the input populations in step t.
void store_input_gradients(const Network& network, std::size_t t, std::span<const double> adj_output,
                           std::span<const NumberSpan> to) {
  std::size_t k = 0;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    if (output_of(network.populations()[p].unit) != UnitOutput::given) continue;
    const auto from = adj_output.subspan(network.layout(p).unit_offset, network.populations()[p].size());
    std::visit(
        [&]<class T>(std::span<T> values) {
          for (std::size_t i = 0; i < from.size() && !values.empty(); ++i)
            values[t * from.size() + i] = static_cast<T>(from[i]);
        },
        to[k++]);
  }
}

}  // namespace

void BackwardPass::run(const Network& network, std::span<const double> parameters, const Tape<double>& tape,
                       const Lowering& lowering, const Signals& signals, std::span<double> gradient,
                       std::span<const double> dropout_scale, std::span<const NumberSpan> input_gradients,
                       TrainingShare done) {
  const std::size_t steps = network.steps(), populations = network.populations().size();
  require(tape.output.rows() == steps && tape.output.columns() == network.unit_count(),
          "the tape is not of this network");
  require(parameters.size() == network.parameter_count() && gradient.size() == parameters.size(),
          "parameters or gradient have the wrong size");
  adj_state_.assign(network.state_count(), 0.0);
  adj_output_ = signals.output;
  adj_drive_.resize(network.unit_count());
  first_effect_.resize(network.unit_count());
  const bool first_effects = lowering.signal.signal_effect == DriveEffect::first ||
                             lowering.signal.weight_effect == DriveEffect::first;
  if (first_effects) first_effects_.reset(network.unit_count());
  learned_.assign(network, parameters);
  taps_.assign(network, parameters, done);
  const Spreader spread{network,       parameters,  lowering.back_through(parameters),
                        tape.output,   lowering,    taps_,
                        dropout_scale, adj_output_, gradient};

  for (std::size_t t = steps; t-- > 0;) {
    const auto output = tape.output[t], excess = tape.excess[t], state = tape.state[t];
    const auto adj_output = adj_output_[t];

    for (std::size_t p = 0; p < populations; ++p) {  // the step from t to t + 1
      const Population& population = network.populations()[p];
      const PopulationLayout& layout = network.layout(p);
      const bool clamped = lowering.populations[p].firing == Firing::clamped;
      const auto adj_drive = std::span<double>(adj_drive_).subspan(layout.unit_offset, population.size());
      const auto effect = std::span<double>(first_effect_).subspan(layout.unit_offset, population.size());
      std::visit(
          [&]<typename U>(const U& unit) {
            if constexpr (U::timing == DriveTiming::next_step) {
              const bool learns = layout.learns_filter();
              for (std::size_t i = 0; i < population.size(); ++i) {
                const std::size_t s = layout.state_offset + i * unit.state_size, u = layout.unit_offset + i;
                const double* decay = learns ? learned_.of(p, i) : layout.decay.data();
                const double adj_driven = adj_state_[s + U::driven];
                adj_drive[i] = equations::drive_gain<U>(decay) * adj_driven;
                if (first_effects) effect[i] = first_effects_.before(unit, u, &state[s], decay, output[u]);
                auto adj = equations::advance_adjoint(unit, &state[s], decay, output[u], &adj_state_[s]);
                if (learns) {
                  if constexpr (U::filters_drive)
                    adj.decay[0] -=
                        adj_driven * drive_of(unit, &state[s], decay, output[u], &tape.state[t + 1][s]);
                  add_filter_gradient(network, p, i, parameters, adj, gradient);
                }
                if (!lowering.signal.through_own) continue;
                adj_output[u] += adj.spike;
                if (population.differentiate_reset && !clamped) adj_output[u] += adj.reset;
              }
              spread(p, t, adj_drive, effect);
            }
          },
          population.unit);
    }

    for (std::size_t p = populations; p-- > 0;) {  // the outputs of step t, last population first
      const Population& population = network.populations()[p];
      const PopulationLayout& layout = network.layout(p);
      const bool clamped = lowering.populations[p].firing == Firing::clamped;
      std::visit(
          [&]<typename U>(const U& unit) {
            if constexpr (U::output != UnitOutput::given) {
              const bool may_rest =
                  population.refractory_steps > 0 && lowering.populations[p].firing != Firing::analog;
              for (std::size_t i = 0; i < population.size(); ++i) {
                const std::size_t u = layout.unit_offset + i;
                const double slope = unit.output == UnitOutput::potential ? 1.0
                                     : clamped
                                         ? 0.0
                                         : pseudo_derivative(population, lowering.populations[p].slope,
                                                             lowering.signal.slope, excess[u], output[u]);
                // A spike that cannot be depends on no potential.
                const bool silent = may_rest && is_refractory(tape.output, u, t, population.refractory_steps);
                const double adj_x = silent ? 0.0 : adj_output[u] * slope + signals.excess[t][u];
                equations::excess_adjoint(unit, adj_x,
                                          &adj_state_[layout.state_offset + i * unit.state_size]);
                if constexpr (learns_threshold<U>())
                  if (const auto theta = layout.learned[threshold_place<U>])
                    gradient[filter_place(network.blocks()[*theta], i)] -= adj_x;
                if (first_effects) first_effects_.take(u, adj_x);
              }
            }
            if constexpr (U::timing == DriveTiming::same_step) {
              const auto adj_drive =
                  std::span<double>(adj_state_).subspan(layout.state_offset, population.size());
              spread(p, t, adj_drive, adj_drive);
              std::fill(adj_drive.begin(), adj_drive.end(), 0.0);
            }
          },
          population.unit);
    }
    if (lowering.signal.window > 0 && t % lowering.signal.window == 0)
      std::fill(adj_state_.begin(), adj_state_.end(), 0.0);
    if (!input_gradients.empty()) store_input_gradients(network, t, adj_output_[t], input_gradients);
  }
}

}  // namespace spikegrad
