// SPDX-License-Identifier: Apache-2.0
// A truth for nets whose spikes are not drawn. Their loss is a staircase in the weights, with a derivative that is 0
// almost everywhere; the loss smoothed over the weights is not:
//
//   L_σ(w) = E[L(w + σε)],  ε ~ N(0, 1) in every parameter,
//   dL_σ/dw = E[(L(w + σε) - L(w - σε)) ε] / 2σ          (Stein's lemma; both signs of one ε: antithetic)
//
// without bias at any σ (Nesterov & Spokoiny 2017; Salimans et al. 2017). Of a net that draws spikes both trials share
// their numbers, and L is the expected loss.
#pragma once

#include "spikegrad/core/progress.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/measure/quality.hpp"
#include "spikegrad/measure/sampling.hpp"

namespace spikegrad {

/// The mean of settings.samples pairs. `loss` is L_σ. Throws UserError where sigma is no positive number.
SPIKEGRAD_EXPORT GradientTruth smoothed_gradient(const Problem& problem, double sigma,
                                                 const SamplingSettings& settings,
                                                 Progress& progress = no_progress());

}  // namespace spikegrad
