// SPDX-License-Identifier: Apache-2.0
// What ran: the run.json of a training run (docs/file-formats.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/data/spike_data.hpp"
#include "spikegrad/data/split.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// The data set that a run trains on.
struct RunData {
  std::string training = {}, validation = {}, test = {};  ///< files; empty where there is none
  std::vector<std::string> classes = {};                  ///< names, in the order of the labels
  std::size_t channels = 0;                               ///< after pooling; 0: not known
  std::size_t samples = 0, spikes = 0;
  std::uint32_t checksum = 0;  ///< of all that the run sees of its data, fingerprint() of data_files.hpp
};

struct RunDescription {
  std::string version = {}, commit = {}, build = {};  ///< of the library; build: compiler, instruction set
  std::string date = {};                              ///< when it began, UTC; empty in runs of before 0.2
  std::string command = {};                           ///< the command line that began it
  unsigned threads = 0;                               ///< that it began with; 0: not known
  std::string model = {};                             ///< the model file that was given
  std::vector<std::string> set = {};                  ///< and the changes to it
  std::string start_from = {};                        ///< the run whose weights it began with, if any
  std::string selection = {};                         ///< which samples chose the weights that it keeps
  std::uint64_t seed = 0;
  EngineKind engine = EngineKind::cpu;
  std::vector<std::size_t> keep_checkpoints = {};  ///< epochs whose state stays in the folder, rising
  std::optional<RunData> data = {};                ///< none: the model has an input of its own
};

/// Of a run that this library begins now. `data`: null where the model has an input of its own.
SPIKEGRAD_EXPORT RunDescription describe_run(const Model& model, EngineKind engine, const SpikeData* data);

/// Which samples choose the weights that a run of this model keeps: "last epoch", or "best epoch by validation
/// accuracy: 320 samples of the training file, speaker 3". `data`: null where the model has an input of its own.
SPIKEGRAD_EXPORT std::string selection_text(const Model& model, const Split& split, const SpikeData* data);

SPIKEGRAD_EXPORT std::string to_json(const RunDescription& description);

/// And back. Throws UserError, naming `source`, where it is none.
SPIKEGRAD_EXPORT RunDescription description_from_json(std::string_view text, const std::string& source);

}  // namespace spikegrad
