// SPDX-License-Identifier: Apache-2.0
// The net whose own slope is that of a surrogate: its true gradient is one, the surrogate gradient is not.
#pragma once

#include "spikegrad/core/error.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

inline double slope_of(const Surrogate& g) {
  const auto* sigmoid = std::get_if<SigmoidSurrogate>(&g);
  require(sigmoid, "the surrogates of this experiment are sigmoids");
  return sigmoid->beta;
}

/// The same model with sigmoids of slope `beta` for escape functions.
inline Model with_own_slope(Model model, double beta) {
  std::vector<Population> populations = model.network.populations();
  for (Population& p : populations)
    if (p.spikes()) p.escape = SigmoidEscape{.beta = beta};
  model.network = Network(model.network.time(), std::move(populations), model.network.connections());
  return model;
}

}  // namespace spikegrad
