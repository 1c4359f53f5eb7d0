// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <limits>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/quantile.hpp"
#include "spikegrad/figure/text.hpp"

namespace spikegrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// How many repetitions m in all would bring the interval, now of n, down to this half-width h. The standard
/// error falls as 1/√m, and Student's quantile t(m) falls too: m = n (t(m) s/h)², by iteration. 0: no number.
double repetitions_needed(double standard_error, double half_width, std::size_t n, const Sampling& sampling) {
  constexpr double beyond = 1e9;
  const double ratio = standard_error / half_width, least = static_cast<double>(n) + 1.0;
  if (n == 0 || !std::isfinite(ratio)) return 0.0;
  double m = least;
  for (int k = 0; k < 6; ++k) {
    const double t = standard_errors(static_cast<std::size_t>(m), sampling);
    const double next = static_cast<double>(n) * std::pow(t * ratio, 2.0);
    m = std::clamp(std::sqrt(m * next), least, beyond);  // the mean damps: t falls with m
  }
  return m < beyond ? std::ceil(m) : 0.0;
}

}  // namespace

double standard_errors(std::size_t repetitions, const Sampling& sampling) {
  const double alpha = sampling.alpha / static_cast<double>(sampling.looks);
  return repetitions == 0 ? normal_quantile(alpha)
                          : student_quantile(alpha, static_cast<double>(repetitions - 1));
}

Rule Rule::above(double bound) {
  return {Kind::above, bound, infinity, "above " + measured_text(bound)};
}
Rule Rule::below(double bound) {
  return {Kind::below, -infinity, bound, "below " + measured_text(bound)};
}
Rule Rule::within(double bound) {
  return {Kind::inside, -bound, bound, "at most " + measured_text(bound) + " in size"};
}
Rule Rule::between(double low, double high) {
  return {Kind::inside, low, high, "from " + measured_text(low) + " to " + measured_text(high)};
}
Rule Rule::equals(double value, double tolerance) {
  const std::string to = tolerance == 0.0 ? "" : " to within " + measured_text(tolerance);
  return {Kind::inside, value - tolerance, value + tolerance, "equal to " + measured_text(value) + to};
}
Rule Rule::differs(double value, double tolerance) {
  const std::string by = tolerance == 0.0 ? "" : " by more than " + measured_text(tolerance);
  return {Kind::outside, value - tolerance, value + tolerance, "different from " + measured_text(value) + by};
}

Rule Rule::of_ratio() const {
  require((kind_ == Kind::above && low_ > 0.0) || (kind_ == Kind::below && high_ > 0.0),
          "a ratio is judged by a positive bound above or below");
  Rule rule = *this;
  rule.ratio_ = true;
  return rule;
}

Rule Rule::because(std::string reason) const {
  Rule rule = *this;
  rule.reason_ = std::move(reason);
  return rule;
}

Verdict Rule::verdict(double from, double to) const {
  // Of the values from `from` to `to`: are all, is any inside [low, high]? Above and below have open bounds.
  const auto decided = [](bool all, bool none) {
    return all ? Verdict::holds : none ? Verdict::contradicted : Verdict::undecided;
  };
  const bool inside = from >= low_ && to <= high_, outside = to < low_ || from > high_;
  switch (kind_) {
    case Kind::above:
      return decided(from > low_, to <= low_);
    case Kind::below:
      return decided(to < high_, from >= high_);
    case Kind::inside:
      return decided(inside, outside);
    case Kind::outside:
      return decided(outside, inside);
  }
  throw InternalError("a rule of no kind");
}

double Rule::distance(double value) const {
  const auto from = [&](double bound) {
    return std::isinf(bound) ? infinity : std::abs(ratio_ ? std::log(value / bound) : value - bound);
  };
  return std::min(from(low_), from(high_));
}

FindingRow Rule::row(std::string id, std::string quantity, double value) const {
  return {.id = std::move(id), .quantity = std::move(quantity), .value = value, .rule = words_};
}

FindingRow Rule::judge(std::string id, std::string quantity, double exact) const {
  FindingRow r = row(std::move(id), std::move(quantity), exact);
  if (!reason_.empty()) r.rule += ": " + reason_;
  // What is no number is none of the allowed ones.
  r.verdict = verdict(exact, exact) == Verdict::holds ? Verdict::holds : Verdict::contradicted;
  return r;
}

FindingRow Rule::judge(std::string id, std::string quantity, const Estimate& estimate,
                       const Sampling& sampling) const {
  FindingRow r = row(std::move(id), std::move(quantity), estimate.value);
  const std::size_t n = estimate.repetitions;
  const double errors = standard_errors(n, sampling);
  r.std_error = estimate.std_error;
  r.rule +=
      fmt::format(" by more than {:.1f} standard errors{} ({}{})", errors, ratio_ ? " of its logarithm" : "",
                  n == 0 ? "normal" : fmt::format("Student's t, {} {}", n, sampling.unit),
                  sampling.looks > 1 ? fmt::format(", one of {} looks", sampling.looks) : "");
  if (!reason_.empty()) r.rule += ": " + reason_;
  const double half = errors * estimate.std_error / (ratio_ ? estimate.value : 1.0);
  if (std::isfinite(half) && std::isfinite(estimate.value) && !(ratio_ && estimate.value <= 0.0)) {
    r.interval = ratio_ ? std::array{estimate.value * std::exp(-half), estimate.value * std::exp(half)}
                        : std::array{estimate.value - half, estimate.value + half};
    r.verdict = verdict((*r.interval)[0], (*r.interval)[1]);
  }
  if (r.verdict != Verdict::undecided) return r;
  if (!r.interval) {
    r.remark = "not measured with an error that can be judged";
    return r;
  }
  r.needed = repetitions_needed(half / errors, distance(estimate.value), n, sampling);
  r.remark = r.needed == 0.0 ? "more " + sampling.unit + " are needed, it cannot be said how many"
                             : fmt::format("about {:.0f} more {} would decide it",
                                           r.needed - static_cast<double>(n), sampling.unit);
  return r;
}

FindingRow Rule::judge_bounded(std::string id, std::string quantity, double value, double error) const {
  FindingRow r = row(std::move(id), std::move(quantity), value);
  r.rule += ", whatever the error within its bound";
  if (!reason_.empty()) r.rule += ": " + reason_;
  r.interval = std::array{value - error, value + error};
  r.verdict = verdict(value - error, value + error);
  if (r.verdict == Verdict::undecided) r.remark = "a smaller bound of the error would decide it";
  return r;
}

FindingRow side_question(FindingRow row) {
  row.claim = false;
  return row;
}

double largest_z_by_chance(std::size_t count) {
  // 1 - (1 - p)^count = α, p the probability that one of them exceeds it on either side.
  const double p = -std::expm1(std::log1p(-false_alarm_rate) / static_cast<double>(count));
  return normal_quantile(p);
}

std::array<double, 2> mean_square_by_chance(std::size_t count) {
  const auto n = static_cast<double>(count);
  const boost::math::chi_squared sum_of_squares(n);
  return {quantile(sum_of_squares, false_alarm_rate / 2.0) / n,
          quantile(complement(sum_of_squares, false_alarm_rate / 2.0)) / n};
}

}  // namespace spikegrad
