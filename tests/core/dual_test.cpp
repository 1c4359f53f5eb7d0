// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/dual.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

using spikegrad::Dual;

/// A function in the two number types the checker needs; points inside its smooth domain.
struct Function {
  std::string name;
  double (*plain)(double);
  Dual<> (*dual)(Dual<>);
  std::vector<double> points;
};

#define FUNCTION(name, expression, ...) \
  {                                     \
    name,                               \
        [](double x) -> double {        \
          using namespace std;          \
          return expression;            \
        },                              \
        [](Dual<> x) -> Dual<> {        \
          using namespace std;          \
          return expression;            \
        },                              \
    {                                   \
      __VA_ARGS__                       \
    }                                   \
  }

const std::vector<Function> functions = {
    FUNCTION("plus constant", x + 2.5, -1.0, 0.0, 3.0),
    FUNCTION("constant minus", 2 - x, -1.0, 0.0, 3.0),
    FUNCTION("product", x* x * 3 + 0.5 * x, -1.0, 0.0, 3.0),
    FUNCTION("quotient", (x + 1) / (x * x + 1), -1.5, 0.0, 3.0),
    FUNCTION("constant over", 3 / x, -1.5, 0.3),
    FUNCTION("over constant", x / 4, -1.5, 0.3),
    FUNCTION("minus", -x, -1.5, 0.3),
    FUNCTION("exp", exp(x), -2.0, 0.0, 1.5),
    FUNCTION("expm1", expm1(x), -2.0, 0.0, 1.5),
    FUNCTION("log", log(x), 0.2, 1.0, 7.0),
    FUNCTION("log1p", log1p(x), -0.5, 0.0, 7.0),
    FUNCTION("log2", log2(x), 0.2, 1.0, 7.0),
    FUNCTION("log10", log10(x), 0.2, 1.0, 7.0),
    FUNCTION("sqrt", sqrt(x), 0.2, 1.0, 7.0),
    FUNCTION("cbrt", cbrt(x), -0.2, 1.0, 7.0),
    FUNCTION("sin", sin(x), -1.0, 0.4),
    FUNCTION("cos", cos(x), -1.0, 0.4),
    FUNCTION("tan", tan(x), -1.0, 0.0, 0.4),
    FUNCTION("sinh", sinh(x), -1.0, 0.0, 0.4),
    FUNCTION("cosh", cosh(x), -1.0, 0.0, 0.4),
    FUNCTION("tanh", tanh(x), -1.0, 0.0, 0.4),
    FUNCTION("asin", asin(x), -0.6, 0.0, 0.4),
    FUNCTION("acos", acos(x), -0.6, 0.0, 0.4),
    FUNCTION("atan", atan(x), -1.0, 0.0, 0.4),
    FUNCTION("erf", erf(x), -1.0, 0.0, 0.4),
    FUNCTION("erfc", erfc(x), -1.0, 0.0, 0.4),
    FUNCTION("lgamma", lgamma(x), -1.5, -0.6, 0.4, 3.0, 30.0),
    FUNCTION("abs", abs(x), -1.0, 0.4),
    FUNCTION("fabs", fabs(x), -1.0, 0.4),
    FUNCTION("cube", pow(x, 3.0), -1.0, 0.0, 0.4),
    FUNCTION("power of constant", pow(2.0, x), -1.0, 0.4),
    FUNCTION("x to the x", pow(x, x), 0.3, 1.7),
    FUNCTION("max", max(x* x, decltype(x)(0.25)), 0.2, 0.9),
    FUNCTION("min", min(x* x, decltype(x)(0.25)), 0.2, 0.9),
    FUNCTION("fmax", fmax(x* x, decltype(x)(0.25)), 0.2, 0.9),
    FUNCTION("fmin", fmin(x* x, decltype(x)(0.25)), 0.2, 0.9),
};

/// Empty when value and derivative agree with the plain function and its central difference.
std::string check(const Function& f) {
  // Fourth-order central difference: error ~ h⁴ f⁽⁵⁾ + 1e-16/h ≈ 1e-12 at h = 1e-3.
  const double h = 1e-3, tolerance = 1e-9;
  for (const double x : f.points) {
    const Dual<> y = f.dual(Dual<>(x, 2.0));
    if (!(std::abs(y.value - f.plain(x)) <= 1e-15 * (1 + std::abs(y.value)))) return f.name + ": value";
    const double slope =
        (8 * (f.plain(x + h) - f.plain(x - h)) - (f.plain(x + 2 * h) - f.plain(x - 2 * h))) / (12 * h);
    if (!(std::abs(y.derivative - 2 * slope) <= tolerance * (1 + std::abs(slope))))
      return f.name + " at " + std::to_string(x) + ": " + std::to_string(y.derivative) + " for " +
             std::to_string(2 * slope);
  }
  return "";
}

TEST(Dual, EveryFunctionAgreesWithItsDifferenceQuotient) {
  for (const auto& f : functions) EXPECT_EQ(check(f), "");
}

TEST(Dual, CheckerCatchesPlantedErrors) {
  Function wrong = functions[0];
  wrong.dual = [](Dual<> x) { return Dual<>(x.value + 2.5, 1.00001 * x.derivative); };
  EXPECT_NE(check(wrong), "");
  wrong.dual = [](Dual<> x) { return x + 2.50001; };
  EXPECT_NE(check(wrong), "");
}

TEST(Dual, ComparisonsLookAtTheValueOnly) {
  const Dual<> a(1.0, 5.0), b(1.0, -5.0), c(2.0, 0.0);
  EXPECT_TRUE(a == b && a <= b && a >= b && !(a != b) && !(a < b) && !(a > b));
  EXPECT_TRUE(a < c && c > a && a != c && a < 2 && 0.5 < a);
  EXPECT_EQ(max(a, b).derivative, 5.0);
  EXPECT_EQ(min(a, b).derivative, 5.0);
}

TEST(Dual, EdgesOfTheDomains) {
  EXPECT_EQ(pow(Dual<>(0.0, 1.0), 0.0).derivative, 0.0);
  EXPECT_EQ(pow(Dual<>(-2.0, 1.0), Dual<>(2.0)).derivative, -4.0);
  EXPECT_EQ(pow(0.0, Dual<>(2.0, 1.0)).derivative, 0.0);
  EXPECT_EQ(sqrt(Dual<>(0.0)).derivative, 0.0);
  EXPECT_EQ(abs(Dual<>(0.0, 3.0)).derivative, 3.0);
  EXPECT_FALSE(isfinite(Dual<>(1.0, INFINITY)));
  EXPECT_TRUE(isnan(Dual<>(1.0, NAN)));
}

TEST(Dual, NestedGivesTheSecondDerivative) {
  using Second = Dual<Dual<>>;
  const Second x(Dual<>(0.7, 1.0), Dual<>(1.0));
  const Second y = exp(x * x) / (1.0 + x);
  // f = e^{x²}/(1+x);  f'' by hand: e^{x²} [ (4x²+2)/(1+x) - 4x/(1+x)² + 2/(1+x)³ ]
  const double v = 0.7, e = std::exp(v * v), d = 1 + v;
  EXPECT_NEAR(y.derivative.derivative, e * ((4 * v * v + 2) / d - 4 * v / (d * d) + 2 / (d * d * d)), 1e-12);
}

TEST(Dual, AssignmentOperatorsAndAccess) {
  Dual<float> x(2.0f, 1.0f);
  x += 1;
  x *= x;
  x -= 1.0f;
  x /= 2;
  EXPECT_EQ(x.value, 4.0f);       // ((x + 1)² - 1)/2 at 2
  EXPECT_EQ(x.derivative, 3.0f);  // x + 1
  EXPECT_EQ(spikegrad::value_of(x), 4.0f);
  EXPECT_EQ(spikegrad::derivative_of(x), 3.0f);
  EXPECT_EQ(spikegrad::value_of(1.5) + spikegrad::derivative_of(1.5), 1.5);
}

}  // namespace
