// SPDX-License-Identifier: Apache-2.0
// A stranger's program: an installed header, and a symbol of the installed library. Returns 0 if both work.
#include <cstdio>
#include <spikegrad/core/embedded.hpp>
#include <spikegrad/core/random.hpp>

int main() {
  spikegrad::SequentialRng rng(1), same(1);
  const double draw = rng.uniform();
  std::printf("%g, %zu files on board\n", draw, spikegrad::embedded_files().size());
  return draw > 0 && draw < 1 && draw == same.uniform() ? 0 : 1;
}
