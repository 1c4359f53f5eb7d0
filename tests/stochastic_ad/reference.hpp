// SPDX-License-Identifier: Apache-2.0
// The truth for the draws: their distributions enumerated with dual probabilities, and the stochastic
// derivatives written down a second time, from the table in docs/stochastic-ad.md, independently of the
// library.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad_test {

using spikegrad::Dual;
namespace sad = spikegrad::stochastic_ad;
using sad::Rule;

struct Outcome {
  double x;
  Dual<> probability;
};
struct Alternative {
  double x, weight;
};

/// P(k) until the rest is below 1e-17, from P(0) and the ratios, started at `mode` for large means.
template <class Ratio>
std::vector<Outcome> enumerate(Dual<> p_mode, int mode, int highest, Ratio ratio) {
  std::vector<Outcome> out;
  Dual<> p = p_mode;
  for (int k = mode; k >= 0 && p.value > 1e-18; --k) {
    out.push_back({double(k), p});
    if (k > 0) p = p / ratio(k - 1);
  }
  p = p_mode;
  for (int k = mode; k < highest && p.value > 1e-18; ++k) {
    p = p * ratio(k);
    out.push_back({double(k + 1), p});
  }
  return out;
}
inline std::vector<Outcome> binomial_outcomes(int n, Dual<> p) {
  const int mode = int((n + 1) * p.value);
  const double log_choose = std::lgamma(n + 1.0) - std::lgamma(mode + 1.0) - std::lgamma(n - mode + 1.0);
  return enumerate(exp(log_choose + double(mode) * log(p) + double(n - mode) * log(1 - p)), mode, n,
                   [=](int k) { return (n - k) / (k + 1.0) * p / (1 - p); });
}

/// The pair (a, b) of a rule, from the rule's definition.
inline sad::Mix mix(Rule rule, double delta, sad::Mix straight_through) {
  switch (rule) {
    case Rule::right:
      return {1, 0};
    case Rule::left:
      return {0, 1};
    case Rule::two_sided:
      return {0.5, 0.5};
    case Rule::straight_through:
      return straight_through;
    default:
      return delta > 0 ? sad::Mix{1, 0} : sad::Mix{0, 1};
  }
}

/// A draw x(θ): `draw` for any number type, its outcomes, and its alternatives when θ moves by δ.
struct BernoulliCase {
  static constexpr const char* name = "bernoulli";
  static constexpr double theta = 0.35;
  static auto draw(auto& rng, const auto& t, Rule rule) { return sad::bernoulli(rng, t, rule); }
  static std::vector<Outcome> outcomes(Dual<> t) { return {{0, 1 - t}, {1, t}}; }
  static std::vector<Alternative> alternatives(double x, double t, double delta, Rule rule) {
    const auto m = mix(rule, delta, {1 - t, t});
    if (x == 0) return {{1, m.right * delta / (1 - t)}};
    return {{0, -m.left * delta / t}};
  }
};
template <int n, int theta_percent>
struct BinomialCase {
  static constexpr const char* name = n < 20 ? "binomial" : "binomial, large n";
  static constexpr double theta = theta_percent / 100.0;
  static auto draw(auto& rng, const auto& t, Rule rule) { return sad::binomial(rng, n, t, rule); }
  static std::vector<Outcome> outcomes(Dual<> t) { return binomial_outcomes(n, t); }
  static std::vector<Alternative> alternatives(double x, double t, double delta, Rule rule) {
    const auto m = mix(rule, delta, {1 - t, t});
    return {{x + 1, m.right * delta * (n - x) / (1 - t)}, {x - 1, -m.left * delta * x / t}};
  }
};
struct GeometricCase {
  static constexpr const char* name = "geometric";
  static constexpr double theta = 0.4;
  static auto draw(auto& rng, const auto& t, Rule rule) { return sad::geometric(rng, t, rule); }
  static std::vector<Outcome> outcomes(Dual<> t) {
    return enumerate(t, 0, 1 << 20, [=](int) { return 1 - t; });
  }
  static std::vector<Alternative> alternatives(double x, double t, double delta, Rule rule) {
    const auto m = mix(rule, delta, {-(1 - t) / t, 1 / t});
    return {{x - 1, m.right * delta * x / (t * (1 - t))}, {x + 1, -m.left * delta * (x + 1) / t}};
  }
};
template <int lambda_tenths>
struct PoissonCase {
  static constexpr const char* name = lambda_tenths < 200 ? "poisson" : "poisson, large mean";
  static constexpr double theta = lambda_tenths / 10.0;
  static auto draw(auto& rng, const auto& t, Rule rule) { return sad::poisson(rng, t, rule); }
  static std::vector<Outcome> outcomes(Dual<> t) {
    const int mode = int(t.value);
    return enumerate(exp(double(mode) * log(t) - t - std::lgamma(mode + 1.0)), mode, 1 << 20,
                     [=](int k) { return t / (k + 1.0); });
  }
  static std::vector<Alternative> alternatives(double x, double t, double delta, Rule rule) {
    const auto m = mix(rule, delta, {1, 0});
    return {{x + 1, m.right * delta}, {x - 1, -m.left * delta * x / t}};
  }
};

template <class P>
std::vector<P> softmax_probabilities(const P& t) {
  using std::exp;
  const P a = exp(0.8 * t), b = exp(-0.5 * t), c = P(1.0) + 0.3 * t;
  const P sum = a + b + c + 0.7;
  return {a / sum, b / sum, 0.7 / sum, c / sum};
}
/// All probabilities positive.
struct CategoricalCase {
  static constexpr const char* name = "categorical";
  static constexpr double theta = 0.6;
  static auto draw(auto& rng, const auto& t, Rule rule) {
    return sad::categorical(rng, softmax_probabilities(t), rule);
  }
  static std::vector<Outcome> outcomes(Dual<> t) {
    std::vector<Outcome> out;
    for (const auto& p : softmax_probabilities(t)) out.push_back({double(out.size()), p});
    return out;
  }
  static std::vector<Alternative> alternatives(double x, double t, double delta, Rule rule) {
    const auto p = softmax_probabilities(Dual<>(t, delta));
    const int k = int(x), classes = int(p.size());
    double c_below = 0, below = 0, moment = 0, sum_c = 0;  // Σ_{i<k} δ_i, P_{k-1}, Σ i δ_i, Σ_{i<k-1} c_i
    for (int i = 0; i < classes; ++i) moment += i * p[std::size_t(i)].derivative;
    for (int i = 0; i < k; ++i) {
      sum_c += c_below;
      c_below += p[std::size_t(i)].derivative;
      below += p[std::size_t(i)].value;
    }
    const auto [p_x, d_x] = p[std::size_t(k)];
    const double c_above = c_below + d_x;
    const auto up = mix(rule, -c_above, {}), down = mix(rule, -c_below, {});
    double w_up = -up.right * c_above / p_x, w_down = down.left * c_below / p_x;
    if (rule == Rule::straight_through) {
      // By hand for neighbours at distance 1: U_k = m P_k + Σ_{i<k} c_i, D_k = m P_{k-1} + Σ_{i<k} c_i.
      w_up = (moment * (below + p_x) + sum_c + c_below) / p_x;
      w_down = (moment * below + sum_c + c_below) / p_x;
    }
    std::vector<Alternative> out;
    if (k + 1 < classes) out.push_back({x + 1, w_up});
    if (k > 0) out.push_back({x - 1, w_down});
    return out;
  }
};

inline constexpr Rule all_rules[] = {Rule::positive, Rule::right, Rule::left, Rule::two_sided,
                                     Rule::straight_through};
inline const char* name_of(Rule rule) {
  switch (rule) {
    case Rule::automatic:
      return "automatic";
    case Rule::positive:
      return "positive";
    case Rule::right:
      return "right";
    case Rule::left:
      return "left";
    case Rule::two_sided:
      return "two-sided";
    case Rule::straight_through:
      return "straight-through";
  }
  return "";
}

/// Running mean with its standard error.
class Mean {
 public:
  void add(double x) {
    ++n_;
    const double shift = x - mean_;
    mean_ += shift / n_;
    squares_ += shift * (x - mean_);
  }
  double mean() const { return mean_; }
  double std_error() const { return std::sqrt(squares_ / (n_ - 1) / n_); }
  /// (mean - truth) / standard error; where the estimates do not vary, 0 if they equal the truth to rounding.
  double z(double truth) const {
    const double rounding = 1e-9 * (1 + std::abs(truth));
    if (std_error() < 1e-3 * rounding) return std::abs(mean_ - truth) < rounding ? 0 : 1e300;
    return (mean_ - truth) / std_error();
  }

 private:
  double n_ = 0, mean_ = 0, squares_ = 0;
};

}  // namespace sad_test
