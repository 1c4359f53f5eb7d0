// SPDX-License-Identifier: Apache-2.0
// The same batch through the CPU and the reference engine, and what separates the two.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/engine/reference/trial.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad::testing {

/// Inputs of one sample in the form the CPU engine takes; owns what they refer to.
class OwnedSample {
 public:
  /// Spikes become events, other values stay values. `as_values`: values in any case.
  OwnedSample(const Network& network, const Input& input, bool as_values = false);
  OwnedSample(OwnedSample&&) = default;

  Sample sample(const Loss& loss, std::uint32_t index, std::uint32_t trial) const {
    return {inputs_, &loss, index, trial};
  }

 private:
  struct Population {
    std::vector<std::uint32_t> begin;
    std::vector<std::uint16_t> units;
    std::vector<double> values;
  };
  std::vector<std::unique_ptr<Population>> populations_;
  std::vector<SampleInput> inputs_;
};

/// A net, and several samples for it.
struct EngineCase {
  RandomNet net;
  std::vector<Input> inputs;
  std::vector<Loss> losses;
  std::uint64_t seed = 0;
  std::uint32_t trial = 0;
  double baseline = 0.0;
  bool as_values = false;
  bool dropout = false;  ///< a training trial

  Objective objective() const { return {net.network, net.loss, net.regularisers}; }
};

/// The samples of a case; keeps what they refer to beside the case itself.
class CaseSamples {
 public:
  explicit CaseSamples(const EngineCase& c);
  std::span<const Sample> samples() const { return samples_; }

 private:
  std::vector<OwnedSample> owned_;
  std::vector<Sample> samples_;
};

/// `net` with `samples` random inputs of its own kind and, where the loss has one, labels of their own.
EngineCase engine_case(RandomNet net, std::size_t samples, std::uint64_t seed);

struct CpuResult {
  std::vector<double> gradient;
  std::vector<SampleOutcome> outcomes;
  std::vector<SampleRecord> records;
  Grid<double> activity;
};
CpuResult run_cpu(const EngineCase& c, const LearningSignal& signal, unsigned threads = 1);

/// The signal of a comparison that is not about the signal.
inline constexpr LearningSignal surrogate_signal{.pseudo = PseudoDerivative::surrogate};
/// Of gradient_distance below, where no condition of the gradient asks for more.
inline constexpr double gradient_tolerance = 1e-5;

/// How the CPU engine's spikes differ from the reference's, and its gradient where they do not.
struct Comparison {
  std::size_t flips = 0;  ///< samples in which rounding at the threshold turned a spike
  std::string wrong;      ///< not empty: a spike differs, or a potential, beyond rounding
  double gradient_distance = 0.0, loss_distance = 0.0;  ///< relative to the largest entry; without flips
  double largest = 0.0;                                 ///< entry of the reference's gradient
  /// How far the reference's own gradient and loss move when every parameter, or the decay of a learned time
  /// constant, changes by one rounding to float, relative to their size: what no computation in floats can be
  /// expected to beat.
  double gradient_condition = 0.0, loss_condition = 0.0;
};
Comparison compare_engines(const EngineCase& c, const LearningSignal& signal, const CpuResult& fast);

}  // namespace spikegrad::testing
