// SPDX-License-Identifier: Apache-2.0
// What is in a file of spike data.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/core/provenance.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

struct DataSummary {
  std::string source, official;  ///< official: the set recognised, or empty
  std::size_t samples = 0, channels = 0, silent_samples = 0, silent_channels = 0;
  std::vector<std::pair<std::string, std::size_t>> classes;  ///< name, samples
  std::map<std::uint16_t, std::size_t> speakers;             ///< samples of each; empty where not known
  std::uint64_t spikes = 0;
  std::size_t fewest = 0, most = 0;  ///< spikes a sample
  double mean = 0.0;                 ///< spikes a sample
  double duration = 0.0;             ///< time of the last spike, seconds
  double rate = 0.0;                 ///< mean, Hz a channel over the duration; 0 if the duration is 0
};

/// Reads and checks the whole file; throws as read_spike_data does.
SPIKEGRAD_EXPORT DataSummary summarise_spike_data(const std::filesystem::path& file,
                                                  Isolation isolation = Isolation::none);

/// What `spikegrad data info --json` prints.
SPIKEGRAD_EXPORT std::string to_json(const DataSummary& summary, const std::optional<Provenance>& made = {});

}  // namespace spikegrad
