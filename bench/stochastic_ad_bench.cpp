// SPDX-License-Identifier: Apache-2.0
// What a derivative costs: the random walk and programs of nested draws, once plain and once with stochastic
// triples, in ns per draw and as a multiple of the plain program. The goal is at most 4 with pruning.
//
// The two are timed in turns and the fastest of 30 turns counts, so that other work on the machine does not
// decide the ratio. Allocations are counted by replacing operator new.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "spikegrad/stochastic_ad/stochastic_ad.hpp"
#include "timing.hpp"

namespace {
long allocations = 0;
}
// Not inlined, so that the compiler does not see malloc and free where it expects new and delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

namespace sad = spikegrad::stochastic_ad;
using bench::ns_of, bench::sink;

/// The walk of examples/stochastic_ad/random_walk.cpp: 100 steps.
constexpr auto walk = [](auto p, auto& rng) {
  auto state = 0 * p;
  for (int i = 0; i < 100; ++i) {
    const auto up = exp(-state / p);
    state += sad::at(std::array{-1.0, 1.0}, sad::categorical(rng, std::array{1 - up, up}));
  }
  return state * state;
};
/// The toy program of Arya et al. 2022: a normal draw around a binomial one.
constexpr auto toy = [](auto p, auto& rng) {
  const auto a = p * (1 - p);
  const auto b = sad::binomial(rng, 10, p);
  const auto c = 2 * b + 3 * sad::bernoulli(rng, p);
  return a * c * sad::normal(rng, b, a);
};
/// Each draw's parameters are the draws before it.
constexpr auto nested = [](auto p, auto& rng) {
  const auto n = sad::poisson(rng, 10 * p);
  const auto k = sad::binomial(rng, n, p);
  const auto g = sad::geometric(rng, 1 / (1 + k));
  return g + k * sad::bernoulli(rng, 1 / (2 + g));
};

template <class Backend, class F>
void row(const char* program, const char* backend, F&& f, double p, int draws) {
  sad::Rng plain_rng(1), rng(1);
  const int runs = std::max(1, 20000 / draws);
  double plain = 1e300, triples = 1e300;
  for (int turn = 0; turn < 30; ++turn) {
    plain = std::min(plain, ns_of([&] { return f(p, plain_rng); }, runs));
    triples = std::min(triples, ns_of([&] { return sad::derivative_estimate<Backend>(f, p, rng); }, runs));
  }
  const long before = allocations;
  for (int i = 0; i < 100; ++i) sink = sad::derivative_estimate<Backend>(f, p, rng);
  const double per_draw = static_cast<double>(allocations - before) / (100.0 * draws);
  std::printf("%-14s %-18s %8.1f %10.1f %8.2f %14.3f\n", program, backend, plain / draws, triples / draws,
              triples / plain, per_draw);
}

template <class F>
void program(const char* name, F&& f, double p, int draws) {
  row<sad::PruneByWeight>(name, "prune by weight", f, p, draws);
  row<sad::PruneByWins>(name, "prune by wins", f, p, draws);
  row<sad::OneAlternative>(name, "one alternative", f, p, draws);
  row<sad::Smoothed>(name, "smoothed", f, p, draws);
  row<sad::KeepAll>(name, "keep all", f, p, draws);
}

}  // namespace

int main() {
  std::printf("%-14s %-18s %8s %10s %8s %14s\n", "program", "back end", "plain ns", "triples ns", "ratio",
              "allocations");
  std::printf("%-14s %-18s %8s %10s %8s %14s\n", "", "", "per draw", "per draw", "", "per draw");
  const double p = 200;
  row<sad::PruneByWeight>("random walk", "prune by weight", walk, p, 100);
  row<sad::PruneByWins>("random walk", "prune by wins", walk, p, 100);
  row<sad::OneAlternative>("random walk", "one alternative", walk, p, 100);
  row<sad::KeepAll>("random walk", "keep all", walk, p, 100);
  program("toy program", toy, 0.6, 3);
  program("nested draws", nested, 0.6, 4);
}
