// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/stochastic-ad.md, in its order, with a check of each number the page states.
#include <cmath>
#include <cstdio>
#include <spikegrad/stochastic_ad/stochastic_ad.hpp>
#include <string>
#include <vector>

#include "check.hpp"
namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

int main() {
  example::Checks checks;
  sad::Rng rng(1);

  {  // one line
    auto f = [](auto p, auto& rng) {
      auto x = sad::binomial(rng, 10, p);
      return x * x;
    };
    double value = f(0.4, rng);                        // a plain simulation
    double d = sad::derivative_estimate(f, 0.4, rng);  // unbiased estimate of d E[f] / dp
    std::printf("f = %g, one estimate of its derivative %g\n", value, d);

    sad::DerivativeStatistics s = sad::mean_derivative(f, 0.4, rng, 100000);
    std::printf("%g ± %g\n", s.mean, s.std_error);  // 10 + 180 p = 82
    checks.z_test("binomial square", s.mean, s.std_error, 82);
  }
  {  // why dual numbers do not do
    auto f = [](auto p, auto& rng) { return 3 * p * p + sad::bernoulli(rng, p); };
    Dual<> x = sad::dual_number(f, 0.5, rng);
    checks.that("the dual number forgets the draw", x.derivative == 3);  // the truth is 4
  }
  {  // the three parts
    auto f = [](auto p, auto& rng) { return p * p + sad::bernoulli(rng, p); };
    sad::TripleSample<> x = sad::stochastic_triple(f, 0.5, rng);
    while (x.perturbations.empty()) x = sad::stochastic_triple(f, 0.5, rng);
    std::string text = sad::to_string(x);
    checks.that("the parts print", text == "0.25 + 1ε + (1 with probability 2ε)");
    checks.that("the contribution is their sum", sad::derivative_contribution(x) == 1 + 2 * 1);
  }
  {  // the same event twice
    auto f = [](auto p, auto& rng) {
      auto x = 2 + sad::bernoulli(rng, p);
      return x * x - x;
    };
    checks.that("one event, one alternative", [&] {
      sad::TripleSample<> x = sad::stochastic_triple(f, 0.25, rng);
      while (x.perturbations.empty()) x = sad::stochastic_triple(f, 0.25, rng);
      return x.perturbations.size() == 1 && x.perturbations[0].delta == 4;  // (9 - 3) - (4 - 2)
    }());
  }
  {  // rules and back ends
    auto f = [](auto p, auto& rng) { return sad::bernoulli(rng, p, sad::Rule::two_sided); };
    double d = sad::derivative_estimate<sad::KeepAll>(f, 0.5, rng);
    checks.that("two-sided at p = 1/2", d == 1);

    auto g = [](auto p, auto& rng) {
      auto s = sad::bernoulli(rng, p);
      return s * s + sad::bernoulli(rng, 0.5 * s);
    };
    Dual<> smooth = sad::smooth_triple(g, 0.4, rng);  // dS/dp = 1 at every draw
    std::printf("smoothed: %g and %g\n", smooth.value, smooth.derivative);
  }
  {  // branches
    auto bonus = [](auto sales) { return sales >= 10 ? 50 + 2 * (sales - 10) : 0 * sales; };
    auto pay = [&](auto rate, auto& rng) { return sad::propagate(bonus, sad::poisson(rng, rate)); };
    sad::DerivativeStatistics s = sad::mean_derivative(pay, 9.0, rng, 200000);
    const auto expected = [&](Dual<> rate) {
      Dual<> sum = 0, probability = exp(-rate);
      for (int k = 0; k < 80; probability *= rate / (++k)) sum += probability * bonus(double(k));
      return sum;
    };
    checks.z_test("a bonus with a threshold", s.mean, s.std_error, expected(Dual<>(9.0, 1.0)).derivative);
  }
  {  // tables
    auto fare = [](auto p, auto& rng) {
      auto zone = sad::categorical(rng, std::vector{p * p, 2 * p * (1 - p), (1 - p) * (1 - p)});
      return sad::at(std::vector{2.5, 3.5, 6.0}, zone);
    };
    sad::DerivativeStatistics s = sad::mean_derivative(fare, 0.3, rng, 100000);
    checks.z_test("a table", s.mean, s.std_error, 2.5 * 0.6 + 3.5 * 0.8 - 6.0 * 1.4);
  }
  {  // several parameters
    auto f = [](const auto& p, auto& rng) { return sad::binomial(rng, sad::poisson(rng, p[0]), p[1]); };
    std::array<double, 2> gradient = sad::derivative_estimate(f, std::array{6.0, 0.3}, rng);
    double along = sad::directional_derivative_estimate(f, std::array{6.0, 0.3}, std::array{1.0, -0.5}, rng);
    example::Mean first, second, direction;
    for (int i = 0; i < 40000; ++i) {
      gradient = sad::derivative_estimate(f, std::array{6.0, 0.3}, rng);
      along = sad::directional_derivative_estimate(f, std::array{6.0, 0.3}, std::array{1.0, -0.5}, rng);
      first.add(gradient[0]);
      second.add(gradient[1]);
      direction.add(along);
    }
    checks.z_test("gradient, first", first, 0.3);
    checks.z_test("gradient, second", second, 6);
    checks.z_test("along a direction", direction, 0.3 - 3);

    std::array<double, 2> together = sad::gradient_estimate(f, std::array{6.0, 0.3}, rng);
    std::array<sad::DerivativeStatistics, 2> both = sad::mean_gradient(f, std::array{6.0, 0.3}, rng, 40000);
    std::printf("one run's gradient: %g and %g\n", together[0], together[1]);
    checks.z_test("vector mode, first", both[0].mean, both[0].std_error, 0.3);
    checks.z_test("vector mode, second", both[1].mean, both[1].std_error, 6);

    std::array<double, 2> adjoint = sad::reverse_gradient_estimate(f, std::array{6.0, 0.3}, rng);
    std::printf("one run's gradient in reverse mode: %g and %g\n", adjoint[0], adjoint[1]);
    both = sad::mean_reverse_gradient(f, std::array{6.0, 0.3}, rng, 40000);
    checks.z_test("reverse mode, first", both[0].mean, both[0].std_error, 0.3);
    checks.z_test("reverse mode, second", both[1].mean, both[1].std_error, 6);
  }
  {  // a branch that draws
    auto queue = [](auto waiting, auto rate, auto& rng) {
      return waiting > 2 ? waiting + sad::poisson(rng, rate / 2) : sad::poisson(rng, rate);
    };
    auto tomorrow = [&](auto rate, auto& rng) {
      return sad::propagate_draws(rng, queue, sad::poisson(rng, rate), rate);
    };
    // E = rate + E[(waiting - rate/2); waiting > 2]; with P_k = e^-rate rate^k / k! that is
    // rate + rate (1 - P_0 - P_1) - rate/2 (1 - P_0 - P_1 - P_2), and P_k' = P_{k-1} - P_k.
    const double rate = 1.5, p0 = std::exp(-rate), p1 = rate * p0, p2 = rate * p1 / 2;
    const double exact = 1 + (1 - p0 - p1) + rate * p1 - 0.5 * (1 - p0 - p1 - p2) - 0.5 * rate * p2;
    sad::DerivativeStatistics s = sad::mean_derivative(tomorrow, rate, rng, 100000);
    checks.z_test("a branch that draws", s.mean, s.std_error, exact);
  }
  {  // working with a run
    sad::PruneByWeight::Run run(rng);
    auto p = sad::variable(run, 0.3);
    auto x = sad::bernoulli(rng, p) + sad::bernoulli(rng, 1 - p);
    double d = sad::derivative_contribution(x * x);
    std::printf("by hand: value %g, estimate %g\n", sad::value(x), d);
  }
  return checks.exit_code();
}
