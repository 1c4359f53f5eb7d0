// SPDX-License-Identifier: Apache-2.0
// The nets on which speed is measured: shapes A to G (docs/benchmarks.md), and variations of them that show
// how cost grows. Inputs are independent spikes of a given rate; weights are scaled layer by layer until
// every hidden population spikes at that rate too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/engine/objective.hpp"
#include "spikegrad/engine/sample.hpp"

namespace spikegrad {

struct ShapeSettings {
  std::size_t batch = 0, steps = 0;
  std::size_t inputs = 700, width = 0, layers = 1, classes = 20;
  bool recurrent = false;      ///< dense connections of every hidden layer onto itself
  bool convolutional = false;  ///< shape E: width and layers are fixed
  bool resonating = false;     ///< SE-adLIF units that learn time constants and gains, else LIF units
  std::size_t delays = 0;   ///< what enters hidden units has learned delays of up to so many steps; 0: none
  bool stochastic = false;  ///< spikes drawn with a sigmoid escape (β = 10), else u > θ
  double rate = 0.04;       ///< spikes a unit and step, of the inputs and, by scaling, of the hidden units
};

/// The settings of shape "A" … "G". Throws UserError that lists them.
ShapeSettings shape_settings(const std::string& name);

/// A net with SuperSpike (β = 10) as surrogate, its parameters, and a batch of events with labels.
struct ShapeProblem {
  Network network;
  LearningSignal signal{.pseudo = PseudoDerivative::surrogate};
  std::vector<double> parameters;
  std::vector<Loss> losses;
  std::vector<std::vector<std::uint32_t>> begin;  ///< of each sample
  std::vector<std::vector<std::uint16_t>> units;
  std::vector<SampleInput> inputs;
  std::vector<Sample> samples;  ///< refers to all of the above: move, do not copy

  ShapeProblem(Network net) : network(std::move(net)) {}
  ShapeProblem(ShapeProblem&&) = default;

  Objective objective() const { return {network, losses[0]}; }
};

/// Throws UserError where a size is 0, the rate is not in (0, 1), or the hidden rate cannot be reached. A
/// hidden population is a unit of progress.
ShapeProblem make_shape(const ShapeSettings& settings, std::uint64_t seed,
                        Progress& progress = no_progress());

}  // namespace spikegrad
