// SPDX-License-Identifier: Apache-2.0
// The alternatives of one draw along all parameters. Along parameter k a draw offers the alternatives of its
// scalar formula for δ_k; those that are the same outcome are one alternative, whose weight has the components
//
//   w = (w_1, …, w_n),   w_k the weight along p_k (0 where the formula offers another outcome).
//
// So `positive` can give two alternatives, one for the parameters that push upwards and one for those that push
// downwards; no component is negative.
#pragma once

#include <vector>

#include "spikegrad/stochastic_ad/rules.hpp"
#include "spikegrad/stochastic_ad/slopes.hpp"
#include "spikegrad/stochastic_ad/tape.hpp"

namespace spikegrad::stochastic_ad {

template <class T, class W>
class VectorJumps {
 public:
  /// The weight of an outcome, 0 at first.
  W& weight_of(const T& alternative) {
    for (auto& own : jumps_)
      if (own.alternative == alternative) return own.weight;
    jumps_.push_back({alternative, {}});
    return jumps_.back().weight;
  }
  bool empty() const { return jumps_.empty(); }
  auto begin() const { return jumps_.begin(); }
  auto end() const { return jumps_.end(); }

 private:
  std::vector<Jump<T, W>> jumps_;
};

/// The alternatives for the slope δ of a draw's parameter; formula(δ) gives them along one direction.
template <class T, class Formula>
[[gnu::always_inline]] inline Jumps<T> along(double delta, Formula&& formula) {
  return formula(delta);
}
template <class T, std::size_t n, class Formula>
VectorJumps<T, Slopes<n>> along(const Slopes<n>& delta, Formula&& formula) {
  VectorJumps<T, Slopes<n>> out;
  for (std::size_t k = 0; k < delta.size(); ++k)
    if (delta[k] != 0)
      for (const Jump<T>& jump : formula(delta[k]))
        out.weight_of(jump.alternative).add_at(k, jump.weight, delta.size());
  return out;
}
/// The weights are linear in δ (the rule sees to that), so the formula for δ = 1 gives them.
template <class T, class Formula>
VectorJumps<T, TapeSlope> along(const TapeSlope& delta, Formula&& formula) {
  VectorJumps<T, TapeSlope> out;
  if (has_slope(delta))
    for (const Jump<T>& jump : formula(1.0)) out.weight_of(jump.alternative).add(jump.weight, delta);
  return out;
}

}  // namespace spikegrad::stochastic_ad
