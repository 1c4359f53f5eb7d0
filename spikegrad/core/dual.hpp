// SPDX-License-Identifier: Apache-2.0
// Forward-mode dual numbers: a value and its derivative along one direction.
//
//   x = a + ε a',  ε² = 0,   f(x) = f(a) + ε f'(a) a'        (Clifford 1873; Wengert 1964)
//
// Templated code takes T = double for a simulation and T = Dual<double> for a simulation with one directional
// derivative: write `using std::exp; exp(x)` and the right function is found by argument-dependent lookup.
// Dual<Dual<double>> gives second derivatives.
//
// Comparisons look at the value alone, so a branch is taken as the plain program takes it. At a kink (abs,
// max, min) the derivative is that of the side named beside the function.
//
// A derivative part of 0 stays 0 through every operation, also where the slope is infinite or not a number: a
// number without a derivative part is a constant, and what does not move moves nothing. As plain arithmetic
// 0 · ∞ would be NaN. Every product of a slope and a derivative part goes through zero_stays() for that.
#pragma once

#include <cmath>
#include <concepts>
#include <numbers>
#include <type_traits>

#include "spikegrad/core/digamma.hpp"
#include "spikegrad/core/number.hpp"

namespace spikegrad {

template <class U>
concept PlainNumber = std::is_arithmetic_v<U>;

template <class T>
struct Dual;

namespace detail {

template <PlainNumber T>
constexpr bool vanishes(T x) {
  return x == T();
}
template <class T>
constexpr bool vanishes(const Dual<T>& x) {
  return vanishes(x.value) && vanishes(x.derivative);
}

/// What a derivative part became under a linear map: 0 where the part was 0, whatever the slope.
template <PlainNumber T>
[[gnu::always_inline]] constexpr T zero_stays(T part, T became) {
  return vanishes(part) ? T() : became;
}
template <class T>
constexpr Dual<T> zero_stays(const Dual<T>& part, const Dual<T>& became) {
  return {zero_stays(part.value, became.value), vanishes(part) ? T() : became.derivative};
}

}  // namespace detail

template <class T = double>
struct Dual {
  using value_type = T;

  T value{};
  T derivative{};

  constexpr Dual() = default;
  /// Implicit: a plain number is a constant.
  constexpr Dual(T value_, T derivative_ = T()) : value(value_), derivative(derivative_) {}
  template <class U>
  requires(std::is_arithmetic_v<U> && !std::same_as<U, T>) constexpr Dual(U value_)
      : value(static_cast<T>(value_)) {}

  constexpr Dual& operator+=(const Dual& b) { return *this = *this + b; }
  constexpr Dual& operator-=(const Dual& b) { return *this = *this - b; }
  constexpr Dual& operator*=(const Dual& b) { return *this = *this * b; }
  constexpr Dual& operator/=(const Dual& b) { return *this = *this / b; }

  friend constexpr Dual operator+(const Dual& a) { return a; }
  friend constexpr Dual operator-(const Dual& a) { return {-a.value, -a.derivative}; }

  friend constexpr Dual operator+(const Dual& a, const Dual& b) {
    return {a.value + b.value, a.derivative + b.derivative};
  }
  template <PlainNumber U>
  friend constexpr Dual operator+(const Dual& a, U b) {
    return {a.value + T(b), a.derivative};
  }
  template <PlainNumber U>
  friend constexpr Dual operator+(U a, const Dual& b) {
    return {T(a) + b.value, b.derivative};
  }

  friend constexpr Dual operator-(const Dual& a, const Dual& b) {
    return {a.value - b.value, a.derivative - b.derivative};
  }
  template <PlainNumber U>
  friend constexpr Dual operator-(const Dual& a, U b) {
    return {a.value - T(b), a.derivative};
  }
  template <PlainNumber U>
  friend constexpr Dual operator-(U a, const Dual& b) {
    return {T(a) - b.value, -b.derivative};
  }

  friend constexpr Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, times(b.value, a.derivative) + times(a.value, b.derivative)};
  }
  template <PlainNumber U>
  friend constexpr Dual operator*(const Dual& a, U b) {
    return {a.value * T(b), times(T(b), a.derivative)};
  }
  template <PlainNumber U>
  friend constexpr Dual operator*(U a, const Dual& b) {
    return {T(a) * b.value, times(T(a), b.derivative)};
  }

  /// (a/b)' = (a' - (a/b) b') / b
  friend constexpr Dual operator/(const Dual& a, const Dual& b) {
    const T q = a.value / b.value, inverse = T(1) / b.value;  // the two divisions run side by side
    return {q, times(inverse, a.derivative - times(q, b.derivative))};
  }
  template <PlainNumber U>
  friend constexpr Dual operator/(const Dual& a, U b) {
    return {a.value / T(b), over(a.derivative, T(b))};
  }
  template <PlainNumber U>
  friend constexpr Dual operator/(U a, const Dual& b) {
    const T q = T(a) / b.value;
    return {q, detail::zero_stays(b.derivative, -q * b.derivative / b.value)};
  }

  friend constexpr bool operator==(const Dual& a, const Dual& b) { return a.value == b.value; }
  friend constexpr bool operator!=(const Dual& a, const Dual& b) { return a.value != b.value; }
  friend constexpr bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  friend constexpr bool operator>(const Dual& a, const Dual& b) { return a.value > b.value; }
  friend constexpr bool operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
  friend constexpr bool operator>=(const Dual& a, const Dual& b) { return a.value >= b.value; }

  friend Dual exp(const Dual& x) {
    using std::exp;
    const T y = exp(x.value);
    return {y, times(y, x.derivative)};
  }
  friend Dual expm1(const Dual& x) {  // (e^x - 1)' = e^x
    using std::expm1;
    const T y = expm1(x.value);
    return {y, times(y + T(1), x.derivative)};
  }
  friend Dual log(const Dual& x) {  // 1/x
    using std::log;
    return {log(x.value), over(x.derivative, x.value)};
  }
  friend Dual log1p(const Dual& x) {  // 1/(1 + x)
    using std::log1p;
    return {log1p(x.value), over(x.derivative, T(1) + x.value)};
  }
  friend Dual log2(const Dual& x) {  // 1/(x log 2)
    using std::log2;
    return {log2(x.value), over(x.derivative, x.value * T(std::numbers::ln2))};
  }
  friend Dual log10(const Dual& x) {  // 1/(x log 10)
    using std::log10;
    return {log10(x.value), over(x.derivative, x.value * T(std::numbers::ln10))};
  }
  friend Dual cbrt(const Dual& x) {  // 1/(3 ∛x²)
    using std::cbrt;
    const T y = cbrt(x.value);
    return {y, over(x.derivative, T(3) * y * y)};
  }
  friend Dual sqrt(const Dual& x) {  // 1/(2 √x)
    using std::sqrt;
    const T y = sqrt(x.value);
    return {y, over(x.derivative, T(2) * y)};
  }
  friend Dual sin(const Dual& x) {
    using std::cos, std::sin;
    return {sin(x.value), times(cos(x.value), x.derivative)};
  }
  friend Dual cos(const Dual& x) {
    using std::cos, std::sin;
    return {cos(x.value), times(-sin(x.value), x.derivative)};
  }
  friend Dual tan(const Dual& x) {  // 1 + tan²
    using std::tan;
    const T y = tan(x.value);
    return {y, times(T(1) + y * y, x.derivative)};
  }
  friend Dual sinh(const Dual& x) {
    using std::cosh, std::sinh;
    return {sinh(x.value), times(cosh(x.value), x.derivative)};
  }
  friend Dual cosh(const Dual& x) {
    using std::cosh, std::sinh;
    return {cosh(x.value), times(sinh(x.value), x.derivative)};
  }
  friend Dual tanh(const Dual& x) {  // 1 - tanh²
    using std::tanh;
    const T y = tanh(x.value);
    return {y, times(T(1) - y * y, x.derivative)};
  }
  friend Dual atan(const Dual& x) {  // 1/(1 + x²)
    using std::atan;
    return {atan(x.value), over(x.derivative, T(1) + x.value * x.value)};
  }
  friend Dual asin(const Dual& x) {  // 1/√(1 - x²)
    using std::asin, std::sqrt;
    return {asin(x.value), over(x.derivative, sqrt(T(1) - x.value * x.value))};
  }
  friend Dual acos(const Dual& x) {  // -1/√(1 - x²)
    using std::acos, std::sqrt;
    return {acos(x.value), over(-x.derivative, sqrt(T(1) - x.value * x.value))};
  }
  friend Dual erf(const Dual& x) {  // 2/√π exp(-x²)
    using std::erf, std::exp;
    return {erf(x.value), times(T(2 * std::numbers::inv_sqrtpi) * exp(-x.value * x.value), x.derivative)};
  }
  friend Dual erfc(const Dual& x) {  // -2/√π exp(-x²)
    using std::erfc, std::exp;
    return {erfc(x.value), times(-T(2 * std::numbers::inv_sqrtpi) * exp(-x.value * x.value), x.derivative)};
  }
  friend Dual lgamma(const Dual& x) {  // ψ
    using std::lgamma;
    return {lgamma(x.value), times(digamma(x.value), x.derivative)};
  }
  /// At 0: the derivative of the right side, +1.
  friend constexpr Dual abs(const Dual& x) { return x.value < T() ? -x : x; }
  friend constexpr Dual fabs(const Dual& x) { return abs(x); }

  /// (x^n)' = n x^(n-1) x'; n constant.
  template <PlainNumber U>
  friend Dual pow(const Dual& x, U n) {
    return power(x, T(n));
  }
  /// (a^x)' = a^x log(a) x'; a constant. At a = 0 the limit 0.
  template <PlainNumber U>
  friend Dual pow(U a, const Dual& x) {
    return exponential(T(a), x);
  }
  /// (x^y)' = y x^(y-1) x' + x^y log(x) y'; a part whose own derivative is 0 contributes nothing, so a
  /// negative base with a constant exponent is fine.
  friend Dual pow(const Dual& x, const Dual& y) {
    Dual result = power(x, y.value);
    if (!detail::vanishes(y.derivative)) result.derivative += exponential(x.value, y).derivative;
    return result;
  }

  /// The larger by value; equal: the first, as std::max.
  friend constexpr Dual max(const Dual& a, const Dual& b) { return a.value < b.value ? b : a; }
  /// The smaller by value; equal: the first, as std::min.
  friend constexpr Dual min(const Dual& a, const Dual& b) { return b.value < a.value ? b : a; }
  friend constexpr Dual fmax(const Dual& a, const Dual& b) { return max(a, b); }
  friend constexpr Dual fmin(const Dual& a, const Dual& b) { return min(a, b); }

  friend bool isfinite(const Dual& x) {
    using std::isfinite;
    return isfinite(x.value) && isfinite(x.derivative);
  }
  friend bool isnan(const Dual& x) {
    using std::isnan;
    return isnan(x.value) || isnan(x.derivative);
  }

 private:
  /// slope · part, and part / divisor; 0 where the part is 0.
  static constexpr T times(const T& slope, const T& part) { return detail::zero_stays(part, slope * part); }
  static constexpr T over(const T& part, const T& divisor) {
    return detail::zero_stays(part, part / divisor);
  }

  static Dual power(const Dual& x, const T& n) {
    using std::pow;
    if (detail::vanishes(n)) return {T(1), T()};
    if (detail::vanishes(x.derivative)) return {pow(x.value, n), T()};  // one power less to compute
    return {pow(x.value, n), n * pow(x.value, n - T(1)) * x.derivative};
  }
  static Dual exponential(const T& a, const Dual& x) {
    using std::log, std::pow;
    const T y = pow(a, x.value);
    return {y, detail::vanishes(y) ? T() : times(y * log(a), x.derivative)};
  }
};

template <class T>
constexpr auto value_of(const Dual<T>& x) {
  return value_of(x.value);
}

template <class T>
constexpr Dual<T> detach(const Dual<T>& x) {
  return {x.value, T()};
}

/// The derivative part; 0 for a plain number.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T derivative_of(T) {
  return T();
}
template <class T>
constexpr T derivative_of(const Dual<T>& x) {
  return x.derivative;
}

}  // namespace spikegrad
