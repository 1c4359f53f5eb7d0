// SPDX-License-Identifier: Apache-2.0
// The back end without alternatives: at every draw they are folded into the derivative part at once,
//
//   δ_x = Σ w (alternative - x),
//
// so that the triple is a dual number and what follows the draw is linearised at x. Exact for functions that
// are linear in each draw, biased otherwise; with the straight-through rule (the default here) dS/dp = 1 for
// a spike, which is the surrogate gradient of a stochastic network.
#pragma once

#include <array>

#include "spikegrad/stochastic_ad/backend.hpp"
#include "spikegrad/stochastic_ad/slopes.hpp"

namespace spikegrad::stochastic_ad {

template <class W>
struct NoAlternatives {
  using Weight = W;
  struct Event {};
  static constexpr Rule default_rule = Rule::straight_through;

  class Run {
   public:
    template <std::uniform_random_bit_generator R>
    explicit Run(const R&) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
  };

  template <class V>
  class Alternatives {
   public:
    Alternatives() = default;
    explicit Alternatives(Run&) {}
    template <class F>
    void for_each(F&&) const {}
    const V& under(Event, const V& value) const { return value; }
    template <class T, class Select>
    Alternatives<T> element(const T&, Select&&) const {
      return {};
    }
  };

  template <class V, class Visit, class Evaluate, class AnyJumps = std::array<Jump<V, W>, 0>>
  static Alternatives<V> combine(const V&, Visit&&, Evaluate&&, const AnyJumps& = {}) {
    return {};
  }
  template <class V, class AnyJumps>
  static auto jump_derivative(const V& value, const AnyJumps& jumps) {
    slope_t<V, W> derivative{};
    for (const auto& jump : jumps) add_slope(derivative, jump.alternative - value, jump.weight);
    return derivative;
  }
};

struct Smoothed : NoAlternatives<double> {
  template <class Weight>
  using with_weights = NoAlternatives<Weight>;
};

}  // namespace spikegrad::stochastic_ad
