// SPDX-License-Identifier: Apache-2.0
// How many samples go forward and backward together: as many as have their tape in the second-level cache.
#include "spikegrad/engine/cpu/plan.hpp"

#include <gtest/gtest.h>

#include "spikegrad/engine/shapes.hpp"

namespace spikegrad {
namespace {

std::size_t tile_of(const std::string& shape, std::size_t steps) {
  ShapeSettings settings = shape_settings(shape);
  settings.steps = steps;
  settings.batch = 2;
  const ShapeProblem problem = make_shape(settings, 1);
  return cpu::Plan(problem.objective(), problem.signal).tile;
}

TEST(Plan, ATileIsAsLargeAsTheCacheAllows) {
  // A: (128 + 32 padded units) x 100 steps x 4 bytes = 64 KB a sample of the 512 KB.
  EXPECT_EQ(tile_of("A", 100), 8u);
  EXPECT_EQ(tile_of("A", 400), 2u);
  EXPECT_EQ(tile_of("D", 500), 1u);  // 544 units x 500 steps: 1 MB
  EXPECT_EQ(tile_of("E", 350), 1u);
  // Recurrent weights are loaded once for four samples at least, whatever their tape takes.
  EXPECT_EQ(tile_of("B", 400), 4u);
}

}  // namespace
}  // namespace spikegrad
