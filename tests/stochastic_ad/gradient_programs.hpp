// SPDX-License-Identifier: Apache-2.0
// Programs of three parameters with their exact gradients, by enumeration with dual probabilities.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "reference.hpp"

namespace sad_test {

inline constexpr std::array<double, 3> at = {0.35, 0.6, 1.2};

/// Draws that depend on draws, with opposite signs for the parameters, and a smooth factor.
struct Chain {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, 4, p[0] / p[2]);
    const auto y = sad::bernoulli(rng, p[1] / (1 + x));
    return exp(-p[2]) * (x * x + 3 * y * x + y) + p[0] * p[1];
  }
  template <class P>
  static P mean(const std::array<P, 3>& p) {
    P sum(p[0] * p[1]);
    for (const auto& [x, q] : binomial_outcomes(4, p[0] / p[2]))
      sum += q * exp(-p[2]) * (x * x + p[1] / (1 + x) * (3 * x + 1));
    return sum;
  }
};
/// Classes whose probabilities move in three directions, one of them impossible at p, and a table of triples.
struct Classes {
  static auto probabilities(const auto& p) {
    const auto total = 1 + p[0] + p[1];
    const auto opened = (p[2] - 1.2) * (p[2] - 0.2) + 0 * p[0];  // 0 at p, and may only grow
    return std::array{(1 - opened) / total, opened / total, p[0] / total, (p[1] + 0 * p[0]) / total,
                      0 * opened};
  }
  static auto run(const auto& p, auto& rng) {
    const auto k = sad::categorical(rng, probabilities(p));
    return (1 + k) * sad::at(std::array{p[0], 4 * p[1], p[2] * p[0], 2 + p[2], p[0]}, k);
  }
  template <class P>
  static P mean(const std::array<P, 3>& p) {
    const std::array table{p[0], 4 * p[1], p[2] * p[0], 2 + p[2], p[0]};
    P sum(0.0);
    for (std::size_t k = 0; k < 5; ++k) sum += probabilities(p)[k] * (1 + double(k)) * table[k];
    return sum;
  }
};
/// Branches inside propagate and propagate_draws, whose arguments have derivative parts.
struct Branches {
  static auto run(const auto& p, auto& rng) {
    const auto x = sad::binomial(rng, 4, p[1]);
    const auto kept = sad::propagate(
        [](auto k, auto q) {
          using Number = decltype(k * q);
          return k > 1 ? Number(k * exp(q)) : Number(pow(q, 2) - k);
        },
        x, p[2]);
    return kept * sad::propagate_draws(
                      rng,
                      [](const auto& k, const auto& q, auto& r) {
                        using Number = std::remove_cvref_t<decltype(k * q)>;
                        return k > 2 ? Number(k * sad::poisson(r, 4 * q)) : Number(sad::geometric(r, q) + q);
                      },
                      x, p[0]);
  }
  template <class P>
  static P mean(const std::array<P, 3>& p) {
    P sum(0.0);
    for (const auto& [x, q] : binomial_outcomes(4, p[1]))
      sum +=
          q * (x > 1 ? x * exp(p[2]) : p[2] * p[2] - x) * (x > 2 ? 4 * p[0] * x : (1 - p[0]) / p[0] + p[0]);
    return sum;
  }
};

template <class Program>
std::array<double, 3> exact() {
  std::array<double, 3> out;
  for (std::size_t k = 0; k < 3; ++k) {
    std::array<Dual<>, 3> p;
    for (std::size_t i = 0; i < 3; ++i) p[i] = Dual<>(at[i], i == k ? 1.0 : 0.0);
    out[k] = Program::mean(p).derivative;
  }
  return out;
}
template <class Program>
inline constexpr auto program = [](const auto& p, auto& rng) { return Program::run(p, rng); };
inline const std::vector<double> at_vector(at.begin(), at.end());

/// The largest |z| of the three components, over `runs` gradients that `estimate` gives.
template <class Program, class Estimate>
double largest_z_of(int runs, const Estimate& estimate) {
  std::array<Mean, 3> means;
  for (int i = 0; i < runs; ++i) {
    const auto gradient = estimate();
    for (std::size_t k = 0; k < 3; ++k) means[k].add(gradient[k]);
  }
  double largest = 0;
  for (std::size_t k = 0; k < 3; ++k) largest = std::max(largest, std::abs(means[k].z(exact<Program>()[k])));
  return largest;
}

/// Planted error: a choice by `Weights` that leaves the loser's weight out of the winner's.
template <template <class> class Weights>
struct PruneWithoutCorrection {
  template <class W>
  struct ForgetsTheLoser : Weights<W> {
    static void absorb(auto&, const auto&) {}
  };
  template <class W>
  using with_weights = sad::SingleAlternative<sad::EventTable<ForgetsTheLoser<W>>>;
};

}  // namespace sad_test
