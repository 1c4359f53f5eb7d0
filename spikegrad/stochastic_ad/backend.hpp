// SPDX-License-Identifier: Apache-2.0
// What a back end is: how the weighted alternatives of a stochastic triple are kept.
//
// An *event* is one infinitely unlikely change of one draw; its identity is shared by every number that
// depends on that draw, so that x * x or x + y see one and the same change and not two. A back end provides
//
//   Run               what all numbers of one run of the program share: the weights of the events, and random
//                     numbers for choosing among them. Made from a copy of the user's generator, which does
//                     not advance: a run with triples draws the same numbers as a plain run.
//   Event             the identity of an event
//   Alternatives<V>   for one number, or array of numbers, its value under each event that changes it
//     explicit (Run&)          none yet
//     for_each(f)              f(event, weight, value under the event), for the events not pruned away
//     under(event, value)      the value under `event`, which is `value` unless the event changes it
//     element(value, select)   select(V) gives a number: the alternatives of that number
//   Weight            double, or Slopes<n> for the weights along n parameters at once
//   with_weights<W>   the same back end with weights W
//   default_rule      what Rule::automatic means
//   combine(value, visit, evaluate, jumps)
//                     the alternatives of a result: `visit` shows the alternatives of each input,
//                     `evaluate(event)` gives the result under an event, `jumps` are new alternatives
//   jump_derivative(value, jumps)
//                     what the new alternatives add to the derivative part (0 unless smoothed)
#pragma once

#include <concepts>
#include <cstdint>
#include <random>

#include "spikegrad/core/error.hpp"
#include "spikegrad/stochastic_ad/rng.hpp"
#include "spikegrad/stochastic_ad/rules.hpp"

namespace spikegrad::stochastic_ad {

/// The choices a back end makes. Seeded by a copy of the user's generator.
class Selection {
 public:
  template <std::uniform_random_bit_generator R>
  explicit Selection(R rng) : rng_(seed_from(rng), selection_sequence) {}
  double uniform() { return rng_.uniform(); }
  /// True with probability p.
  bool below(double p) { return uniform() < p; }

 private:
  static constexpr std::uint32_t selection_sequence = 0x53454C45;

  template <class R>
  static std::uint64_t seed_from(R& rng) {
    const std::uint64_t high = rng();
    return high << 32 ^ rng();
  }
  SequentialRng rng_;
};

[[noreturn]] inline void throw_mixed_runs() {
  throw UserError(
      "stochastic triples of two different runs were combined: make every variable of a computation from one "
      "run");
}
[[noreturn]] inline void throw_no_run() {
  throw UserError(
      "a draw's parameter has a derivative but belongs to no run: make it with derivative_estimate, "
      "stochastic_triple or variable(run, p)");
}

/// The run of a result: that of its inputs, which must agree; null for constants.
template <class Run>
[[gnu::always_inline]] inline void join(Run*& run, Run* other) {
  if (run == nullptr)
    run = other;
  else if (other != nullptr && other != run)
    throw_mixed_runs();
}

}  // namespace spikegrad::stochastic_ad
