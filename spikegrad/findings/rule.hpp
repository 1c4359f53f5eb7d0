// SPDX-License-Identifier: Apache-2.0
// Rules: which values a quantity must have. One rule object gives a row its verdict and its text, so that
// they cannot differ.
//
// A measurement is an interval of values that the true one may have:
//
//   exact      [v, v]
//   sampled    v ± t·s, s the standard error, t the quantile of Student's distribution with n - 1 degrees of
//              freedom (n repetitions; Student, Biometrika 6, 1908) that it exceeds on either side with
//              probability α/2; the normal one's if n is not given
//   bounded    v ± e, e a bound of the error
//
// and the verdict is `holds` if all of it is allowed by the rule, `contradicted` if none of it is, and
// `undecided` otherwise. Whatever the truth, a sampled verdict other than `undecided` is wrong with
// probability α at most.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// How an estimate came to be, for the interval and the words of a row.
struct Sampling {
  std::string unit = "repetitions";  ///< what its repetitions are, in the plural: "nets", "seeds"
  std::size_t looks = 1;  ///< as often may the data be looked at; α is split among them (Bonferroni)
  double alpha = false_alarm_rate;
};

/// Standard errors from the value to either end of the interval. Infinite for a single repetition.
double standard_errors(std::size_t repetitions, const Sampling& sampling = {});

class Rule {
 public:
  static Rule above(double bound);
  static Rule below(double bound);
  static Rule within(double bound);  ///< |value| <= bound
  static Rule between(double low, double high);
  static Rule equals(double value, double tolerance);         ///< |value - this| <= tolerance
  static Rule differs(double value, double tolerance = 0.0);  ///< |value - this| > tolerance

  /// The same of a positive ratio or scale, whose logarithm is near normal: the interval is taken there
  /// (delta method). For `above` and `below`.
  Rule of_ratio() const;
  /// The reason for the bound, added to the text.
  Rule because(std::string reason) const;

  FindingRow judge(std::string id, std::string quantity, double exact) const;
  FindingRow judge(std::string id, std::string quantity, const Estimate& estimate,
                   const Sampling& sampling = {}) const;
  FindingRow judge_bounded(std::string id, std::string quantity, double value, double error) const;

 private:
  enum class Kind { below, above, inside, outside };
  Rule(Kind kind, double low, double high, std::string words)
      : kind_(kind), low_(low), high_(high), words_(std::move(words)) {}

  Verdict verdict(double from, double to) const;
  double distance(double value) const;  ///< to the nearest bound, on the scale of the interval
  FindingRow row(std::string id, std::string quantity, double value) const;

  Kind kind_;
  double low_, high_;  ///< the bounds; below uses high_, above low_
  std::string words_, reason_;
  bool ratio_ = false;
};

/// The row asks something beside the claim: it is shown, and decides nothing.
FindingRow side_question(FindingRow row);

/// The |z| that the largest of `count` independent normal numbers exceeds with probability α: tests for a
/// bias in many numbers at once.
double largest_z_by_chance(std::size_t count);

/// The interval in which the mean of the squares of `count` normal numbers lies with probability 1 - α.
std::array<double, 2> mean_square_by_chance(std::size_t count);

}  // namespace spikegrad
