// SPDX-License-Identifier: Apache-2.0
// Bernoulli(p): 1 with probability p, else 0.
//
//   right (δ > 0): x = 0 → 1, weight δ/(1-p)        left (δ < 0): x = 1 → 0, weight -δ/p
//   straight-through: (1-p) right + p left, dx/dp = 1 whatever x
#pragma once

#include "spikegrad/stochastic_ad/draw.hpp"

namespace spikegrad::stochastic_ad {

template <class T>
struct Bernoulli {
  T p;

  void check(const char* note = "") const {
    if (!(p >= 0 && p <= 1)) throw_parameter("bernoulli", p, "a probability from 0 to 1 is needed", note);
  }
  T quantile(double u) const { return u < p ? T(1) : T(0); }
  Jump<T> right(T x) const { return {T(1), x == 0 ? 1 / (1 - double{p}) : 0}; }
  Jump<T> left(T x) const { return {T(0), x == 0 ? 0 : -1 / double{p}}; }
  bool has_right() const { return p < 1; }
  bool has_left() const { return p > 0; }
  Mix straight_through() const { return {1 - double{p}, double{p}}; }
};

/// The draw that belongs to the uniform number u: 1 if u < p. For programs that manage their own random
/// numbers.
template <class P>
auto bernoulli_at(double u, const P& p, Rule rule = Rule::automatic) {
  return draw(
      u, rule, []<class T>(T parameter) { return Bernoulli<T>{parameter}; }, p);
}

template <std::uniform_random_bit_generator R, class P>
auto bernoulli(R& rng, const P& p, Rule rule = Rule::automatic) {
  return bernoulli_at(uniform(rng), p, rule);
}

}  // namespace spikegrad::stochastic_ad
