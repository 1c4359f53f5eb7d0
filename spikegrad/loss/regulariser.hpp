// SPDX-License-Identifier: Apache-2.0
// Activity regularisers: penalties on the spike counts n_i = Σ_t S_i[t] of a population in one trial, which
// join the loss. The counts' means over groups of m units, one unit, one channel or all, are bounded, and
// what lies beyond the bound counts, once or squared [R]:
//
//   P = strength/G Σ_g r_g^k,   r_g = max(0, ±((1/m) Σ_{i in g} n_i - bound)),   k = 1 (l1) or 2 (l2),
//   ∂P/∂S_i[t] = ∂P/∂n_i = ± strength/(G m) · (1[r_g > 0] or 2 r_g),   the same in every step.
//
// A member is a kind, a summary and a side: +1 for what is too much, -1 for what is too little. Sums over a
// batch are sums of the trials' penalties, as of their losses. Analog outputs count as they are.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

enum class Norm : std::uint8_t { l1, l2 };
constexpr std::array<std::string_view, 2> names_of(Norm) {
  return {"l1", "l2"};
}

/// Whose mean spike count is bounded.
enum class CountOf : std::uint8_t { unit, channel, population };
constexpr std::array<std::string_view, 3> names_of(CountOf) {
  return {"unit", "channel", "population"};
}

struct ActivityBound {
  std::size_t population = 0;  ///< of units that spike
  double bound = 0.0;
  double strength = 1.0;
  Norm norm = Norm::l2;
  CountOf per = CountOf::unit;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("bound", self.bound, Range::non_negative, "spikes per unit and trial");
    visit("strength", self.strength, Range::non_negative, "factor of the penalty, in units of the loss");
    visit("norm", self.norm, Range::any, "what is beyond the bound as it is (l1) or squared (l2)");
    visit("per", self.per, Range::any, "bounds the count of each unit, or the mean of a channel or of all");
  }

  /// Units of a group; a group's units follow each other.
  std::size_t group_size(const Shape& shape) const {
    return per == CountOf::unit ? 1 : per == CountOf::channel ? shape.positions : shape.size();
  }
};

struct UpperBound : ActivityBound {
  static constexpr std::string_view kind = "upper-bound";
  static constexpr std::string_view summary = "penalty on more spikes than the bound";
  static constexpr double side = 1.0;
};

struct LowerBound : ActivityBound {
  static constexpr std::string_view kind = "lower-bound";
  static constexpr std::string_view summary = "penalty on fewer spikes than the bound";
  static constexpr double side = -1.0;
};

using Regulariser = std::variant<UpperBound, LowerBound>;

inline std::size_t population_of(const Regulariser& regulariser) {
  return std::visit([](const auto& r) { return r.population; }, regulariser);
}

/// r of the group whose counts these are.
template <class Bound, class T>
T beyond_bound(const Bound& r, std::span<const T> counts) {
  using std::max;
  T sum(0.0);
  for (const T& n : counts) sum = sum + n;
  return max(Bound::side * (sum * (1.0 / static_cast<double>(counts.size())) - r.bound), T(0.0));
}

/// P from the counts [size] of the population.
template <class T>
T penalty(const Regulariser& regulariser, const Shape& shape, std::span<const T> counts) {
  return std::visit(
      [&](const auto& r) {
        const std::size_t m = r.group_size(shape);
        T sum(0.0);
        for (std::size_t first = 0; first < counts.size(); first += m) {
          const T beyond = beyond_bound(r, counts.subspan(first, m));
          sum = sum + (r.norm == Norm::l1 ? beyond : beyond * beyond);
        }
        return sum * (r.strength * static_cast<double>(m) / static_cast<double>(counts.size()));
      },
      regulariser);
}

/// Adds ∂P/∂n to `adjoint` [size].
inline void add_penalty_gradient(const Regulariser& regulariser, const Shape& shape,
                                 std::span<const double> counts, std::span<double> adjoint) {
  std::visit(
      [&](const auto& r) {
        const std::size_t m = r.group_size(shape);
        const double scale = r.side * r.strength / static_cast<double>(counts.size());
        for (std::size_t first = 0; first < counts.size(); first += m) {
          const double beyond = beyond_bound(r, counts.subspan(first, m));
          if (beyond > 0.0)
            for (std::size_t i = first; i < first + m; ++i)
              adjoint[i] += r.norm == Norm::l1 ? scale : 2.0 * scale * beyond;
        }
      },
      regulariser);
}

/// n of a population [size].
template <class T>
std::vector<T> spike_counts(const Network& network, const Tape<T>& tape, std::size_t population) {
  std::vector<T> counts(network.populations()[population].size(), T(0.0));
  for (std::size_t t = 0; t < network.steps(); ++t) {
    const auto y = tape.outputs_of(network, population, t);
    for (std::size_t i = 0; i < y.size(); ++i) counts[i] = counts[i] + y[i];
  }
  return counts;
}

/// Σ P of a trial.
template <class T>
T penalty_value(std::span<const Regulariser> regularisers, const Network& network, const Tape<T>& tape) {
  T sum(0.0);
  for (const Regulariser& r : regularisers) {
    const std::size_t p = population_of(r);
    const std::vector<T> counts = spike_counts(network, tape, p);
    sum = sum + penalty<T>(r, network.populations()[p].shape, counts);
  }
  return sum;
}

/// Adds ∂P/∂S to the signals.
inline void add_penalty_gradient(std::span<const Regulariser> regularisers, const Network& network,
                                 const Tape<double>& tape, Signals& signals) {
  for (const Regulariser& r : regularisers) {
    const std::size_t p = population_of(r), first = network.layout(p).unit_offset;
    const std::vector<double> counts = spike_counts(network, tape, p);
    std::vector<double> adjoint(counts.size(), 0.0);
    add_penalty_gradient(r, network.populations()[p].shape, counts, adjoint);
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::size_t i = 0; i < adjoint.size(); ++i) signals.output[t][first + i] += adjoint[i];
  }
}

}  // namespace spikegrad
