// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/recording.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/train/sample_trials.hpp"
#include "tests/support/scratch.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

struct Judged {
  Model model = testing::task_model();
  SpikeData data = testing::labelled_task(20);
  DataTask task{model, data};
  EvaluationSettings settings{.seed = 3, .trials = 4};
  Evaluation evaluation = evaluate(model, model.parameters, task, settings);
};

TEST(Recording, PredictionsAgreeWithTheEvaluation) {
  Judged j;
  j.data.class_names[1] = "b, \"quoted\"";
  std::istringstream lines(predictions_csv(j.evaluation, j.task));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "sample,label,class,prediction,predicted_class,share_right,loss,votes_0,votes_1,votes_2");
  std::size_t count = 0, votes = 0, quoted = 0;
  double loss = 0.0;
  for (; std::getline(lines, line); ++count) {
    quoted += line.find("\"b, \"\"quoted\"\"\"") != std::string::npos;
    std::vector<std::string> parts;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) parts.push_back(cell);
    for (std::size_t k = parts.size() - 3; k < parts.size(); ++k) votes += std::stoul(parts[k]);
    loss += std::stod(parts[parts.size() - 4]);
    EXPECT_EQ(parts[0], std::to_string(count));
    EXPECT_EQ(parts[1], std::to_string(j.data.labels[count]));
  }
  EXPECT_EQ(count, 20u);
  EXPECT_EQ(votes, 80u);
  EXPECT_GE(quoted, 7u);
  EXPECT_NEAR(loss / 20.0, j.evaluation.loss, 1e-9);
}

TEST(Recording, SpikesAreThoseOfTheTrials) {
  Judged j;
  const Scratch scratch;
  record_spikes(j.model, j.model.parameters, j.task, j.settings, scratch / "spikes.h5");
  const hdf5::File file = hdf5::File::open(scratch / "spikes.h5");
  EXPECT_EQ(file.shape("sample"), std::vector<std::size_t>{80});
  EXPECT_EQ(file.read_strings("classes"), j.data.class_names);
  EXPECT_FALSE(file.contains("populations/o/times"));  // a readout does not spike
  const auto labels = file.read<std::int32_t>("label"), predictions = file.read<std::int32_t>("prediction");
  const auto sample = file.read<std::uint32_t>("sample"), trial = file.read<std::uint32_t>("trial");
  std::size_t right = 0;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    EXPECT_EQ(sample[k], k / 4);
    EXPECT_EQ(trial[k], k % 4);
    EXPECT_EQ(labels[k], j.data.labels[sample[k]]);
    right += labels[k] == predictions[k];
  }
  EXPECT_NEAR(static_cast<double>(right) / 80.0, j.evaluation.accuracy, 1e-12);

  // The same trials, run again.
  const auto engine = make_engine(j.model.objective(), {});
  const auto forward = engine->prepare({});
  const std::size_t h = j.model.network.find("h");
  file.read_ragged(
      "populations/h/times", "populations/h/units",
      [&](std::size_t row, std::span<const double> times, std::span<const std::int64_t> units) {
        const SampleTrials trials =
            run_sample(*forward, j.model.network, j.model.parameters, j.task, row / 4, 4, j.settings.seed);
        const SpikeRaster& raster = trials.spikes[h][row % 4];
        std::size_t spikes = 0;
        for (const std::uint8_t s : raster.flat()) spikes += s;
        EXPECT_EQ(times.size(), spikes);
        for (std::size_t k = 0; k < times.size(); ++k)
          EXPECT_EQ(
              raster[static_cast<std::size_t>(step_at(times[k], 2e-3))][static_cast<std::size_t>(units[k])],
              1);
      });
}

}  // namespace
}  // namespace spikegrad
