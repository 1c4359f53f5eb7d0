// SPDX-License-Identifier: Apache-2.0
// Reverse mode: the gradient of a random program from one run, at a cost that does not grow with the number of
// parameters.
//
// While the program runs the slopes δ of the draws' parameters are only written down (tape.hpp), so neither the rule
// of a draw nor pruning may look at them. Rules with weights linear in δ are `right`, `left`, `two_sided` and
// `straight_through` (the default here); PruneByWins chooses among events without their weights. At the end the run has
// an output with derivative part δ_out, and for each event kept a change Δ and a weight c δ; one sweep backwards gives
//
//   ∇ = ∇δ_out + Σ c Δ ∇δ.
//
// For a spiking network and the rule straight_through this is the estimator `counterfactual-k` with K = 1.
#pragma once

#include <cstddef>
#include <string>

#include "spikegrad/stochastic_ad/gradient.hpp"
#include "spikegrad/stochastic_ad/tape.hpp"

namespace spikegrad::stochastic_ad {

/// An unbiased estimate of the gradient of E[f(p, rng)] from one run, for an array p and a program f that returns a
/// number; with the back end Smoothed the biased one of smoothing. Throws UserError for Rule::positive, and for a class
/// of probability 0 that is about to become possible: both ask for a sign.
template <class Backend = PruneByWins, class F, class P, std::uniform_random_bit_generator R>
P reverse_gradient_estimate(F&& f, const P& p, R& rng) {
  static_assert(detail::is_array<P>,
                "reverse_gradient_estimate: p must be a std::array or std::vector; of one number there is "
                "derivative_estimate");
  static_assert(
      !std::is_same_v<Backend, PruneByWeight> && !std::is_same_v<Backend, OneAlternative>,
      "reverse_gradient_estimate: this back end looks at the weights, which are not known before the end; "
      "take PruneByWins, KeepAll or Smoothed");
  Tape tape(p.size());
  const auto gradient = detail::with_run<typename Backend::template with_weights<TapeSlope>>(
      f, p, rng, [&](std::size_t i) { return tape.parameter(i); },
      [&](const auto& x) {
        if constexpr (Triple<decltype(x)>)
          return tape.gradient(derivative_contribution(x));
        else  // a program that does not depend on p
          return tape.gradient({});
      });
  using T = detail::number_of_t<typename P::value_type>;
  std::size_t i = 0;
  return detail::map_elements<T>(p, [&](const auto&) { return static_cast<T>(gradient[i++]); });
}

/// The statistics of `runs` calls of reverse_gradient_estimate, one for each parameter.
template <class Backend = PruneByWins, class F, class P, std::uniform_random_bit_generator R>
auto mean_reverse_gradient(F&& f, const P& p, R& rng, std::size_t runs) {
  if (runs < 2)
    throw UserError("mean_reverse_gradient: " + std::to_string(runs) + " runs; at least 2 are needed");
  return detail::statistics_of([&] { return reverse_gradient_estimate<Backend>(f, p, rng); }, runs);
}

}  // namespace spikegrad::stochastic_ad
