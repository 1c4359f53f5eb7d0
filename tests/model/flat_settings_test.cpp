// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/flat_settings.hpp"

#include <gtest/gtest.h>

#include "spikegrad/core/file.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

TEST(FlatSettings, ValuesReadAsAPersonWouldWriteThem) {
  const Scratch scratch;
  write_file(
      scratch / "model.toml",
      "seed = 3\n[[population]]\nname = 'h'\nkind = 'lif'\ndropout = 0.20000000000000001\n"
      "log_tau_mem = [-0.5, 0.10000000000000001]\n[[connection]]\nfrom = 'h'\nto = 'h'\nweights = [[1.0]]\n"
      "[input]\nbinary = true\nspikes = [[0, 1], [2, 0]]\n");
  const FlatSettings expected = {
      {"connection.h->h.from", "h"},
      {"connection.h->h.to", "h"},
      {"input.binary", "true"},
      {"input.spikes", "[[0, 1], [2, 0]]"},
      {"population.h.dropout", "0.2"},
      {"population.h.kind", "lif"},
      {"population.h.log_tau_mem", "[-0.5, 0.1]"},
      {"population.h.name", "h"},
      {"seed", "3"},
  };
  EXPECT_EQ(flat_settings(scratch / "model.toml"), expected);
}

}  // namespace
}  // namespace spikegrad
