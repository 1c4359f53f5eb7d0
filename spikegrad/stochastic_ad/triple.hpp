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
#include "spikegrad/stochastic_ad/keep_all.hpp"
#include "spikegrad/stochastic_ad/prune.hpp"
#include "spikegrad/stochastic_ad/smoothed.hpp"

namespace spikegrad::stochastic_ad {

template <class T = double, class Backend = PruneByWeight>
class StochasticTriple;

template <class X>
inline constexpr bool is_triple = false;
template <class T, class B>
inline constexpr bool is_triple<StochasticTriple<T, B>> = true;
template <class X>
concept Triple = is_triple<std::remove_cvref_t<X>>;
template <class X>
inline constexpr bool is_dual = false;
template <class T>
inline constexpr bool is_dual<Dual<T>> = true;
/// What may stand beside a triple in an expression.
template <class X>
concept Scalar = PlainNumber<X> || Triple<X> || is_dual<std::remove_cvref_t<X>>;

/// The value of a plain number, a dual number or a triple.
template <PlainNumber X>
constexpr X value(X x) {
  return x;
}
template <class T>
constexpr const T& value(const Dual<T>& x) {
  return x.value;
}
template <class T, class B>
constexpr const T& value(const StochasticTriple<T, B>& x) {
  return x.dual().value;
}

/// The derivative part δ (without the alternatives); 0 for a plain number.
template <PlainNumber X>
constexpr X derivative(X) {
  return X{};
}
template <class T>
constexpr const T& derivative(const Dual<T>& x) {
  return x.derivative;
}
template <class T, class B>
constexpr const T& derivative(const StochasticTriple<T, B>& x) {
  return x.dual().derivative;
}

namespace detail {

/// The floating-point type behind one number.
template <class X>
struct own_number {
  using type = X;
};
template <class T>
struct own_number<Dual<T>> {
  using type = T;
};
template <class T, class B>
struct own_number<StochasticTriple<T, B>> {
  using type = T;
};
/// The floating-point type of a computation with numbers X: that of the triples and dual numbers; without
/// these that of the floating-point numbers; double for integers alone.
template <class... X>
struct number_of {
  static constexpr bool differentiated = (!std::is_arithmetic_v<X> || ...);
  template <class Y>
  static constexpr bool decides = differentiated ? !std::is_arithmetic_v<Y> : std::is_floating_point_v<Y>;
  template <class Y>
  using contribution = std::conditional_t<decides<Y>, typename own_number<Y>::type, float>;
  using type =
      std::conditional_t<(std::is_integral_v<X> && ...), double, std::common_type_t<contribution<X>...>>;
};
template <class... X>
using number_of_t = typename number_of<X...>::type;

/// The type of an operation's result: that of its operands which are triples, which must agree.
template <class... X>
struct common_triple {};
template <class X, class... Rest>
struct common_triple<X, Rest...> : common_triple<Rest...> {};
template <class T, class B, class... Rest>
struct common_triple<StochasticTriple<T, B>, Rest...> {
  using type = StochasticTriple<T, B>;
};

// The faces of one operand: smooth part, value under an event, alternatives shown to a visitor.
template <PlainNumber X>
constexpr X smooth(X x) {
  return x;
}
template <class T>
constexpr const Dual<T>& smooth(const Dual<T>& x) {
  return x;
}
template <class T, class B>
constexpr const Dual<T>& smooth(const StochasticTriple<T, B>& x) {
  return x.dual();
}
template <PlainNumber X, class Event>
constexpr X under(X x, const Event&) {
  return x;
}
template <class T, class Event>
constexpr const T& under(const Dual<T>& x, const Event&) {
  return x.value;
}
template <class T, class B, class Event>
[[gnu::always_inline]] constexpr const T& under(const StochasticTriple<T, B>& x, const Event& event) {
  return x.alternatives().under(event, x.dual().value);
}
template <PlainNumber X, class Visitor>
constexpr void visit(X, Visitor&&) {}
template <class T, class Visitor>
constexpr void visit(const Dual<T>&, Visitor&&) {}
template <class T, class B, class Visitor>
[[gnu::always_inline]] constexpr void visit(const StochasticTriple<T, B>& x, Visitor&& visitor) {
  visitor(x.alternatives());
}

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
#define SPIKEGRAD_STEP(name)            \
  template <std::floating_point T>      \
  T name##_of(T x) {                    \
    return std::name(x);                \
  }                                     \
  template <class T>                    \
  Dual<T> name##_of(const Dual<T>& x) { \
    return Dual<T>(std::name(x.value)); \
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
  const Dual<T> dual = f(smooth(x)...);
  return Result(dual, Result::backend::combine(
                          dual.value, [&](auto&& visitor) { (visit(x, visitor), ...); },
                          [&](const auto& event) -> T { return f(under(x, event)...); }));
}

/// The verdict of a comparison, if every alternative agrees.
template <class F, class X, class Y>
bool compare(F&& f, const X& x, const Y& y) {
  const bool verdict = f(value(x), value(y));
  const auto check = [&](const auto& alternatives) {
    alternatives.for_each([&](const auto& event, double, const auto&) {
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
  static_assert(std::is_floating_point_v<T>, "a stochastic triple holds floating-point numbers");

  StochasticTriple() = default;
  /// Implicit: a plain number is a constant.
  template <PlainNumber X>
  StochasticTriple(X value) : dual_(static_cast<T>(value)) {}
  /// Implicit: a dual number has no alternatives yet.
  StochasticTriple(const Dual<T>& dual) : dual_(dual) {}
  StochasticTriple(const Dual<T>& dual, Alternatives alternatives)
      : dual_(dual), alternatives_(std::move(alternatives)) {}

  const Dual<T>& dual() const { return dual_; }
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
           std::isfinite(x.dual_.derivative);
  }
  friend bool isnan(const StochasticTriple& x) {
    return detail::compare([](const T& a, const T&) { return std::isnan(a); }, x, T{}) ||
           std::isnan(x.dual_.derivative);
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
  SPIKEGRAD_UNARY(exp)
  SPIKEGRAD_UNARY(expm1)
  SPIKEGRAD_UNARY(log)
  SPIKEGRAD_UNARY(log1p)
  SPIKEGRAD_UNARY(log2)
  SPIKEGRAD_UNARY(log10)
  SPIKEGRAD_UNARY(sqrt)
  SPIKEGRAD_UNARY(cbrt)
  SPIKEGRAD_UNARY(sin)
  SPIKEGRAD_UNARY(cos)
  SPIKEGRAD_UNARY(tan)
  SPIKEGRAD_UNARY(asin)
  SPIKEGRAD_UNARY(acos)
  SPIKEGRAD_UNARY(atan)
  SPIKEGRAD_UNARY(sinh)
  SPIKEGRAD_UNARY(cosh)
  SPIKEGRAD_UNARY(tanh)
  SPIKEGRAD_UNARY(erf)
  SPIKEGRAD_UNARY(erfc)
  SPIKEGRAD_UNARY(abs)
  SPIKEGRAD_UNARY(fabs)
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
  Dual<T> dual_;
  [[no_unique_address]] Alternatives alternatives_;
};

}  // namespace spikegrad::stochastic_ad
