// SPDX-License-Identifier: Apache-2.0
// The few operations that code generic in its number type (double, Dual, StochasticTriple) needs beyond
// arithmetic. Number types other than double overload them in their own header, found by argument lookup.
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

/// The plain value of a number, for generic code that must look at it.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T value_of(T x) {
  return x;
}

}  // namespace spikegrad
