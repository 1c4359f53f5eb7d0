// SPDX-License-Identifier: Apache-2.0
// The inner loops of the CPU engine, on every instruction set that this processor has.
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <set>

#include "spikegrad/core/random.hpp"
#include "spikegrad/engine/cpu/specs.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"

namespace spikegrad {
namespace {

using namespace testing;

/// Runs `check` once on each instruction set.
template <class Check>
void on_every_target(Check&& check) {
  std::set<std::string> seen;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    const std::string name = CpuEngine::instruction_set();
    SCOPED_TRACE(name);
    seen.insert(name);
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  EXPECT_EQ(seen.size(), hwy::SupportedAndGeneratedTargets().size());
  EXPECT_GE(seen.size(), 1u);
}

TEST(CpuKernels, WordsAreThoseOfTheCounterBasedGenerator) {
  DrawKey key;
  key.seed = 0x0123456789ABCDEFu;
  key.population = 7;
  key.sample = 11;
  key.trial = 3;
  std::array<std::uint32_t, 32> round_keys{};
  Block round = key.key();
  for (std::size_t r = 0; r <= ars::rounds; ++r, ars::advance_key(round))
    std::copy(round.begin(), round.end(), round_keys.begin() + static_cast<std::ptrdiff_t>(4 * r));
  on_every_target([&] {
    std::vector<std::uint32_t> words(5 * 48, 0);
    cpu::kernels().words({.round_keys = round_keys.data(),
                          .sample = key.sample,
                          .trial = key.trial,
                          .begin = 100,
                          .end = 105,
                          .first_unit = 32,
                          .width = 48,
                          .words = words.data(),
                          .pitch = 48});
    for (std::uint32_t t = 0; t < 5; ++t)
      for (std::uint32_t u = 0; u < 48; ++u)
        ASSERT_EQ(words[t * 48 + u], key.bits(100 + t, 32 + u)) << t << " " << u;
  });
}

/// Runs one analog layer without memory, whose potentials are its biases, forward, and backward with S̄ = 1:
/// gives f(x) and g(x).
struct Functions {
  std::vector<float> probability, slope;
};
Functions evaluate(const Population& population, const std::vector<float>& x, const cpu::SlopeSpec& slope,
                   float advantage = 0.0f, const std::vector<bool>* spiked = nullptr) {
  using namespace cpu;
  const std::size_t n = x.size();
  LayerSpec layer;
  layer.memoryless = true;
  layer.fire = spiked ? Fire::stochastic : Fire::analog;
  layer.escape = escape_spec(population.escape);
  layer.slope = slope;
  std::vector<float> u(n), current(n), last(n), excess(n), output(n),
      signal(n, advantage == 0.0f ? 1.0f : 0.0f);
  std::vector<std::uint8_t> mask(n / 8, 0);
  Functions out;
  if (spiked) {
    for (std::size_t i = 0; i < n; ++i)
      if ((*spiked)[i]) mask[i / 8] |= static_cast<std::uint8_t>(1u << i % 8);
    excess = x;
  } else {
    kernels().forward({.layer = &layer,
                       .bias = x.data(),
                       .u = u.data(),
                       .current = current.data(),
                       .last = last.data(),
                       .excess = excess.data(),
                       .output = output.data(),
                       .pitch = n,
                       .begin = 0,
                       .end = 1,
                       .width = n});
    out.probability = output;
  }
  kernels().backward({.layer = &layer,
                      .rows = excess.data(),
                      .output = spiked ? nullptr : output.data(),
                      .pitch = n,
                      .mask = mask.data(),
                      .mask_pitch = n / 8,
                      .signal = signal.data(),
                      .signal_pitch = n,
                      .advantage = advantage,
                      .score = advantage != 0.0f,
                      .adj_u = u.data(),
                      .adj_current = current.data(),
                      .begin = 0,
                      .end = 1,
                      .width = n});
  out.slope = excess;
  return out;
}

/// Dense around 0, far out on both sides; |βx| up to 1e6.
std::vector<float> abscissas() {
  std::vector<float> x;
  for (int i = -400; i < 400; ++i) x.push_back(static_cast<float>(i) * 0.01f);
  for (double s = 4.0; s < 1e5; s *= 1.17)
    for (const double sign : {-1.0, 1.0}) x.push_back(static_cast<float>(sign * s));
  x.resize(x.size() / 16 * 16);
  return x;
}

// Float formulas: some roundings of the exponent, of at most |βx| 2^-24 where exp(-|βx|) still counts.
constexpr double function_tolerance = 2e-6;

std::vector<Escape> escapes() {
  return {SigmoidEscape{4.0}, SigmoidEscape{10.0}, ExponentialHazardEscape{.rate = 200.0, .width = 0.5},
          ClippedExponentialEscape{.p0 = 0.2, .width = 0.4}, SuperSpikeEscape{10.0}};
}

TEST(CpuKernels, ListsAreTheBitsThatAreSet) {
  Dice dice(3);
  for (const std::size_t size : {1u, 8u, 15u, 16u, 17u, 32u, 33u, 100u, 128u})
    for (const double rate : {0.0, 0.04, 0.5, 1.0}) {
      SCOPED_TRACE(std::to_string(size) + " units at " + std::to_string(rate));
      constexpr std::size_t steps = 5;
      const std::size_t pitch = (size + 15) / 16 * 2;
      std::vector<std::uint8_t> mask(steps * pitch + cpu::list_slack / 8, 0xFF);  // pads are not looked at
      std::vector<std::uint16_t> expected;
      std::vector<std::uint32_t> expected_starts{0};
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t i = 0; i < size; ++i) {
          const bool spikes = dice.chance(rate);
          auto& byte = mask[t * pitch + i / 8];
          const auto bit = static_cast<std::uint8_t>(1u << i % 8);
          byte = static_cast<std::uint8_t>(spikes ? byte | bit : byte & ~bit);
          if (spikes) expected.push_back(static_cast<std::uint16_t>(i));
        }
        expected_starts.push_back(static_cast<std::uint32_t>(expected.size()));
      }
      on_every_target([&] {
        std::vector<std::uint32_t> starts(steps + 1, 77);
        std::vector<std::uint16_t> units(steps * size + cpu::list_slack, 0);
        for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 2}, {2, steps}})
          cpu::kernels().list({.mask = mask.data(),
                               .mask_pitch = pitch,
                               .size = size,
                               .begin = begin,
                               .end = end,
                               .starts = starts.data(),
                               .units = units.data()});
        EXPECT_EQ(starts, expected_starts);
        units.resize(expected.size());
        EXPECT_EQ(units, expected);
      });
    }
}

TEST(CpuKernels, EscapeFunctionsAreThoseOfTheNeuronLayer) {
  const std::vector<float> x = abscissas();
  on_every_target([&] {
    for (const Escape& escape : escapes()) {
      Population population;
      population.escape = escape;
      const auto functions =
          evaluate(population, x, {.kind = cpu::SlopeKind::escape, .escape = cpu::escape_spec(escape)});
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = double{x[i]};
        const auto [p, slope] = std::visit(
            [at](const auto& f) { return std::pair(f.probability(at), f.derivative(at)); }, escape);
        // The argument's own rounding moves f by x f' 2^-24; below 1e-30 floats end.
        EXPECT_NEAR(functions.probability[i], p, function_tolerance * p + 4e-7 * std::abs(at) * slope + 1e-30)
            << at;
        const double steep = std::abs(at) * 40.0 * 0x1p-22;  // |x f''| <= 40 |x| f' for these settings
        EXPECT_NEAR(functions.slope[i], slope, (function_tolerance + steep) * slope + 1e-30) << at;
      }
    }
  });
}

TEST(CpuKernels, LogSlopesAreThoseOfTheNeuronLayer) {
  std::vector<float> x = abscissas();
  std::erase_if(x, [](float v) { return std::abs(v) > 8.0f; });
  x.resize(x.size() / 16 * 16);
  on_every_target([&] {
    for (const Escape& escape : escapes())
      for (const bool spike : {false, true}) {
        Population population;
        population.escape = escape;
        const std::vector<bool> spiked(x.size(), spike);
        const auto functions = evaluate(population, x, {.kind = cpu::SlopeKind::zero}, 1.0f, &spiked);
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double at = double{x[i]}, h = 1e-6 * (1.0 + std::abs(at));
          const auto slope_at = [&](double v) {
            return std::visit([&](const auto& f) { return f.log_slope(v, spike); }, escape);
          };
          const double slope = slope_at(at);
          // What roundings of the argument do to it, seen from both sides (infinite at a clipped p's edge).
          const double moved =
              std::max(std::abs(slope_at(at + h) - slope), std::abs(slope_at(at - h) - slope));
          EXPECT_NEAR(functions.slope[i], slope, 4e-6 * std::abs(slope) + moved + 1e-30)
              << at << " " << spike;
        }
      }
  });
}

TEST(CpuKernels, SurrogatesAreThoseOfTheNeuronLayer) {
  const std::vector<float> x = abscissas();
  const std::vector<Surrogate> surrogates = {
      SigmoidSurrogate{},
      SuperSpikeSurrogate{},
      ExponentialSurrogate{},
      TriangularSurrogate{.beta = 0.7, .gamma = 0.3},
      RectangularSurrogate{.width = 0.9},
      GaussianSurrogate{},
      ArctanSurrogate{},
      MultiGaussianSurrogate{},
      StraightThroughSurrogate{},
      TableSurrogate{.x = {-1.5, -0.25, 0.5, 2.0}, .g = {0.1, 0.7, -0.2, 0.3}}};
  ASSERT_EQ(surrogates.size(), std::variant_size_v<Surrogate>);
  on_every_target([&] {
    for (const Surrogate& surrogate : surrogates) {
      Population population;
      population.surrogate = surrogate;
      std::vector<float> storage;
      const auto spec = cpu::slope_spec(population, Slope::surrogate, storage);
      const auto functions = evaluate(population, x, spec);
      const auto g = [&](double at) { return std::visit([at](const auto& f) { return f(at); }, surrogate); };
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = double{x[i]}, h = 4e-7 * (1e-3 + std::abs(at)), truth = g(at);
        const double moved = std::max(std::abs(g(at + h) - truth), std::abs(g(at - h) - truth));
        EXPECT_NEAR(functions.slope[i], truth, 2e-6 * (std::abs(truth) + 1e-3) + 2.0 * moved)
            << surrogate.index() << " " << at;
      }
    }
  });
}

TEST(CpuKernels, EveryInstructionSetGivesTheReferencesGradient) {
  testing::RandomNetOptions options;
  options.max_spikes = 100000;
  options.max_units = 40;
  options.max_inputs = 40;
  options.min_steps = 5;
  options.max_steps = 20;
  options.outputs = {OutputKind::stochastic, OutputKind::deterministic};
  on_every_target([&] {
    std::size_t compared = 0;
    for (std::uint64_t seed = 2000; seed < 2040; ++seed) {
      const EngineCase c = engine_case(random_net(seed, options), 3, seed);
      const LearningSignal signal{.pseudo = PseudoDerivative::surrogate};
      const Comparison comparison = compare_engines(c, signal, run_cpu(c, signal));
      EXPECT_EQ(comparison.wrong, "") << c.net.description;
      if (comparison.flips > 0 || comparison.gradient_condition > 1e-6) continue;
      ++compared;
      EXPECT_LT(comparison.gradient_distance, 1e-5) << c.net.description;
    }
    EXPECT_GE(compared, 30u);
  });
}

}  // namespace
}  // namespace spikegrad
