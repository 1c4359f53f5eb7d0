// SPDX-License-Identifier: Apache-2.0
// Stochastic triples: numbers that carry the derivative of a random program.
//
//   x + δ ε + (y with probability w ε)
//
// a value x, a derivative part δ as in a dual number, and alternatives y with weights w: what x would have
// been had a draw it depends on come out differently. An estimate of the derivative of E[x] is
//
//   derivative_contribution(x) = δ + Σ w (y - x).
//
// Source: G. Arya, M. Schauer, F. Schäfer, C. Rackauckas, "Automatic differentiation of programs with
// discrete randomness", NeurIPS 2022, arXiv 2210.08572.
//
// Every operation computes value and derivative part as dual numbers (core/dual.hpp has the formulas), and
// each alternative as the plain operation on the operands' alternatives under the same event.
//
// Comparisons: a branch on a random value is wrong where the alternative would have taken the other side. So
// a comparison looks at the value and at every alternative, and throws UserError where they disagree; send
// such code through propagate().
#pragma once

#include <cmath>
#include <type_traits>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/stochastic_ad/faces.hpp"
#include "spikegrad/stochastic_ad/keep_all.hpp"
#include "spikegrad/stochastic_ad/smoothed.hpp"
#include "spikegrad/stochastic_ad/unary_functions.hpp"

namespace spikegrad::stochastic_ad {

namespace detail {

// Helpers of the operators below: the same expression for plain and for dual operands.
template <class A, class B>
auto pow_of(const A& a, const B& b) {
  using std::pow;
  return pow(a, b);
}
template <class A, class B>
auto max_of(const A& a, const B& b) {
  using R = decltype(a + b);
  return a < b ? R(b) : R(a);
}
template <class A, class B>
auto min_of(const A& a, const B& b) {
  using R = decltype(a + b);
  return b < a ? R(b) : R(a);
}
#define SPIKEGRAD_STEP(name)       \
  template <std::floating_point T> \
  T name##_of(T x) {               \
    return std::name(x);           \
  }                                \
  template <DualNumber X>          \
  X name##_of(const X& x) {        \
    return X(std::name(x.value));  \
  }
SPIKEGRAD_STEP(floor)
SPIKEGRAD_STEP(ceil)
SPIKEGRAD_STEP(round)
SPIKEGRAD_STEP(trunc)
#undef SPIKEGRAD_STEP

/// f of triples and plain numbers; f is called with dual numbers for the value and derivative part, and with
/// plain numbers for each alternative.
template <class F, class... X>
[[gnu::always_inline]] inline auto apply(F&& f, const X&... x) {
  using Result = typename common_triple<X...>::type;
  using T = typename Result::value_type;
  const typename Result::dual_type dual = f(smooth(x)...);
  return Result(dual, Result::backend::combine(
                          dual.value, [&](auto&& visitor) { (visit(x, visitor), ...); },
                          [&](const auto& event) -> T { return f(under(x, event)...); }));
}

/// The verdict of a comparison, if every alternative agrees.
template <class F, class X, class Y>
bool compare(F&& f, const X& x, const Y& y) {
  const bool verdict = f(value(x), value(y));
  const auto check = [&](const auto& alternatives) {
    alternatives.for_each([&](const auto& event, const auto&, const auto&) {
      if (f(under(x, event), under(y, event)) != verdict)
        throw UserError(
            "a comparison (an if, a loop condition, ==) came out differently for the value and for an "
            "alternative of a stochastic triple, so a branch on it would give a wrong derivative: move the "
            "branching code into a function f and call propagate(f, x, ...), or choose with at(array, "
            "index)");
    });
  };
  visit(x, check);
  visit(y, check);
  return verdict;
}

}  // namespace detail

template <class T, class Backend>
class StochasticTriple {
 public:
  using value_type = T;
  using backend = Backend;
  using Alternatives = typename Backend::template Alternatives<T>;
  /// Value and derivative part: along one direction, or along all parameters (vector mode).
  using dual_type = std::conditional_t<std::is_arithmetic_v<typename Backend::Weight>, Dual<T>,
                                       SlopeDual<T, typename Backend::Weight>>;
  static_assert(std::is_floating_point_v<T>, "a stochastic triple holds floating-point numbers");

  StochasticTriple() = default;
  /// Implicit: a plain number is a constant.
  template <PlainNumber X>
  StochasticTriple(X value) : dual_(static_cast<T>(value)) {}
  /// Implicit: a dual number has no alternatives yet.
  StochasticTriple(const dual_type& dual) : dual_(dual) {}
  StochasticTriple(const dual_type& dual, Alternatives alternatives)
      : dual_(dual), alternatives_(std::move(alternatives)) {}

  const dual_type& dual() const { return dual_; }
  const Alternatives& alternatives() const { return alternatives_; }

  template <Scalar X>
  StochasticTriple& operator+=(const X& x) {
    return *this = *this + x;
  }
  template <Scalar X>
  StochasticTriple& operator-=(const X& x) {
    return *this = *this - x;
  }
  template <Scalar X>
  StochasticTriple& operator*=(const X& x) {
    return *this = *this * x;
  }
  template <Scalar X>
  StochasticTriple& operator/=(const X& x) {
    return *this = *this / x;
  }

  StochasticTriple& operator++() { return *this += 1; }
  StochasticTriple& operator--() { return *this -= 1; }
  StochasticTriple operator++(int) {
    const StochasticTriple before = *this;
    ++*this;
    return before;
  }
  StochasticTriple operator--(int) {
    const StochasticTriple before = *this;
    --*this;
    return before;
  }

  friend StochasticTriple operator+(const StochasticTriple& x) { return x; }
  [[gnu::always_inline]] friend inline StochasticTriple operator-(const StochasticTriple& x) {
    return detail::apply([](const auto& a) { return -a; }, x);
  }

  // One definition for triple ∘ triple, triple ∘ plain and plain ∘ triple. `using` lets the function be found
  // for the plain numbers; for dual numbers argument-dependent lookup finds it.
#define SPIKEGRAD_BINARY(name, expression)                                                     \
  [[gnu::always_inline]] friend inline StochasticTriple name(const StochasticTriple& x,        \
                                                             const StochasticTriple& y) {      \
    return detail::apply([](const auto& a, const auto& b) { return expression; }, x, y);       \
  }                                                                                            \
  template <PlainNumber P>                                                                     \
  [[gnu::always_inline]] friend inline StochasticTriple name(const StochasticTriple& x, P y) { \
    return detail::apply([](const auto& a, const auto& b) { return expression; }, x, T(y));    \
  }                                                                                            \
  template <PlainNumber P>                                                                     \
  [[gnu::always_inline]] friend inline StochasticTriple name(P x, const StochasticTriple& y) { \
    return detail::apply([](const auto& a, const auto& b) { return expression; }, T(x), y);    \
  }
  SPIKEGRAD_BINARY(operator+, a + b)
  SPIKEGRAD_BINARY(operator-, a - b)
  SPIKEGRAD_BINARY(operator*, a* b)
  SPIKEGRAD_BINARY(operator/, a / b)
  SPIKEGRAD_BINARY(pow, detail::pow_of(a, b))
  SPIKEGRAD_BINARY(max, detail::max_of(a, b))
  SPIKEGRAD_BINARY(min, detail::min_of(a, b))
  SPIKEGRAD_BINARY(fmax, detail::max_of(a, b))
  SPIKEGRAD_BINARY(fmin, detail::min_of(a, b))
#undef SPIKEGRAD_BINARY

#define SPIKEGRAD_COMPARE(op)                                                       \
  friend bool operator op(const StochasticTriple& x, const StochasticTriple& y) {   \
    return detail::compare([](const T& a, const T& b) { return a op b; }, x, y);    \
  }                                                                                 \
  template <PlainNumber P>                                                          \
  friend bool operator op(const StochasticTriple& x, P y) {                         \
    return detail::compare([](const T& a, const T& b) { return a op b; }, x, T(y)); \
  }                                                                                 \
  template <PlainNumber P>                                                          \
  friend bool operator op(P x, const StochasticTriple& y) {                         \
    return detail::compare([](const T& a, const T& b) { return a op b; }, T(x), y); \
  }
  SPIKEGRAD_COMPARE(==)
  SPIKEGRAD_COMPARE(!=)
  SPIKEGRAD_COMPARE(<)
  SPIKEGRAD_COMPARE(<=)
  SPIKEGRAD_COMPARE(>)
  SPIKEGRAD_COMPARE(>=)
#undef SPIKEGRAD_COMPARE
  /// Of the value and every alternative, which must agree, and of the derivative part.
  friend bool isfinite(const StochasticTriple& x) {
    return detail::compare([](const T& a, const T&) { return std::isfinite(a); }, x, T{}) &&
           isfinite(x.dual_);
  }
  friend bool isnan(const StochasticTriple& x) {
    return detail::compare([](const T& a, const T&) { return std::isnan(a); }, x, T{}) || isnan(x.dual_);
  }

  // Functions that core/dual.hpp differentiates.
#define SPIKEGRAD_UNARY(name)                                                             \
  [[gnu::always_inline]] friend inline StochasticTriple name(const StochasticTriple& x) { \
    return detail::apply(                                                                 \
        [](const auto& a) {                                                               \
          using std::name;                                                                \
          return name(a);                                                                 \
        },                                                                                \
        x);                                                                               \
  }
  SPIKEGRAD_UNARY_FUNCTIONS(SPIKEGRAD_UNARY)
#undef SPIKEGRAD_UNARY

  // Step functions: no derivative part, but the alternatives may land on another step.
#define SPIKEGRAD_STEP(name)                                                     \
  friend StochasticTriple name(const StochasticTriple& x) {                      \
    return detail::apply([](const auto& a) { return detail::name##_of(a); }, x); \
  }
  SPIKEGRAD_STEP(floor)
  SPIKEGRAD_STEP(ceil)
  SPIKEGRAD_STEP(round)
  SPIKEGRAD_STEP(trunc)
#undef SPIKEGRAD_STEP

 private:
  dual_type dual_;
  [[no_unique_address]] Alternatives alternatives_;
};

}  // namespace spikegrad::stochastic_ad
