// SPDX-License-Identifier: Apache-2.0
// The smallest program: the derivative of E[x²] for x ~ Binomial(10, p). Needs nothing but a compiler:
//
//   c++ -std=c++20 -I. examples/stochastic_ad/first.cpp -o first && ./first
#include <cmath>
#include <cstdio>
#include <spikegrad/stochastic_ad/stochastic_ad.hpp>

namespace sad = spikegrad::stochastic_ad;

int main() {
  sad::Rng rng(1);
  auto f = [](auto p, auto& rng) {
    auto x = sad::binomial(rng, 10, p);
    return x * x;
  };
  double d = sad::derivative_estimate(f, 0.4, rng);  // unbiased estimate of d E[f] / dp

  std::printf("one estimate: %g\n", d);
  double sum = 0;
  for (int i = 0; i < 100000; ++i) sum += sad::derivative_estimate(f, 0.4, rng);
  std::printf("mean of 100000: %g; exactly: %g\n", sum / 1e5, 10 + 180 * 0.4);
  return std::abs(sum / 1e5 - 82) < 0.25 ? 0 : 1;  // six standard errors
}
