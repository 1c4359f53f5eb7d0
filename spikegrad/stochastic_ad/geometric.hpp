// SPDX-License-Identifier: Apache-2.0
// Geometric(p): failures before the first success, P(X >= k) = (1-p)^k.
//
//   right (δ > 0): x > 0 → x-1, weight δx/(p(1-p))        left (δ < 0): x+1, weight -δ(x+1)/p
//   straight-through: -(1-p)/p right + 1/p left, dx/dp = -1/p² whatever x
#pragma once

#include <cmath>

#include "spikegrad/stochastic_ad/draw.hpp"

namespace spikegrad::stochastic_ad {

template <class T>
struct Geometric {
  T p;

  void check(const char* note = "") const {
    if (!(p > 0 && p <= 1))
      throw_parameter("geometric", p, "a probability above 0, at most 1, is needed", note);
  }
  T quantile(double u) const { return static_cast<T>(std::floor(std::log(u) / std::log1p(-double{p}))); }
  Jump<T> right(T x) const { return {x - 1, x / (double{p} * (1 - double{p}))}; }
  Jump<T> left(T x) const { return {x + 1, -(double{x} + 1) / double{p}}; }
  bool has_right() const { return p < 1; }
  bool has_left() const { return true; }
  Mix straight_through() const { return {1 - 1 / double{p}, 1 / double{p}}; }
};

template <std::uniform_random_bit_generator R, class P>
auto geometric(R& rng, const P& p, Rule rule = Rule::automatic) {
  return draw(
      uniform(rng), rule, []<class T>(T parameter) { return Geometric<T>{parameter}; }, p);
}

}  // namespace spikegrad::stochastic_ad
