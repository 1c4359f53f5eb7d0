// SPDX-License-Identifier: Apache-2.0
// One pass over a batch of labelled samples, on either engine: what the trainer and the judge are written
// against. The same batch gives the same sums whatever the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "spikegrad/engine/cpu/batch.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/batch_estimator.hpp"

namespace spikegrad {

enum class EngineKind : std::uint8_t { cpu, reference };

struct LabelledSample {
  EventList events;                     ///< of the data population
  std::size_t label = 0;                ///< below the readout's size
  std::uint32_t sample = 0, trial = 0;  ///< identity of its draws
};

/// As CpuRun: empty spans and null pointers are left out.
struct BatchRun {
  std::span<const double> parameters;  ///< [parameter_count]
  std::span<const LabelledSample> batch;
  std::uint64_t seed = 0;
  double baseline = 0.0;                   ///< b of signals with a score
  bool dropout = false;                    ///< a training trial, in which populations drop out
  std::span<double> gradient = {};         ///< becomes the sum over the batch, [parameter_count]
  std::span<SampleOutcome> outcomes = {};  ///< [batch]
  ActivityTable* activity = nullptr;       ///< becomes [batch, populations]
  std::span<SampleRecord> records = {};    ///< [batch]
};

class BatchEngine {
 public:
  virtual ~BatchEngine() = default;
  virtual void run(const BatchRun& run) = 0;
};

/// The model's data input; throws UserError where it has none.
const DataSettings& data_settings(const Model& model);

/// The model must outlive the engine. Throws UserError for a model without a data set, or one that the
/// engine cannot hold.
std::unique_ptr<BatchEngine> make_batch_engine(EngineKind kind, const Model& model,
                                               const BatchEstimator& estimator, unsigned threads);

}  // namespace spikegrad
