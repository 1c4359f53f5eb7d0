// SPDX-License-Identifier: Apache-2.0
// The contract of neuron/escape.hpp, for every member.
#include "spikegrad/neuron/escape.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "tests/support/neuron_cases.hpp"

namespace spikegrad {
namespace {

/// A member's equations as its own, so that one with an error planted can stand in.
template <class F>
struct EscapeEquations {
  F f;
  template <class X>
  X probability(const X& x) const {
    return equations::probability(f, x);
  }
  double derivative(double x) const { return equations::derivative(f, x); }
  template <class X>
  X log_probability(const X& x, bool spiked) const {
    return equations::log_probability(f, x, spiked);
  }
  double log_slope(double x, bool spiked) const { return equations::log_slope(f, x, spiked); }
};

/// x/scale from the centre to 1e6 and beyond, and the few numbers around the point where p reaches 1.
template <class F>
std::vector<double> test_points(const F& f, double scale) {
  std::vector<double> points = {0.0, 1e300, std::numeric_limits<double>::infinity()};
  for (double v = 1e-8; v < 1.1e6; v *= 1.07) points.push_back(v * scale);
  for (std::size_t i = points.size(); i-- > 0;) points.push_back(-points[i]);
  double low = -1e6 * scale, high = 1e6 * scale;
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    (f.probability(middle) >= 1.0 ? high : low) = middle;
  }
  for (int i = 0; i < 8; ++i) low = std::nextafter(low, -1e9);
  for (int i = 0; i < 16; ++i) points.push_back(low = std::nextafter(low, 1e9));
  std::sort(points.begin(), points.end());
  return points;
}

/// Tolerances are relative to the value or, where terms near 1 cancel in it, to its scale (p: 1; slopes:
/// 1/scale).
constexpr double rounding = 1e-12;
bool near(double a, double b, double scale) {
  return a == b || std::abs(a - b) <= rounding * (scale + std::abs(b));
}

/// What is wrong with f; empty if nothing is.
template <class F>
std::string check(const F& f, double scale) {
  double before = 0.0;
  for (const double x : test_points(f, scale)) {
    const std::string at = " at x/scale = " + std::to_string(x / scale);
    const double p = f.probability(x), slope = f.derivative(x);
    if (!(p >= 0.0 && p <= 1.0)) return "probability outside [0, 1]" + at;
    if (!(p >= before - 1e-15)) return "probability falls" + at;
    before = p;
    if (!(slope >= 0.0 && std::isfinite(slope))) return "derivative negative or not finite" + at;
    if (std::abs(x) > 1.1e6 * scale) {
      for (const bool s : {false, true})
        if (std::isnan(f.log_probability(x, s)) || std::isnan(f.log_slope(x, s))) return "NaN" + at;
      continue;
    }
    const Dual<> dual_p = f.probability(Dual<>(x, 1.0));
    if (!near(dual_p.value, p, 0.0)) return "probability of a dual number differs" + at;
    if (!near(dual_p.derivative, slope, 1.0 / scale)) return "derivative is not that of the probability" + at;

    for (const bool s : {false, true}) {
      const std::string event = (s ? ", spike," : ", no spike,") + at;
      const double log_p = f.log_probability(x, s), log_slope = f.log_slope(x, s);
      const double event_p = s ? p : 1.0 - p;
      if (std::isnan(log_p) || log_p > 0.0) return "log probability is NaN or positive" + event;
      if (std::isnan(log_slope) || (s ? log_slope < 0.0 : log_slope > 0.0))
        return "sign of log slope" + event;
      if (std::isinf(log_p) && event_p > 0.0)
        return "log probability of a possible event is infinite" + event;
      if (!near(std::exp(log_p), event_p, 1e-3)) return "log probability is not log p" + event;
      if (s && p > 1e-300 && !near(log_p, std::log(p), 1e-3)) return "log p loses its tail" + event;
      if (log_p < -1e270) continue;  // where the hazard is held finite
      const Dual<> dual_log = f.log_probability(Dual<>(x, 1.0), s);
      if (!near(dual_log.derivative, log_slope, 1.0 / scale)) return "log slope is not that of log p" + event;
      if (event_p > 1e-3 && p < 1.0 && !near(log_slope, (s ? slope : -slope) / event_p, 1e-3 / scale))
        return "log slope is not f'/f" + event;
    }
  }
  return "";
}

TEST(Escape, EveryMemberKeepsTheContract) {
  std::set<std::size_t> members;
  for (const testing::EscapeCase& c : testing::escape_cases) {
    members.insert(c.escape.index());
    std::visit([&]<class F>(const F& f) { EXPECT_EQ(check(EscapeEquations<F>{f}, c.scale), "") << f.kind; },
               c.escape);
  }
  EXPECT_EQ(members.size(), std::variant_size_v<Escape>) << "a member without an entry in `escape_cases`";
}

/// A correct member with one thing wrong.
enum class Wrong {
  nothing,
  above_one,
  falls,
  derivative,
  tail_of_log,
  log_slope_sign,
  log_slope_scale,
  nan_far_out
};
using Right = EscapeEquations<SigmoidEscape>;
struct Broken : Right {
  Wrong wrong;
  template <class T>
  T probability(const T& x) const {
    const T p = Right::probability(x);
    if (wrong == Wrong::above_one && p > 0.99) return p * 1.0101;
    if (wrong == Wrong::falls && x > 0.01 && x < 0.02) return p * 0.9;
    return p;
  }
  double derivative(double x) const {
    return Right::derivative(x) * (wrong == Wrong::derivative ? 1.000001 : 1.0);
  }
  template <class T>
  T log_probability(const T& x, bool spiked) const {
    using std::log;
    if (wrong == Wrong::tail_of_log && !spiked) return log(1.0 - probability(x));
    return Right::log_probability(x, spiked);
  }
  double log_slope(double x, bool spiked) const {
    if (wrong == Wrong::nan_far_out && std::abs(x) > 1e4) return std::nan("");
    const double factor = wrong == Wrong::log_slope_sign    ? -1.0
                          : wrong == Wrong::log_slope_scale ? 1.001
                                                            : 1.0;
    return factor * Right::log_slope(x, spiked);
  }
};

TEST(Escape, CheckerRejectsPlantedErrors) {
  EXPECT_EQ(check(Broken{{}, Wrong::nothing}, 0.1), "");
  for (const Wrong wrong : {Wrong::above_one, Wrong::falls, Wrong::derivative, Wrong::tail_of_log,
                            Wrong::log_slope_sign, Wrong::log_slope_scale, Wrong::nan_far_out})
    EXPECT_NE(check(Broken{{}, wrong}, 0.1), "") << static_cast<int>(wrong);
}

// A constant hazard over a step: no spike in dt is none in the first and none in the second half.
TEST(ExponentialHazard, ProbabilityOfAStepIsThatOfItsHalves) {
  for (const double x : {-3.0, -0.5, 0.0, 0.1, 0.2, 0.3}) {
    const ExponentialHazardEscape whole{.rate = 200.0, .width = 0.1, .dt = 2e-3};
    ExponentialHazardEscape half = whole;
    half.dt = 1e-3;
    const double p = equations::probability(whole, x), q = equations::probability(half, x);
    EXPECT_NEAR(p, q + (1.0 - q) * q, 1e-15 * p + 1e-16) << x;
  }
}

// Rare spikes: p is the expected number of spikes, to the last bit.
TEST(ExponentialHazard, SmallHazardsKeepTheirRelativePrecision) {
  const ExponentialHazardEscape f{.rate = 1.0, .width = 0.1, .dt = 1e-3};
  for (const double x : {-4.0, -10.0, -60.0}) {
    const double r = 1e-3 * std::exp(x / 0.1);
    EXPECT_NEAR(equations::probability(f, x) / r, 1.0, 1e-15);
  }
}

/// ∫_a^b of the slope by Simpson's rule, in pieces that end at the kinks.
template <class G>
double integral(const G& g, double a, double b) {
  constexpr int n = 20'000;
  const double h = (b - a) / n;
  double sum = g(a) + g(b);
  for (int i = 1; i < n; ++i) sum += (i % 2 ? 4.0 : 2.0) * g(a + i * h);
  return sum * h / 3.0;
}

// Noise ξ on the threshold spikes where x + ξ > 0: f is the distribution function of noise whose density is the
// surrogate of the same name, and that density is even.
TEST(Escape, IsTheIntegralOfTheSurrogateOfItsName) {
  const auto check_pair = [](const auto& f, const auto& g, double scale, double end) {
    const auto slope = [&](double x) { return equations::slope(g, x); };
    for (const double v : {0.05, 0.3, 0.9, 1.7, 4.0, 30.0}) {
      const double x = v * scale, stop = std::min(x, end);
      const double half = equations::probability(f, x) - 0.5;
      EXPECT_NEAR(half, stop > 0.01 * scale ? integral(slope, 0.0, stop * (1 - 1e-15)) : 0.0, 1e-9)
          << f.kind << x;
      EXPECT_NEAR(half + equations::probability(f, -x), 0.5, 1e-15) << f.kind << x;
    }
  };
  const double none = std::numeric_limits<double>::infinity();
  check_pair(GaussianEscape{.sigma = 0.7}, GaussianSurrogate{.sigma = 0.7}, 0.7, none);
  check_pair(ArctanEscape{.alpha = 1.3}, ArctanSurrogate{.alpha = 1.3}, 1.0, none);
  check_pair(RectangularEscape{.width = 1.4}, RectangularSurrogate{.width = 1.4}, 0.5, 0.7);
  check_pair(TriangularEscape{.beta = 0.8}, TriangularSurrogate{.beta = 0.8, .gamma = 0.8}, 1.0, 1.25);
}

// To all digits, in both tails, by functions that the equations do not use.
TEST(GaussianEscape, IsTheComplementaryErrorFunction) {
  const GaussianEscape f{.sigma = 0.5};
  for (double y = -26.0; y < 26.0; y += 0.0371) {  // erfc(26) is 1e-296
    const double x = y * 0.5 * std::numbers::sqrt2, truth = 0.5 * std::erfc(-y);
    EXPECT_NEAR(equations::probability(f, x) / truth, 1.0, 3e-13) << y;
    EXPECT_NEAR(equations::log_probability(f, x, true), std::log(truth),
                3e-13 * (1e-3 + std::abs(std::log(truth))))
        << y;
  }
  // Far out exp(y²) erfc(y) = 1/(y √π) (1 - 1/(2y²) + …).
  for (const double y : {1e4, 1e6, 1e9})
    EXPECT_NEAR(equations::erfcx(y) * y / std::numbers::inv_sqrtpi, 1.0 - 0.5 / (y * y), 1e-15) << y;
}
TEST(ArctanEscape, IsTheDistributionFunctionOfCauchy) {
  const ArctanEscape f{.alpha = 1.3};
  for (double x = 1e-3; x < 1e9; x *= 1.3) {
    const double s = 0.5 * std::numbers::pi * 1.3 * x, tail = std::atan2(1.0, s) / std::numbers::pi;
    EXPECT_NEAR(equations::probability(f, -x) / tail, 1.0, 1e-15) << x;
    EXPECT_NEAR(equations::probability(f, x), 1.0 - tail, 1e-15) << x;
  }
}
// Nothing is left to chance beyond the ends of the noise.
TEST(Escape, NoiseThatEndsDecidesBeyondItsEnds) {
  const auto check_ends = [](const auto& f, double end) {
    EXPECT_EQ(equations::probability(f, -end), 0.0) << f.kind;
    EXPECT_EQ(equations::probability(f, end), 1.0) << f.kind;
    for (const double x : {-end, end})
      for (const bool spike : {false, true}) {
        EXPECT_EQ(equations::derivative(f, x), 0.0) << f.kind;
        EXPECT_EQ(equations::log_slope(f, x, spike), 0.0) << f.kind;
        EXPECT_EQ(equations::log_probability(f, x, spike),
                  spike == (x > 0.0) ? 0.0 : -std::numeric_limits<double>::infinity())
            << f.kind;
      }
  };
  check_ends(RectangularEscape{.width = 0.5}, 0.25);
  check_ends(TriangularEscape{.beta = 2.0}, 0.5);
}

// β → ∞ makes the sigmoid the step of the deterministic unit.
TEST(Sigmoid, SteepLimitIsTheStep) {
  const SigmoidEscape f{.beta = 1e6};
  EXPECT_EQ(equations::probability(f, 1e-3), 1.0);
  EXPECT_LT(equations::probability(f, -1e-3), 1e-300);
}

}  // namespace
}  // namespace spikegrad
