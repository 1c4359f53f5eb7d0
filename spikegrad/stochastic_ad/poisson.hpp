// SPDX-License-Identifier: Apache-2.0
// Poisson(λ).
//
//   right (δ > 0): x+1, weight δ        left (δ < 0): x > 0 → x-1, weight -δx/λ
//   straight-through: right alone, dx/dλ = 1 whatever x
#pragma once

#include <cmath>
#include <limits>

#include "spikegrad/stochastic_ad/draw.hpp"
#include "spikegrad/stochastic_ad/quantile.hpp"

namespace spikegrad::stochastic_ad {

template <class T>
struct Poisson {
  T lambda;

  void check(const char* note = "") const {
    if (!(lambda >= 0 && lambda <= highest_mean))
      throw_parameter("poisson", lambda, "a mean from 0 to 2^53 is needed", note);
  }
  T quantile(double u) const {
    if (lambda == 0) return 0;
    const double mean = lambda, highest = std::numeric_limits<double>::infinity();
    const auto up = [=](double k) { return mean / (k + 1); };
    if (mean <= search_from_mode_above)
      return static_cast<T>(quantile_from_zero(1 - u, std::exp(-mean), highest, up));
    const double mode = std::floor(mean), above = mean - mode;
    const double log_p = mode * std::log1p(above / mode) - above - log_factorial_ratio(mode);
    return static_cast<T>(
        quantile_from_mode(1 - u, mode, std::exp(log_p), highest, up, [=](double k) { return k / mean; }));
  }
  Jump<T> right(T x) const { return {x + 1, 1}; }
  Jump<T> left(T x) const { return {x - 1, -x / double{lambda}}; }
  bool has_right() const { return true; }
  bool has_left() const { return lambda > 0; }
  Mix straight_through() const { return {1, 0}; }
};

template <std::uniform_random_bit_generator R, class P>
auto poisson(R& rng, const P& lambda, Rule rule = Rule::automatic) {
  return draw(
      uniform(rng), rule, []<class T>(T parameter) { return Poisson<T>{parameter}; }, lambda);
}

}  // namespace spikegrad::stochastic_ad
