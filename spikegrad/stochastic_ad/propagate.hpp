// SPDX-License-Identifier: Apache-2.0
// Deterministic code that cannot be written as arithmetic on triples: branches, table lookups, library calls.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikegrad/stochastic_ad/message.hpp"
#include "spikegrad/stochastic_ad/triple.hpp"

namespace spikegrad::stochastic_ad {

namespace detail {

// A std::array or std::vector of numbers is an argument or a result like a number.
template <class X>
inline constexpr bool is_array = false;
template <class E, std::size_t n>
inline constexpr bool is_array<std::array<E, n>> = true;
template <class E>
inline constexpr bool is_array<std::vector<E>> = true;

template <class X, class To>
struct rebind {
  using type = To;
};
template <class E, std::size_t n, class To>
struct rebind<std::array<E, n>, To> {
  using type = std::array<To, n>;
};
template <class E, class To>
struct rebind<std::vector<E>, To> {
  using type = std::vector<To>;
};

/// Each element of an array through `convert`.
template <class To, class Array, class Convert>
auto map_elements(const Array& array, Convert&& convert) {
  typename rebind<Array, To>::type out{};
  if constexpr (requires { out.resize(array.size()); }) out.resize(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) out[i] = convert(array[i]);
  return out;
}

template <class E, std::size_t n, class... Rest>
struct common_triple<std::array<E, n>, Rest...> : common_triple<E, Rest...> {};
template <class E, class... Rest>
struct common_triple<std::vector<E>, Rest...> : common_triple<E, Rest...> {};

/// A number, or each element of an array, through `convert` as a To.
template <class To, class X, class Convert>
auto each(const X& x, Convert&& convert) {
  const auto converted = [&](const auto& e) { return static_cast<To>(convert(e)); };
  if constexpr (is_array<X>)
    return map_elements<To>(x, converted);
  else
    return converted(x);
}
/// The same without a change but that of type.
template <class To, class X>
auto each_as(const X& x) {
  return each<To>(x, [](const auto& e) { return e; });
}
template <class X, class Visitor>
void visit_all(const X& x, Visitor&& visitor) {
  if constexpr (is_array<X>) {
    for (const auto& e : x) visit(e, visitor);
  } else {
    visit(x, visitor);
  }
}
template <class X>
bool has_derivative(const X& x) {
  if constexpr (is_array<X>) {
    for (const auto& e : x)
      if (has_slope(derivative(e))) return true;
    return false;
  } else {
    return has_slope(derivative(x));
  }
}

/// A plain number, or an array of plain numbers.
template <class X>
inline constexpr bool is_plain = std::is_arithmetic_v<X>;
template <class E, std::size_t n>
inline constexpr bool is_plain<std::array<E, n>> = std::is_arithmetic_v<E>;
template <class E>
inline constexpr bool is_plain<std::vector<E>> = std::is_arithmetic_v<E>;

/// Whether f, called with plain numbers, returns plain numbers.
template <class F, class... X>
inline constexpr bool returns_numbers = is_plain<
    std::remove_cvref_t<decltype(std::declval<F&>()(each<typename common_triple<X...>::type::value_type>(
        std::declval<const X&>(), [](const auto& e) { return value(e); })...))>>;

/// Whether f takes dual numbers. Its name is for the compiler's message where a generic f takes them and then
/// does not compile with them, as with std::lgamma(x), which knows plain numbers alone: write `using
/// std::lgamma; lgamma(x)`, or take a double.
template <class F, class... X>
inline constexpr bool a_generic_function_must_compile_with_dual_numbers_too =
    requires {  // not std::is_invocable_v, behind which compilers leave the name out of the message
  std::declval<F&>()(std::declval<X>()...);
};

/// A vector's length is no number: it has no alternatives.
template <class A, class B>
void require_same_size(const A& value, const B& other) {
  if constexpr (is_array<A>)
    if (value.size() != other.size())
      throw UserError("propagate: the function returned " + std::to_string(value.size()) +
                      " numbers for the value but " + std::to_string(other.size()) +
                      " for an alternative: return as many for every argument");
}

/// A result, a number or an array, from the duals and the alternatives of all of it together.
template <class Number, class V, class Duals, class Alternatives>
auto with_alternatives(const V& primal, const Duals& duals, const Alternatives& alternatives) {
  if constexpr (is_array<V>) {
    require_same_size(primal, duals);
    auto out = map_elements<Number>(primal, [](const auto&) { return Number(); });
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = Number(duals[i], alternatives.element(
                                    primal[i], [i](const V& v) -> const auto& { return v[i]; }));
    return out;
  } else {
    return Number(duals, alternatives);
  }
}

}  // namespace detail

/// f(x...) for a deterministic f that may branch on its arguments; each is a number, a triple, or a
/// std::array or std::vector of these. f is called with plain numbers (arrays of plain numbers), once for the
/// values and once for each alternative; its result, a number or an array, becomes a triple or an array of
/// triples. f sees what it is given and nothing else: it must not use other triples (by capture), nor draw
/// (propagate_draws.hpp).
///
/// Where an argument has a derivative part, f is called with dual numbers too (so it must be generic) and
/// takes the branch of the value, as in ordinary automatic differentiation: f has to be continuous there.
/// Throws UserError if f accepts plain numbers only and a derivative part is not 0. A generic f is compiled
/// for dual numbers even if no derivative part ever comes: it calls functions as `using std::exp; exp(x)`.
template <class F, class... X>
auto propagate(F&& f, const X&... x) {
  if constexpr (!requires { typename detail::common_triple<X...>::type; }) {
    return f(x...);
  } else if constexpr (!detail::returns_numbers<F, X...>) {
    static_assert(
        detail::returns_numbers<F, X...>,
        "propagate: called with plain numbers, the function must return a number, or a std::array or "
        "std::vector of numbers. It may use no triples but its arguments, and it may not draw: draw before "
        "the branch and pass the draw on, as in propagate([](auto x, auto k) { return x > 0 ? k : 0 * k; }, "
        "x, poisson(rng, p)), or call propagate_draws");
    return typename detail::common_triple<X...>::type();
  } else {
    using Number = typename detail::common_triple<X...>::type;
    using T = typename Number::value_type;
    using B = typename Number::backend;
    const auto plain = [](const auto& e) { return value(e); };
    const auto primal = detail::each_as<T>(f(detail::each<T>(x, plain)...));
    using V = std::remove_const_t<decltype(primal)>;
    const auto alternatives = B::combine(
        primal, [&](auto&& visitor) { (detail::visit_all(x, visitor), ...); },
        [&](const auto& event) -> V {
          const auto changed = [&](const auto& e) { return detail::under(e, event); };
          V alternative = detail::each_as<T>(f(detail::each<T>(x, changed)...));
          detail::require_same_size(primal, alternative);
          return alternative;
        });

    using D = typename Number::dual_type;
    auto duals = detail::each_as<D>(primal);
    if ((detail::has_derivative(x) || ...)) {
      const auto dual = [](const auto& e) { return detail::smooth(e); };
      if constexpr (detail::a_generic_function_must_compile_with_dual_numbers_too<F, decltype(detail::each<D>(
                                                                                         x, dual))...>)
        duals = detail::each_as<D>(f(detail::each<D>(x, dual)...));
      else
        throw UserError(
            "propagate: an argument has a derivative part, but the function takes plain numbers only: make "
            "it generic (auto arguments), so that it can be called with dual numbers");
    }
    return detail::with_alternatives<Number>(primal, duals, alternatives);
  }
}

// What code generic in its number type asks of one (core/number.hpp), found by argument-dependent lookup.

/// f(x) for an f that branches on its argument.
template <class F, class T, class B>
StochasticTriple<T, B> lift(const F& f, const StochasticTriple<T, B>& x) {
  return propagate(f, x);
}
/// x without its derivative part. The alternatives stay: they are what x would have been.
template <class T, class B>
StochasticTriple<T, B> detach(const StochasticTriple<T, B>& x) {
  return StochasticTriple<T, B>(typename StochasticTriple<T, B>::dual_type(value(x)), x.alternatives());
}
template <class T, class B>
T value_of(const StochasticTriple<T, B>& x) {
  return value(x);
}

}  // namespace spikegrad::stochastic_ad
