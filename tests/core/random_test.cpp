// SPDX-License-Identifier: Apache-2.0
// The generator's published known answers, and the agreement of its two implementations.
#include "spikegrad/core/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace spikegrad {
namespace {

struct KnownAnswer {
  Block counter, key, answer;
};

// Lines "ars4x32 7 counter key answer" of Random123 1.14's files kat_vectors and old_kat_vectors.
const std::vector<KnownAnswer> known_answers = {
    {{0x00000001, 0x00000000, 0x00000000, 0x00000000},
     {0x00000001, 0x00000000, 0x00000000, 0x00000000},
     {0x3523162b, 0xdc14d20c, 0x79184077, 0x72184193}},
    {{0x00000000, 0x00010000, 0x00000000, 0x00000000},
     {0x00000000, 0x00010000, 0x00000000, 0x00000000},
     {0x21987c11, 0xf47b221c, 0x1bd108f9, 0x4a89ea4c}},
    {{0x00000000, 0x00000000, 0x00000000, 0x00000001},
     {0x00000000, 0x00000000, 0x00000000, 0x00000001},
     {0x34d40c7a, 0xc5526b8f, 0x0b35e113, 0xbcd830c6}},
    {{0x00ff0000, 0x00000000, 0x00000000, 0x00000000},
     {0x00ff0000, 0x00000000, 0x00000000, 0x00000000},
     {0xb8cb69c4, 0x7c6cd1b4, 0xfef546e2, 0xa67ba514}},
    {{0x00000000, 0x0000ff00, 0x00000000, 0x00000000},
     {0x00000000, 0x0000ff00, 0x00000000, 0x00000000},
     {0x8c7134f8, 0x5c101fe0, 0xa856f137, 0xf0b7f9e2}},
    {{0x00000000, 0x00000000, 0x000000ff, 0x00000000},
     {0x00000000, 0x00000000, 0x000000ff, 0x00000000},
     {0x52fd0dfd, 0x15561258, 0xc6ab328b, 0xf9557afc}},
    {{0x00000000, 0x00000000, 0xff000000, 0x00000000},
     {0x00000000, 0x00000000, 0xff000000, 0x00000000},
     {0xf9abe8ab, 0x34ae560f, 0xc23b89c5, 0xffb47ec7}},

};

TEST(Ars, KnownAnswers) {
  for (const auto& known : known_answers) {
    EXPECT_EQ(ars::portable(known.counter, known.key), known.answer);
    EXPECT_EQ(ars4x32(known.counter, known.key), known.answer);
  }
}

TEST(Ars, InstructionsAgreeWithPortable) {
  SequentialRng rng(7);
  for (int i = 0; i < 1000; ++i) {
    const Block counter{rng(), rng(), rng(), rng()}, key{rng(), rng(), rng(), rng()};
    ASSERT_EQ(ars4x32(counter, key), ars::portable(counter, key));
  }
}

TEST(Uniform, StaysInsideTheOpenInterval) {
  EXPECT_GT(uniform(0), 0.0);
  EXPECT_LT(uniform(0xFFFFFFFFu), 1.0);
}

// Correlation of a draw with its neighbour along each coordinate of its identity. Under independence the mean
// of n products of centred uniforms (variance 1/144) is normal with standard deviation 1/(12 sqrt(n)). Five
// coordinates, two-sided, |z| < 4.5: false-alarm rate 5 * 6.8e-6 = 3.4e-5.
TEST(DrawKey, NeighboursAreUncorrelated) {
  constexpr std::uint32_t n = 200'000;
  const auto draw = [](std::uint32_t population, std::uint32_t unit, std::uint32_t step, std::uint32_t sample,
                       std::uint32_t trial) {
    return uniform(DrawKey{42, Stream::spikes, 0, population, trial, sample}.bits(step, unit)) - 0.5;
  };
  std::array<double, 5> sums{};
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t unit = i % 64, step = i / 64;
    const double here = draw(0, unit, step, 3, 5);
    sums[0] += here * draw(1, unit, step, 3, 5);
    sums[1] += here * draw(0, unit + 1, step, 3, 5);
    sums[2] += here * draw(0, unit, step + 1, 3, 5);
    sums[3] += here * draw(0, unit, step, 4, 5);
    sums[4] += here * draw(0, unit, step, 3, 6);
  }
  for (const double sum : sums) EXPECT_LT(std::abs(sum / n) * 12 * std::sqrt(double{n}), 4.5);
}

TEST(SequentialRng, CopiesCopyThePosition) {
  SequentialRng a(3);
  a();
  SequentialRng b = a;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a(), b());
}

}  // namespace
}  // namespace spikegrad
