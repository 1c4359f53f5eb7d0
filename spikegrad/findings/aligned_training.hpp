// SPDX-License-Identifier: Apache-2.0
// Stochastic nets of several layers that learn spikes on random manifolds, and how estimators point along the true
// gradient while they do: the measurements behind F8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/findings/findings.hpp"
#include "spikegrad/measure/alignment.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// One kind of net: x -> h1 -> … -> o, hidden layers of LIF units that draw their spikes.
struct AlignedNet {
  std::string name;       ///< in tables
  std::size_t depth = 2;  ///< hidden layers
  double beta = 10.0;     ///< slope of the escape function
  double sigma_u = 1.3;   ///< fluctuation of the potential that the first weights are drawn for
  /// Epochs after which it is measured, rising; 0: before training. The last one ends the training.
  std::vector<std::size_t> checkpoints;
  bool claimed = false;  ///< the claims are of it: it has more seeds where they ask for them
};

/// The populations are those of experiments/randman.toml, or of digits-recurrent.toml where there are data.
struct AlignmentPlan {
  std::vector<AlignedNet> nets;
  std::size_t width = 16;                   ///< units of a hidden layer
  std::vector<std::string> overrides = {};  ///< of the model file
  double nu = 5.0;                          ///< rate that the first weights are drawn for
  std::size_t training_samples = 500;
  std::size_t samples = 16, draws = 32, truth_draws = 160;  ///< of an alignment
  std::vector<std::string> estimators = {};
  std::optional<std::filesystem::path> data = {};
};

/// Of one net trained with one seed: [checkpoint].
using AlignedRun = std::vector<Alignment>;

struct AlignmentMeasurement {
  std::vector<std::vector<AlignedRun>> runs;     ///< [net][seed]
  std::vector<std::vector<std::string>> blocks;  ///< [net], names of parameter blocks
  std::string data;                              ///< what was trained on, in words
};

/// The model of a net, with the weights of its beginning.
Model aligned_model(const AlignmentPlan& plan, const AlignedNet& net, std::uint64_t seed);

/// Throws UserError for data that cannot be read or do not fit.
void check_data(const AlignmentPlan& plan, const FindingSettings& settings);

/// Trains and measures on, until there are `claimed` seeds of the nets of the claims and `others` of the others; the nets
/// side by side on the threads.
void add_seeds(AlignmentMeasurement& measured, std::size_t claimed, std::size_t others,
               const AlignmentPlan& plan, const FindingSettings& settings, Progress& progress);

}  // namespace spikegrad
