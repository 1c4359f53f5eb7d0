// SPDX-License-Identifier: Apache-2.0
// Escape functions once more, in their textbook form, safe only for moderate potentials.
#pragma once

#include <cmath>
#include <numbers>

#include "spikegrad/network/network.hpp"

namespace spikegrad::testing {

/// Probability of the event: a spike (`spiked`) or none. Each written as itself, not as 1 minus the other.
template <class T>
struct PlainEscape {
  const T& x;
  bool spiked;
  T operator()(const SigmoidEscape& f) const {
    using std::exp;
    return 1.0 / (1.0 + exp((spiked ? -f.beta : f.beta) * x));
  }
  T operator()(const ExponentialHazardEscape& f) const {
    using std::exp, std::expm1;
    const T r = f.rate * f.dt * exp(x / f.width);
    return spiked ? T(-expm1(-r)) : T(exp(-r));
  }
  T operator()(const ClippedExponentialEscape& f) const {
    using std::exp;
    const T unclipped = f.p0 * exp(x / f.width), p = unclipped > 1.0 ? T(1.0) : unclipped;
    return spiked ? p : T(1.0 - p);
  }
  T operator()(const SuperSpikeEscape& f) const {
    using std::abs;
    const T y = f.beta * x / (1.0 + f.beta * abs(x));
    return 0.5 * (spiked ? T(1.0 + y) : T(1.0 - y));
  }
  T operator()(const GaussianEscape& f) const {
    using std::erfc;
    return 0.5 * erfc((spiked ? -x : x) / (f.sigma * std::numbers::sqrt2));
  }
  T operator()(const ArctanEscape& f) const {
    using std::atan;
    const T angle = atan(0.5 * std::numbers::pi * f.alpha * x) / std::numbers::pi;
    return 0.5 + (spiked ? angle : -angle);
  }
  T operator()(const RectangularEscape& f) const {
    const T p = 0.5 + (spiked ? x : -x) / f.width;
    return p < 0.0 ? T(0.0) : p > 1.0 ? T(1.0) : p;
  }
  T operator()(const TriangularEscape& f) const {
    const T y = f.beta * (spiked ? x : -x);
    if (y < 0.0) return y < -1.0 ? T(0.0) : 0.5 * (1.0 + y) * (1.0 + y);
    return y > 1.0 ? T(1.0) : 1.0 - 0.5 * (1.0 - y) * (1.0 - y);
  }
  /// One that is not written here a second time takes its own equations.
  template <class F>
  T operator()(const F& f) const {
    const T p = equations::probability(f, x);
    return spiked ? p : T(1.0 - p);
  }
};

template <class T>
T plain_probability(const Population& population, const T& x, bool spiked = true) {
  return std::visit(PlainEscape<T>{x, spiked}, population.escape);
}

}  // namespace spikegrad::testing
