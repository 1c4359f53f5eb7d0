// SPDX-License-Identifier: Apache-2.0
// A network: populations of like units, connections between them, and the layout of their parameters in one
// flat array. Immutable once built; a run's state lives on a tape (network/tape.hpp), parameters in an array
// of the caller's.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/network/connection.hpp"
#include "spikegrad/neuron/escape.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "spikegrad/neuron/unit.hpp"

namespace spikegrad {

/// What a spiking unit sends on (docs/derivations.md, section 1), for one and the same x = u - θ:
/// S ~ Bernoulli(f(x)), the step 1[x > 0], or y = f(x).
enum class OutputKind : std::uint8_t { stochastic, deterministic, analog };

constexpr std::array<std::string_view, 3> names_of(OutputKind) {
  return {"stochastic", "deterministic", "analog"};
}

/// Which time constants (or gains) are learned: none, one for all units of the population, or one for each unit.
enum class LearnTimeConstants : std::uint8_t { none, population, unit };

constexpr std::array<std::string_view, 3> names_of(LearnTimeConstants) {
  return {"none", "population", "unit"};
}

/// How long a unit that drops out stays silent: the whole trial, or a step.
enum class DropoutPer : std::uint8_t { trial, step };

constexpr std::array<std::string_view, 2> names_of(DropoutPer) {
  return {"trial", "step"};
}

/// A bias of its own for each unit, or one for all units of a channel.
enum class BiasPer : std::uint8_t { unit, channel };

constexpr std::array<std::string_view, 2> names_of(BiasPer) {
  return {"unit", "channel"};
}

struct Population {
  std::string name = {};
  Unit unit = {};
  Shape shape = {};
  OutputKind output = OutputKind::stochastic;
  Escape escape = {};                       ///< f
  std::optional<Surrogate> surrogate = {};  ///< g; absent: g = f'
  bool differentiate_reset = false;         ///< does the derivative pass through the unit's own reset?
  double dropout = 0.0;                     ///< q: share of units whose spikes go nowhere in a training trial
  DropoutPer dropout_per = DropoutPer::trial;
  bool bias = false;  ///< has a parameter block "NAME.bias" [units] or [channels]
  BiasPer bias_per = BiasPer::unit;
  /// Has parameter blocks "NAME.log_tau_mem" and so on, one for each time constant of the unit, [1] or
  /// [units]; the unit's own values are then not used.
  LearnTimeConstants learn_time_constants = LearnTimeConstants::none;
  /// Likewise "NAME.a" and so on, one for each gain of the unit but the threshold.
  LearnTimeConstants learn_gains = LearnTimeConstants::none;
  /// Likewise "NAME.threshold".
  LearnTimeConstants learn_threshold = LearnTimeConstants::none;
  /// R: after a spike the unit does not spike in the next R steps, whatever its potential
  /// (docs/derivations.md, section 1).
  std::size_t refractory_steps = 0;

  std::size_t size() const { return shape.size(); }
  /// Where in its block a unit's bias stands.
  std::size_t bias_place(std::size_t i) const {
    return bias_per == BiasPer::channel ? i / shape.positions : i;
  }
  bool spikes() const { return output_of(unit) == UnitOutput::spike; }
  bool is_stochastic() const { return spikes() && output == OutputKind::stochastic; }
  /// Whether, and how, the k-th number of its filter is learned: time constants, gains, threshold.
  LearnTimeConstants learning(std::size_t k) const {
    const std::size_t taus = time_constants_of(unit).size();
    if (k < taus) return learn_time_constants;
    return gains_of(unit)[k - taus].is_threshold ? learn_threshold : learn_gains;
  }
};

/// What has a delay of its own: a unit of the source, for all its targets; or a weight.
enum class DelayPer : std::uint8_t { source, synapse };

constexpr std::array<std::string_view, 2> names_of(DelayPer) {
  return {"source", "synapse"};
}

/// While training, a weight is spread over the steps around its learned delay by a Gaussian that becomes narrower
/// (network/synapse_delays.hpp).
struct DelaySpread {
  double sigma =
      0.0;  ///< width in the first epoch, s; 0: the weight is divided between two steps, and always
  double sigma_end = 0.0;  ///< in the end, s; 0: half a step
  double part = 0.25;      ///< share of the training after which it is reached
};

/// By how much later what a connection's sources send acts (network/delays.hpp, network/synapse_delays.hpp), besides
/// the step that transmission takes.
struct ConnectionDelays {
  std::vector<double> seconds = {};  ///< none, one for all, or one for each of `per`, in the order of memory
  /// Above 0: learned from `seconds` on, one for each of `per`, never longer than this, s.
  double longest = 0.0;
  DelayPer per = DelayPer::source;
  DelaySpread spread = {};
};

struct Connection {
  std::size_t from = 0, to = 0;  ///< populations; equal: recurrent
  ConnectionKind kind = {};
  ConnectionDelays delays = {};
};

/// Steps of dt seconds.
struct TimeGrid {
  double dt = 1e-3;
  std::size_t steps = 0;
};

/// What a parameter is: an optimiser's weight decay is for weights and biases alone.
enum class ParameterKind : std::uint8_t { weight, bias, log_tau, gain, delay };

/// A named part of the flat parameter array, row-major.
struct ParameterBlock {
  ParameterKind kind = ParameterKind::weight;
  std::string name;                ///< "x->h", "h.bias", "h.log_tau_mem", "h.a", "x->h.delays"
  std::vector<std::size_t> shape;  ///< [post, pre], [out, in, kernel …], [units], [channels] or [1]
  std::size_t offset = 0, size = 0;
  /// Where an update leaves this range, the parameter stays at its end.
  double lowest = -std::numeric_limits<double>::infinity(), highest = std::numeric_limits<double>::infinity();
};

/// The delays of a connection, in steps.
struct DelayLayout {
  std::vector<double> steps;  ///< those that are not learned: none, one for all, or one for each of `per`
  std::optional<std::size_t> block;  ///< of the learned ones
  double longest = 0.0;              ///< of the learned ones
  DelayPer per = DelayPer::source;
  DelaySpread spread = {};  ///< its widths in steps

  bool any() const { return block || !steps.empty(); }
  bool shared() const { return !block && steps.size() == 1; }
  /// Each weight has its own (network/synapse_delays.hpp), else each unit of the source or all (network/delays.hpp).
  bool by_synapse() const { return per == DelayPer::synapse && any() && !shared(); }
};

/// Where a population's units and states are found in a tape's rows.
struct PopulationLayout {
  std::size_t unit_offset = 0, state_offset = 0, state_size = 0;
  std::array<double, most_filter_numbers> decay =
      {};                                 ///< λ = exp(-dt/τ) of the unit's time constants, its gains
  std::vector<std::size_t> incoming;      ///< connections, in the order of the file
  std::optional<std::size_t> bias_block;  ///< index into blocks
  /// Of the learned ones among the numbers of `decay`.
  std::array<std::optional<std::size_t>, most_filter_numbers> learned = {};

  bool learns_filter() const {
    return std::any_of(learned.begin(), learned.end(), [](const auto& block) { return block.has_value(); });
  }
};

class SPIKEGRAD_EXPORT Network {
 public:
  /// Throws UserError, naming the population or connection, where names repeat or are empty, sizes are 0,
  /// shapes do not fit a connection, a connection enters an input or leaves a readout, a binary unit reads a
  /// population that comes at or after its own place in the order, time constants, gains or a threshold are to be
  /// learned that a unit does not have, units without memory or of analog outputs are to be refractory, a connection names a population that is not there, delays are too many, too few or
  /// as long as the run, or a number is out of its range.
  Network(TimeGrid time, std::vector<Population> populations, std::vector<Connection> connections);

  const TimeGrid& time() const { return time_; }
  std::size_t steps() const { return time_.steps; }
  const std::vector<Population>& populations() const { return populations_; }
  const std::vector<Connection>& connections() const { return connections_; }
  const PopulationLayout& layout(std::size_t population) const { return layouts_[population]; }
  const DelayLayout& delays(std::size_t connection) const { return delays_[connection]; }
  bool has_delays() const;
  /// The name of a connection whose weights are spread while it trains; empty: there is none.
  std::string spread_connection() const;

  /// Connections in the order of the file, then biases in the order of the populations, then population by
  /// population time constants, gains and thresholds, then delays in the order of the connections.
  const std::vector<ParameterBlock>& blocks() const { return blocks_; }
  std::size_t parameter_count() const { return parameter_count_; }
  std::size_t unit_count() const { return unit_count_; }    ///< columns of a tape's excess and output
  std::size_t state_count() const { return state_count_; }  ///< columns of a tape's state

  /// The same network with g in place of every spiking population's surrogate.
  Network with_surrogate(const Surrogate& g) const;

  /// The same network with all spiking populations' outputs of this kind; analog ones stay.
  Network with_spikes(OutputKind output) const;

  /// Stochastic spikes of one run: the n of the 2^n histories.
  std::size_t stochastic_spike_count() const;
  /// Index of the population of that name; throws UserError that lists the names there are.
  std::size_t find(const std::string& population_name) const;

 private:
  void add_block(ParameterKind kind, std::string name, std::vector<std::size_t> shape);
  void add_delays(std::size_t connection);

  TimeGrid time_;
  std::vector<Population> populations_;
  std::vector<Connection> connections_;
  std::vector<PopulationLayout> layouts_;
  std::vector<DelayLayout> delays_;
  std::vector<ParameterBlock> blocks_;
  std::size_t parameter_count_ = 0, unit_count_ = 0, state_count_ = 0;
};

}  // namespace spikegrad
