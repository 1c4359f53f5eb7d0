// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/saved_run.hpp"

#include <algorithm>
#include <optional>

#include "spikegrad/core/error.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace {

/// The epoch that the newest state has just ended; none within an epoch.
std::optional<std::size_t> epoch_ended(const Archive& archive) {
  if (archive.find("state/update").values.at(0) > 0.0) return {};
  return static_cast<std::size_t>(archive.find("state/epoch").values.at(0));
}

}  // namespace

SavedRun load_run(const std::filesystem::path& folder) {
  const RunDirectory directory = RunDirectory::open(folder);
  const auto checkpoint = directory.newest();
  if (!checkpoint)
    throw UserError(folder.string() + ": has no checkpoint yet; spikegrad train --resume makes one");
  Model model = directory.load_model();
  std::vector<double> parameters = chosen_parameters(model, checkpoint->archive);
  std::vector<EpochMetrics> epochs = directory.epochs(model.network);
  const std::size_t epoch = kept_epoch(model, checkpoint->archive);
  std::vector<std::size_t> checkpoints = directory.kept_epochs();
  checkpoints.insert(checkpoints.begin(), 0);
  if (const auto ended = epoch_ended(checkpoint->archive); ended && *ended > checkpoints.back())
    checkpoints.push_back(*ended);
  return {.info = directory.info(),
          .model = std::move(model),
          .parameters = std::move(parameters),
          .epoch = epoch,
          .epochs = std::move(epochs),
          .checkpoints = std::move(checkpoints),
          .refused = checkpoint->refused};
}

std::vector<double> parameters_at(const std::filesystem::path& folder, std::size_t epoch) {
  const RunDirectory directory = RunDirectory::open(folder);
  const Model model = directory.load_model();
  if (epoch == 0) return model.parameters;
  const std::vector<std::size_t> kept = directory.kept_epochs();
  if (!std::binary_search(kept.begin(), kept.end(), epoch))
    if (const auto newest = directory.newest(); newest && epoch_ended(newest->archive) == epoch)
      return present_parameters(model, newest->archive);
  return present_parameters(model, directory.kept_state(epoch));
}

}  // namespace spikegrad
