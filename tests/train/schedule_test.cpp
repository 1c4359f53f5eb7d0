// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/schedule.hpp"

#include <gtest/gtest.h>

namespace spikegrad {
namespace {

TEST(Schedule, FactorsByHand) {
  TrainingSettings settings{.epochs = 10, .decay = 0.5, .decay_epochs = 2};
  EXPECT_EQ(schedule_factor(settings, 7.5), 1.0);
  settings.schedule = Schedule::one_cycle;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 0.0), 0.04);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 1.5), 0.52);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 3.0), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 6.5), 0.5);
  EXPECT_NEAR(schedule_factor(settings, 10.0), 0.0, 1e-15);
  settings.schedule = Schedule::cosine;
  EXPECT_EQ(schedule_factor(settings, 0.0), 1.0);
  EXPECT_NEAR(schedule_factor(settings, 5.0), 0.5, 1e-15);
  EXPECT_NEAR(schedule_factor(settings, 10.0), 0.0, 1e-15);
  settings.schedule = Schedule::step;
  EXPECT_EQ(schedule_factor(settings, 1.9), 1.0);
  EXPECT_EQ(schedule_factor(settings, 4.0), 0.25);
}

}  // namespace
}  // namespace spikegrad
