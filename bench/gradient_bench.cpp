// SPDX-License-Identifier: Apache-2.0
// What the gradient of a random program costs with stochastic triples: one run for each parameter, one run in vector
// mode, or one run in reverse mode. The random walk of stochastic_ad_bench.cpp, with n parameters; in ns per draw. Timed in turns, the fastest of 30
// counts.
#include <algorithm>
#include <array>
#include <cstdio>

#include "spikegrad/stochastic_ad/stochastic_ad.hpp"
#include "timing.hpp"

namespace {

namespace sad = spikegrad::stochastic_ad;
using bench::ns_of;

/// The walk with parameters of its own for each of `n` parts of it.
template <std::size_t n>
constexpr auto walk_in_parts = [](const auto& p, auto& rng) {
  auto state = 0 * p[0];
  for (std::size_t i = 0; i < 100; ++i) {
    const auto up = exp(-state / p[i * n / 100]);
    state += sad::at(std::array{-1.0, 1.0}, sad::categorical(rng, std::array{1 - up, up}));
  }
  return state * state;
};

/// A gradient: one run for each parameter, or one run with vectors.
template <std::size_t n>
void gradient_row() {
  constexpr auto f = walk_in_parts<n>;
  std::array<double, n> p;
  p.fill(200);
  sad::Rng plain_rng(1), runs_rng(1), vector_rng(1), rng(1);
  double plain = 1e300, runs = 1e300, vector = 1e300, reverse = 1e300;
  for (int turn = 0; turn < 30; ++turn) {
    plain = std::min(plain, ns_of([&] { return f(p, plain_rng); }, 200));
    runs = std::min(runs, ns_of([&] { return sad::derivative_estimate(f, p, runs_rng)[0]; }, 20));
    vector = std::min(vector, ns_of([&] { return sad::gradient_estimate(f, p, vector_rng)[0]; }, 100));
    reverse = std::min(reverse, ns_of([&] { return sad::reverse_gradient_estimate(f, p, rng)[0]; }, 100));
  }
  std::printf("random walk, %4zu parameters %8.1f %10.1f %10.1f %10.1f\n", n, plain / 100, runs / 100,
              vector / 100, reverse / 100);
}

}  // namespace

int main() {
  std::printf("%-28s %8s %10s %10s %10s\n", "ns per draw", "plain", "n runs", "vector", "reverse");
  gradient_row<1>();
  gradient_row<10>();
  gradient_row<100>();
}
