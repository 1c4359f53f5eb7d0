// SPDX-License-Identifier: Apache-2.0
// Categorical(p): the class i = 0 … K-1 with probability p_i.
//
// By inversion class i owns the interval between the boundaries P_{i-1} and P_i of the cumulated
// probabilities, and boundary i moves by c_i = Σ_{j<=i} δ_j. Where c_i < 0 some of class i becomes the class
// above, where c_i > 0 some of the class above becomes class i. With a < b neighbours among the classes
// of p ≠ 0:
//
//   right: a → b with weight -c/p_a        left: b → a with weight c/p_b        (c: boundary between a and b)
//
// `positive` takes right where c < 0 and left where c > 0, as the interval moves. Both are linear in c, so
// any a + b = 1 serves as for the other draws.
//
// Classes with p = 0 but δ ≠ 0 lie between a and b without width and take Z = Σ δ_z in all: A = min(max(-c_a,
// 0), Z) of it from a, the rest from b, in order; then the boundary between a and b moves by c = c_a + A.
// This holds for Z >= 0, the only possible direction; Z < 0 (differentiating towards the impossible side) is
// the mirror image.
//
// straight-through: flows U_j (from class j to the next) and D_j (from j to the previous) with U_a - D_b = -c
// and Σ flows × distances = p_j m for every class, m = Σ i δ_i: solved upwards from the lowest class.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "spikegrad/stochastic_ad/draw.hpp"

namespace spikegrad::stochastic_ad {

namespace detail {

/// How far the sum of probabilities may be from 1; float probabilities included.
inline constexpr double probability_tolerance = 1e-5;

/// How far the sum of their derivatives may be from 0: a part of the sum of their sizes, and what rounding
/// may leave where they cancel. Generous, for only a forgotten class is to be found.
inline constexpr double slope_tolerance = 1e-3, slope_rounding = 1e-6;

/// The class that belongs to u among K with probabilities p(i), inverting the upper tail.
template <class T, class Probability>
T categorical_quantile(double u, std::size_t classes, Probability&& p, const char* note = "") {
  const double v = 1 - u;
  double cumulative = 0;
  std::size_t chosen = classes, last = classes;
  for (std::size_t i = 0; i < classes; ++i) {
    const double p_i = p(i);
    if (!(p_i >= 0)) throw_parameter("categorical", p_i, "probabilities >= 0 are needed", note);
    cumulative += p_i;
    if (p_i == 0) continue;
    last = i;
    if (chosen == classes && v <= cumulative) chosen = i;
  }
  if (!(std::abs(cumulative - 1) <= probability_tolerance))
    throw_parameter("categorical", cumulative, "this is the sum of the probabilities, which must be 1", note);
  return static_cast<T>(chosen == classes ? last : chosen);  // v above the sum by rounding
}

/// The alternatives of a categorical draw. p(i) and delta(i) are the probabilities and their derivatives;
/// `selection()` gives uniform numbers for choosing one of several classes of probability 0, and none if the
/// alternative is to be their mean (for smoothing).
template <class T, class Probability, class Delta>
class CategoricalJumps {
 public:
  CategoricalJumps(std::size_t classes, Probability p, Delta delta)
      : classes_(classes), p_(std::move(p)), delta_(std::move(delta)) {}

  /// What lies between two neighbouring classes of p ≠ 0.
  struct Gap {
    std::size_t begin = 0, end = 0;  ///< the classes of p = 0 in it
    double from_below = 0;           ///< A: what they take from the class below
    double total = 0;                ///< Z
    double boundary = 0;             ///< c: how the boundary moves apart from that
  };

  template <class Choose>
  [[gnu::always_inline]] inline Jumps<T> operator()(std::size_t x, Rule rule, Choose&& choose) const {
    double c = 0;
    for (std::size_t i = 0; i < x; ++i) c += delta_(i);
    double sum = c;
    for (std::size_t i = x; i < classes_; ++i) sum += delta_(i);
    if (sum != 0) require_no_slope(sum);
    if (rule != Rule::straight_through && (x == 0 || p_(x - 1) != 0) && (x + 1 == classes_ || p_(x + 1) != 0))
      return neighbours(x, c, rule);
    return across_gaps(x, c, rule, choose);
  }

 private:
  [[gnu::noinline]] void require_no_slope(double sum) const {
    double size = 0;
    for (std::size_t i = 0; i < classes_; ++i) size += std::abs(delta_(i));
    if (std::abs(sum) <= slope_tolerance * size + slope_rounding) return;
    throw UserError("categorical: the derivatives of the probabilities sum to " + shortest(sum) +
                    "; they must sum to 0, as the probabilities sum to 1 for every parameter");
  }
  template <class Choose>
  [[gnu::noinline]] Jumps<T> across_gaps(std::size_t x, double c, Rule rule, Choose&& choose) const {
    const Gap above = gap_above(x, c + delta_(x)), below = gap_below(x, c);
    Mix up = mix_of(rule, -above.boundary, {}, true, true);
    Mix down = mix_of(rule, -below.boundary, {}, true, true);
    const double p = p_(x);
    Jumps<T> jumps;
    add_zero_classes(jumps, above, 0, above.from_below, p, choose);
    add_zero_classes(jumps, below, below.from_below, below.total, p, choose);
    double flow_up = -up.right * above.boundary, flow_down = down.left * below.boundary;
    if (rule == Rule::straight_through) straight_through_flows(x, flow_up, flow_down);
    if (above.end < classes_) jumps.add(static_cast<T>(above.end), flow_up / p);
    if (below.begin > 0) jumps.add(static_cast<T>(below.begin - 1), flow_down / p);
    return jumps;
  }
  /// The usual case: the classes next to x are possible themselves.
  [[gnu::always_inline]] inline Jumps<T> neighbours(std::size_t x, double c_below, Rule rule) const {
    const double c_above = c_below + delta_(x), p = p_(x);
    Jumps<T> jumps;
    if (x + 1 < classes_)
      jumps.add(static_cast<T>(x + 1), -mix_of(rule, -c_above, {}, true, true).right * c_above / p);
    if (x > 0) jumps.add(static_cast<T>(x - 1), mix_of(rule, -c_below, {}, true, true).left * c_below / p);
    return jumps;
  }
  Gap make_gap(std::size_t begin, std::size_t end, double c_a, double total) const {
    Gap gap{begin, end, 0, total, 0};
    if (begin > 0) gap.from_below = total >= 0 ? std::clamp(-c_a, 0.0, total) : -std::clamp(c_a, 0.0, -total);
    gap.boundary = c_a + gap.from_below;
    return gap;
  }
  double sum_delta(std::size_t begin, std::size_t end) const {
    double sum = 0;
    bool positive = false, negative = false;
    for (std::size_t i = begin; i < end; ++i) {
      const double d = delta_(i);
      sum += d;
      positive |= d > 0;
      negative |= d < 0;
    }
    if (positive && negative)
      throw UserError(
          "categorical: neighbouring classes of probability 0 have derivatives of both signs, so the "
          "parameter can move to neither side");
    return sum;
  }
  Gap gap_above(std::size_t a, double c_a) const {
    std::size_t end = a + 1;
    while (end < classes_ && p_(end) == 0) ++end;
    if (end == classes_) c_a = -sum_delta(a + 1, end);  // exactly, whatever the rounding of the sum
    return make_gap(a + 1, end, c_a, sum_delta(a + 1, end));
  }
  Gap gap_below(std::size_t b, double c_below_b) const {
    std::size_t begin = b;
    while (begin > 0 && p_(begin - 1) == 0) --begin;
    const double total = sum_delta(begin, b);
    return make_gap(begin, b, c_below_b - total, total);
  }
  /// f(z, size) for the classes z of the gap that take the part [from, to] of its total, in order.
  template <class F>
  void for_each_zero_class(const Gap& gap, double from, double to, F&& f) const {
    const double begin = std::abs(from), end = std::abs(to);  // from, to and Z have one sign
    double cumulative = 0;
    for (std::size_t z = gap.begin; z < gap.end; ++z) {
      const double next = cumulative + std::abs(delta_(z));
      const double size = std::min(next, end) - std::max(cumulative, begin);
      if (size > 0) f(static_cast<double>(z), size);
      cumulative = next;
    }
  }
  /// The same as one jump out of a class of probability p.
  template <class Choose>
  void add_zero_classes(Jumps<T>& jumps, const Gap& gap, double from, double to, double p,
                        Choose&& choose) const {
    if (from == to) return;
    const double size_of_all = std::abs(to - from);
    double alternative = 0;
    if (const std::optional<double> u = choose()) {
      double remaining = *u * size_of_all;
      for_each_zero_class(gap, from, to, [&](double z, double size) {
        if (remaining >= 0) alternative = z;
        remaining -= size;
      });
    } else {
      for_each_zero_class(gap, from, to,
                          [&](double z, double size) { alternative += z * size / size_of_all; });
    }
    jumps.add(static_cast<T>(alternative), (to - from) / p);
  }
  /// Σ flow × distance into the zero classes that take the part [from, to] from class `origin`.
  double zero_class_moment(const Gap& gap, double from, double to, std::size_t origin) const {
    double moment = 0;
    for_each_zero_class(gap, from, to, [&](double z, double size) {
      moment += std::copysign(size, gap.total) * (z - static_cast<double>(origin));
    });
    return moment;
  }
  void straight_through_flows(std::size_t x, double& flow_up, double& flow_down) const {
    double m = 0, c = 0;
    for (std::size_t i = 0; i < classes_; ++i) m += static_cast<double>(i) * delta_(i);
    std::size_t first = 0;
    while (p_(first) == 0) c += delta_(first++);
    Gap below{0, first, 0, c, 0};
    double down = 0, distance_down = 1;
    for (std::size_t j = first;; j = below.end) {
      c += delta_(j);
      const Gap above = gap_above(j, c);
      const double distance = static_cast<double>(above.end - j);
      const double moment = zero_class_moment(above, 0, above.from_below, j) +
                            zero_class_moment(below, below.from_below, below.total, j);
      const double up = above.end == classes_ ? 0 : (m * p_(j) - moment + distance_down * down) / distance;
      if (j == x) {
        flow_up = up;
        flow_down = down;
        return;
      }
      down = up + above.boundary;
      distance_down = distance;
      c += above.total;
      below = above;
    }
  }

  std::size_t classes_;
  Probability p_;
  Delta delta_;
};

/// The alternatives of the class `chosen` for the slopes of all probabilities; formula(delta) gives them along one
/// direction. On a tape the slopes are not known but that they sum to 0, so they are taken apart into directions from the
/// chosen class to one other, δ = Σ_i δ_i (e_i - e_chosen), for each of which the weights are linear in δ_i.
template <class T, class W, class Probabilities, class Formula>
[[gnu::always_inline]] inline auto along_probabilities(const Probabilities& probabilities, std::size_t chosen,
                                                       Formula&& formula) {
  if constexpr (std::is_same_v<W, double>) {
    return formula([&](std::size_t i) { return static_cast<double>(derivative(probabilities[i])); });
  } else if constexpr (std::is_same_v<W, TapeSlope>) {
    VectorJumps<T, W> jumps;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      const W& slope = derivative(probabilities[i]);
      if (i == chosen || !has_slope(slope)) continue;
      if (value(probabilities[i]) == 0)
        throw UserError(
            "categorical: a class of probability 0 has a derivative, whose sign reverse mode does not know; use "
            "gradient_estimate");
      const auto from_chosen = [&](std::size_t j) { return j == i ? 1.0 : j == chosen ? -1.0 : 0.0; };
      for (const Jump<T>& jump : formula(from_chosen))
        jumps.weight_of(jump.alternative).add(jump.weight, slope);
    }
    return jumps;
  } else {
    std::size_t parameters = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i)
      parameters = std::max(parameters, derivative(probabilities[i]).size());
    VectorJumps<T, W> jumps;
    for (std::size_t k = 0; k < parameters; ++k)
      for (const Jump<T>& jump : formula([&](std::size_t i) {
             const W& slopes = derivative(probabilities[i]);
             return k < slopes.size() ? slopes[k] : 0;
           }))
        jumps.weight_of(jump.alternative).add_at(k, jump.weight, parameters);
    return jumps;
  }
}

}  // namespace detail

/// The class drawn, counted from 0, as a number; use at(table, class) to choose by it. `probabilities` is
/// anything with size() and [], of plain numbers, dual numbers or triples. Throws UserError unless they are
/// >= 0 with sum 1.
template <std::uniform_random_bit_generator R, class Probabilities>
auto categorical(R& rng, const Probabilities& probabilities, Rule rule = Rule::automatic) {
  using P = std::remove_cvref_t<decltype(probabilities[0])>;
  using T = detail::number_of_t<P>;
  const double u = uniform(rng);
  const std::size_t classes = probabilities.size();
  const auto p = [&](std::size_t i) { return static_cast<double>(value(probabilities[i])); };
  const T x = detail::categorical_quantile<T>(u, classes, p);
  if constexpr (Triple<P>) {
    using B = typename P::backend;
    const auto choose = [&]() -> std::optional<double> {
      if constexpr (requires { probabilities[0].alternatives().run(); }) {
        for (std::size_t i = 0; i < classes; ++i)
          if (auto* run = probabilities[i].alternatives().run()) return run->selection().uniform();
        throw_no_run();
      } else {
        return std::nullopt;
      }
    };
    const auto chosen = static_cast<std::size_t>(x);
    const Rule of_run = detail::rule_of<B>(rule);
    const auto jumps =
        detail::along_probabilities<T, typename B::Weight>(probabilities, chosen, [&](const auto& delta) {
          return detail::CategoricalJumps<T, decltype(p), std::remove_cvref_t<decltype(delta)>>(
              classes, p, delta)(chosen, of_run, choose);
        });
    return P(
        typename P::dual_type(x, B::jump_derivative(x, jumps)),
        B::combine(
            x,
            [&](auto&& visitor) {
              for (std::size_t i = 0; i < classes; ++i) detail::visit(probabilities[i], visitor);
            },
            [&](const auto& event) {
              return detail::categorical_quantile<T>(
                  u, classes,
                  [&](std::size_t i) { return static_cast<double>(detail::under(probabilities[i], event)); },
                  detail::of_an_alternative);
            },
            jumps));
  } else if constexpr (is_dual<P>) {
    return P(x);
  } else {
    return x;
  }
}

}  // namespace spikegrad::stochastic_ad
