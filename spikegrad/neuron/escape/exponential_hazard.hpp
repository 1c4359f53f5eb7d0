// SPDX-License-Identifier: Apache-2.0
// Exponential hazard [P]: spikes come at the rate ρ(x) = ρ0 exp(x/Δu), constant over a step, so that the step
// holds one with probability p = 1 - exp(-r), r = ρ(x) dt. This is the only map from hazard to probability
// here.
#if !defined(SPIKEGRAD_EXPONENTIAL_HAZARD_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_EXPONENTIAL_HAZARD_ESCAPE
#define SPIKEGRAD_EXPONENTIAL_HAZARD_ESCAPE

#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

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
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// r = ρ(x) dt, the expected number of spikes in the step. It is kept finite: p is 1 to the last bit long
/// before.
template <class X>
SPIKEGRAD_INLINE X hazard(const ExponentialHazardEscape& f, const X& x) {
  const NumberRange range = range_of(x);
  return min(f.rate * f.dt * exp(min(x / f.width, X(range.exponent))), X(1.0 / range.smallest));
}
template <class X>
SPIKEGRAD_INLINE X probability(const ExponentialHazardEscape& f, const X& x) {
  return -expm1(-hazard(f, x));
}
template <class X>
SPIKEGRAD_INLINE X derivative(const ExponentialHazardEscape& f, const X& x) {
  const X r = hazard(f, x);
  return r / f.width * exp(-r);
}
template <class X>
X log_probability(const ExponentialHazardEscape& f, const X& x, bool spiked) {
  const X r = hazard(f, x);
  if (!spiked) return -r;
  if (r < range_of(x).smallest) return std::log(f.rate * f.dt) + x / f.width;  // there p = r to the last bit
  return log(-expm1(-r));
}
/// d log p/dx = (r/Δu) / (exp(r) - 1);  d log(1 - p)/dx = -r/Δu. The first is 1/Δu for small r, and as good
/// as 0 where exp(r) would overflow.
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const ExponentialHazardEscape& f, const X& x, Condition spiked) {
  const NumberRange range = range_of(x);
  const X r = hazard(f, x), h = max(min(r, X(range.exponent)), X(range.smallest));
  return select(spiked, h / expm1(h), -r) / f.width;
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
