// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run.hpp"

#include <chrono>
#include <limits>
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

nlohmann::json to_json(const EpochMetrics& epoch, const Network& network) {
  nlohmann::json line{{"epoch", epoch.epoch},
                      {"training", {{"loss", epoch.training.loss}}},
                      {"best", epoch.best},
                      {"learning_rate_factor", epoch.learning_rate},
                      {"gradient_norm", epoch.gradient_norm},
                      {"seconds", epoch.seconds}};
  if (epoch.labelled) line["training"]["accuracy"] = epoch.training.accuracy;
  if (epoch.regularised) line["training"]["penalty"] = epoch.training.penalty;
  if (epoch.validated) {
    line["validation"] = {{"loss", epoch.validation.loss}};
    if (epoch.labelled) line["validation"]["accuracy"] = epoch.validation.accuracy;
  }
  for (std::size_t p = 0; p < epoch.rates.size(); ++p)
    if (output_of(network.populations()[p].unit) != UnitOutput::potential)
      line["rates"][network.populations()[p].name] = epoch.rates[p];
  return line;
}

EpochMetrics epoch_from_json(const nlohmann::json& line, const Network& network) {
  // What is not finite was written as null.
  const auto number = [](const nlohmann::json& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  };
  const auto metrics = [&](const nlohmann::json& of) {
    return SampleMetrics{.loss = number(of.at("loss")),
                         .accuracy = of.contains("accuracy") ? number(of.at("accuracy")) : 0.0,
                         .penalty = of.contains("penalty") ? number(of.at("penalty")) : 0.0};
  };
  EpochMetrics epoch{.epoch = line.at("epoch").get<std::size_t>(),
                     .training = metrics(line.at("training")),
                     .validation = {},
                     .labelled = line.at("training").contains("accuracy"),
                     .validated = line.contains("validation"),
                     .regularised = line.at("training").contains("penalty"),
                     .best = line.at("best").get<bool>(),
                     .learning_rate = number(line.at("learning_rate_factor")),
                     .gradient_norm = number(line.at("gradient_norm")),
                     .rates = {},
                     .seconds = number(line.at("seconds"))};
  if (epoch.validated) epoch.validation = metrics(line.at("validation"));
  const nlohmann::json rates = line.value("rates", nlohmann::json::object());
  for (const Population& population : network.populations())
    epoch.rates.push_back(number(rates.value(population.name, nlohmann::json())));
  return epoch;
}

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
        directory.append_metrics(to_json(epoch, network));
        on_epoch(epoch);
      }
      saver.save_after(settings.checkpoint_every);
    }
  } catch (const Interrupted&) {
    saver.save();
    throw;
  }
  saver.save();
}

}  // namespace spikegrad
