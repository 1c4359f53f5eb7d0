// SPDX-License-Identifier: Apache-2.0
// A queue whose days branch on how many wait and draw in either branch: a second counter opens for the day when more than
// four wait. The derivative of the mean length after 20 days by the rate of arrivals, against the queue's distribution
// with dual probabilities; and what it is worth that the arrivals after the branch are the same in all alternatives.
#include <array>
#include <cmath>
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

constexpr int days = 20, clerks = 3;
constexpr double done = 0.8;  // probability that a clerk ends with a customer in a day

// [day]
constexpr auto day = [](const auto& waiting, const auto& rate, auto& rng) {
  auto counters = sad::branch_rng(rng);
  double served = sad::binomial(counters, clerks, done);
  if (waiting > 4) served += sad::binomial(counters, clerks, done);
  const auto left = waiting > served ? waiting - served : 0 * waiting;
  return left + sad::poisson(rng, rate);
};
// [day]

/// The same without numbers of the branch's own: arrivals depend on how often the branch drew.
constexpr auto careless_day = [](const auto& waiting, const auto& rate, auto& rng) {
  double served = sad::binomial(rng, clerks, done);
  if (waiting > 4) served += sad::binomial(rng, clerks, done);
  const auto left = waiting > served ? waiting - served : 0 * waiting;
  return left + sad::poisson(rng, rate);
};

template <class Day, class P, class Rng>
auto queue(const Day& a_day, const P& rate, Rng& rng) {
  auto waiting = 0 * rate;
  for (int i = 0; i < days; ++i) waiting = sad::propagate_draws(rng, a_day, waiting, rate);
  return waiting;
}

/// Distribution of the number of successes in `trials`.
std::vector<double> binomial(int trials) {
  std::vector<double> p(static_cast<std::size_t>(trials) + 1);
  for (int k = 0; k <= trials; ++k)
    p[static_cast<std::size_t>(k)] =
        std::exp(std::lgamma(trials + 1) - std::lgamma(k + 1) - std::lgamma(trials - k + 1)) *
        std::pow(done, k) * std::pow(1 - done, trials - k);
  return p;
}

/// The mean length, from the distribution of lengths below `most`, of which the rest is far below rounding.
Dual<> exact_mean(const Dual<>& rate) {
  constexpr std::size_t most = 80;
  std::vector<Dual<>> now(most), arrivals(most);
  arrivals[0] = exp(-rate);
  for (std::size_t k = 1; k < most; ++k) arrivals[k] = arrivals[k - 1] * rate / static_cast<double>(k);
  now[0] = 1;
  const auto one = binomial(clerks), two = binomial(2 * clerks);
  for (int i = 0; i < days; ++i) {
    std::vector<Dual<>> next(most);
    for (std::size_t waiting = 0; waiting < most; ++waiting) {
      const auto& served = waiting > 4 ? two : one;
      for (std::size_t s = 0; s < served.size(); ++s) {
        const std::size_t left = waiting > s ? waiting - s : 0;
        for (std::size_t k = 0; left + k < most; ++k)
          next[left + k] += now[waiting] * served[s] * arrivals[k];
      }
    }
    now = next;
  }
  Dual<> mean = 0;
  for (std::size_t waiting = 0; waiting < most; ++waiting)
    mean += now[waiting] * static_cast<double>(waiting);
  return mean;
}

int main() {
  example::Checks checks;
  constexpr double rate = 2.5;
  constexpr int runs = 40000;
  const double truth = exact_mean(Dual<>(rate, 1.0)).derivative;
  const auto estimate = [&](const auto& a_day, auto& rng) {
    return sad::derivative_estimate([&](const auto& p, auto& r) { return queue(a_day, p, r); }, rate, rng);
  };
  sad::Rng rng(1);
  example::Mean keyed, careless;
  for (int i = 0; i < runs; ++i) {
    keyed.add(estimate(day, rng));
    careless.add(estimate(careless_day, rng));
  }
  checks.z_test("numbers of the branch's own", keyed, truth);
  checks.z_test("one stream for all", careless, truth);
  std::printf("variance of one estimate: %.1f, with one stream %.1f\n", keyed.variance(),
              careless.variance());
  checks.that("arrivals in common make less variance", keyed.variance() < 0.8 * careless.variance());

  // The value's branch for all: what an `if` on the value alone would do.
  const auto by_value = [](const auto& p, auto& r) {
    auto waiting = 0 * p;
    for (int i = 0; i < days; ++i) {
      const bool busy = sad::value(waiting) > 4;
      const auto this_day = [busy](const auto& w, const auto& q, auto& own) {
        double served = sad::binomial(own, clerks, done);
        if (busy) served += sad::binomial(own, clerks, done);
        const auto left = w > served ? w - served : 0 * w;
        return left + sad::poisson(own, q);
      };
      waiting = sad::propagate_draws(r, this_day, waiting, p);
    }
    return waiting;
  };
  const sad::DerivativeStatistics wrong = sad::mean_derivative(by_value, rate, rng, runs);
  std::printf("branches by the value alone: %.3f ± %.3f\n", wrong.mean, wrong.std_error);
  checks.that("branches by the value alone are wrong", std::abs(wrong.mean - truth) > 5 * wrong.std_error);

  double sink = 0;
  const double plain = example::nanoseconds([&] { sink += queue(day, rate, rng); }, 20000) / days;
  const double derivative = example::nanoseconds([&] { sink += estimate(day, rng); }, 20000) / days;
  std::printf("ns per day of two to three draws: plain %.0f, derivative %.0f\n", plain, derivative);
  checks.that("the runs are used", std::isfinite(sink));
  return checks.exit_code();
}
