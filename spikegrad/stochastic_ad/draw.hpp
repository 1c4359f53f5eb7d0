// SPDX-License-Identifier: Apache-2.0
// One draw from a distribution with one moving parameter θ, for any number type. A distribution is a struct
// with
//
//   void check(const char* note = "") const
//                        throws UserError unless the parameters are possible; `note` ends the message
//   T quantile(double u) the draw x as a function of u uniform in (0, 1): inversion of the upper tail,
//                        P(X > x) < u <= P(X >= x), so that x falls as u grows
//   Jump<T> right(T x)   the alternative of the draw x and its weight per unit of δ (weight 0: none);
//   Jump<T> left(T x)    E[weight (alternative - x)] is the derivative of E[x]
//   bool has_right()     false where that side would need an impossible draw
//   bool has_left()
//   Mix straight_through()
//                        coefficients (a, b), a + b = 1, with a right + b left constant for f(x) = x
//
// The same u serves the value and each alternative: where a perturbed number is the parameter of a further
// draw, both copies are coupled by inversion.
#pragma once

#include <limits>
#include <string>

#include "spikegrad/stochastic_ad/message.hpp"
#include "spikegrad/stochastic_ad/triple.hpp"
#include "spikegrad/stochastic_ad/vector_jumps.hpp"

namespace spikegrad::stochastic_ad {

namespace detail {

/// Up to here a floating-point number is an integer with both its neighbours: 2^53 for double, 2^24 for
/// float.
template <class T>
inline constexpr T exact_integers = 2 / std::numeric_limits<T>::epsilon();

[[noreturn]] inline void throw_too_large(double x, double highest) {
  throw UserError("a draw of " + shortest(x) + " has no neighbours in its number type, so no alternatives: " +
                  "draws must stay below " + shortest(highest));
}

/// The rule of a draw in a run with the back end B. Where the sign of δ is not known (reverse mode), weights must be
/// linear in δ.
template <class B>
[[gnu::always_inline]] inline Rule rule_of(Rule rule) {
  if constexpr (std::is_same_v<typename B::Weight, TapeSlope>) {
    if (rule == Rule::automatic) return Rule::straight_through;
    if (rule == Rule::positive)
      throw UserError(
          "Rule::positive asks for the sign of a derivative, which reverse mode does not know: use another rule, or "
          "gradient_estimate");
  }
  return rule == Rule::automatic ? B::default_rule : rule;
}

/// The slope of a draw's parameter, in the type of the run's weights; a plain number has none.
template <class W, class X>
W slope_of(const X& x) {
  if constexpr (PlainNumber<X>)
    return W{};
  else
    return static_cast<W>(derivative(x));
}

/// The slope of θ, the last parameter.
template <class W, class... P>
W last_slope(const P&... parameters) {
  W slope{};
  ((slope = slope_of<W>(parameters)), ...);
  return slope;
}

template <class T>
Jumps<T> jumps_of(const auto& distribution, T x, double delta, Rule rule) {
  Jumps<T> jumps;
  if (delta == 0) return jumps;
  if (!(x < exact_integers<T>)) throw_too_large(x, exact_integers<T>);
  const Mix mix =
      mix_of(rule, delta, distribution.straight_through(), distribution.has_right(), distribution.has_left());
  if (mix.right != 0) {
    const Jump<T> jump = distribution.right(x);
    jumps.add(jump.alternative, mix.right * jump.weight * delta);
  }
  if (mix.left != 0) {
    const Jump<T> jump = distribution.left(x);
    jumps.add(jump.alternative, mix.left * jump.weight * delta);
  }
  return jumps;
}

}  // namespace detail

/// The draw from make(parameters...) that belongs to u, with its alternatives. The last parameter is θ. Plain
/// parameters give a plain draw; dual numbers give one with derivative 0, as draws are dropped by ordinary
/// automatic differentiation.
template <class Make, class... P>
auto draw(double u, Rule rule, Make&& make, const P&... parameters) {
  using T = detail::number_of_t<P...>;
  const auto distribution = make(static_cast<T>(value(parameters))...);
  distribution.check();
  const T x = distribution.quantile(u);
  if constexpr ((Triple<P> || ...)) {
    using Number = typename detail::common_triple<P...>::type;
    using B = typename Number::backend;
    const Rule of_run = detail::rule_of<B>(rule);
    const auto jumps = along<T>(detail::last_slope<typename B::Weight>(parameters...), [&](double delta) {
      return detail::jumps_of<T>(distribution, x, delta, of_run);
    });
    return Number(typename Number::dual_type(x, B::jump_derivative(x, jumps)),
                  B::combine(
                      x, [&](auto&& visitor) { (detail::visit(parameters, visitor), ...); },
                      [&](const auto& event) -> T {
                        const auto perturbed = make(static_cast<T>(detail::under(parameters, event))...);
                        perturbed.check(detail::of_an_alternative);
                        return perturbed.quantile(u);
                      },
                      jumps));
  } else if constexpr ((is_dual<P> || ...)) {
    return typename detail::common_dual<P...>::type(x);
  } else {
    return x;
  }
}

[[noreturn]] inline void throw_parameter(const char* draw, double parameter, const char* needed,
                                         const char* note) {
  throw UserError(std::string(draw) + ": parameter " + detail::shortest(parameter) + "; " + needed + note);
}

}  // namespace spikegrad::stochastic_ad
