// SPDX-License-Identifier: Apache-2.0
// Exponential hazard [P]: spikes come at the rate ρ(x) = ρ0 exp(x/Δu), constant over a step, so that the step
// holds one with probability p = 1 - exp(-r), r = ρ(x) dt. This is the only map from hazard to probability
// here.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct ExponentialHazardEscape {
  static constexpr std::string_view kind = "exponential";
  static constexpr std::string_view summary = "p(x) = 1 - exp(-rho0 exp(x/width) dt)";

  double rate = 100.0;
  double width = 0.1;
  double dt = 1e-3;  ///< s; the model's time step, not a setting of its own

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("rate", self.rate, Range::positive, "rho0, hazard at threshold, Hz");
    visit("width", self.width, Range::positive, "Delta u, threshold units");
  }

  /// r = ρ(x) dt, the expected number of spikes in the step. The exponent is kept where exp() is finite:
  /// beyond it p is 1 to the last bit anyway.
  template <class T>
  T hazard(const T& x) const {
    using std::exp, std::min;
    return rate * dt * exp(min(T(x / width), T(largest_exponent)));
  }
  template <class T>
  T probability(const T& x) const {
    using std::expm1;
    return -expm1(-hazard(x));
  }
  double derivative(double x) const {
    const double r = hazard(x);
    return r / width * std::exp(-r);
  }
  template <class T>
  T log_probability(const T& x, bool spiked) const {
    using std::log, std::expm1;
    const T r = hazard(x);
    if (!spiked) return -r;
    return r < smallest_hazard ? T(log(rate * dt) + x / width) : T(log(-expm1(-r)));
  }
  /// d log p/dx = (r/Δu) / (exp(r) - 1);  d log(1 - p)/dx = -r/Δu.
  double log_slope(double x, bool spiked) const {
    const double r = hazard(x);
    if (!spiked) return -r / width;
    return r < smallest_hazard ? 1.0 / width : r > largest_exponent ? 0.0 : r / width / std::expm1(r);
  }

 private:
  static constexpr double largest_exponent = 650.0;  // exp(650) ~ 1e282: finite after * rate * dt / width
  static constexpr double smallest_hazard = 1e-290;  // below: p = r to the last bit
};

}  // namespace spikegrad
