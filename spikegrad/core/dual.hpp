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
// max, min, sqrt at 0) the derivative is that of the side named beside the function.
#pragma once

#include <cmath>
#include <concepts>
#include <numbers>
#include <type_traits>

#include "spikegrad/core/number.hpp"

namespace spikegrad {

template <class U>
concept PlainNumber = std::is_arithmetic_v<U>;

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
    return {a.value * b.value, a.derivative * b.value + a.value * b.derivative};
  }
  template <PlainNumber U>
  friend constexpr Dual operator*(const Dual& a, U b) {
    return {a.value * T(b), a.derivative * T(b)};
  }
  template <PlainNumber U>
  friend constexpr Dual operator*(U a, const Dual& b) {
    return {T(a) * b.value, T(a) * b.derivative};
  }

  /// (a/b)' = (a' - (a/b) b') / b
  friend constexpr Dual operator/(const Dual& a, const Dual& b) {
    const T q = a.value / b.value, inverse = T(1) / b.value;  // the two divisions run side by side
    return {q, (a.derivative - q * b.derivative) * inverse};
  }
  template <PlainNumber U>
  friend constexpr Dual operator/(const Dual& a, U b) {
    return {a.value / T(b), a.derivative / T(b)};
  }
  template <PlainNumber U>
  friend constexpr Dual operator/(U a, const Dual& b) {
    const T q = T(a) / b.value;
    return {q, -q * b.derivative / b.value};
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
    return {y, y * x.derivative};
  }
  friend Dual expm1(const Dual& x) {  // (e^x - 1)' = e^x
    using std::expm1;
    const T y = expm1(x.value);
    return {y, (y + T(1)) * x.derivative};
  }
  friend Dual log(const Dual& x) {  // 1/x
    using std::log;
    return {log(x.value), x.derivative / x.value};
  }
  friend Dual log1p(const Dual& x) {  // 1/(1 + x)
    using std::log1p;
    return {log1p(x.value), x.derivative / (T(1) + x.value)};
  }
  friend Dual log2(const Dual& x) {  // 1/(x log 2)
    using std::log2;
    return {log2(x.value), x.derivative / (x.value * T(std::numbers::ln2))};
  }
  friend Dual log10(const Dual& x) {  // 1/(x log 10)
    using std::log10;
    return {log10(x.value), x.derivative / (x.value * T(std::numbers::ln10))};
  }
  friend Dual cbrt(const Dual& x) {  // 1/(3 ∛x²)
    using std::cbrt;
    const T y = cbrt(x.value);
    if (x.derivative == T()) return {y, T()};
    return {y, x.derivative / (T(3) * y * y)};
  }
  friend Dual sqrt(const Dual& x) {  // 1/(2 √x); a constant 0 stays a constant
    using std::sqrt;
    const T y = sqrt(x.value);
    if (x.derivative == T()) return {y, T()};
    return {y, x.derivative / (T(2) * y)};
  }
  friend Dual sin(const Dual& x) {
    using std::cos, std::sin;
    return {sin(x.value), cos(x.value) * x.derivative};
  }
  friend Dual cos(const Dual& x) {
    using std::cos, std::sin;
    return {cos(x.value), -sin(x.value) * x.derivative};
  }
  friend Dual tan(const Dual& x) {  // 1 + tan²
    using std::tan;
    const T y = tan(x.value);
    return {y, (T(1) + y * y) * x.derivative};
  }
  friend Dual sinh(const Dual& x) {
    using std::cosh, std::sinh;
    return {sinh(x.value), cosh(x.value) * x.derivative};
  }
  friend Dual cosh(const Dual& x) {
    using std::cosh, std::sinh;
    return {cosh(x.value), sinh(x.value) * x.derivative};
  }
  friend Dual tanh(const Dual& x) {  // 1 - tanh²
    using std::tanh;
    const T y = tanh(x.value);
    return {y, (T(1) - y * y) * x.derivative};
  }
  friend Dual atan(const Dual& x) {  // 1/(1 + x²)
    using std::atan;
    return {atan(x.value), x.derivative / (T(1) + x.value * x.value)};
  }
  friend Dual asin(const Dual& x) {  // 1/√(1 - x²)
    using std::asin, std::sqrt;
    return {asin(x.value), x.derivative / sqrt(T(1) - x.value * x.value)};
  }
  friend Dual acos(const Dual& x) {  // -1/√(1 - x²)
    using std::acos, std::sqrt;
    return {acos(x.value), -x.derivative / sqrt(T(1) - x.value * x.value)};
  }
  friend Dual erf(const Dual& x) {  // 2/√π exp(-x²)
    using std::erf, std::exp;
    return {erf(x.value), T(2 * std::numbers::inv_sqrtpi) * exp(-x.value * x.value) * x.derivative};
  }
  friend Dual erfc(const Dual& x) {  // -2/√π exp(-x²)
    using std::erfc, std::exp;
    return {erfc(x.value), -T(2 * std::numbers::inv_sqrtpi) * exp(-x.value * x.value) * x.derivative};
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
    if (!(y.derivative == T())) result.derivative += exponential(x.value, y).derivative;
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
  static Dual power(const Dual& x, const T& n) {
    using std::pow;
    if (n == T()) return {T(1), T()};
    if (x.derivative == T()) return {pow(x.value, n), T()};
    return {pow(x.value, n), n * pow(x.value, n - T(1)) * x.derivative};
  }
  static Dual exponential(const T& a, const Dual& x) {
    using std::log, std::pow;
    const T y = pow(a, x.value);
    return {y, y == T() ? T() : y * log(a) * x.derivative};
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
