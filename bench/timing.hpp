// SPDX-License-Identifier: Apache-2.0
// The time of a call.
#pragma once

#include <chrono>

namespace bench {

/// Takes results, so that the compiler does not leave out what gives them.
inline volatile double sink = 0;

template <class F>
double ns_of(F&& f, int runs) {
  const auto start = std::chrono::steady_clock::now();
  double sum = 0;
  for (int i = 0; i < runs; ++i) sum += f();
  sink = sum;
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / runs;
}

}  // namespace bench
