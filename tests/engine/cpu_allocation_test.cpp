// SPDX-License-Identifier: Apache-2.0
// The time loop of the CPU engine takes no memory: after a first run, a run allocates a handful of small
// things and one a sample (the gradient of its cross-entropy), whatever the number of steps.
#include <gtest/gtest.h>

#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/engine/shapes.hpp"
#include "tests/support/allocations.hpp"

namespace spikegrad {
namespace {

long allocations_of_a_run(const std::string& shape, std::size_t steps, std::size_t batch, bool stochastic) {
  ShapeSettings settings = shape_settings(shape);
  settings.steps = steps;
  settings.batch = batch;
  settings.stochastic = stochastic;
  const ShapeProblem problem = make_shape(settings, 1);
  CpuEngine engine(problem.objective(), 1);
  const auto pass = engine.prepare(problem.signal);
  std::vector<double> gradient(problem.parameters.size());
  const Batch all{.parameters = problem.parameters, .samples = problem.samples};
  pass->run(all, {.gradient = gradient});
  const long before = testing::allocations();
  pass->run(all, {.gradient = gradient});
  return testing::allocations() - before;
}

TEST(CpuAllocation, NoneInTheTimeLoop) {
  for (const char* shape : {"A", "B", "C", "E"})
    for (const bool stochastic : {false, true}) {
      const long few = allocations_of_a_run(shape, 20, 4, stochastic);
      EXPECT_EQ(allocations_of_a_run(shape, 60, 4, stochastic), few) << shape;
      EXPECT_LE(allocations_of_a_run(shape, 20, 70, stochastic), few + 66) << shape;
      EXPECT_LT(few, 20) << shape;
    }
}

TEST(CpuAllocation, TheCounterCounts) {
  if (!testing::counts_allocations) GTEST_SKIP() << "the sanitizer has an operator new of its own";
  const long before = testing::allocations();
  const std::vector<double> one(100);
  EXPECT_EQ(testing::allocations() - before, one.empty() ? 0 : 1);
}

}  // namespace
}  // namespace spikegrad
