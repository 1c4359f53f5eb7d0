// SPDX-License-Identifier: Apache-2.0
// The operations of core/number.hpp for stochastic triples, so that the reference engine runs on them.
#pragma once

#include "spikegrad/core/number.hpp"
#include "spikegrad/stochastic_ad/propagate.hpp"

namespace spikegrad::stochastic_ad {

/// f(x) for the value and for each alternative, which take their own branches.
template <class F, class T, class B>
StochasticTriple<T, B> lift(const F& f, const StochasticTriple<T, B>& x) {
  return propagate(f, x);
}

/// The value alone: neither derivative nor alternatives. Where what follows depends on the value, the
/// estimate loses that part of the derivative and is biased.
template <class T, class B>
StochasticTriple<T, B> detach(const StochasticTriple<T, B>& x) {
  return StochasticTriple<T, B>(value(x));
}

/// The value alone, as a plain number.
template <class T, class B>
constexpr T value_of(const StochasticTriple<T, B>& x) {
  return value(x);
}

}  // namespace spikegrad::stochastic_ad
