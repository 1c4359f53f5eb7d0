// SPDX-License-Identifier: Apache-2.0
// The back end that keeps every alternative of every number: least variance from one run, but the cost of an
// operation grows with the number of events its operands depend on. The oracle of the pruning back ends.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "spikegrad/stochastic_ad/backend.hpp"
#include "spikegrad/stochastic_ad/slopes.hpp"

namespace spikegrad::stochastic_ad {

template <class W>
struct EveryAlternative {
  using Weight = W;
  using Event = std::uint32_t;  ///< events are numbered as they happen
  static constexpr Rule default_rule = Rule::positive;

  class Run {
   public:
    template <std::uniform_random_bit_generator R>
    explicit Run(const R& rng) : selection_(rng) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Selection& selection() { return selection_; }

   private:
    friend struct EveryAlternative;
    std::vector<W> weights_;
    std::vector<Event> scratch_;
    Selection selection_;
  };

  template <class V>
  class Alternatives {
   public:
    Alternatives() = default;
    explicit Alternatives(Run& run) : run_(&run) {}

    Run* run() const { return run_; }
    template <class F>
    void for_each(F&& f) const {
      for (const auto& entry : entries_) f(entry.event, run_->weights_[entry.event], entry.alternative);
    }
    const V& under(Event event, const V& value) const {
      const auto entry = std::lower_bound(entries_.begin(), entries_.end(), event,
                                          [](const Entry& e, Event id) { return e.event < id; });
      return entry != entries_.end() && entry->event == event ? entry->alternative : value;
    }
    template <class T, class Select>
    Alternatives<T> element(const T& value, Select&& select) const {
      Alternatives<T> out;
      out.run_ = run_;
      for (const auto& entry : entries_)
        if (const T& selected = select(entry.alternative); !(selected == value))
          out.entries_.push_back({entry.event, selected});
      return out;
    }

   private:
    friend struct EveryAlternative;
    template <class U>
    friend class Alternatives;
    struct Entry {
      Event event;
      V alternative;
    };
    Run* run_ = nullptr;
    std::vector<Entry> entries_;  ///< by event, ascending
  };

  template <class V, class Visit, class Evaluate, class AnyJumps = std::array<Jump<V, W>, 0>>
  static Alternatives<V> combine(const V& value, Visit&& visit, Evaluate&& evaluate,
                                 const AnyJumps& jumps = {}) {
    Alternatives<V> out;
    visit([&](const auto& input) { join(out.run_, input.run_); });
    if (out.run_ == nullptr) {
      if (!jumps.empty()) throw_no_run();
      return out;
    }
    auto& events = out.run_->scratch_;
    events.clear();
    std::size_t inputs = 0;
    visit([&](const auto& input) {
      for (const auto& entry : input.entries_) events.push_back(entry.event);
      inputs += !input.entries_.empty();
    });
    if (inputs > 1) {
      std::sort(events.begin(), events.end());
      events.erase(std::unique(events.begin(), events.end()), events.end());
    }
    out.entries_.reserve(events.size() + 1);
    for (const Event event : events) {
      V alternative = evaluate(event);
      if (!(alternative == value)) out.entries_.push_back({event, std::move(alternative)});
    }
    for (const auto& jump : jumps) {
      out.entries_.push_back({static_cast<Event>(out.run_->weights_.size()), jump.alternative});
      out.run_->weights_.push_back(jump.weight);
    }
    return out;
  }
  template <class V, class AnyJumps>
  static auto jump_derivative(const V&, const AnyJumps&) {
    return slope_t<V, W>{};
  }
};

struct KeepAll : EveryAlternative<double> {
  template <class Weight>
  using with_weights = EveryAlternative<Weight>;
};

}  // namespace spikegrad::stochastic_ad
