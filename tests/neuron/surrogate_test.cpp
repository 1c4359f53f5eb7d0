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
#include "tests/support/neuron_cases.hpp"

namespace spikegrad {
namespace {

using testing::SurrogateCase, testing::surrogate_cases;

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

/// g as a function of a number.
template <class G>
auto function_of(const G& g) {
  return [g](double x) { return equations::slope(g, x); };
}

/// What is wrong with g; empty if nothing is.
template <class G>
std::string check(const G& g, const SurrogateCase& c) {
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
  for (const SurrogateCase& c : surrogate_cases) {
    members.insert(c.surrogate.index());
    std::visit([&](const auto& g) { EXPECT_EQ(check(function_of(g), c), "") << g.kind; }, c.surrogate);
  }
  EXPECT_EQ(members.size(), std::variant_size_v<Surrogate>)
      << "a member without an entry in `surrogate_cases`";
}

TEST(Surrogate, CheckerRejectsPlantedErrors) {
  const SurrogateCase& c = surrogate_cases[0];
  const auto right = function_of(SigmoidSurrogate{.beta = 7.0});
  EXPECT_EQ(check(right, c), "");
  EXPECT_NE(check([&](double x) { return 1.001 * right(x); }, c), "");
  EXPECT_NE(check([&](double x) { return right(x - 0.01); }, c), "");
  EXPECT_NE(check([&](double x) { return std::abs(x) > 1e4 ? std::nan("") : right(x); }, c), "");
  EXPECT_NE(check([&](double x) { return right(1.001 * x); }, c), "") << "right peak, wrong area";
}

TEST(Surrogate, IsTheSlopeOfTheEscapeFunctionOfItsName) {
  const double beta = 3.7;
  for (double x = -5.0; x < 5.0; x += 0.037) {
    EXPECT_DOUBLE_EQ(equations::slope(SigmoidSurrogate{.beta = beta}, x),
                     equations::derivative(SigmoidEscape{.beta = beta}, x));
    EXPECT_DOUBLE_EQ(equations::slope(SuperSpikeSurrogate{.beta = beta}, x) * beta / 2,
                     equations::derivative(SuperSpikeEscape{.beta = beta}, x));
    EXPECT_DOUBLE_EQ(equations::slope(ArctanSurrogate{.alpha = beta}, x),
                     equations::derivative(ArctanEscape{.alpha = beta}, x));
    EXPECT_DOUBLE_EQ(equations::slope(RectangularSurrogate{.width = beta}, x),
                     equations::derivative(RectangularEscape{.width = beta}, x));
    EXPECT_DOUBLE_EQ(equations::slope(TriangularSurrogate{.beta = beta, .gamma = beta}, x),
                     equations::derivative(TriangularEscape{.beta = beta}, x));
    EXPECT_NEAR(equations::slope(GaussianSurrogate{.sigma = 1 / beta}, x) /
                    equations::derivative(GaussianEscape{.sigma = 1 / beta}, x),
                1.0, 1e-12);
  }
}

// Its square would underflow.
TEST(GaussianSurrogate, TakesAnyWidth) {
  const GaussianSurrogate narrow{.sigma = 1e-200};
  EXPECT_EQ(check(function_of(narrow), {narrow, 1e-200, 1e200 / testing::root_two_pi, std::nullopt}), "");
}

TEST(TableSurrogate, JoinsItsPointsByLinesAndIsZeroOutside) {
  const auto g = function_of(TableSurrogate{.x = {-1.0, 0.0, 2.0}, .g = {0.25, 1.0, 0.5}});
  EXPECT_EQ(g(-1.0), 0.25);
  EXPECT_EQ(g(-0.5), 0.625);
  EXPECT_EQ(g(0.0), 1.0);
  EXPECT_EQ(g(1.0), 0.75);
  EXPECT_EQ(g(2.0), 0.5);
  EXPECT_EQ(g(std::nextafter(-1.0, -2.0)), 0.0);
  EXPECT_EQ(g(std::nextafter(2.0, 3.0)), 0.0);
  const auto line = function_of(TableSurrogate{.x = {0.0, 1.0}, .g = {1.0, 3.0}});
  EXPECT_EQ(line(0.5), 2.0);
}

}  // namespace
}  // namespace spikegrad
