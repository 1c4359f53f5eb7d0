// SPDX-License-Identifier: Apache-2.0
// The contract of neuron/surrogate.hpp, for every member, and the areas that the headers state.
#include "spikegrad/neuron/surrogate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spikegrad/neuron/escape.hpp"

namespace spikegrad {
namespace {

/// A member with settings, the length over which it changes, its peak and its area. A new member is one
/// entry.
struct Case {
  Surrogate surrogate;
  double scale, peak;
  std::optional<double> area;
};
const double pi = std::acos(-1.0);
const std::vector<Case> cases = {
    {SigmoidSurrogate{.beta = 7.0}, 1 / 7.0, 7.0 / 4, 1.0},
    {SuperSpikeSurrogate{.beta = 7.0}, 1 / 7.0, 1.0, 2 / 7.0},
    {SuperSpikeSurrogate{.beta = 1e5}, 1e-5, 1.0, 2e-5},
    {ExponentialSurrogate{.beta = 7.0}, 1 / 7.0, 1.0, 2 / 7.0},
    {TriangularSurrogate{.beta = 2.0, .gamma = 0.3}, 0.5, 0.3, 0.15},
    {RectangularSurrogate{.width = 0.7}, 0.7, 1 / 0.7, 1.0},
    {GaussianSurrogate{.sigma = 0.2}, 0.2, 1 / (0.2 * std::sqrt(2 * pi)), 1.0},
    {GaussianSurrogate{.sigma = 1e-200}, 1e-200, 1e200 / std::sqrt(2 * pi), std::nullopt},
    {ArctanSurrogate{.alpha = 3.0}, 1 / 3.0, 1.5, 1.0},
    // (1 + h)/σ - 2h exp(-1/(2s²))/(sσ), over √(2π); the area is (1 + h) - 2h.
    {MultiGaussianSurrogate{.sigma = 0.5, .height = 0.15, .spread = 6.0}, 0.5,
     (1.15 / 0.5 - 0.3 * std::exp(-1 / 72.0) / 3.0) / std::sqrt(2 * pi), 0.85},
    {StraightThroughSurrogate{}, 1.0, 1.0, std::nullopt},
    {TableSurrogate{}, 1.0, 1.0, 1.0},
    {TableSurrogate{.x = {-2.0, 0.0, 0.5, 1.0}, .g = {0.5, 2.0, 1.0, 0.0}}, 1.0, 2.0, 2.5 + 0.75 + 0.25},
};

/// ∫ g by the trapezoid rule in s, x = scale · sinh(s): |x| up to 4e6 scales.
template <class G>
double area_of(const G& g, double scale) {
  double sum = 0.0;
  const int n = 200'000;
  const double step = 16.0 / n;
  for (int i = -n; i <= n; ++i) {
    const double s = step * i;
    sum += g(scale * std::sinh(s)) * scale * std::cosh(s) * step;
  }
  return sum;
}

/// What is wrong with g; empty if nothing is.
template <class G>
std::string check(const G& g, const Case& c) {
  const double top = g(0.0);
  if (!(std::abs(top - c.peak) <= 1e-12 * c.peak)) return "peak is " + std::to_string(top);
  std::vector<double> points = {1e300, std::numeric_limits<double>::infinity()};
  for (double v = 1e-8; v < 1.1e6; v *= 1.07) points.push_back(v * c.scale);
  for (const double x : points)
    for (const double at : {x, -x}) {
      const double value = g(at);
      if (!std::isfinite(value)) return "not finite at x/scale = " + std::to_string(at / c.scale);
      if (!(value <= top * (1 + 1e-15)))
        return "larger than at 0 at x/scale = " + std::to_string(at / c.scale);
    }
  // Kinks and edges cost the trapezoid rule one step, 1e-4 of the scale; heavy tails end at 4e6 scales.
  if (c.area && !(std::abs(area_of(g, c.scale) - *c.area) <= 1e-4 * *c.area))
    return "area is " + std::to_string(area_of(g, c.scale));
  return "";
}

TEST(Surrogate, EveryMemberKeepsTheContract) {
  std::set<std::size_t> members;
  for (const Case& c : cases) {
    members.insert(c.surrogate.index());
    std::visit([&](const auto& g) { EXPECT_EQ(check(g, c), "") << g.kind; }, c.surrogate);
  }
  EXPECT_EQ(members.size(), std::variant_size_v<Surrogate>) << "a member without an entry in `cases`";
}

TEST(Surrogate, CheckerRejectsPlantedErrors) {
  const Case& c = cases[0];
  const SigmoidSurrogate right{.beta = 7.0};
  EXPECT_EQ(check(right, c), "");
  EXPECT_NE(check([&](double x) { return 1.001 * right(x); }, c), "");
  EXPECT_NE(check([&](double x) { return right(x - 0.01); }, c), "");
  EXPECT_NE(check([&](double x) { return std::abs(x) > 1e4 ? std::nan("") : right(x); }, c), "");
  EXPECT_NE(check([&](double x) { return right(1.001 * x); }, c), "") << "right peak, wrong area";
}

TEST(Surrogate, SigmoidAndSuperSpikeAreSlopesOfTheirEscapeFunctions) {
  const double beta = 3.7;
  for (double x = -5.0; x < 5.0; x += 0.037) {
    EXPECT_DOUBLE_EQ(SigmoidSurrogate{.beta = beta}(x), SigmoidEscape{.beta = beta}.derivative(x));
    EXPECT_DOUBLE_EQ(SuperSpikeSurrogate{.beta = beta}(x)*beta / 2,
                     SuperSpikeEscape{.beta = beta}.derivative(x));
  }
}

TEST(TableSurrogate, JoinsItsPointsByLinesAndIsZeroOutside) {
  const TableSurrogate g{.x = {-1.0, 0.0, 2.0}, .g = {0.25, 1.0, 0.5}};
  EXPECT_EQ(g(-1.0), 0.25);
  EXPECT_EQ(g(-0.5), 0.625);
  EXPECT_EQ(g(0.0), 1.0);
  EXPECT_EQ(g(1.0), 0.75);
  EXPECT_EQ(g(2.0), 0.5);
  EXPECT_EQ(g(std::nextafter(-1.0, -2.0)), 0.0);
  EXPECT_EQ(g(std::nextafter(2.0, 3.0)), 0.0);
  const TableSurrogate line{.x = {0.0, 1.0}, .g = {1.0, 3.0}};
  EXPECT_EQ(line(0.5), 2.0);
}

}  // namespace
}  // namespace spikegrad
