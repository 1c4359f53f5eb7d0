// SPDX-License-Identifier: Apache-2.0
// Gaussian noise on the threshold: the normal distribution function,
//   f(x) = Φ(x/σ) = erfc(-x/(σ√2))/2,  f'(x) = exp(-x²/(2σ²))/(σ√(2π)), the Gaussian surrogate.
// All is written with y = |x|/(σ√2) and the scaled function erfcx(y) = exp(y²) erfc(y), which keeps the relative
// precision of the tail f(-|x|) = exp(-y²) erfcx(y)/2.
#if !defined(SPIKEGRAD_GAUSSIAN_ESCAPE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_GAUSSIAN_ESCAPE
#define SPIKEGRAD_GAUSSIAN_ESCAPE

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string_view>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

namespace spikegrad {

struct GaussianEscape {
  static constexpr std::string_view kind = "gaussian";
  static constexpr std::string_view summary = "f(x) = normal distribution function of width sigma";

  double sigma = 0.4;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("sigma", self.sigma, Range::positive, "standard deviation of the noise, threshold units");
  }
};

/// Chebyshev coefficients of (1 + 2y) erfcx(y) in t = (y - 3.5)/(y + 3.5), y from 0 to infinity; the rest is 1e-16.
inline constexpr std::array erfcx_series = {
    1.17763273163612392,       -0.00163017728341462906, -0.0873368257346314598,   0.058009748370293265,
    -0.0243401153961822253,    0.00752948371563574874,  -0.00174388175771125219,  0.000282698298165555855,
    -0.0000231849116112634997, -2.11176669813304092e-6, 8.76576015689282158e-7,   -6.10570263508611802e-8,
    -1.7116664716341917e-8,    3.39136026861125878e-9,  2.54661619366045984e-10,  -1.24827840795162941e-10,
    -2.21227577534337939e-12,  4.42726036382302978e-12, -3.36726612803101252e-14, -1.65192560009235764e-13,
    1.90241030445388348e-15,   6.60118793717283235e-15, 2.88028244940900374e-17};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// exp(y²) erfc(y), y >= 0, by Clenshaw's recursion.
template <class X>
SPIKEGRAD_INLINE X erfcx(const X& y) {
  const X t = 1.0 - 7.0 / (y + 3.5), twice = t + t;
  X b(0.0), b1(0.0);
  for (std::size_t k = erfcx_series.size() - 1; k > 0; --k) {
    const X next = mul_add(twice, b, erfcx_series[k]) - b1;
    b1 = b;
    b = next;
  }
  return (mul_add(t, b, erfcx_series[0]) - b1) / mul_add(2.0, y, 1.0);
}
template <class X>
SPIKEGRAD_INLINE X root_excess(const GaussianEscape& f, const X& x) {
  return abs(x) / (f.sigma * std::numbers::sqrt2);
}
template <class X>
SPIKEGRAD_INLINE X probability(const GaussianEscape& f, const X& x) {
  const X y = root_excess(f, x), tail = 0.5 * exp(-(y * y)) * erfcx(y);
  return select(x >= 0.0, 1.0 - tail, tail);
}
template <class X>
SPIKEGRAD_INLINE X derivative(const GaussianEscape& f, const X& x) {
  const X y = root_excess(f, x);
  return exp(-(y * y)) / (f.sigma * std::sqrt(2.0 * std::numbers::pi));
}
template <class X>
X log_probability(const GaussianEscape& f, const X& x, bool spiked) {
  const X y = root_excess(f, x), e = erfcx(y);
  if (spiked ? x >= 0 : x < 0) return log1p(-0.5 * exp(-(y * y)) * e);
  return log(0.5 * e) - y * y;
}
/// f'/f = √(2/π)/(σ erfcx(y)) in the tail, with exp(-y²)/(2 - exp(-y²) erfcx(y)) for 1/erfcx(y) on the other side.
template <class X, class Condition>
SPIKEGRAD_INLINE X log_slope(const GaussianEscape& f, const X& x, Condition spiked) {
  const X y = root_excess(f, x), e = erfcx(y), bell = exp(-(y * y));
  const X ratio = select(select(spiked, x, -x) > 0.0, bell / (2.0 - bell * e), 1.0 / e);
  const X slope = ratio * (2.0 * std::numbers::inv_sqrtpi / (f.sigma * std::numbers::sqrt2));
  return select(spiked, slope, -slope);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
