// SPDX-License-Identifier: Apache-2.0
// A particle filter in three dimensions, differentiated by all nine elements of its transition matrix in one run
// (vector mode, and `new_weight` at the resampling).
//
//   x_t = A x_{t-1} + N(0, q I),   y_t = (x_t1, x_t2) + N(0, r I),   x_0 known
//
// The third component is never observed. The filter's estimate of the likelihood is unbiased, so the mean of its
// gradient must be the gradient of the likelihood, which the Kalman filter gives; the two observed components are
// independent given x and are taken in one after the other, so it needs no inverse.
#include <array>
#include <numbers>
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

constexpr std::size_t dimensions = 3, observed = 2, particles = 40;
constexpr double state_variance = 0.2, observation_variance = 0.5;
using Observations = std::vector<std::array<double, observed>>;
template <class X>
using State = std::array<X, dimensions>;

/// Row by row.
constexpr std::array<double, dimensions* dimensions> transition = {0.8, -0.3, 0.2, 0.3, 0.7,
                                                                   0.1, -0.1, 0.2, 0.6};
constexpr State<double> start = {1, 0.5, -0.5};
const Observations seen = {{1.2, 0.3}, {0.2, 0.9}, {0.4, 0.1}, {-0.6, 0.6}, {0.3, -0.2}, {-0.4, -0.7}};

template <class X>
X gaussian_density(const X& residual, const auto& variance) {
  using std::exp, std::sqrt;
  return exp(-0.5 * residual * residual / variance) / sqrt(2 * std::numbers::pi * variance);
}

template <class X, class A>
State<X> times(const A& a, const State<X>& x) {
  State<X> out;
  for (std::size_t i = 0; i < dimensions; ++i) {
    out[i] = a[i * dimensions] * x[0];
    for (std::size_t j = 1; j < dimensions; ++j) out[i] += a[i * dimensions + j] * x[j];
  }
  return out;
}

/// The likelihood of the observations by the Kalman filter.
template <class X>
X kalman_likelihood(const std::array<X, dimensions * dimensions>& a, const Observations& observations) {
  State<X> mean{start[0], start[1], start[2]};
  std::array<State<X>, dimensions> covariance{};  // rows
  X likelihood = 1;
  for (const auto& y : observations) {
    mean = times(a, mean);
    for (auto& row : covariance) row = times(a, row);  // C A^T: each row of the symmetric C
    std::array<State<X>, dimensions> next{};
    for (std::size_t i = 0; i < dimensions; ++i)  // A C A^T + q I
      for (std::size_t j = 0; j < dimensions; ++j) {
        for (std::size_t k = 0; k < dimensions; ++k) next[i][j] += a[i * dimensions + k] * covariance[k][j];
        if (i == j) next[i][j] += state_variance;
      }
    covariance = next;
    for (std::size_t k = 0; k < observed; ++k) {
      const X total = covariance[k][k] + observation_variance, residual = y[k] - mean[k];
      likelihood *= gaussian_density(residual, total);
      const State<X> along = covariance[k];
      for (std::size_t i = 0; i < dimensions; ++i) {
        mean[i] += along[i] / total * residual;
        for (std::size_t j = 0; j < dimensions; ++j) covariance[i][j] -= along[i] * along[j] / total;
      }
    }
  }
  return likelihood;
}

// [filter]
/// An unbiased estimate of the likelihood. With `differentiate` false the choice of particles is taken for one that
/// does not depend on A.
template <class A, class Rng>
auto particle_likelihood(const A& a, const Observations& observations, bool differentiate, Rng& rng) {
  using X = std::remove_cvref_t<decltype(a[0] * 1.0)>;
  std::vector<State<X>> x(particles, State<X>{start[0], start[1], start[2]}), chosen_x = x;
  std::vector<X> w(particles, X(1.0 / particles)), chosen_w = w;
  X likelihood = 1;
  for (const auto& y : observations) {
    X total = 0;
    for (std::size_t i = 0; i < particles; ++i) {
      x[i] = times(a, x[i]);
      for (X& component : x[i]) component = sad::normal(rng, component, std::sqrt(state_variance));
      for (std::size_t k = 0; k < observed; ++k)
        w[i] *= gaussian_density(y[k] - x[i][k], observation_variance);
      total += w[i];
    }
    likelihood *= total;
    for (X& weight : w) weight /= total;
    std::size_t i = 0;  // stratified resampling
    double cumulative = sad::value(w[0]);
    for (std::size_t k = 0; k < particles; ++k) {
      const double at = (static_cast<double>(k) + sad::uniform(rng)) / particles;
      while (cumulative < at && i + 1 < particles) cumulative += sad::value(w[++i]);
      chosen_x[k] = x[i];
      chosen_w[k] = differentiate ? sad::new_weight(w[i]) / particles : X(1.0 / particles);
    }
    std::swap(x, chosen_x);
    std::swap(w, chosen_w);
  }
  return likelihood;
}
// [filter]

int main() {
  example::Checks checks;
  std::array<double, dimensions * dimensions> truth{};
  double likelihood = 0;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    std::array<Dual<>, dimensions * dimensions> a;
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = Dual<>(transition[i], i == k ? 1.0 : 0.0);
    const Dual<> exact = kalman_likelihood(a, seen);
    likelihood = exact.value;
    truth[k] = exact.derivative / exact.value;
  }
  std::printf("Kalman: log likelihood %.6g\n", std::log(likelihood));

  const auto gradient = [&](bool differentiate, int runs) {
    sad::Rng rng(1);
    std::array<example::Mean, dimensions * dimensions> out;
    const auto filter = [&](const auto& a, auto& r) {
      return particle_likelihood(a, seen, differentiate, r);
    };
    for (int i = 0; i < runs; ++i) {
      const auto estimate = sad::gradient_estimate(filter, transition, rng);
      for (std::size_t k = 0; k < out.size(); ++k) out[k].add(estimate[k] / likelihood);
    }
    return out;
  };
  std::printf("d likelihood/dA relative to the likelihood, %zu particles, all of A in one run:\n", particles);
  const auto right = gradient(true, 6000);
  for (std::size_t k = 0; k < truth.size(); ++k) {
    const std::string name =
        "A[" + std::to_string(k / dimensions) + "][" + std::to_string(k % dimensions) + "]";
    checks.z_test(name.c_str(), right[k], truth[k]);
  }

  const auto wrong = gradient(false, 3000);
  double largest = 0;
  for (std::size_t k = 0; k < truth.size(); ++k)
    largest = std::max(largest, std::abs(wrong[k].mean() - truth[k]) / wrong[k].std_error());
  std::printf("  without new_weight: off by up to %.0f standard errors\n", largest);
  checks.that("leaving new_weight out is seen", largest > 10);

  // Time of a run, per particle and observation.
  sad::Rng rng(2);
  const auto filter = [](const auto& a, auto& r) { return particle_likelihood(a, seen, true, r); };
  const auto ns = [](auto&& run) {
    return example::nanoseconds(run, 300) / static_cast<double>(particles * seen.size());
  };
  double sink = 0;
  const double plain = ns([&] { sink += filter(transition, rng); });
  const double one = ns([&] { sink += sad::gradient_estimate(filter, transition, rng)[0]; });
  const double each = ns([&] { sink += sad::derivative_estimate(filter, transition, rng)[0]; });
  std::printf("ns per particle and observation: plain %.0f, gradient in one run %.0f, nine runs %.0f\n",
              plain, one, each);
  checks.that("the runs are used", std::isfinite(sink));
  return checks.exit_code();
}
