// SPDX-License-Identifier: Apache-2.0
// What an epoch of training says of itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// Means over samples.
struct SampleMetrics {
  double loss = 0.0, accuracy = 0.0;  ///< the loss without penalties
  double penalty = 0.0;               ///< of the regularisers; 0 where it is not measured: in validation
};

struct EpochMetrics {
  std::size_t epoch = 0;        ///< 1 for the first
  SampleMetrics training = {};  ///< before each sample's update
  SampleMetrics validation = {};
  bool labelled = false;           ///< is there a class to be right about?
  bool validated = false;          ///< are there samples that validate?
  bool regularised = false;        ///< has the model penalties?
  bool best = false;               ///< of all epochs so far
  double learning_rate = 0.0;      ///< factor of the rates, in the last update
  double gradient_norm = 0.0;      ///< mean over updates, before clipping
  std::vector<double> rates = {};  ///< [populations] mean output per unit and second: Hz, for spikes
  double seconds = 0.0;
};

/// The line of metrics.jsonl, docs/file-formats.md. Numbers that are not finite are null.
SPIKEGRAD_EXPORT std::string to_json(const EpochMetrics& epoch, const Network& network);

/// And back. Throws UserError, naming `source`, where it is no such line.
SPIKEGRAD_EXPORT EpochMetrics epoch_from_json(std::string_view line, const Network& network,
                                              const std::string& source);

}  // namespace spikegrad
