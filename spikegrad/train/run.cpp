// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run.hpp"

#include <chrono>
#include <optional>

namespace spikegrad {
namespace {

using Clock = std::chrono::steady_clock;

class Saver {
 public:
  Saver(Trainer& trainer, const RunDirectory& directory, std::filesystem::path last)
      : trainer_(trainer), directory_(directory), last_(std::move(last)) {}

  void save() {
    const TrainingState& state = trainer_.state();
    const auto steps = static_cast<double>(trainer_.updates_per_epoch() + 1);
    const auto number = static_cast<std::uint64_t>(state.epoch * steps + state.update);
    if (saved_ == number) return;
    directory_.save(trainer_.save(), number, last_);
    last_ = directory_.checkpoint_file(number);
    saved_ = number;
    at_ = Clock::now();
  }
  void save_after(double seconds) {
    if (std::chrono::duration<double>(Clock::now() - at_).count() >= seconds) save();
  }

 private:
  Trainer& trainer_;
  const RunDirectory& directory_;
  std::filesystem::path last_;
  std::optional<std::uint64_t> saved_;
  Clock::time_point at_ = Clock::now();
};

}  // namespace

void run_training(Trainer& trainer, const RunDirectory& directory, const Network& network,
                  const std::filesystem::path& restored, const RunSettings& settings, Progress& progress,
                  const std::function<void(const EpochMetrics&)>& on_epoch) {
  Saver saver(trainer, directory, restored);
  try {
    while (!trainer.finished()) {
      if (!trainer.epoch_complete()) {
        const auto before = trainer.state().trials;
        trainer.update();
        progress.advance(static_cast<std::size_t>(trainer.state().trials - before));
      } else {
        const EpochMetrics epoch = trainer.close_epoch(progress);
        // Before any checkpoint of later states, so that a run that goes on never misses it.
        if (directory.keeps(epoch.epoch)) directory.keep(trainer.save(), epoch.epoch);
        directory.append(epoch, network);
        on_epoch(epoch);
      }
      saver.save_after(settings.checkpoint_every);
    }
  } catch (const Interrupted&) {
    saver.save();
    throw;
  } catch (const NotFinite&) {
    // The state is that before the update. Of the very beginning there is nothing to keep.
    if (trainer.state().epoch > 0.0 || trainer.state().update > 0.0) saver.save();
    throw;
  }
  saver.save();
}

}  // namespace spikegrad
