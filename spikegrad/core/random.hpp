// SPDX-License-Identifier: Apache-2.0
// Random numbers keyed by what they are for, never by the order in which they are asked for: the same seed
// gives the same draws for any number of threads, any batch split and after a resume, and two estimators
// can be given the same draws by giving them the same identity.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "spikegrad/core/ars.hpp"

namespace spikegrad {

/// What a draw is for. Streams never share numbers. The values are part of the meaning of a seed: append
/// only.
enum class Stream : std::uint32_t {
  spikes = 0,        ///< spike of (population, unit, step)
  weights = 1,       ///< initial weights; `population` is the index of the parameter block
  input = 2,         ///< generated inputs
  selection = 3,     ///< which of several things an estimator looks at
  probe = 4,         ///< random test directions
  sequence = 5,      ///< SequentialRng
  split = 6,         ///< which samples train and which validate
  order = 7,         ///< in which order an epoch takes its samples
  augmentation = 8,  ///< how a sample varies from epoch to epoch
  events = 9,        ///< generated spike data
  dropout = 10,      ///< does a unit send its spikes in this training trial?
  delays = 11,       ///< delays that are drawn; `population` is the index of the connection
};

/// The identity of one block of four draws: a 128-bit key and a 128-bit counter, all fields visible.
/// Unit u of a step finds its draw in word u % 4 of block u / 4.
struct DrawKey {
  std::uint64_t seed = 0;
  Stream stream = Stream::spikes;
  std::uint32_t replica = 0;  ///< below 2^24: repetitions within one trial
  std::uint32_t population = 0;
  std::uint32_t trial = 0;
  std::uint32_t sample = 0;

  Block key() const {
    return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
            static_cast<std::uint32_t>(stream) | replica << 8, population};
  }
  Block block(std::uint32_t step, std::uint32_t unit_block) const {
    return ars4x32({unit_block, step, sample, trial}, key());
  }
  std::uint32_t bits(std::uint32_t step, std::uint32_t unit) const { return block(step, unit / 4)[unit % 4]; }
};

/// A 32-bit word as a number in (0, 1), never 0 or 1: the middle of its cell. `uniform(w) < p` is true for
/// p = 1 and false for p = 0, whatever w.
constexpr double uniform(std::uint32_t bits) {
  return (bits + 0.5) * 0x1p-32;
}

/// A standard normal number from two words (Box & Muller 1958).
inline double normal(std::uint32_t bits_radius, std::uint32_t bits_angle) {
  return std::sqrt(-2.0 * std::log(uniform(bits_radius))) *
         std::cos(2.0 * std::numbers::pi * uniform(bits_angle));
}

/// A generator with a position, for code that asks for numbers one after another. Satisfies
/// std::uniform_random_bit_generator. Copying copies the position.
class SequentialRng {
 public:
  using result_type = std::uint32_t;

  explicit SequentialRng(std::uint64_t seed = 0, std::uint32_t sequence = 0) {
    key_.seed = seed;
    key_.stream = Stream::sequence;
    key_.population = sequence;
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFFu; }

  result_type operator()() {
    if (used_ == 4) {
      block_ =
          key_.block(static_cast<std::uint32_t>(next_block_ >> 32), static_cast<std::uint32_t>(next_block_));
      ++next_block_;
      used_ = 0;
    }
    return block_[used_++];
  }
  /// A number in (0, 1) with 53 random bits.
  double uniform() {
    const std::uint64_t high = (*this)(), low = (*this)();
    return (static_cast<double>((high << 32 | low) >> 12) + 0.5) * 0x1p-52;
  }
  double normal() {
    const auto radius = (*this)();
    return spikegrad::normal(radius, (*this)());
  }

 private:
  DrawKey key_;
  std::uint64_t next_block_ = 0;
  Block block_{};
  std::size_t used_ = 4;
};

}  // namespace spikegrad
