// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/rule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/example_parts.hpp"

namespace spikegrad {
namespace {

using testing_support::nan;
constexpr double infinity = std::numeric_limits<double>::infinity();

Verdict exact(const Rule& rule, double value) {
  return rule.judge("F", "q", value).verdict;
}
/// An interval value ± error.
Verdict bounded(const Rule& rule, double value, double error) {
  return rule.judge_bounded("F", "q", value, error).verdict;
}

struct Case {
  const char* name;
  Rule rule;
  double holds, contradicted, bound;  ///< a value of each kind, 1 or more from a bound
};
const std::vector<Case> cases{
    {"above", Rule::above(2.0), 4.0, 0.0, 2.0},        {"below", Rule::below(2.0), 0.0, 4.0, 2.0},
    {"within", Rule::within(3.0), -1.0, -5.0, -3.0},   {"between", Rule::between(1.0, 9.0), 4.0, 12.0, 9.0},
    {"equals", Rule::equals(5.0, 2.0), 5.5, 9.0, 7.0}, {"differs", Rule::differs(5.0, 2.0), 9.0, 5.5, 7.0}};

TEST(Rule, HasThreeVerdictsOfAnInterval) {
  for (const Case& c : cases) {
    EXPECT_EQ(bounded(c.rule, c.holds, 0.5), Verdict::holds) << c.name;
    EXPECT_EQ(bounded(c.rule, c.contradicted, 0.5), Verdict::contradicted) << c.name;
    EXPECT_EQ(bounded(c.rule, c.bound + 0.1, 0.5), Verdict::undecided) << c.name;
    EXPECT_EQ(bounded(c.rule, c.bound - 0.1, 0.5), Verdict::undecided) << c.name;
    EXPECT_EQ(bounded(c.rule, c.holds, 100.0), Verdict::undecided) << c.name;
    EXPECT_EQ(bounded(c.rule, nan, 0.5), Verdict::undecided) << c.name;
  }
}

TEST(Rule, AnExactValueIsNeverUndecided) {
  for (const Case& c : cases) {
    EXPECT_EQ(exact(c.rule, c.holds), Verdict::holds) << c.name;
    EXPECT_EQ(exact(c.rule, c.contradicted), Verdict::contradicted) << c.name;
    EXPECT_EQ(exact(c.rule, nan), Verdict::contradicted) << c.name;
  }
  // On the bound: "above" is not "at", "at most" is.
  EXPECT_EQ(exact(Rule::above(2.0), 2.0), Verdict::contradicted);
  EXPECT_EQ(exact(Rule::below(2.0), 2.0), Verdict::contradicted);
  EXPECT_EQ(exact(Rule::within(2.0), -2.0), Verdict::holds);
  EXPECT_EQ(exact(Rule::equals(0.0, 0.0), 0.0), Verdict::holds);
  EXPECT_EQ(exact(Rule::equals(0.0, 0.0), 1e-300), Verdict::contradicted);
  EXPECT_EQ(exact(Rule::differs(0.0), 0.0), Verdict::contradicted);
  EXPECT_EQ(exact(Rule::above(nan), 1.0), Verdict::contradicted);  // a bound that was not found
  const FindingRow row = Rule::above(2.0).judge("F1", "q", 3.0);
  EXPECT_FALSE(row.std_error);
  EXPECT_FALSE(row.interval);
}

// Tables of Student's t and of the normal distribution.
TEST(Rule, TheIntervalIsStudents) {
  EXPECT_NEAR(standard_errors(5, {.alpha = 0.05}), 2.7764, 1e-4);
  EXPECT_NEAR(standard_errors(5, {.alpha = 0.001}), 8.6103, 1e-4);
  EXPECT_NEAR(standard_errors(0, {.alpha = 0.05}), 1.9600, 1e-4);
  EXPECT_NEAR(standard_errors(100'000, {.alpha = 0.05}), 1.9600, 1e-4);
  EXPECT_NEAR(standard_errors(5, {.looks = 2, .alpha = 0.05}), standard_errors(5, {.alpha = 0.025}), 1e-12);
  EXPECT_EQ(standard_errors(1), infinity);
  // The false-alarm rate of the findings: 3.9 standard errors, 15.5 of five seeds.
  EXPECT_NEAR(standard_errors(0), 3.8906, 1e-4);
  EXPECT_NEAR(standard_errors(5), 15.544, 1e-3);
}

TEST(Rule, FiveSeedsAskForMoreStandardErrorsThanManySamples) {
  const Estimate many{6.0, 1.0}, five{6.0, 1.0, 5}, five_clear{16.0, 1.0, 5};
  EXPECT_EQ(Rule::above(0.0).judge("", "", many).verdict, Verdict::holds);
  EXPECT_EQ(Rule::above(0.0).judge("", "", five).verdict, Verdict::undecided);
  EXPECT_EQ(Rule::above(0.0).judge("", "", five_clear).verdict, Verdict::holds);
  EXPECT_EQ(Rule::below(0.0).judge("", "", five_clear).verdict, Verdict::contradicted);
  EXPECT_EQ(Rule::differs(0.0).judge("", "", Estimate{-16.0, 1.0, 5}).verdict, Verdict::holds);
  EXPECT_EQ(Rule::above(0.0).judge("", "", Estimate{14.0, 1.0, 1}).verdict, Verdict::undecided);
  EXPECT_EQ(Rule::above(0.0).judge("", "", Estimate{}).verdict, Verdict::undecided);
}

TEST(Rule, ARatioIsJudgedByItsLogarithm) {
  const Rule rule = Rule::above(1.0).of_ratio();
  const FindingRow row = rule.judge("", "", Estimate{9.0, 2.5});  // log 9 = 2.20 ± 0.28
  EXPECT_EQ(row.verdict, Verdict::holds);
  ASSERT_TRUE(row.interval);
  EXPECT_NEAR((*row.interval)[0], 9.0 * std::exp(-standard_errors(0) * 2.5 / 9.0), 1e-12);
  EXPECT_NEAR((*row.interval)[1], 9.0 * std::exp(standard_errors(0) * 2.5 / 9.0), 1e-12);
  EXPECT_EQ(rule.judge("", "", Estimate{3.0, 1.0}).verdict, Verdict::undecided);
  EXPECT_EQ(rule.judge("", "", Estimate{0.2, 0.02}).verdict, Verdict::contradicted);
  EXPECT_EQ(rule.judge("", "", Estimate{-3.0, 0.1}).verdict, Verdict::undecided);
  EXPECT_NE(row.rule.find("of its logarithm"), std::string::npos);
}

TEST(Rule, ItsTextNamesTheBoundTheDistributionAndTheReason) {
  EXPECT_EQ(Rule::within(1e-12).because("rounding").judge("", "", 0.0).rule,
            "at most 1·10⁻¹² in size: rounding");
  EXPECT_EQ(Rule::above(0.1).judge("", "", Estimate{1.0, 0.1, 5}, {.unit = "seeds"}).rule,
            "above 0.1 by more than 15.5 standard errors (Student's t, 5 seeds)");
  EXPECT_EQ(Rule::above(0.1)
                .because("chance")
                .judge("", "", Estimate{1.0, 0.1, 5}, {.unit = "seeds", .looks = 3})
                .rule,
            "above 0.1 by more than 20.5 standard errors (Student's t, 5 seeds, one of 3 looks): chance");
  EXPECT_EQ(Rule::differs(0.0).judge("", "", Estimate{1.0, 0.1}).rule,
            "different from 0 by more than 3.9 standard errors (normal)");
  EXPECT_EQ(Rule::equals(1.0, 0.5).judge("", "", 1.0).rule, "equal to 1 to within 0.5");
}

// 2.5 standard errors of five seeds: at 20 they are 5, and Student's quantile has fallen from 15.5 to 4.9.
TEST(Rule, AnUndecidedRowSaysHowManyMoreWouldDecide) {
  const FindingRow row = Rule::above(0.0).judge("", "", Estimate{2.5, 1.0, 5}, {.unit = "seeds"});
  EXPECT_EQ(row.verdict, Verdict::undecided);
  EXPECT_EQ(row.remark, "about 15 more seeds would decide it");
  EXPECT_EQ(row.needed, 20.0);
  for (const std::size_t m : {18, 20})
    EXPECT_EQ(std::sqrt(static_cast<double>(m) / 5.0) * 2.5 > standard_errors(m), m == 20) << m;
  EXPECT_EQ(Rule::above(2.5).judge("", "", Estimate{2.5, 1.0, 5}, {.unit = "seeds"}).remark,
            "more seeds are needed, it cannot be said how many");
  EXPECT_EQ(Rule::above(0.0).judge("", "", Estimate{25.0, 1.0, 5}).remark, "");
  EXPECT_FALSE(side_question(row).claim);
}

// Tables: one of 1,000 normal numbers is beyond ±5.33 with probability 1e-4; the mean of 10 squares.
TEST(Rule, ChanceOfManyNumbers) {
  EXPECT_NEAR(largest_z_by_chance(1), standard_errors(0), 1e-9);
  EXPECT_NEAR(std::erfc(largest_z_by_chance(1000) / std::sqrt(2.0)), 1e-4 / 1000.0, 1e-11);
  const auto [low, high] = mean_square_by_chance(66);
  EXPECT_LT(low, 1.0);
  EXPECT_GT(high, 1.0);
  // P(χ²_2 > x) = exp(-x/2), so the upper end for two squares is -2 log(α/2) / 2.
  EXPECT_NEAR(mean_square_by_chance(2)[1], -std::log(false_alarm_rate / 2.0), 1e-9);
}

}  // namespace
}  // namespace spikegrad
