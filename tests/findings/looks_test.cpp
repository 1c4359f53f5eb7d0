// SPDX-License-Identifier: Apache-2.0
// How often a sequential measurement decides wrongly, simulated where it is hardest: the true value lies on
// the bound, so that every verdict but `undecided` is a false alarm.
#include "spikegrad/findings/looks.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "spikegrad/core/random.hpp"

namespace spikegrad {
namespace {

constexpr double alpha = 0.05;  // in place of false_alarm_rate, which a simulation cannot see
constexpr std::size_t simulations = 20'000;

/// How the errors of a look are taken: the rule's own, or a planted mistake.
enum class How { as_stated, looks_not_split, normal_instead_of_student };

/// The share of false alarms among `simulations` measurements of mean 0, judged by "above 0".
double false_alarms(How how) {
  const Looks looks = doubling(5, "seeds");
  std::size_t alarms = 0;
  for (std::uint32_t k = 0; k < simulations; ++k) {
    SequentialRng rng(11, k);
    std::vector<double> values;
    const auto rows = measure_until_decided(looks, [&](std::size_t n) {
      while (values.size() < n) values.push_back(rng.normal());
      Estimate mean = mean_of(values);
      Sampling sampling = looks.sampling();
      sampling.alpha = alpha;
      if (how == How::looks_not_split) sampling.looks = 1;
      if (how == How::normal_instead_of_student) mean.repetitions = 0;
      return std::vector{Rule::above(0.0).judge("", "", mean, sampling)};
    });
    alarms += rows[0].verdict != Verdict::undecided;
  }
  return static_cast<double>(alarms) / static_cast<double>(simulations);
}

// The bound is α; a simulation of a rule at the bound is above it by 4 standard deviations once in 30,000.
const double noise = 4.0 * std::sqrt(alpha * (1.0 - alpha) / simulations);

TEST(Looks, TogetherHaveTheStatedFalseAlarmRate) {
  const double rate = false_alarms(How::as_stated);
  EXPECT_LE(rate, alpha + noise);
  EXPECT_GE(rate, alpha / 2.0);  // Bonferroni gives away some of it, not most
}

TEST(Looks, TheSimulationNoticesWrongRules) {
  EXPECT_GT(false_alarms(How::looks_not_split), alpha + noise);
  EXPECT_GT(false_alarms(How::normal_instead_of_student), alpha + noise);
}

TEST(Looks, EndWithTheFirstThatDecidesTheClaims) {
  const Looks looks = doubling(10, "nets");
  EXPECT_EQ(looks.repetitions, (std::vector<std::size_t>{10, 20, 40}));
  EXPECT_EQ(looks.sampling().looks, 3u);
  std::vector<std::size_t> seen;
  const auto until = [&](std::size_t enough, bool claim) {
    seen.clear();
    return measure_until_decided(looks, [&](std::size_t n) {
      seen.push_back(n);
      return std::vector{FindingRow{.verdict = Verdict::holds},
                         FindingRow{.value = static_cast<double>(n),
                                    .verdict = n >= enough ? Verdict::contradicted : Verdict::undecided,
                                    .claim = claim}};
    });
  };
  EXPECT_EQ(until(20, true)[1].value, 20.0);
  EXPECT_EQ(seen, (std::vector<std::size_t>{10, 20}));
  EXPECT_EQ(until(1000, true)[1].verdict, Verdict::undecided);
  EXPECT_EQ(seen, (std::vector<std::size_t>{10, 20, 40}));
  const auto hopeless_at = [&](double needed) {
    seen.clear();
    measure_until_decided(looks, [&](std::size_t n) {
      seen.push_back(n);
      return std::vector{FindingRow{.verdict = Verdict::undecided, .needed = needed}};
    });
    return seen;
  };
  EXPECT_EQ(hopeless_at(59.0), (std::vector<std::size_t>{10, 20, 40}));
  EXPECT_EQ(hopeless_at(61.0), (std::vector<std::size_t>{10}));
  until(1000, false);  // a side question is not measured on
  EXPECT_EQ(seen, (std::vector<std::size_t>{10}));
}

}  // namespace
}  // namespace spikegrad
