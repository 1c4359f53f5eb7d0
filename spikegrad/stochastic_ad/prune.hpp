// SPDX-License-Identifier: Apache-2.0
// Back ends that keep at most one alternative per number. Where two events A and B meet in one operation, one
// of them is chosen with probability q_A or q_B = 1 - q_A and its weight divided by that probability; the
// other ends for every number of the run. Each weight is a martingale, so the mean of the estimate does not
// change.
//
//   PruneByWeight    q_A = |w_A| / (|w_A| + |w_B|) (Arya et al. 2022): the weight becomes ±(|w_A| + |w_B|)
//   PruneByWins      q_A = n_A / (n_A + n_B), n counting the events an alternative has stood for so far:
//                    a choice that does not look at the parameters
//   OneAlternative   as PruneByWeight, but a new event meets the current one at once, whether or not any
//                    number depends on both: one alternative in the whole run
//
// Nothing is allocated per operation: a triple holds one number more and an index; the run's table of live
// events is inside the run and moves to the heap, doubling, when more than 512 are alive at once (16 with vectors for weights). An event
// that meets no other is never ended, whether or not a number still depends on it: 16 bytes (by weight) or 24
// (by wins) until the run ends.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "spikegrad/stochastic_ad/backend.hpp"
#include "spikegrad/stochastic_ad/slopes.hpp"

namespace spikegrad::stochastic_ad {

/// Identity of an event: a slot of the run's table and how often the slot had been used before.
struct EventTag {
  static constexpr std::uint32_t no_slot = 0xFFFFFFFFu;
  std::uint32_t slot = no_slot;
  std::uint32_t generation = 0;

  bool none() const { return slot == no_slot; }
  friend bool operator==(const EventTag&, const EventTag&) = default;
};

/// |w| is the absolute value of a number, the length of a vector.
template <class W>
struct ByWeight {
  struct Event {
    W weight;
  };
  static Event create(const W& weight) { return {weight}; }
  /// The probability that `a` is kept.
  static double keep(const Event& a, const Event& b) {
    return magnitude(a.weight) / (magnitude(a.weight) + magnitude(b.weight));
  }
  static void absorb(Event& winner, const Event& loser) { lengthen(winner.weight, magnitude(loser.weight)); }
};
struct ChooseByWeight : ByWeight<double> {};

template <class W>
struct ByWins {
  struct Event {
    W weight;
    double wins;
  };
  static Event create(const W& weight) { return {weight, 1}; }
  static double keep(const Event& a, const Event& b) { return a.wins / (a.wins + b.wins); }
  static void absorb(Event& winner, const Event& loser) {
    scale(winner.weight, (winner.wins + loser.wins) / winner.wins);
    winner.wins += loser.wins;
  }
};
struct ChooseByWins : ByWins<double> {};

/// The live events of a run. `Chooser` has below(p), true with probability p, and is made from the user's
/// generator.
template <class Choice, class Chooser = Selection>
class EventTable {
 public:
  using Weight = decltype(Choice::Event::weight);

  template <class R>
  requires std::constructible_from<Chooser, const R&>
  explicit EventTable(const R& rng) : selection_(rng) {}
  EventTable(const EventTable&) = delete;
  EventTable& operator=(const EventTable&) = delete;

  Chooser& selection() { return selection_; }
  bool alive(EventTag tag) const { return !tag.none() && slots_[tag.slot].generation == tag.generation; }
  const Weight& weight(EventTag tag) const { return slots_[tag.slot].event.weight; }

  EventTag create(const Weight& weight) {
    if (free_ == EventTag::no_slot) grow();
    const std::uint32_t slot = free_;
    free_ = slots_[slot].next_free;
    slots_[slot].event = Choice::create(weight);
    return {slot, slots_[slot].generation};
  }

  /// Ends one of two live events; true if `a` stays.
  [[gnu::noinline]] bool keep_first(EventTag a, EventTag b) {
    auto &event_a = slots_[a.slot].event, &event_b = slots_[b.slot].event;
    const bool first = selection_.below(Choice::keep(event_a, event_b));
    if (first)
      Choice::absorb(event_a, event_b);
    else
      Choice::absorb(event_b, event_a);
    end(first ? b : a);
    return first;
  }

 private:
  struct Slot {
    typename Choice::Event event;
    std::uint32_t generation, next_free;
  };
  static constexpr std::uint32_t slots_inside = sizeof(Slot) <= 32 ? 512 : 16;

  void end(EventTag tag) {
    ++slots_[tag.slot].generation;  // whatever still carries the tag is pruned by this
    slots_[tag.slot].next_free = free_;
    free_ = tag.slot;
  }
  void grow() {
    if (size_ == capacity_) {
      if (heap_.empty()) heap_.assign(inside_.begin(), inside_.end());
      capacity_ *= 2;
      heap_.resize(capacity_);
      slots_ = heap_.data();
    }
    slots_[size_].generation = 0;
    slots_[size_].next_free = EventTag::no_slot;
    free_ = size_++;
  }

  std::array<Slot, slots_inside> inside_;  // not initialised: a slot is when it is first used
  std::vector<Slot> heap_;
  Slot* slots_ = inside_.data();
  std::uint32_t size_ = 0, capacity_ = slots_inside, free_ = EventTag::no_slot;
  Chooser selection_;
};

/// The one event of a run that keeps one alternative in all.
template <class W>
class OneEvent {
 public:
  using Weight = W;

  template <std::uniform_random_bit_generator R>
  explicit OneEvent(const R& rng) : selection_(rng) {}
  OneEvent(const OneEvent&) = delete;
  OneEvent& operator=(const OneEvent&) = delete;

  Selection& selection() { return selection_; }
  bool alive(EventTag tag) const { return !tag.none() && tag.generation == generation_; }
  const W& weight(EventTag) const { return event_.weight; }

  EventTag create(const W& weight) {
    auto created = ByWeight<W>::create(weight);
    if (has_slope(event_.weight) && selection_.below(ByWeight<W>::keep(event_, created))) {
      ByWeight<W>::absorb(event_, created);
      return {};
    }
    ByWeight<W>::absorb(created, event_);
    event_ = created;
    return {0, ++generation_};
  }
  bool keep_first(EventTag, EventTag) {
    throw InternalError("internal error: two events alive where there can be one");
  }

 private:
  typename ByWeight<W>::Event event_{};
  std::uint32_t generation_ = 0;
  Selection selection_;
};

template <class RunType>
struct SingleAlternative {
  using Run = RunType;
  using Weight = typename RunType::Weight;
  using Event = EventTag;
  static constexpr Rule default_rule = Rule::positive;

  template <class V>
  class Alternatives {
   public:
    Alternatives() = default;
    explicit Alternatives(Run& run) : run_(&run) {}

    Run* run() const { return run_; }
    template <class F>
    void for_each(F&& f) const {
      if (!tag_.none() && run_->alive(tag_)) f(tag_, run_->weight(tag_), alternative_);
    }
    const V& under(EventTag tag, const V& value) const { return tag_ == tag ? alternative_ : value; }

    template <class T, class Select>
    Alternatives<T> element(const T& value, Select&& select) const {
      Alternatives<T> out;
      out.run_ = run_;
      for_each([&](EventTag tag, const Weight&, const V& alternative) {
        if (const T& selected = select(alternative); !(selected == value)) {
          out.tag_ = tag;
          out.alternative_ = selected;
        }
      });
      return out;
    }

   private:
    friend struct SingleAlternative;
    template <class U>
    friend class Alternatives;

    void take(EventTag tag, const V& alternative) {
      tag_ = tag;
      alternative_ = alternative;
    }
    [[gnu::always_inline]] inline void meet(EventTag tag, const V& alternative) {
      if (tag_.none() || !run_->keep_first(tag_, tag)) take(tag, alternative);
    }

    Run* run_ = nullptr;
    EventTag tag_;
    V alternative_{};
  };

  // The common cases, no event or one, are inlined into each operation; the meeting of two is not. Nothing
  // takes the address of a result: a triple that has to live in memory costs the processor a stall at every
  // copy.
  template <class V, class Visit, class Evaluate>
  [[gnu::always_inline]] static inline Alternatives<V> combine(const V& value, Visit&& visit,
                                                               Evaluate&& evaluate) {
    Alternatives<V> out;
    EventTag seen;
    visit([&](const auto& input) __attribute__((always_inline)) {
      if (input.run_ != out.run_) join(out.run_, input.run_);
      if (input.tag_.none() || input.tag_ == seen || !input.run_->alive(input.tag_)) return;
      seen = input.tag_;
      if (seen == out.tag_) return;
      const V alternative = evaluate(seen);
      if (!(alternative == value)) out.meet(seen, alternative);  // an event that changes nothing meets nobody
    });
    return out;
  }
  template <class V, class Visit, class Evaluate, class AnyJumps>
  [[gnu::always_inline]] static inline Alternatives<V> combine(const V& value, Visit&& visit,
                                                               Evaluate&& evaluate, const AnyJumps& jumps) {
    Alternatives<V> out = combine(value, visit, evaluate);
    if (!jumps.empty()) out = with_jumps(out, jumps);
    return out;
  }
  template <class V, class AnyJumps>
  static auto jump_derivative(const V&, const AnyJumps&) {
    return slope_t<V, Weight>{};
  }

 private:
  template <class V, class AnyJumps>
  [[gnu::noinline]] static Alternatives<V> with_jumps(Alternatives<V> out, const AnyJumps& jumps) {
    if (out.run_ == nullptr) throw_no_run();
    for (const auto& jump : jumps) {
      const EventTag tag = out.run_->create(jump.weight);
      if (!out.tag_.none() && !out.run_->alive(out.tag_)) out.tag_ = {};  // OneAlternative has chosen already
      if (!tag.none()) out.meet(tag, jump.alternative);
    }
    return out;
  }
};

struct PruneByWeight : SingleAlternative<EventTable<ChooseByWeight>> {
  template <class W>
  using with_weights = SingleAlternative<EventTable<ByWeight<W>>>;
};
struct PruneByWins : SingleAlternative<EventTable<ChooseByWins>> {
  template <class W>
  using with_weights = SingleAlternative<EventTable<ByWins<W>>>;
};
struct OneAlternative : SingleAlternative<OneEvent<double>> {
  template <class W>
  using with_weights = SingleAlternative<OneEvent<W>>;
};

}  // namespace spikegrad::stochastic_ad
