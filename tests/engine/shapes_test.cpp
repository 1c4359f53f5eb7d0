// SPDX-License-Identifier: Apache-2.0
// The nets of the benchmark are what docs/benchmarks.md says they are.
#include "spikegrad/engine/shapes.hpp"

#include <gtest/gtest.h>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/cpu/engine.hpp"

namespace spikegrad {
namespace {

/// Spikes a unit and step, of each population.
std::vector<double> rates_of(const ShapeProblem& problem) {
  CpuEngine engine(problem.objective(), 1);
  ActivityTable activity;
  engine.prepare(problem.signal)
      ->run({.parameters = problem.parameters, .samples = problem.samples, .seed = 1},
            {.activity = &activity});
  std::vector<double> rates;
  for (std::size_t p = 0; p < problem.network.populations().size(); ++p) {
    double spikes = 0.0;
    for (std::size_t s = 0; s < problem.samples.size(); ++s) spikes += activity[s][p];
    rates.push_back(spikes / static_cast<double>(problem.samples.size() * problem.network.steps() *
                                                 problem.network.populations()[p].size()));
  }
  return rates;
}

TEST(Shapes, EveryLayerSpikesAtTheRateAskedFor) {
  for (const char* name : {"A", "B", "C", "D", "E", "F", "G"})
    for (const bool stochastic : {false, true}) {
      ShapeSettings settings = shape_settings(name);
      settings.batch = 16;
      settings.steps = std::min<std::size_t>(settings.steps, 120);
      settings.stochastic = stochastic;
      const ShapeProblem problem = make_shape(settings, 1);
      const std::vector<double> rates = rates_of(problem);
      for (std::size_t p = 0; p + 1 < rates.size(); ++p) {
        EXPECT_GT(rates[p], 0.03) << name << " " << p;
        EXPECT_LT(rates[p], 0.05) << name << " " << p;
      }
    }
}

TEST(Shapes, EIsTheConvolutionalNet) {
  ShapeSettings settings = shape_settings("E");
  EXPECT_EQ(settings.batch, 128u);
  EXPECT_EQ(settings.steps, 350u);
  settings.batch = 2;
  const ShapeProblem problem = make_shape(settings, 1);
  const std::vector<Population>& populations = problem.network.populations();
  ASSERT_EQ(populations.size(), 5u);
  EXPECT_EQ(populations[1].shape, (Shape{16, 68}));
  EXPECT_EQ(populations[2].shape, (Shape{32, 21}));
  EXPECT_EQ(populations[3].shape, (Shape{64, 5}));
  // 16·21 + 32·16·7 + 64·32·7 forward, 5 (16² + 32² + 64²) recurrent, 20·320 readout.
  EXPECT_EQ(problem.network.parameter_count(), 336u + 3584 + 14336 + 5 * (256 + 1024 + 4096) + 6400);
}

TEST(Shapes, FLearnsTimeConstantsAndGainsAndGDelays) {
  ShapeSettings settings = shape_settings("F");
  settings.batch = 2;
  const ShapeProblem resonating = make_shape(settings, 1);
  EXPECT_TRUE(std::holds_alternative<SeAdlif>(resonating.network.populations()[1].unit));
  EXPECT_EQ(resonating.network.parameter_count(), 140u * 128 + 128 * 128 + 128 * 20 + 4 * 128);
  settings = shape_settings("G");
  settings.batch = 2;
  const ShapeProblem delayed = make_shape(settings, 1);
  EXPECT_EQ(delayed.network.parameter_count(), 140u * 128 + 128 * 128 + 128 * 20 + 140 + 128);
  const ParameterBlock& delays = delayed.network.blocks().back();
  EXPECT_EQ(delays.kind, ParameterKind::delay);
  EXPECT_EQ(delays.highest, 25.0);
  const auto drawn = std::span(delayed.parameters).subspan(delays.offset, delays.size);
  EXPECT_GT(*std::max_element(drawn.begin(), drawn.end()), 20.0);
}

TEST(Shapes, RefusesWhatCannotBe) {
  EXPECT_THROW(shape_settings("H"), UserError);
  ShapeSettings settings = shape_settings("A");
  settings.batch = 0;
  EXPECT_THROW(make_shape(settings, 1), UserError);
  settings = shape_settings("A");
  settings.rate = 1.5;
  EXPECT_THROW(make_shape(settings, 1), UserError);
}

}  // namespace
}  // namespace spikegrad
