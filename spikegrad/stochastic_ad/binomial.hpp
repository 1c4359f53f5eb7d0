// SPDX-License-Identifier: Apache-2.0
// Binomial(n, p): successes in n trials. n may be random itself.
//
//   right (δ > 0): x < n → x+1, weight δ(n-x)/(1-p)        left (δ < 0): x > 0 → x-1, weight -δx/p
//   straight-through: (1-p) right + p left, dx/dp = n whatever x
//
// A perturbed n, like a perturbed p, meets the draw by inversion: x' is the quantile of Binomial(n', p') at
// the same u.
#pragma once

#include <algorithm>
#include <cmath>

#include "spikegrad/stochastic_ad/draw.hpp"
#include "spikegrad/stochastic_ad/quantile.hpp"

namespace spikegrad::stochastic_ad {

template <class T>
struct Binomial {
  T n, p;

  void check(const char* note = "") const {
    if (!(p >= 0 && p <= 1)) throw_parameter("binomial", p, "a probability p from 0 to 1 is needed", note);
    if (!(n >= 0 && n <= highest_mean) || n != std::floor(n))
      throw_parameter("binomial", n, "an integer n from 0 to 2^53 is needed", note);
  }
  T quantile(double u) const {
    // The rarer outcome is counted, so that the search is short and P(0) does not underflow.
    const double trials = n;
    return static_cast<T>(p <= 0.5 ? lower_quantile(1 - u, trials, p) : trials - upper_count(u, trials));
  }
  Jump<T> right(T x) const { return {x + 1, (double{n} - x) / (1 - double{p})}; }
  Jump<T> left(T x) const { return {x - 1, -x / double{p}}; }
  bool has_right() const { return p < 1; }
  bool has_left() const { return p > 0; }
  Mix straight_through() const { return {1 - double{p}, double{p}}; }

 private:
  /// min { k : F(k) >= v }
  static double lower_quantile(double v, double n, double p) {
    if (n == 0 || p == 0) return 0;
    const double odds = p / (1 - p);
    const auto up = [=](double k) { return (n - k) / (k + 1) * odds; };
    if (n * p <= search_from_mode_above) return quantile_from_zero(v, std::exp(n * std::log1p(-p)), n, up);
    const double mode = std::min(n, std::floor((n + 1) * p));
    const double above = std::fma(n, p, -mode);  // n p - mode
    const double log_p = mode * std::log1p(above / mode) + (n - mode) * std::log1p(-above / (n - mode)) +
                         log_factorial_ratio(n) - log_factorial_ratio(mode) - log_factorial_ratio(n - mode);
    return quantile_from_mode(v, mode, std::exp(log_p), n, up,
                              [=](double k) { return k / ((n - k + 1) * odds); });
  }
  /// Failures as a function of u: the mirror image of lower_quantile.
  double upper_count(double u, double trials) const { return lower_quantile(u, trials, 1 - double{p}); }
};

/// Throws UserError if a back end with alternatives is given an n with a derivative part: n is an integer.
template <std::uniform_random_bit_generator R, class N, class P>
auto binomial(R& rng, const N& n, const P& p, Rule rule = Rule::automatic) {
  const auto make = []<class T>(T trials, T parameter) { return Binomial<T>{trials, parameter}; };
  auto x = draw(uniform(rng), rule, make, n, p);
  if constexpr (Triple<N>) {
    if (has_slope(derivative(n))) {
      if constexpr (!requires {
                      x.alternatives().run();
                    }) {  // smoothed: each further trial adds p on average
        auto dual = x.dual();
        add_slope(dual.derivative, value(p), derivative(n));
        x = decltype(x)(dual, x.alternatives());
      } else
        throw UserError("binomial: n has a derivative part, but the number of trials is an integer");
    }
  }
  return x;
}

}  // namespace spikegrad::stochastic_ad
