// SPDX-License-Identifier: Apache-2.0
// Sigmoid escape noise [GZ]:  f(x) = 1 / (1 + exp(-βx)),  f'(x) = β f (1 - f).
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct SigmoidEscape {
  static constexpr std::string_view kind = "sigmoid";
  static constexpr std::string_view summary = "f(x) = 1/(1 + exp(-beta x))";

  double beta = 10.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("beta", self.beta, Range::positive, "slope, 1/threshold");
  }

  /// Both branches keep the exponent negative: no overflow, full relative precision in either tail.
  template <class T>
  T probability(const T& x) const {
    using std::exp;
    if (x > 0) return 1.0 / (1.0 + exp(-beta * x));
    const T e = exp(beta * x);
    return e / (1.0 + e);
  }
  double derivative(double x) const {
    const double e = std::exp(-beta * std::abs(x));
    return beta * e / ((1.0 + e) * (1.0 + e));
  }
  /// log f = -log(1 + exp(-βx)); log(1 - f) is the same at -x.
  template <class T>
  T log_probability(const T& x, bool spiked) const {
    using std::exp, std::log1p;
    const T y = spiked ? T(beta * x) : T(-beta * x);
    if (y > 0) return -log1p(exp(-y));
    return y - log1p(exp(y));
  }
  double log_slope(double x, bool spiked) const {
    return spiked ? beta * probability(-x) : -beta * probability(x);
  }
};

}  // namespace spikegrad
