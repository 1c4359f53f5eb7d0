// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/core/statistics.hpp"
#include "spikegrad/findings/bias_parts.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/random_stack.hpp"

namespace spikegrad {
namespace {

// A parallelogram: total² = linearisation² + truncation² + 2 cos · both.
TEST(BiasParts, AddUpToTheBias) {
  const Model model = load_experiment("local-rules");
  const NetParts p = bias_parts(model, "e-prop");
  EXPECT_GT(p.linearisation, 1e-3 * p.truth);
  EXPECT_GT(p.truncation, 1e-3 * p.truth);
  EXPECT_NEAR(p.total * p.total,
              p.linearisation * p.linearisation + p.truncation * p.truncation +
                  2.0 * p.between_parts * p.linearisation * p.truncation,
              1e-9 * p.truth * p.truth);
}

// Where nothing is left out the surrogate gradient remains; a rule with wrong weights is seen from two layers on.
TEST(BiasParts, NothingIsTruncatedWithoutALoopOrAWayBack) {
  Model model = load_experiment("local-rules");
  const ParameterBlock& recurrent = model.network.blocks().back();
  for (std::size_t k = 0; k < recurrent.size; ++k) model.parameters[recurrent.offset + k] = 0.0;
  EXPECT_EQ(bias_parts(model, "e-prop").truncation, 0.0);
  const Model base = load_experiment("layers-binary");
  EXPECT_EQ(bias_parts(random_stack(base, {.depth = 1}, 1, 0), "feedback-alignment").truncation, 0.0);
  EXPECT_GT(bias_parts(random_stack(base, {.depth = 2}, 1, 0), "feedback-alignment").truncation, 1e-3);
}

TEST(BiasParts, CellsDoNotDependOnThreads) {
  Progress quiet;
  const Model base = load_experiment("layers-binary");
  const auto with = [&](unsigned threads) {
    return parts_cells(
        2,
        [&](std::size_t cell, std::size_t net) {
          return random_stack(base, {.depth = 1 + cell}, 1, static_cast<std::uint32_t>(net));
        },
        "feedback-alignment", {.nets = 6, .threads = threads}, quiet);
  };
  const auto one = with(1), three = with(3);
  EXPECT_EQ(one[1].total.value, three[1].total.value);
  EXPECT_EQ(one[1].total.repetitions, 6u);
}

}  // namespace
}  // namespace spikegrad
