// SPDX-License-Identifier: Apache-2.0
// Gaussian:  g(x) = exp(-x²/(2σ²)) / (σ sqrt(2π)), area 1.
#if !defined(SPIKEGRAD_GAUSSIAN_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_GAUSSIAN_SURROGATE
#define SPIKEGRAD_GAUSSIAN_SURROGATE

#include <cmath>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct GaussianSurrogate {
  static constexpr std::string_view kind = "gaussian";
  static constexpr std::string_view summary = "g(x) = normal density of width sigma";

  double sigma = 0.4;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("sigma", self.sigma, Range::positive, "standard deviation, threshold units");
  }
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// Of mean 0.
template <class X>
SPIKEGRAD_INLINE X normal_density(const X& x, double sigma) {
  const X s = x / sigma;
  return exp(-0.5 * s * s) / (sigma * std::sqrt(2.0 * std::numbers::pi));
}
template <class X>
SPIKEGRAD_INLINE X slope(const GaussianSurrogate& g, const X& x) {
  return normal_density(x, g.sigma);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
