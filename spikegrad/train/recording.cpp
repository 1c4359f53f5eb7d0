// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/recording.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "spikegrad/core/csv.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/train/sample_trials.hpp"

namespace spikegrad {
namespace {

/// The spikes of one population, a row for each trial.
struct Recorded {
  std::vector<std::size_t> begin{0};
  std::vector<float> times;
  std::vector<std::uint16_t> units;

  /// A spike of step t is at (t + ½) dt, in the middle of the step.
  void add(const SpikeRaster& raster, double dt) {
    for (std::size_t t = 0; t < raster.rows(); ++t)
      for (std::size_t i = 0; i < raster.columns(); ++i)
        if (raster[t][i]) {
          times.push_back(static_cast<float>((static_cast<double>(t) + 0.5) * dt));
          units.push_back(static_cast<std::uint16_t>(i));
        }
    begin.push_back(times.size());
  }
  template <class T>
  std::vector<std::span<const T>> rows(const std::vector<T>& values) const {
    std::vector<std::span<const T>> rows;
    for (std::size_t k = 0; k + 1 < begin.size(); ++k)
      rows.emplace_back(values.data() + begin[k], values.data() + begin[k + 1]);
    return rows;
  }
};

}  // namespace

std::string predictions_csv(const Evaluation& e, const Task& task) {
  if (!e.labelled) throw UserError(task.source() + ": has no classes that could be predicted");
  const auto names = task.class_names();
  const auto name = [&](std::size_t c) { return c < names.size() ? csv_cell(names[c]) : std::to_string(c); };
  std::string text = "sample,label,class,prediction,predicted_class,share_right,loss";
  for (std::size_t c = 0; c < e.votes.columns(); ++c) text += ",votes_" + std::to_string(c);
  text += "\n";
  for (std::size_t i = 0; i < e.votes.rows(); ++i) {
    const auto votes = e.votes[i];
    const auto label = *label_of(*task.sample(i).loss);
    const auto vote = static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
    text += fmt::format("{},{},{},{},{},{},{}", i, label, name(label), vote, name(vote),
                        static_cast<double>(votes[label]) / static_cast<double>(e.trials), e.losses[i]);
    for (const std::uint32_t n : votes) text += fmt::format(",{}", n);
    text += "\n";
  }
  return text;
}

void record_spikes(const Model& model, std::span<const double> parameters, const Task& task,
                   const EvaluationSettings& settings, const std::filesystem::path& file,
                   Progress& progress) {
  const auto& populations = model.network.populations();
  for (const Population& p : populations)
    if (has_spikes(p) && p.size() > 65536)
      throw UserError("population '" + p.name + "' has more than the 65536 units that can be recorded");
  const auto engine = make_engine(model.objective(), settings.engine);
  const auto forward = engine->prepare({});
  std::vector<Recorded> recorded(populations.size());
  std::vector<std::uint32_t> sample_of, trial_of;
  std::vector<std::int32_t> labels, predictions;
  progress.start("recording", task.size() * settings.trials);
  for (std::size_t i = 0; i < task.size(); ++i) {
    const SampleTrials trials =
        run_sample(*forward, model.network, parameters, task, i, settings.trials, settings.seed);
    for (std::size_t k = 0; k < settings.trials; ++k) {
      sample_of.push_back(static_cast<std::uint32_t>(i));
      trial_of.push_back(static_cast<std::uint32_t>(k));
      if (trials.label) {
        labels.push_back(static_cast<std::int32_t>(*trials.label));
        predictions.push_back(static_cast<std::int32_t>(trials.predictions[k]));
      }
      for (std::size_t p = 0; p < populations.size(); ++p)
        if (has_spikes(populations[p])) recorded[p].add(trials.spikes[p][k], model.network.time().dt);
    }
    progress.advance(settings.trials);
  }
  hdf5::File out = hdf5::File::create(file);
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (!has_spikes(populations[p])) continue;
    const std::string group = "populations/" + populations[p].name;
    out.write_ragged<float>(group + "/times", recorded[p].rows(recorded[p].times));
    out.write_ragged<std::uint16_t>(group + "/units", recorded[p].rows(recorded[p].units));
    const auto size = static_cast<std::uint32_t>(populations[p].size());
    out.write<std::uint32_t>(group + "/size", std::span(&size, 1), {});
  }
  out.write<std::uint32_t>("sample", sample_of);
  out.write<std::uint32_t>("trial", trial_of);
  if (!labels.empty()) {
    out.write<std::int32_t>("label", labels);
    out.write<std::int32_t>("prediction", predictions);
  }
  const auto names = task.class_names();
  if (!names.empty()) out.write_strings("classes", std::vector<std::string>(names.begin(), names.end()));
  out.commit();
}

}  // namespace spikegrad
