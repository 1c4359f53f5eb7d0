// SPDX-License-Identifier: Apache-2.0
// The CPU engine: the pass of ReferenceEngine for a batch of samples, in single precision, by tiles of a
// few samples that go forward and backward while their tape is in cache. Memory grows with the tile's tape
// and the parameters, not with the batch.
//
// The gradient is the sum over samples of the reference engine's, given the same draws, to float rounding. It
// does not depend on the number of threads: samples are summed in groups of group_size(), group by group in
// the order of the batch, into the gradient that the caller passes. So a batch may also be split over several
// runs without changing a bit: at multiples of group_size(), or anywhere if all but the last say `more`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "spikegrad/engine/cpu/batch.hpp"
#include "spikegrad/engine/learning_signal.hpp"
#include "spikegrad/loss/regulariser.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

struct CpuSettings {
  unsigned threads = 0;  ///< 0: as many as the machine has
};

/// What one run is to do, and where its results go. Empty spans and null pointers are left out.
struct CpuRun {
  std::span<const float> parameters = {};  ///< [network.parameter_count()]
  std::span<const BatchSample> batch = {};
  std::uint64_t seed = 0;          ///< of the draws
  double baseline = 0.0;           ///< b of signals with a score: L - b is each sample's weight
  bool dropout = false;            ///< a training trial, in which populations drop out
  std::span<float> gradient = {};  ///< added to, [parameter_count]; empty: forward only
  /// The batch goes on in the next run: a group that is not full waits for it. The last run of a batch must
  /// not say so, or its group joins the next batch.
  bool more = false;
  std::span<SampleOutcome> outcomes = {};  ///< [batch]
  ActivityTable* activity = nullptr;       ///< becomes [batch, populations]
  std::span<SampleRecord> records = {};    ///< [batch], or empty
};

class CpuEngine {
 public:
  /// `loss` says kind and population of the samples' losses; the regularisers join each of them. Throws
  /// UserError for a population of more than 65,536 units. Keeps its buffers from run to run; not to be
  /// shared between threads.
  CpuEngine(const Network& network, const LearningSignal& signal, const Loss& loss, CpuSettings settings = {},
            std::span<const Regulariser> regularisers = {});
  ~CpuEngine();

  /// Throws UserError where events do not fit the network, InternalError where sizes do not match.
  void run(const CpuRun& run);

  /// Samples summed before they join the total.
  std::size_t group_size() const;
  /// The instruction set in use.
  static std::string instruction_set();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spikegrad
