// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/saved_run.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {

SavedRun load_run(const std::filesystem::path& folder) {
  const RunDirectory directory = RunDirectory::open(folder);
  const auto checkpoint = directory.newest();
  if (!checkpoint)
    throw UserError(folder.string() + ": has no checkpoint yet; spikegrad train --resume makes one");
  Model model = directory.load_model();
  std::vector<double> parameters = chosen_parameters(model, checkpoint->archive);
  std::vector<EpochMetrics> epochs = directory.epochs(model.network);
  const std::size_t epoch = kept_epoch(model, checkpoint->archive);
  return {.info = directory.info(),
          .model = std::move(model),
          .parameters = std::move(parameters),
          .epoch = epoch,
          .epochs = std::move(epochs),
          .refused = checkpoint->refused};
}

}  // namespace spikegrad
