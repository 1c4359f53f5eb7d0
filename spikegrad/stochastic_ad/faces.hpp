// SPDX-License-Identifier: Apache-2.0
// The faces of the three kinds of number, plain, dual and triple, by which code treats them alike: value,
// derivative part, value under an event, alternatives; and the floating-point type behind them.
#pragma once

#include <type_traits>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/stochastic_ad/prune.hpp"
#include "spikegrad/stochastic_ad/slope_dual.hpp"

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
template <class T, class S>
inline constexpr bool is_dual<SlopeDual<T, S>> = true;
/// A dual number, of one direction or of all parameters.
template <class X>
concept DualNumber = is_dual<std::remove_cvref_t<X>>;
/// What may stand beside a triple in an expression.
template <class X>
concept Scalar = PlainNumber<X> || Triple<X> || is_dual<std::remove_cvref_t<X>>;

/// The value of a plain number, a dual number or a triple.
template <PlainNumber X>
constexpr X value(X x) {
  return x;
}
template <DualNumber X>
constexpr const auto& value(const X& x) {
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
template <DualNumber X>
constexpr const auto& derivative(const X& x) {
  return x.derivative;
}
template <class T, class B>
constexpr const auto& derivative(const StochasticTriple<T, B>& x) {
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
template <class T, class S>
struct own_number<SlopeDual<T, S>> {
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

/// The type of an operation's result where no operand is a triple: that of a dual number among them.
template <class... X>
struct common_dual {};
template <class X, class... Rest>
struct common_dual<X, Rest...> : common_dual<Rest...> {};
template <DualNumber X, class... Rest>
struct common_dual<X, Rest...> {
  using type = X;
};

// The faces of one operand: smooth part, value under an event, alternatives shown to a visitor.
template <PlainNumber X>
constexpr X smooth(X x) {
  return x;
}
template <DualNumber X>
constexpr const X& smooth(const X& x) {
  return x;
}
template <class T, class B>
constexpr const auto& smooth(const StochasticTriple<T, B>& x) {
  return x.dual();
}
template <PlainNumber X, class Event>
constexpr X under(X x, const Event&) {
  return x;
}
template <DualNumber X, class Event>
constexpr const auto& under(const X& x, const Event&) {
  return x.value;
}
template <class T, class B, class Event>
[[gnu::always_inline]] constexpr const T& under(const StochasticTriple<T, B>& x, const Event& event) {
  return x.alternatives().under(event, x.dual().value);
}
template <PlainNumber X, class Visitor>
constexpr void visit(X, Visitor&&) {}
template <DualNumber X, class Visitor>
constexpr void visit(const X&, Visitor&&) {}
template <class T, class B, class Visitor>
[[gnu::always_inline]] constexpr void visit(const StochasticTriple<T, B>& x, Visitor&& visitor) {
  visitor(x.alternatives());
}

}  // namespace detail

}  // namespace spikegrad::stochastic_ad
