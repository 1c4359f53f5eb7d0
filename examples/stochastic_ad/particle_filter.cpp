// SPDX-License-Identifier: Apache-2.0
// A particle filter that is differentiated through its resampling, with `new_weight` (Arya et al. 2022,
// section 5).
//
// State x_t = θ x_{t-1} + N(0, Q), observation y_t = x_t + N(0, R). The filter's estimate of the likelihood
// of the observations is unbiased, so the mean of its derivative must be the derivative of the likelihood,
// which the Kalman filter gives exactly for this linear Gaussian model. Without new_weight it is not.
#include <numbers>
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

constexpr double state_variance = 0.3, observation_variance = 0.4;
constexpr std::size_t particles = 60;

template <class X>
auto gaussian_density(const X& residual, const auto& variance) {
  using std::exp, std::sqrt;
  return exp(-0.5 * residual * residual / variance) / sqrt(2 * std::numbers::pi * variance);
}

/// The likelihood of the observations by the Kalman filter; x_0 = 1 is known.
template <class Theta>
Theta kalman_likelihood(const Theta& theta, const std::vector<double>& observations) {
  Theta mean = 1, variance = 0, likelihood = 1;
  for (const double y : observations) {
    mean = theta * mean;
    variance = theta * theta * variance + state_variance;
    const Theta total = variance + observation_variance, gain = variance / total;
    likelihood *= gaussian_density(y - mean, total);
    mean += gain * (y - mean);
    variance *= 1 - gain;
  }
  return likelihood;
}

// [filter]
/// An unbiased estimate of the likelihood. With `differentiate` false, resampled particles all get weight
/// 1/K, as if the choice did not depend on θ.
template <class Theta, class Rng>
Theta particle_likelihood(const Theta& theta, const std::vector<double>& observations, bool differentiate,
                          Rng& rng) {
  std::vector<Theta> x(particles, Theta(1)), w(particles), chosen_x(particles), chosen_w(particles);
  const std::vector<Theta> even(particles, Theta(1.0 / particles));
  w = even;
  Theta likelihood = 1;
  for (const double y : observations) {
    Theta total = 0;
    for (std::size_t i = 0; i < particles; ++i) {
      x[i] = sad::normal(rng, theta * x[i], std::sqrt(state_variance));
      w[i] *= gaussian_density(y - x[i], observation_variance);
      total += w[i];
    }
    likelihood *= total;
    for (Theta& weight : w) weight /= total;
    // Stratified resampling: particle i is chosen in K strata with probability K w_i in all.
    std::size_t i = 0;
    double cumulative = sad::value(w[0]);
    for (std::size_t k = 0; k < particles; ++k) {
      const double at = (static_cast<double>(k) + sad::uniform(rng)) / particles;
      while (cumulative < at && i + 1 < particles) cumulative += sad::value(w[++i]);
      chosen_x[k] = x[i];
      chosen_w[k] = differentiate ? sad::new_weight(w[i]) / particles : even[k];
    }
    std::swap(x, chosen_x);
    std::swap(w, chosen_w);
  }
  return likelihood;
}
// [filter]

int main() {
  example::Checks checks;
  const double theta = 0.8;
  const std::vector<double> observations = {1.1, 0.2, 0.5, 0.9, -0.4, -0.9, 0.3, 0.8, 1.6, 0.7, 0.1, -0.6};
  const Dual<> exact = kalman_likelihood(Dual<>(theta, 1.0), observations);
  std::printf("Kalman: log likelihood %.6g, derivative %.6g\n", std::log(exact.value),
              exact.derivative / exact.value);

  const auto run = [&]<class Backend>(Backend, bool differentiate, int runs) {
    sad::Rng rng(1);
    example::Mean derivative;
    for (int i = 0; i < runs; ++i)
      derivative.add(
          sad::derivative_estimate<Backend>(
              [&](auto t, auto& r) { return particle_likelihood(t, observations, differentiate, r); }, theta,
              rng) /
          exact.value);
    return derivative;
  };
  std::printf("d likelihood/dθ relative to the likelihood, %zu particles:\n", particles);
  const double truth = exact.derivative / exact.value;
  checks.z_test("new_weight, stochastic triples", run(sad::PruneByWeight(), true, 6000), truth);

  // No draw here has a parameter that depends on θ but the resampling, so dual numbers do the same for less.
  sad::Rng rng(2);
  example::Mean value, dual;
  for (int i = 0; i < 20000; ++i) {
    const Dual<> x = particle_likelihood(Dual<>(theta, 1.0), observations, true, rng);
    value.add(x.value / exact.value);
    dual.add(x.derivative / exact.value);
  }
  checks.z_test("new_weight, dual numbers", dual, truth);
  checks.z_test("the likelihood itself", value, 1);

  const auto biased = run(sad::PruneByWeight(), false, 6000);
  const double z = (biased.mean() - truth) / biased.std_error();
  std::printf("  without new_weight %.5g ± %.2g: off by %.0f standard errors\n", biased.mean(),
              biased.std_error(), z);
  checks.that("leaving new_weight out is seen", std::abs(z) > 10);
  return checks.exit_code();
}
