// SPDX-License-Identifier: Apache-2.0
// A random walk whose steps depend on where it is: from x up by 1 with probability exp(-x/p), else down by 1;
// the derivative of E[x_n²] with respect to the decay length p. The walk of Arya et al. 2022, section 5, and
// of the tutorial of StochasticAD.jl.
//
// Exact: the distribution of x_n with dual probabilities; and, for pruning by weight, the second moment of
// the estimate. With P(x) the distribution of the walk and M_k(x, y) the mean of W^k over runs at x whose
// alternative is at y with weight W, a new event of weight w meets the old one at every step down, stays with
// probability w/(W+w) and then has weight W + w. All moments needed are polynomials in W:
//
//   the old one stays:  M_1 ← M_1,              M_2 ← M_2 + w M_1
//   the new one stays:  M_1(x-1, x+1) += w P,   M_2(x-1, x+1) += w² P + w Σ_y M_1
#include <cstdlib>
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

// [walk]
template <class P, class Rng>
auto walk(P p, int n, Rng& rng) {
  P x = 0;
  for (int i = 0; i < n; ++i) {
    const P up = exp(-x / p);
    const auto step = sad::categorical(rng, std::array{1 - up, up});
    x += sad::at(std::array{-1.0, 1.0}, step);
  }
  return x * x;
}
// [walk]

/// E[x_n²] with its derivative.
Dual<> exact_mean(Dual<> p, int n) {
  std::vector<Dual<>> now(static_cast<std::size_t>(n) + 2), next;
  now[0] = 1;
  for (int i = 0; i < n; ++i) {
    next.assign(now.size(), 0);
    for (std::size_t x = 0; x + 1 < now.size(); ++x) {
      const Dual<> up = exp(-static_cast<double>(x) / p);
      next[x + 1] += now[x] * up;
      if (x > 0) next[x - 1] += now[x] * (1 - up);
    }
    now = next;
  }
  Dual<> mean = 0;
  for (std::size_t x = 0; x < now.size(); ++x) mean += static_cast<double>(x * x) * now[x];
  return mean;
}

struct Moments {
  double first = 0, second = 0;
  double deviation() const { return std::sqrt(second - first * first); }
};

/// Mean and second moment of the estimate with pruning by weight.
Moments exact_estimate(double p, int n) {
  const std::size_t size = static_cast<std::size_t>(n) + 3;
  using Table = std::vector<std::vector<double>>;
  const Table zero(size, std::vector<double>(size, 0.0));
  std::vector<double> walk(size, 0.0);
  walk[0] = 1;
  Table m1 = zero, m2 = zero;
  const auto down = [p](std::size_t x) { return -std::expm1(-static_cast<double>(x) / p); };
  for (int i = 0; i < n; ++i) {
    std::vector<double> next_walk(size, 0.0);
    Table next1 = zero, next2 = zero;
    for (std::size_t x = 0; x + 2 < size; ++x) {
      const double d = down(x), w = d > 0 ? static_cast<double>(x) / (p * p) * (1 - d) / d : 0;
      next_walk[x + 1] += walk[x] * (1 - d);
      double m1_here = 0;
      for (std::size_t y = 0; y + 2 < size; ++y) {
        const double a1 = m1[x][y], a2 = m2[x][y], e = down(y);
        if (a1 == 0) continue;
        m1_here += a1;
        const auto move = [&](int sx, int sy, double probability, double weight) {
          const auto x2 = x + static_cast<std::size_t>(sx), y2 = y + static_cast<std::size_t>(sy);
          if (probability <= 0 || x2 == y2) return;  // met again: no alternative any more
          next1[x2][y2] += probability * a1;
          next2[x2][y2] += probability * (a2 + weight * a1);
        };
        move(-1, -1, std::min(d, e), w);
        move(+1, +1, 1 - std::max(d, e), 0);
        move(-1, +1, d - std::min(d, e), w);
        move(+1, -1, e - std::min(d, e), 0);
      }
      if (x > 0) {
        next_walk[x - 1] += walk[x] * d;
        next1[x - 1][x + 1] += d * w * walk[x];
        next2[x - 1][x + 1] += d * (w * w * walk[x] + w * m1_here);
      }
    }
    walk = next_walk;
    m1 = next1;
    m2 = next2;
  }
  Moments out;
  for (std::size_t x = 0; x < size; ++x)
    for (std::size_t y = 0; y < size; ++y) {
      const double change = static_cast<double>(y * y) - static_cast<double>(x * x);
      out.first += m1[x][y] * change;
      out.second += m2[x][y] * change * change;
    }
  return out;
}

/// The same for the score function (x_n² - b) d log P(path)/dp, from the moments of the score at each x.
Moments exact_score(double p, int n, double b) {
  const std::size_t size = static_cast<std::size_t>(n) + 2;
  std::vector<double> s0(size, 0.0), s1 = s0, s2 = s0;
  s0[0] = 1;
  for (int i = 0; i < n; ++i) {
    std::vector<double> n0(size, 0.0), n1 = n0, n2 = n0;
    for (std::size_t x = 0; x + 1 < size; ++x) {
      const Dual<> up = exp(-static_cast<double>(x) / Dual<>(p, 1.0));
      const auto move = [&](std::size_t to, Dual<> probability) {
        const double s = probability.derivative / probability.value;
        n0[to] += probability.value * s0[x];
        n1[to] += probability.value * (s1[x] + s * s0[x]);
        n2[to] += probability.value * (s2[x] + 2 * s * s1[x] + s * s * s0[x]);
      };
      move(x + 1, up);
      if (x > 0) move(x - 1, 1 - up);
    }
    s0 = n0, s1 = n1, s2 = n2;
  }
  Moments out;
  for (std::size_t x = 0; x < size; ++x) {
    const double f = static_cast<double>(x * x) - b;
    out.first += f * s1[x];
    out.second += f * f * s2[x];
  }
  return out;
}

int main() {
  example::Checks checks;
  const int n = 50;
  const double p = 100;
  const double truth = exact_mean(Dual<>(p, 1.0), n).derivative;
  const Moments exact = exact_estimate(p, n);
  std::printf("d E[x_n²]/dp at n = %d, p = %g: exactly %.6g\n", n, p, truth);
  checks.that("two exact computations of the derivative agree", std::abs(exact.first / truth - 1) < 1e-10);

  sad::Rng rng(1);
  const auto program = [](auto q, auto& r) { return walk(q, n, r); };
  const auto run = [&]<class Backend>(Backend, const char* name, int runs) {
    example::Mean mean, square;
    for (int i = 0; i < runs; ++i) {
      const double d = sad::derivative_estimate<Backend>(program, p, rng);
      mean.add(d);
      square.add(d * d);
    }
    checks.z_test(name, mean, truth);
    return square;
  };
  const auto square = run(sad::PruneByWeight(), "pruned by weight", 60000);
  checks.z_test("  its second moment", square, exact.second);
  run(sad::PruneByWins(), "pruned by wins", 30000);
  run(sad::OneAlternative(), "one alternative", 30000);
  run(sad::KeepAll(), "all alternatives", 10000);

  std::printf("\nstandard deviation of one estimate, exact, p = 2 n:\n");
  std::printf("  %5s %10s %12s %14s\n", "n", "triples", "score", "score, mean b");
  Moments first_triple, first_score, triple, score, baseline;
  bool lower = true;
  for (int steps = 10; steps <= 100; steps += 10) {
    triple = exact_estimate(2.0 * steps, steps);
    score = exact_score(2.0 * steps, steps, 0);
    baseline = exact_score(2.0 * steps, steps, exact_mean(2.0 * steps, steps).value);
    std::printf("  %5d %10.4g %12.4g %14.4g\n", steps, triple.deviation(), score.deviation(),
                baseline.deviation());
    lower = lower && triple.deviation() < baseline.deviation() && baseline.deviation() < score.deviation();
    if (steps == 10) first_triple = triple, first_score = score;
  }
  const auto exponent = [](const Moments& first, const Moments& last) {
    return std::log10(last.deviation() / first.deviation());  // n grows tenfold
  };
  std::printf("growth as a power of n: triples %.2f, score function %.2f\n", exponent(first_triple, triple),
              exponent(first_score, score));
  checks.that("triples have the least deviation at every n", lower);
  checks.that("the deviation of triples grows more slowly",
              exponent(first_triple, triple) < exponent(first_score, score) - 0.4);
  return checks.exit_code();
}
