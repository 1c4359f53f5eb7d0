// SPDX-License-Identifier: Apache-2.0
// Where the randomness of a trial comes from. An engine asks one question, "is the uniform number of this
// slot below p?", so whoever answers decides what the trial is: independent draws, draws shared with another
// trial, one spike forced, or all answers in turn (exact enumeration).
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikegrad/core/random.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// One spike opportunity: unit `unit` of population `population` in step `step`. Replicas are independent
/// repetitions of a trial for estimators that need several in one sample.
struct Slot {
  std::uint32_t population = 0, unit = 0, step = 0, replica = 0;
  bool operator==(const Slot&) const = default;
};

class SPIKEGRAD_EXPORT Draws {
 public:
  virtual ~Draws() = default;
  /// Is the slot's uniform number below p? The same slot has the same number throughout: asking with two
  /// values of p couples the two answers by inversion (common random numbers).
  virtual bool below(const Slot& slot, double p) = 0;
  /// The same for the index-th auxiliary number of an estimator, apart from all slots.
  virtual bool auxiliary_below(std::uint32_t index, double p) = 0;
};

/// Numbers of the counter-based generator: a pure function of the identity of the trial. Four units share a
/// block, which is kept for as long as the questions stay within it.
class SPIKEGRAD_EXPORT CounterDraws final : public Draws {
 public:
  CounterDraws(std::uint64_t seed, std::uint32_t sample, std::uint32_t trial) {
    key_.seed = seed;
    key_.sample = sample;
    key_.trial = trial;
  }
  bool below(const Slot& slot, double p) override {
    const Slot first{slot.population, slot.unit / 4, slot.step, slot.replica};
    if (!(first == kept_) || !any_kept_) {
      key_.stream = Stream::spikes;
      key_.replica = slot.replica;
      key_.population = slot.population;
      block_ = key_.block(slot.step, slot.unit / 4);
      kept_ = first;
      any_kept_ = true;
    }
    return uniform(block_[slot.unit % 4]) < p;
  }
  bool auxiliary_below(std::uint32_t index, double p) override {
    key_.stream = Stream::selection;
    key_.replica = 0;
    key_.population = 0;
    return uniform(key_.bits(0, index)) < p;
  }

 private:
  DrawKey key_;
  Slot kept_;  ///< of block_; its unit is the number of the block
  bool any_kept_ = false;
  Block block_{};
};

/// Another source's numbers, but the spike of one slot is decided.
class SPIKEGRAD_EXPORT ForcedDraws final : public Draws {
 public:
  ForcedDraws(Draws& draws, const Slot& slot, bool spike) : draws_(draws), slot_(slot), spike_(spike) {}
  bool below(const Slot& slot, double p) override { return slot == slot_ ? spike_ : draws_.below(slot, p); }
  bool auxiliary_below(std::uint32_t index, double p) override { return draws_.auxiliary_below(index, p); }

 private:
  Draws& draws_;
  Slot slot_;
  bool spike_;
};

/// Another source's numbers for the replica-th repetition of the trial.
class SPIKEGRAD_EXPORT ReplicaDraws final : public Draws {
 public:
  ReplicaDraws(Draws& draws, std::uint32_t replica) : draws_(draws), replica_(replica) {}
  bool below(const Slot& slot, double p) override {
    Slot replica = slot;
    replica.replica = replica_;
    return draws_.below(replica, p);
  }
  bool auxiliary_below(std::uint32_t index, double p) override { return draws_.auxiliary_below(index, p); }

 private:
  Draws& draws_;
  std::uint32_t replica_;
};

}  // namespace spikegrad
