// SPDX-License-Identifier: Apache-2.0
// The few operations that code generic in its number type (double, Dual, StochasticTriple, vectors of floats)
// needs beyond arithmetic. Number types other than double overload them in their own header, found by
// argument lookup.
#pragma once

#include <type_traits>

namespace spikegrad {

/// f(x) as a T, for an f whose code branches on the value of x. Types that stand for several values at once
/// overload it so that each value takes its own branch.
template <class F, class T>
T lift(const F& f, const T& x) {
  return T(f(x));
}

/// x as a constant: the same value, no derivative.
constexpr double detach(double x) {
  return x;
}

/// condition ? a : b. For vectors the condition is a mask, and both sides are computed whatever it says.
template <class A, class B>
constexpr std::common_type_t<A, B> select(bool condition, const A& a, const B& b) {
  using T = std::common_type_t<A, B>;
  return condition ? T(a) : T(b);
}

/// a b + c. Rounded once by number types that have an instruction for it, twice by double (on every machine:
/// -ffp-contract=off).
template <class A, class B, class C>
constexpr auto mul_add(const A& a, const B& b, const C& c) {
  return a * b + c;
}
/// c - a b.
template <class A, class B, class C>
constexpr auto neg_mul_add(const A& a, const B& b, const C& c) {
  return c - a * b;
}

/// What exponentials have room for, with some left for factors: exp(x) is finite for x <= exponent, and
/// numbers from `smallest` to 1/smallest have all their digits.
struct NumberRange {
  double exponent, smallest;
};
template <class T>
constexpr NumberRange range_of(const T&) {
  return {650.0, 1e-290};
}

/// The plain value of a number, for generic code that must look at it.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T value_of(T x) {
  return x;
}

}  // namespace spikegrad
