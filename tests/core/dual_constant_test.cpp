// SPDX-License-Identifier: Apache-2.0
// A dual number whose derivative part is 0 is a constant: the part stays 0 through every function, at poles
// and ends of domains too, where the slope is infinite or not a number.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "spikegrad/core/dual.hpp"
#include "tests/support/number_functions.hpp"

namespace {

using spikegrad::Dual;
using namespace spikegrad::testing;
using Second = Dual<Dual<>>;

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-14 * std::abs(b);
}

/// The first value at which a constant gets a derivative part; empty: none.
template <class F>
std::string moves_a_constant(F&& f) {
  for (const double x : difficult_values)
    for (const double zero : {0.0, -0.0}) {
      const Dual<> y = f(Dual<>(x, zero));
      if (y.derivative != 0) return std::to_string(x) + " gives " + std::to_string(y.derivative);
      // Moving along one of two directions, it stays a constant along the other.
      const Second first = f(Second(Dual<>(x, 1.0), Dual<>(zero, zero)));
      if (first.derivative.value != 0 || first.derivative.derivative != 0)
        return std::to_string(x) + " moves along the second direction";
      const Second second = f(Second(Dual<>(x, zero), Dual<>(1.0, zero)));
      if (second.value.derivative != 0 || second.derivative.derivative != 0)
        return std::to_string(x) + " moves along the first direction";
    }
  return "";
}

/// The first pair of values at which a constant is more than the plain number; empty: none.
template <class F>
std::string constant_is_no_plain_number(F&& f) {
  for (const double x : difficult_values)
    for (const double y : difficult_values) {
      const std::string where = std::to_string(x) + ", " + std::to_string(y);
      const Dual<> zero = f(Dual<>(x, 0.0), Dual<>(y, 0.0));
      if (zero.derivative != 0) return where + ": both are constants";
      const Dual<> a = f(Dual<>(x, 0.0), Dual<>(y, 3.0)), plain_a = f(x, Dual<>(y, 3.0));
      if (!same(a.derivative, plain_a.derivative)) return where + ": the first is a constant";
      const Dual<> b = f(Dual<>(x, 3.0), Dual<>(y, 0.0)), plain_b = f(Dual<>(x, 3.0), y);
      if (!same(b.derivative, plain_b.derivative)) return where + ": the second is a constant";
      if (f(x, Dual<>(y, 0.0)).derivative != 0 || f(Dual<>(x, 0.0), y).derivative != 0)
        return where + ": a plain number and a constant";
    }
  return "";
}

TEST(DualConstants, StayConstantsThroughEveryFunction) {
  for_each_unary([](const char* name, auto f) { EXPECT_EQ(moves_a_constant(f), "") << name; });
  for_each_binary([](const char* name, auto f) {
    EXPECT_EQ(constant_is_no_plain_number(f), "") << name;
    EXPECT_EQ(moves_a_constant([&](const auto& x) { return f(x, x); }), "") << name;
  });
}

TEST(DualConstants, APlantedProductOfZeroAndInfinityIsFound) {
  const auto slope_times_part = [](const auto& x) {
    auto y = x;
    y.derivative = x.derivative / x.value;  // log without the rule
    return y;
  };
  EXPECT_NE(moves_a_constant(slope_times_part), "");
  const auto product = [](const Dual<>& a, const Dual<>& b) {
    return Dual<>(a.value * b.value, a.derivative * b.value + a.value * b.derivative);
  };
  EXPECT_NE(constant_is_no_plain_number(product), "");
}

TEST(DualConstants, OnlyZeroIsHeld) {
  EXPECT_EQ(log(Dual<>(0.0, 1.0)).derivative, INFINITY);
  EXPECT_EQ((1 / Dual<>(0.0, 1.0)).derivative, -INFINITY);
  EXPECT_TRUE(std::isnan((Dual<>(0.0, 1.0) * Dual<>(INFINITY, 0.0) * 0.0).derivative));
  // In second derivatives a part (0, 5) is not 0.
  EXPECT_EQ(sqrt(Second(Dual<>(4.0, 0.0), Dual<>(0.0, 5.0))).derivative.derivative, 1.25);
  EXPECT_EQ(pow(Second(Dual<>(3.0, 0.0), Dual<>(0.0, 5.0)), 2.0).derivative.derivative, 30.0);
  EXPECT_DOUBLE_EQ(pow(Second(Dual<>(3.0, 0.0)), Second(Dual<>(2.0), Dual<>(0.0, 5.0))).derivative.derivative,
                   45.0 * std::log(3.0));
}

/// The names that a header declares with `pattern`, whose last group is the name.
std::set<std::string> names_in(const std::string& header, const std::string& pattern) {
  std::ifstream file(std::string(SPIKEGRAD_SOURCE_DIR) + "/" + header);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::regex expression(pattern);
  std::set<std::string> names;
  for (std::sregex_iterator i(all.begin(), all.end(), expression), end; i != end; ++i) names.insert((*i)[1]);
  return names;
}

TEST(DualConstants, TheListHasEveryFunctionOfTheHeaders) {
  std::set<std::string> listed;
  for_each_unary([&](const char* name, auto) { listed.insert(name); });
  for_each_binary([&](const char* name, auto) { listed.insert(name); });
  const auto duals = names_in("spikegrad/core/dual.hpp", R"(friend (?:constexpr )?Dual ([\w]+|operator.)\()");
  EXPECT_EQ(duals, listed);
  // Triples take the functions of one number from a list, those of two line by line.
  auto triples =
      names_in("spikegrad/stochastic_ad/triple.hpp", R"(\n  SPIKEGRAD_BINARY\(([\w]+|operator.)[,)])");
  triples.merge(names_in("spikegrad/stochastic_ad/unary_functions.hpp", R"( of\((\w+)\))"));
  EXPECT_EQ(triples, listed);
}

TEST(Digamma, KnownValues) {
  constexpr double euler = std::numbers::egamma, rounding = 4e-15;  // of ten terms and the series
  EXPECT_NEAR(spikegrad::digamma(1.0), -euler, rounding);
  EXPECT_NEAR(spikegrad::digamma(0.5), -euler - 2 * std::log(2.0), rounding);
  EXPECT_NEAR(spikegrad::digamma(11.0), 7381.0 / 2520.0 - euler, rounding);  // the sum of 1/k up to 10
  EXPECT_NEAR(spikegrad::digamma(-0.5), -euler - 2 * std::log(2.0) + 2, rounding);
  // ψ'(1) = π²/6
  EXPECT_NEAR(spikegrad::digamma(Dual<>(1.0, 1.0)).derivative, std::numbers::pi * std::numbers::pi / 6,
              1e-13);
}

}  // namespace
