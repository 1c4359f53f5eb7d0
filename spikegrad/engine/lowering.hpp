// SPDX-License-Identifier: Apache-2.0
// What a pass means, worked out once for every engine: how each population fires, which φ' carries a signal
// across its spikes, which potentials any signal reaches and by which connections, and in which order
// populations can be run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/engine/objective.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

/// Where a population's outputs come from.
enum class Firing : std::uint8_t { given, potential, clamped, deterministic, analog, drawn };

/// φ' of a population, resolved: the choice of a pass for the kind of its outputs.
enum class Slope : std::uint8_t {
  zero,
  one,
  output,     ///< the spike itself
  escape,     ///< f'
  smoothed,   ///< f' times the smoothed derivative of the draw, which is 1 (derivations.md)
  surrogate,  ///< g
  own         ///< LearningSignal::slope
};

/// φ' that `pseudo` stands for at this population. Analog units are differentiable: they keep f' wherever
/// spikes have none of their own.
Slope slope_of(const Population& population, PseudoDerivative pseudo, ForwardMode mode);

struct PopulationLowering {
  Firing firing = Firing::given;
  Slope slope = Slope::zero;
  bool passes = false;  ///< a signal at its outputs reaches its potentials
  bool learns = false;  ///< some signal does reach its potentials; or an input's values
};

/// Populations that must be run together: one, for all steps at once, or a loop of them step by step.
struct Stage {
  std::vector<std::size_t> populations;
  bool stepwise = false;
};

/// Strongly connected components, sources before targets, else in the order of the file (R. E. Tarjan, SIAM
/// J. Computing 1, 1972). Linear in populations and connections, but for a logarithm.
std::vector<Stage> stages_of(const Network& network);

struct Lowering {
  /// Throws UserError where the signal needs a target that the loss has not.
  Lowering(const Objective& objective, const LearningSignal& signal);

  LearningSignal signal;
  std::size_t loss_population = 0;
  bool at_potential = false;  ///< the loss's signal enters at x (target error, likelihood), not at the output
  std::vector<PopulationLowering> populations;
  std::vector<bool> carries;     ///< [connections]: a signal goes back through it
  std::vector<double> feedback;  ///< what stands for the parameters there [parameter_count]; empty: they do

  /// The weights through which signals go back.
  std::span<const double> back_through(std::span<const double> parameters) const {
    return feedback.empty() ? parameters : std::span<const double>(feedback);
  }
};

/// The population whose spikes are given in a pass over a sample with this loss, if any.
std::optional<Clamp> clamp_for(const Loss& loss, Forcing forcing);

/// The loss that a pass sees of a sample: the likelihood of its target where the pass is forced to that.
/// `room` holds it where it is not the sample's own.
const Loss& loss_of_pass(const Loss& loss, Forcing forcing, std::optional<Loss>& room);

/// Injects what the signal puts for the loss: ∂L/∂output or ∂L/∂x, or the target error. `loss` as of
/// loss_of_pass().
void add_loss_signals(const LearningSignal& signal, const Loss& loss, const Network& network,
                      const Tape<double>& tape, Signals& signals);

/// Width Δu of an escape function, in threshold units: that over which log p grows by 1 far below threshold
/// (1/β for the sigmoid), or, where there is no such width, the length over which f changes.
double escape_width(const Escape& escape);

}  // namespace spikegrad
