// SPDX-License-Identifier: Apache-2.0
// Vector mode: the gradient of a random program from one run. Every number carries its derivatives along all
// parameters, every event the vector of its weights; the program runs once, and so does each alternative, where
// derivative_estimate runs once for each parameter.
//
//   ∇ = δ + Σ w (alternative - x),      δ and w vectors
//
// Each component has the mean of derivative_estimate's. With pruning, one choice serves all components: an event
// is kept with probability ∝ |w|, which is best for the sum of the variances and not for each.
#pragma once

#include <array>
#include <string>

#include "spikegrad/stochastic_ad/estimate.hpp"

namespace spikegrad::stochastic_ad {

/// The back end with vectors for weights: of the elements of a std::array, or `dynamic`.
template <class Backend, std::size_t parameters>
using Vector = typename Backend::template with_weights<Slopes<parameters>>;

namespace detail {

template <class P>
inline constexpr std::size_t parameters_of = dynamic;
template <class E, std::size_t n>
inline constexpr std::size_t parameters_of<std::array<E, n>> = n;

}  // namespace detail

/// An unbiased estimate of the gradient of E[f(p, rng)] from one run, for an array p and a program f that returns a
/// number (biased for the back end Smoothed). The values are those of the plain call f(p, rng).
template <class Backend = PruneByWeight, class F, class P, std::uniform_random_bit_generator R>
P gradient_estimate(F&& f, const P& p, R& rng) {
  static_assert(detail::is_array<P>,
                "gradient_estimate: p must be a std::array or std::vector; of one number there is "
                "derivative_estimate");
  using S = Slopes<detail::parameters_of<P>>;
  const auto gradient = detail::with_run<Vector<Backend, detail::parameters_of<P>>>(
      f, p, rng, [&](std::size_t i) { return S::unit(i, p.size()); },
      [](const auto& x) {
        if constexpr (Triple<decltype(x)>)
          return derivative_contribution(x);
        else  // a program that does not depend on p
          return S();
      });
  std::size_t i = 0;
  return detail::map_elements<detail::number_of_t<typename P::value_type>>(p, [&](const auto&) {
    using T = detail::number_of_t<typename P::value_type>;
    return i < gradient.size() ? static_cast<T>(gradient[i++]) : T(0);
  });
}

/// The statistics of `runs` calls of gradient_estimate, one for each parameter.
template <class Backend = PruneByWeight, class F, class P, std::uniform_random_bit_generator R>
auto mean_gradient(F&& f, const P& p, R& rng, std::size_t runs) {
  if (runs < 2) throw UserError("mean_gradient: " + std::to_string(runs) + " runs; at least 2 are needed");
  return detail::statistics_of([&] { return gradient_estimate<Backend>(f, p, rng); }, runs);
}

}  // namespace spikegrad::stochastic_ad
