// SPDX-License-Identifier: Apache-2.0
// Branches that draw. The value and each alternative may take different branches and make different draws there: each
// takes them from the beginning of one and the same stream of random numbers, so that what they draw alike comes out
// alike (common random numbers), and what they do not is drawn as the program would.
#pragma once

#include <cstdint>
#include <random>

#include "spikegrad/stochastic_ad/propagate.hpp"
#include "spikegrad/stochastic_ad/rng.hpp"

namespace spikegrad::stochastic_ad {

namespace detail {

/// Value and derivative part, in the same run, without alternatives.
template <class T, class B>
StochasticTriple<T, B> without_alternatives(const StochasticTriple<T, B>& x) {
  return StochasticTriple<T, B>(x.dual(),
                                x.alternatives().template element<T>(value(x), [&](const T&) -> const T& {
                                  return value(x);  // equal to the value: no alternative
                                }));
}
template <class X>
requires(!Triple<X>) X without_alternatives(const X& x) {
  return x;
}
template <class X, class Event>
bool changes(const X& x, const Event& event) {
  if constexpr (is_array<X>) {
    for (const auto& e : x)
      if (under(e, event) != value(e)) return true;
    return false;
  } else {
    return under(x, event) != value(x);
  }
}

}  // namespace detail

/// A generator of a branch's own. It takes as much from `rng` whatever the branch will draw, so that the draws after the
/// branch come from the same random numbers for the value and for each alternative, also where one branch drew more often
/// than the other. Deterministic in the state of `rng`.
template <std::uniform_random_bit_generator R>
SequentialRng branch_rng(R& rng) {
  const std::uint64_t high = rng(), seed = high << 32 ^ rng();
  return SequentialRng(seed, 0x44524157);  // apart from other streams of this seed
}

/// f(x..., generator) for an f that branches on x and draws: a number or an array of numbers. f is generic, takes the
/// generator by reference, and draws from it alone; what is said of the arguments of propagate() holds here.
///
/// Where an argument has a derivative part, f is called with triples that have no alternatives yet, so that its draws may
/// depend on it; it may then branch on what it drew itself only through another propagate_draws(). Draws of one branch
/// alone that come before draws of all belong to a branch_rng().
template <std::uniform_random_bit_generator R, class F, class... X>
auto propagate_draws(R& rng, F&& f, const X&... x) {
  const SequentialRng draws = branch_rng(rng);  // each call of f has a copy
  if constexpr (!requires { typename detail::common_triple<X...>::type; }) {
    auto own = draws;
    return f(x..., own);
  } else {
    using Number = typename detail::common_triple<X...>::type;
    using T = typename Number::value_type;
    using B = typename Number::backend;
    const auto plain = [&](const auto&... v) requires(detail::is_plain<std::remove_cvref_t<decltype(v)>> &&
                                                      ...) {
      auto own = draws;
      return detail::each_as<T>(f(v..., own));
    };
    if (!(detail::has_derivative(x) || ...)) return propagate(plain, x...);
    const auto smooth = [](const auto& e) { return detail::without_alternatives(e); };
    auto own = draws;
    const auto inner = detail::each_as<Number>(f(detail::each<Number>(x, smooth)..., own));
    const auto primal = detail::each<T>(inner, [](const auto& e) { return value(e); });
    using V = std::remove_const_t<decltype(primal)>;
    const auto alternatives = B::combine(
        primal,
        [&](auto&& visitor) {
          detail::visit_all(inner, visitor);
          (detail::visit_all(x, visitor), ...);
        },
        [&](const auto& event) -> V {
          const auto changed = [&](const auto& e) { return detail::under(e, event); };
          if (!(detail::changes(x, event) || ...)) return detail::each<T>(inner, changed);
          V alternative = plain(detail::each<T>(x, changed)...);
          detail::require_same_size(primal, alternative);
          return alternative;
        });
    const auto duals =
        detail::each<typename Number::dual_type>(inner, [](const auto& e) { return e.dual(); });
    return detail::with_alternatives<Number>(primal, duals, alternatives);
  }
}

}  // namespace spikegrad::stochastic_ad
