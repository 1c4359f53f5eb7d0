// SPDX-License-Identifier: Apache-2.0
// Every function that dual numbers and stochastic triples know, in a list to run checks over. The tests of
// core/dual.hpp hold the list to what the headers declare.
#pragma once

#include <cmath>
#include <limits>
#include <string_view>

namespace spikegrad::testing {

/// Values at and around which functions have poles, ends of their domain, or results too large.
inline constexpr double difficult_values[] = {0.0,
                                              -0.0,
                                              1.0,
                                              -1.0,
                                              2.0,
                                              -2.0,
                                              0.5,
                                              800.0,
                                              -800.0,
                                              1e-320,
                                              std::numeric_limits<double>::infinity(),
                                              -std::numeric_limits<double>::infinity(),
                                              std::numeric_limits<double>::quiet_NaN()};

/// visit(name, f) for every function of one number.
template <class Visit>
void for_each_unary(Visit&& visit) {
#define SPIKEGRAD_FUNCTION(name)   \
  visit(#name, [](const auto& x) { \
    using std::name;               \
    return name(x);                \
  });
  SPIKEGRAD_FUNCTION(exp)
  SPIKEGRAD_FUNCTION(expm1)
  SPIKEGRAD_FUNCTION(log)
  SPIKEGRAD_FUNCTION(log1p)
  SPIKEGRAD_FUNCTION(log2)
  SPIKEGRAD_FUNCTION(log10)
  SPIKEGRAD_FUNCTION(sqrt)
  SPIKEGRAD_FUNCTION(cbrt)
  SPIKEGRAD_FUNCTION(sin)
  SPIKEGRAD_FUNCTION(cos)
  SPIKEGRAD_FUNCTION(tan)
  SPIKEGRAD_FUNCTION(asin)
  SPIKEGRAD_FUNCTION(acos)
  SPIKEGRAD_FUNCTION(atan)
  SPIKEGRAD_FUNCTION(sinh)
  SPIKEGRAD_FUNCTION(cosh)
  SPIKEGRAD_FUNCTION(tanh)
  SPIKEGRAD_FUNCTION(erf)
  SPIKEGRAD_FUNCTION(erfc)
  SPIKEGRAD_FUNCTION(lgamma)
  SPIKEGRAD_FUNCTION(abs)
  SPIKEGRAD_FUNCTION(fabs)
#undef SPIKEGRAD_FUNCTION
  visit("operator-", [](const auto& x) { return -x; });
}

/// visit(name, f) for every function of two numbers; at least one argument of f is not plain.
template <class Visit>
void for_each_binary(Visit&& visit) {
  visit("operator+", [](const auto& a, const auto& b) { return a + b; });
  visit("operator-", [](const auto& a, const auto& b) { return a - b; });
  visit("operator*", [](const auto& a, const auto& b) { return a * b; });
  visit("operator/", [](const auto& a, const auto& b) { return a / b; });
  visit("pow", [](const auto& a, const auto& b) { return pow(a, b); });
  visit("max", [](const auto& a, const auto& b) { return max(a, b); });
  visit("min", [](const auto& a, const auto& b) { return min(a, b); });
  visit("fmax", [](const auto& a, const auto& b) { return fmax(a, b); });
  visit("fmin", [](const auto& a, const auto& b) { return fmin(a, b); });
}

}  // namespace spikegrad::testing
