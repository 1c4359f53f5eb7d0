// SPDX-License-Identifier: Apache-2.0
// The inner loops of the CPU engine, on every instruction set that this processor has.
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <set>

#include "spikegrad/core/kinds.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/engine/cpu/specs.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/engine_pair.hpp"
#include "tests/support/neuron_cases.hpp"

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
    cpu::kernels().random_bits({.round_keys = round_keys.data(),
                                .sample = key.sample,
                                .trial = key.trial,
                                .begin = 100,
                                .end = 105,
                                .first_unit = 32,
                                .width = 48,
                                .random_bits = words.data(),
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
Functions evaluate(const Escape& escape, const std::vector<float>& x, const cpu::SlopeSpec& slope,
                   float advantage = 0.0f, const std::vector<bool>* spiked = nullptr) {
  using namespace cpu;
  const std::size_t n = x.size();
  LayerSpec layer;
  layer.loop = LoopKind::memoryless;
  layer.fire = spiked ? Fire::stochastic : Fire::analog;
  layer.escape = escape;
  layer.slope = slope;
  std::vector<float> last(n), excess(n), output(n), signal(n, advantage == 0.0f ? 1.0f : 0.0f);
  std::vector<std::uint8_t> mask(n / 8, 0);
  Functions out;
  if (spiked) {
    for (std::size_t i = 0; i < n; ++i)
      if ((*spiked)[i]) mask[i / 8] |= static_cast<std::uint8_t>(1u << i % 8);
    excess = x;
  } else {
    kernels().forward({.layer = &layer,
                       .bias = x.data(),
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
                      .excess = excess.data(),
                      .output = spiked ? nullptr : output.data(),
                      .pitch = n,
                      .mask = mask.data(),
                      .mask_pitch = n / 8,
                      .signal = signal.data(),
                      .signal_pitch = n,
                      .advantage = advantage,
                      .score = advantage != 0.0f,
                      .begin = 0,
                      .end = 1,
                      .width = n});
  out.slope = excess;
  return out;
}

/// Dense around 0, far out on both sides; |x| up to 1e6 scales.
std::vector<float> abscissas(double scale) {
  std::vector<float> x;
  for (int i = -800; i < 800; ++i) x.push_back(static_cast<float>(i * 0.02 * scale));
  for (double s = 16.0; s < 1.1e6; s *= 1.13)
    for (const double sign : {-1.0, 1.0}) x.push_back(static_cast<float>(sign * s * scale));
  x.resize((x.size() + 15) / 16 * 16, 0.0f);
  return x;
}

/// What a few roundings of the argument, and of the factor of an exponential in it, do to a function.
template <class F>
double moved(const F& f, double x, double scale) {
  const double h = 0x1p-22 * (std::abs(x) + scale), truth = f(x);
  return std::max(std::abs(f(x + h) - truth), std::abs(f(x - h) - truth));
}
constexpr double relative_tolerance = 2e-6;     // of the operations that follow
constexpr double smallest_probability = 1e-30;  // below it floats end

TEST(CpuKernels, ListsAreTheBitsThatAreSet) {
  Dice dice(3);
  for (const std::size_t size : {1u, 8u, 15u, 16u, 17u, 32u, 33u, 100u, 128u})
    for (const double rate : {0.0, 0.04, 0.5, 1.0}) {
      SCOPED_TRACE(std::to_string(size) + " units at " + std::to_string(rate));
      constexpr std::size_t steps = 5;
      const std::size_t pitch = (size + 15) / 16 * 2;
      std::vector<std::uint8_t> mask(steps * pitch + cpu::index_slack / 8, 0xFF);  // pads are not looked at
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
        std::vector<std::uint16_t> units(steps * size + cpu::index_slack, 0);
        for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 2}, {2, steps}})
          cpu::kernels().spike_indices({.mask = mask.data(),
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
  on_every_target([&] {
    for (const EscapeCase& c : escape_cases) {
      const std::vector<float> x = abscissas(c.scale);
      const auto f = [&](double at) {
        return std::visit([at](const auto& m) { return equations::probability(m, at); }, c.escape);
      };
      const auto slope = [&](double at) {
        return std::visit([at](const auto& m) { return equations::derivative(m, at); }, c.escape);
      };
      const auto functions = evaluate(c.escape, x, {.kind = cpu::SlopeKind::escape, .escape = c.escape});
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = double{x[i]};
        EXPECT_LE(functions.probability[i], 1.0f);
        EXPECT_NEAR(functions.probability[i], f(at),
                    relative_tolerance * f(at) + moved(f, at, c.scale) + smallest_probability)
            << kind_of(c.escape) << " " << at;
        EXPECT_NEAR(
            functions.slope[i], slope(at),
            relative_tolerance * slope(at) + moved(slope, at, c.scale) + smallest_probability / c.scale)
            << kind_of(c.escape) << " " << at;
      }
    }
  });
}

TEST(CpuKernels, LogSlopesAreThoseOfTheNeuronLayer) {
  on_every_target([&] {
    for (const EscapeCase& c : escape_cases)
      for (const bool spike : {false, true}) {
        const std::vector<float> x = abscissas(c.scale);
        const std::vector<bool> spiked(x.size(), spike);
        const auto functions = evaluate(c.escape, x, {.kind = cpu::SlopeKind::zero}, 1.0f, &spiked);
        const auto slope = [&](double at) {
          return std::visit([&](const auto& f) { return equations::log_slope(f, at, spike); }, c.escape);
        };
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double at = double{x[i]}, value = double{functions.slope[i]};
          EXPECT_TRUE(std::isfinite(value) && (spike ? value >= 0.0 : value <= 0.0))
              << kind_of(c.escape) << " " << at << " " << spike << ": " << value;
          if (std::abs(at) > 60.0 * c.scale) continue;  // floats hold a hazard finite long before double does
          EXPECT_NEAR(value, slope(at),
                      2.0 * relative_tolerance * std::abs(slope(at)) + moved(slope, at, c.scale) +
                          smallest_probability / c.scale)
              << kind_of(c.escape) << " " << at << " " << spike;
        }
      }
  });
}

TEST(CpuKernels, SlopesOfDrawnSpikesAreThoseOfTheNeuronLayer) {
  on_every_target([&] {
    for (const EscapeCase& c : escape_cases)
      for (const SpikeSlope& own : {SpikeSlope(ReinmaxSlope{0.7}), SpikeSlope(GumbelSlope::at(0.8))})
        for (const bool spike : {false, true}) {
          const std::vector<float> x = abscissas(c.scale);
          const std::vector<bool> spiked(x.size(), spike);
          Population population;
          population.escape = c.escape;
          const auto functions =
              evaluate(c.escape, x, cpu::slope_spec(population, Slope::own, own), 0.0f, &spiked);
          const auto slope = [&](double at) {
            return std::visit(
                [&](const auto& f, const auto& m) {
                  return equations::spike_slope(m, f, at, spike ? 1.0 : 0.0);
                },
                c.escape, own);
          };
          for (std::size_t i = 0; i < x.size(); ++i) {
            const double at = double{x[i]}, value = double{functions.slope[i]};
            EXPECT_TRUE(std::isfinite(value) && value >= 0.0)
                << kind_of(c.escape) << " " << at << ": " << value;
            const double p =
                std::visit([at](const auto& f) { return equations::probability(f, at); }, c.escape);
            if ((spike ? p : 1.0 - p) < 1e-6) continue;  // what does not happen
            EXPECT_NEAR(value, slope(at),
                        1e-4 * std::abs(slope(at)) + 4.0 * moved(slope, at, c.scale) + 2e-6 / c.scale)
                << kind_of(c.escape) << " " << at << " " << spike << " " << own.index();
          }
        }
  });
}

TEST(CpuKernels, SurrogatesAreThoseOfTheNeuronLayer) {
  on_every_target([&] {
    for (const SurrogateCase& c : surrogate_cases) {
      const std::vector<float> x = abscissas(c.scale);
      Population population;
      population.surrogate = c.surrogate;
      const auto functions = evaluate(Escape(), x, cpu::slope_spec(population, Slope::surrogate));
      const auto g = [&](double at) {
        return std::visit([at](const auto& m) { return equations::slope(m, at); }, c.surrogate);
      };
      // Where terms cancel, to their rounding.
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = double{x[i]}, truth = g(at);
        EXPECT_NEAR(functions.slope[i], truth,
                    relative_tolerance * (std::abs(truth) + 1e-3 * c.peak) + 2.0 * moved(g, at, c.scale))
            << kind_of(c.surrogate) << " " << at;
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
  options.planes = true;
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

// Gradients of weights and delays, from spikes in the order of time and sorted by unit, against plain loops.
TEST(CpuKernels, DelayGradientsAreSumsOverSpikes) {
  constexpr std::size_t steps = 23, units = 9, samples = 2;
  Dice dice(5);
  for (const std::size_t targets : {3, 16, 40, 64, 75}) {
    const std::size_t width = (targets + 15) / 16 * 16, pitch = steps * width;
    std::vector<float> delta(samples * pitch), weights(units * width);
    for (float& v : delta) v = static_cast<float>(dice.normal());
    for (float& v : weights) v = static_cast<float>(dice.normal());
    std::vector<std::int32_t> n;
    std::vector<float> early, late, moves;
    for (std::size_t j = 0; j < units; ++j) {
      n.push_back(static_cast<std::int32_t>(dice.below(8)));
      late.push_back(j == 3 ? 0.0f : static_cast<float>(dice.real(0.0, 1.0)));
      early.push_back(1.0f - late.back());
      moves.push_back(j == 5 ? 0.0f : 1.0f);
    }
    const cpu::SlotDelays delays{n.data(), early.data(), late.data(), moves.data()};
    std::vector<std::vector<std::uint32_t>> begin(samples, {0});
    std::vector<std::vector<std::uint16_t>> list(samples);
    std::vector<std::vector<cpu::SpikeTime>> times(units);
    std::vector<double> of_weights(units * width), of_delays(units);
    for (std::size_t s = 0; s < samples; ++s)
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t j = 0; j < units; ++j) {
          if (!dice.chance(0.3)) continue;
          list[s].push_back(static_cast<std::uint16_t>(j));
          times[j].push_back({t, s});
          const std::size_t at = t + static_cast<std::size_t>(n[j]);
          for (std::size_t i = 0; i < targets; ++i) {
            const double now = at < steps ? delta[s * pitch + at * width + i] : 0.0f,
                         after = at + 1 < steps ? delta[s * pitch + (at + 1) * width + i] : 0.0f;
            of_weights[j * width + i] += double{early[j]} * now + double{late[j]} * after;
            of_delays[j] += double{moves[j]} * double{weights[j * width + i]} * (after - now);
          }
        }
        begin[s].push_back(static_cast<std::uint32_t>(list[s].size()));
      }
    std::vector<std::uint32_t> first = {0};
    std::vector<cpu::SpikeTime> sorted;
    for (const auto& of_unit : times) {
      sorted.insert(sorted.end(), of_unit.begin(), of_unit.end());
      first.push_back(static_cast<std::uint32_t>(sorted.size()));
    }
    on_every_target([&] {
      std::vector<float> by_event(units), by_unit(units), rows(units * width);
      for (std::size_t s = 0; s < samples; ++s)
        cpu::kernels().delay_gradient({.activity = {begin[s].data(), list[s].data(), nullptr},
                                       .delays = delays,
                                       .rows = weights.data(),
                                       .rows_pitch = width,
                                       .delta = delta.data() + s * pitch,
                                       .delta_pitch = width,
                                       .steps = steps,
                                       .width = targets,
                                       .gradient = by_event.data()});
      cpu::kernels().delayed_scatter({.scatter = {.first = first.data(),
                                                  .at = sorted.data(),
                                                  .units = units,
                                                  .rows = rows.data(),
                                                  .rows_pitch = width,
                                                  .delta = delta.data(),
                                                  .delta_pitch = width,
                                                  .sample_pitch = pitch,
                                                  .width = width},
                                      .delays = delays,
                                      .steps = steps,
                                      .weights = weights.data(),
                                      .targets = targets,
                                      .delay_gradient = by_unit.data()});
      for (std::size_t j = 0; j < units; ++j) {
        EXPECT_NEAR(by_event[j], of_delays[j], 1e-4) << j;
        EXPECT_NEAR(by_unit[j], of_delays[j], 1e-4) << j;
        for (std::size_t i = 0; i < targets; ++i)
          EXPECT_NEAR(rows[j * width + i], of_weights[j * width + i], 1e-5) << j << " " << i;
      }
    });
  }
}

}  // namespace
// Signals that come back by the delays, all at once and step by step, with delays up to and beyond the run.
TEST(CpuKernels, DelayedSignalsAreTwoRowsOfEachColumn) {
  constexpr std::size_t steps = 23;
  Dice dice(6);
  for (const std::size_t width : {16, 48, 64}) {
    std::vector<float> rows((steps + 1) * width), signal(steps * width);
    for (std::size_t k = 0; k < steps * width; ++k) rows[k] = static_cast<float>(dice.normal());
    for (float& v : signal) v = static_cast<float>(dice.normal());
    std::vector<std::int32_t> n;
    std::vector<float> early, late;
    for (std::size_t i = 0; i < width; ++i) {
      n.push_back(static_cast<std::int32_t>(i == 3 ? steps - 1 : i == 4 ? steps + 9 : dice.below(8)));
      late.push_back(static_cast<float>(dice.real(0.0, 1.0)));
      early.push_back(1.0f - late.back());
    }
    std::vector<double> expected(signal.begin(), signal.end());
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t i = 0; i < width; ++i) {
        const auto brought = [&](std::size_t at) { return at < steps ? double{rows[at * width + i]} : 0.0; };
        const std::size_t at = t + static_cast<std::size_t>(n[i]);
        expected[t * width + i] += double{early[i]} * brought(at) + double{late[i]} * brought(at + 1);
      }
    on_every_target([&] {
      for (const std::size_t at_once : {steps, std::size_t{1}, std::size_t{5}}) {
        std::vector<float> summed = signal;
        for (std::size_t begin = 0; begin < steps; begin += at_once)
          cpu::kernels().delayed_signals({.delays = {n.data(), early.data(), late.data(), nullptr},
                                          .rows = rows.data(),
                                          .signal = summed.data() + begin * width,
                                          .signal_pitch = width,
                                          .begin = begin,
                                          .end = std::min(steps, begin + at_once),
                                          .steps = steps,
                                          .width = width});
        for (std::size_t k = 0; k < summed.size(); ++k) EXPECT_NEAR(summed[k], expected[k], 1e-6) << k;
      }
    });
  }
}

}  // namespace spikegrad
