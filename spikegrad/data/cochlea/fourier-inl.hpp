// SPDX-License-Identifier: Apache-2.0
// The Fourier transform y_n = Σ_k x_k e^{2πi kn/N} of several signals side by side, or of one.
#if defined(SPIKEGRAD_COCHLEA_FOURIER_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_COCHLEA_FOURIER_INL_HPP
#undef SPIKEGRAD_COCHLEA_FOURIER_INL_HPP
#else
#define SPIKEGRAD_COCHLEA_FOURIER_INL_HPP
#endif

#include <utility>

#include "spikegrad/data/cochlea/fourier.hpp"
#include "spikegrad/data/cochlea/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cochlea::HWY_NAMESPACE {

template <class T>
struct Complex {
  T re, im;
  friend HWY_INLINE Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend HWY_INLINE Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  HWY_INLINE Complex times(T c) const { return {re * c, im * c}; }
  HWY_INLINE Complex times_i() const { return {T(0.0) - im, re}; }
  HWY_INLINE Complex rotated(T cosine, T sine) const {
    return {re * cosine - im * sine, re * sine + im * cosine};
  }
};

/// The transform of `radix` numbers, in place.
template <std::size_t radix, class T>
HWY_INLINE void butterfly(Complex<T> (&x)[radix]) {
  using C = Complex<T>;
  if constexpr (radix == 2) {
    const C a = x[0], b = x[1];
    x[0] = a + b, x[1] = a - b;
  } else if constexpr (radix == 3) {
    const C sum = x[1] + x[2], turn = (x[1] - x[2]).times_i().times(T(0.86602540378443865));
    const C middle = x[0] - sum.times(T(0.5));
    x[0] = x[0] + sum, x[1] = middle + turn, x[2] = middle - turn;
  } else if constexpr (radix == 4) {
    const C even = x[0] + x[2], odd = x[1] + x[3], across = x[0] - x[2], turn = (x[1] - x[3]).times_i();
    x[0] = even + odd, x[1] = across + turn, x[2] = even - odd, x[3] = across - turn;
  } else {
    static_assert(radix == 5);
    const T c1 = 0.30901699437494742, c2 = -0.80901699437494742, s1 = 0.95105651629515357,
            s2 = 0.58778525229247313;  // of 2π/5 and 4π/5
    const C a = x[1] + x[4], b = x[2] + x[3], d = (x[1] - x[4]).times_i(), e = (x[2] - x[3]).times_i();
    const C near = x[0] + a.times(c1) + b.times(c2), far = x[0] + a.times(c2) + b.times(c1);
    const C near_turn = d.times(s1) + e.times(s2), far_turn = d.times(s2) - e.times(s1);
    x[0] = x[0] + a + b;
    x[1] = near + near_turn, x[4] = near - near_turn, x[2] = far + far_turn, x[3] = far - far_turn;
  }
}

template <std::size_t radix, class T, class Real>
void run_stage(const typename FourierPlan<Real>::Stage& stage, const Real* in, Real* out) {
  using Mem = Memory<T>;
  constexpr std::size_t w = Mem::width;
  const std::size_t m = stage.length / radix, s = stage.stride;
  const Real* roots = stage.roots.data();
  for (std::size_t p = 0; p < m; ++p, roots += 2 * (radix - 1)) {
    T cosine[radix], sine[radix];
    for (std::size_t j = 1; j < radix; ++j) cosine[j] = roots[2 * j - 2], sine[j] = roots[2 * j - 1];
    for (std::size_t q = 0; q < s; ++q) {
      Complex<T> x[radix];
      for (std::size_t j = 0; j < radix; ++j) {
        const Real* at = in + 2 * w * (q + s * (p + m * j));
        x[j] = {Mem::load(at), Mem::load(at + w)};
      }
      butterfly<radix>(x);
      for (std::size_t j = 0; j < radix; ++j) {
        const Complex<T> y = j == 0 ? x[0] : x[j].rotated(cosine[j], sine[j]);
        Real* at = out + 2 * w * (q + s * (radix * p + j));
        Mem::store(y.re, at);
        Mem::store(y.im, at + w);
      }
    }
  }
}

/// data, spare: [length][re, im][width]. Returns the one of them that holds the result.
template <class T, class Real = typename Memory<T>::Real>
Real* transform(const FourierPlan<Real>& plan, Real* data, Real* spare) {
  for (const auto& stage : plan.stages) {
    switch (stage.radix) {
      case 2:
        run_stage<2, T>(stage, data, spare);
        break;
      case 3:
        run_stage<3, T>(stage, data, spare);
        break;
      case 4:
        run_stage<4, T>(stage, data, spare);
        break;
      default:
        run_stage<5, T>(stage, data, spare);
    }
    std::swap(data, spare);
  }
  return data;
}

}  // namespace spikegrad::cochlea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
