// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/agreement.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

using Names = std::vector<std::string>;
using Labels = std::vector<std::uint16_t>;

/// One sample a label, two steps, a spike of channel 1 in the second.
SpikeData data_of(const std::string& source, Names names, Labels labels) {
  SpikeData data{.source = source, .time = {1e-3, 2}, .channels = 3};
  data.class_names = std::move(names);
  data.labels = std::move(labels);
  data.begin = {0};
  for (std::size_t i = 0; i < data.size(); ++i) {
    data.units.push_back(1);
    data.begin.push_back(static_cast<std::uint32_t>(i));
    data.begin.push_back(static_cast<std::uint32_t>(i + 1));
  }
  data.counts = {.in_file = data.size(), .kept = data.size(), .cropped = 0, .last = 1.5e-3};
  return data;
}

TEST(Agreement, ClassesAreMatchedByName) {
  const Names names{"a", "b", "c"};
  SpikeData data = data_of("test.h5", {"c", "a"}, {0, 1, 0});
  const std::string note = match_classes(data, names, "train.h5");
  EXPECT_EQ(data.labels, (Labels{2, 0, 2}));
  EXPECT_EQ(data.class_names, names);
  EXPECT_EQ(note, "test.h5: its classes were matched by name to those of train.h5");
  data = data_of("test.h5", names, {0, 1, 2});
  EXPECT_EQ(match_classes(data, names, "train.h5"), "");
  EXPECT_EQ(data.labels, (Labels{0, 1, 2}));
}

TEST(Agreement, AClassThatIsNotThereIsRefusedWhereItHasSamples) {
  SpikeData data = data_of("test.h5", {"a", "d"}, {0, 1});
  const std::string why = refusal([&] { match_classes(data, Names{"a", "b"}, "train.h5"); });
  EXPECT_EQ(why, "test.h5: class 'd' is not among those of train.h5: a, b");
  data = data_of("test.h5", {"a", "d"}, {0, 0});
  EXPECT_NE(match_classes(data, Names{"b", "a"}, "train.h5"), "");
  EXPECT_EQ(data.labels, (Labels{1, 1}));
}

TEST(Agreement, NumbersAreMatchedByPlace) {
  SpikeData data = data_of("test.h5", {"0", "1"}, {0, 1});
  EXPECT_EQ(match_classes(data, Names{"0", "1", "2"}, "train.h5"), "");
  EXPECT_EQ(data.classes(), 3u);
  data = data_of("test.h5", {"0", "1"}, {1, 0});
  EXPECT_NE(match_classes(data, Names{"a", "b"}, "train.h5").find("by their place"), std::string::npos);
  EXPECT_EQ(data.labels, (Labels{1, 0}));
  data = data_of("test.h5", {"0", "1", "2"}, {2});
  EXPECT_NE(refusal([&] {
              match_classes(data, Names{"0", "1"}, "train.h5");
            }).find("class '2'"),
            std::string::npos);
}

TEST(Agreement, ValidationSamplesFollowTheOthers) {
  std::string note;
  const SpikeData both = with_validation(data_of("train.h5", {"a", "b"}, {0, 1}),
                                         data_of("valid.h5", {"b", "a"}, {0, 0, 1}), note);
  EXPECT_EQ(both.labels, (Labels{0, 1, 1, 1, 0}));
  EXPECT_EQ(both.validation_samples, 3u);
  EXPECT_EQ(both.counts.in_file, 5u);
  EXPECT_FALSE(note.empty());
  EXPECT_NO_THROW(check_spike_data(both));
  for (std::size_t i = 0; i < both.size(); ++i) {
    EXPECT_EQ(both.spikes(i, 0).size(), 0u);
    ASSERT_EQ(both.spikes(i, 1).size(), 1u);
    EXPECT_EQ(both.spikes(i, 1)[0], 1u);
  }
  SpikeData wide = data_of("valid.h5", {"a", "b"}, {0});
  wide.channels = 4;
  EXPECT_EQ(refusal([&] {
              with_validation(data_of("train.h5", {"a", "b"}, {0}), wide, note);
            }),
            "valid.h5: has 4 channels, and train.h5 has 3: must be as many");
}

TEST(Agreement, TimesInAnotherUnitAreSuspicious) {
  SpikeData data = data_of("a.h5", {"a"}, {0});
  data.time = {2e-3, 50};
  EXPECT_EQ(suspicions(data).size(), 1u);  // all in the first 1.5 ms of 100
  data.counts = {.in_file = 540, .kept = 20, .cropped = 520, .last = 99.8};
  ASSERT_EQ(suspicions(data).size(), 1u);
  EXPECT_EQ(
      suspicions(data)[0],
      "a.h5: 520 of 540 spikes lie after the last step, which ends at 0.1 s: times run to 99.8, and must be "
      "seconds (are they milliseconds?)");
  data.counts = {.in_file = 540, .kept = 530, .cropped = 10, .last = 0.12};
  EXPECT_TRUE(suspicions(data).empty());
  EXPECT_EQ(describe_counts(data).substr(0, 47), "540 spikes in the file: 530 kept, 10 cropped (a");
}

TEST(StepAt, TimesAtTheEdgeOfAStepAreOneRule) {
  // k·dt in single precision is below or above the edge; both are the step k.
  for (const double dt : {1e-3, 2e-3, 0.7e-3, 5e-3})
    for (int k = 0; k < 2000; ++k) {
      EXPECT_EQ(step_at(static_cast<float>(k * dt), dt), k) << dt;
      EXPECT_EQ(step_at(static_cast<float>((k + 0.5) * dt), dt), k) << dt;
    }
}

}  // namespace
}  // namespace spikegrad
