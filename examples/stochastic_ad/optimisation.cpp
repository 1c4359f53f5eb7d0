// SPDX-License-Identifier: Apache-2.0
// Two toy optimisations by unbiased gradients, both from the documentation of StochasticAD.jl: a program with
// discrete and continuous draws, and the Poisson distribution closest to a negative binomial one.
#include <cmath>
#include <functional>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;

// [toy]
constexpr auto toy = [](auto p, auto& rng) {
  const auto a = p * (1 - p);
  const auto b = sad::binomial(rng, 10, p);
  const auto c = 2 * b + 3 * sad::bernoulli(rng, p);
  return a * c * sad::normal(rng, b, a);
};
// [toy]
/// E[toy] = a E[c b] with E[b] = 10 p, E[b²] = 10 p (1-p) + 100 p².
double toy_mean(double p) {
  return p * (1 - p) * (2 * (10 * p * (1 - p) + 100 * p * p) + 3 * p * 10 * p);
}

constexpr double successes = 10,
                 chance = 0.25;  // negative binomial: failures before 10 successes; its mean is 30
double log_negative_binomial(double k) {
  return std::lgamma(k + successes) - std::lgamma(k + 1) - std::lgamma(successes) +
         successes * std::log(chance) + k * std::log1p(-chance);
}
// [divergence]
/// An unbiased estimate of the divergence KL(Poisson(λ) | negative binomial). What depends on the draw alone
/// goes through propagate, as std::lgamma is no function of triples.
constexpr auto divergence = [](auto lambda, auto& rng) {
  const auto k = sad::poisson(rng, lambda);
  const auto rest =
      sad::propagate([](double n) { return -std::lgamma(n + 1) - log_negative_binomial(n); }, k);
  return k * log(lambda) - lambda + rest;
};
// [divergence]
double exact_divergence(double lambda) {
  double sum = 0;
  for (int k = 0; k < 400; ++k) {
    const double log_p = k * std::log(lambda) - lambda - std::lgamma(k + 1.0);
    sum += std::exp(log_p) * (log_p - log_negative_binomial(k));
  }
  return sum;
}

/// Adam (Kingma & Ba 2015) on one parameter, minimising; returns the mean of the second half of its path.
template <class F>
double minimise(F&& program, double p, double rate, double lowest, double highest, int steps) {
  sad::Rng rng(1);
  double m = 0, v = 0, b1 = 1, b2 = 1, sum = 0;
  for (int i = 0; i < steps; ++i) {
    const double g = sad::derivative_estimate(program, p, rng);
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    b1 *= 0.9;
    b2 *= 0.999;
    p = std::clamp(p - rate * (m / (1 - b1)) / (std::sqrt(v / (1 - b2)) + 1e-8), lowest, highest);
    if (i >= steps / 2) sum += p;
  }
  return sum / (steps - steps / 2);
}

/// Golden-section search for the minimum of a function with one valley.
double argmin(const std::function<double(double)>& f, double a, double b) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  while (b - a > 1e-9) {
    const double c = b - ratio * (b - a), d = a + ratio * (b - a);
    (f(c) < f(d) ? b : a) = f(c) < f(d) ? d : c;
  }
  return (a + b) / 2;
}

int main() {
  example::Checks checks;
  const double p = minimise([](auto q, auto& rng) { return -toy(q, rng); }, 0.5, 0.002, 0.01, 0.99, 20000);
  const double p_exact = argmin([](double q) { return -toy_mean(q); }, 0.1, 0.99);
  std::printf("toy program: optimum at p = %.4f, exactly %.4f; E = %.4f of %.4f\n", p, p_exact, toy_mean(p),
              toy_mean(p_exact));
  checks.that("the optimum of the toy program is found", std::abs(p - p_exact) < 0.01);

  const double lambda = minimise(divergence, 10.0, 0.05, 1, 100, 20000);
  const double lambda_exact = argmin(exact_divergence, 1, 100);
  std::printf("closest Poisson: λ = %.3f, exactly %.3f; divergence %.5f of %.5f\n", lambda, lambda_exact,
              exact_divergence(lambda), exact_divergence(lambda_exact));
  checks.that("the closest Poisson distribution is found", std::abs(lambda - lambda_exact) < 0.3);

  // Ordinary automatic differentiation, for which draws are constants, goes elsewhere.
  sad::Rng rng(3);
  example::Mean triple, dual;
  for (int i = 0; i < 20000; ++i) {
    triple.add(sad::derivative_estimate(toy, p_exact, rng));
    dual.add(sad::dual_number(toy, p_exact, rng).derivative);
  }
  checks.z_test("slope at the optimum, stochastic triples", triple, 0);
  std::printf("  slope at the optimum, dual numbers: %.4g ± %.2g\n", dual.mean(), dual.std_error());
  checks.that("dual numbers are wrong there", std::abs(dual.mean()) > 20 * dual.std_error());
  return checks.exit_code();
}
