// SPDX-License-Identifier: Apache-2.0
// Dual numbers whose derivative part is linear in all parameters: S is Slopes<n>.
//
//   f(x, y) = f(a, b) + (∂f/∂a) x' + (∂f/∂b) y'
//
// The slopes ∂f/∂a and ∂f/∂b are those of core/dual.hpp, so the formulas of the functions stand there alone.
#pragma once

#include <cmath>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/stochastic_ad/slopes.hpp"
#include "spikegrad/stochastic_ad/unary_functions.hpp"

namespace spikegrad::stochastic_ad {

template <class T, class S>
struct SlopeDual {
  using value_type = T;

  T value{};
  S derivative{};

  SlopeDual() = default;
  /// Implicit: a plain number is a constant.
  template <PlainNumber X>
  SlopeDual(X value_) : value(static_cast<T>(value_)) {}
  SlopeDual(T value_, S derivative_) : value(value_), derivative(std::move(derivative_)) {}

  SlopeDual& operator+=(const SlopeDual& b) {
    value += b.value;
    derivative.add(1, b.derivative);
    return *this;
  }
  SlopeDual& operator-=(const SlopeDual& b) {
    value -= b.value;
    derivative.add(-1, b.derivative);
    return *this;
  }
  SlopeDual& operator*=(const SlopeDual& b) { return *this = *this * b; }
  SlopeDual& operator/=(const SlopeDual& b) { return *this = *this / b; }

  friend SlopeDual operator+(const SlopeDual& x) { return x; }
  friend SlopeDual operator-(const SlopeDual& x) {
    return chain([](const auto& a) { return -a; }, x);
  }

#define SPIKEGRAD_BINARY(name, expression)                                       \
  friend SlopeDual name(const SlopeDual& x, const SlopeDual& y) {                \
    return chain([](const auto& a, const auto& b) { return expression; }, x, y); \
  }                                                                              \
  template <PlainNumber P>                                                       \
  friend SlopeDual name(const SlopeDual& x, P y) {                               \
    return chain([b = T(y)](const auto& a) { return expression; }, x);           \
  }                                                                              \
  template <PlainNumber P>                                                       \
  friend SlopeDual name(P x, const SlopeDual& y) {                               \
    return chain([a = T(x)](const auto& b) { return expression; }, y);           \
  }
  SPIKEGRAD_BINARY(operator+, a + b)
  SPIKEGRAD_BINARY(operator-, a - b)
  SPIKEGRAD_BINARY(operator*, a* b)
  SPIKEGRAD_BINARY(operator/, a / b)
  SPIKEGRAD_BINARY(pow, pow(a, b))
  SPIKEGRAD_BINARY(max, max(Dual<T>(a), Dual<T>(b)))
  SPIKEGRAD_BINARY(min, min(Dual<T>(a), Dual<T>(b)))
  SPIKEGRAD_BINARY(fmax, max(Dual<T>(a), Dual<T>(b)))
  SPIKEGRAD_BINARY(fmin, min(Dual<T>(a), Dual<T>(b)))
#undef SPIKEGRAD_BINARY

#define SPIKEGRAD_COMPARE(op)                                       \
  friend bool operator op(const SlopeDual& x, const SlopeDual& y) { \
    return x.value op y.value;                                      \
  }
  SPIKEGRAD_COMPARE(==)
  SPIKEGRAD_COMPARE(!=)
  SPIKEGRAD_COMPARE(<)
  SPIKEGRAD_COMPARE(<=)
  SPIKEGRAD_COMPARE(>)
  SPIKEGRAD_COMPARE(>=)
#undef SPIKEGRAD_COMPARE

#define SPIKEGRAD_UNARY(name)                                  \
  friend SlopeDual name(const SlopeDual& x) {                  \
    return chain([](const Dual<T>& a) { return name(a); }, x); \
  }
  SPIKEGRAD_UNARY_FUNCTIONS(SPIKEGRAD_UNARY)
#undef SPIKEGRAD_UNARY

  friend bool isfinite(const SlopeDual& x) {
    return std::isfinite(x.value) && isfinite(x.derivative);
  }
  friend bool isnan(const SlopeDual& x) {
    return std::isnan(x.value) || isnan(x.derivative);
  }
  /// What code generic in its number type asks of one (core/number.hpp).
  friend SlopeDual detach(const SlopeDual& x) {
    return SlopeDual(x.value);
  }
  friend T value_of(const SlopeDual& x) {
    return x.value;
  }

 private:
  template <class F>
  static SlopeDual chain(F&& f, const SlopeDual& x) {
    const Dual<T> y = f(Dual<T>(x.value, T(1)));
    SlopeDual out(y.value);
    out.derivative.add(y.derivative, x.derivative);
    return out;
  }
  template <class F>
  static SlopeDual chain(F&& f, const SlopeDual& x, const SlopeDual& y) {
    const Dual<T> by_x = f(Dual<T>(x.value, T(1)), y.value), by_y = f(x.value, Dual<T>(y.value, T(1)));
    SlopeDual out(by_x.value);
    out.derivative.add(by_x.derivative, x.derivative);
    out.derivative.add(by_y.derivative, y.derivative);
    return out;
  }
};

}  // namespace spikegrad::stochastic_ad
