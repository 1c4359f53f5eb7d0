// SPDX-License-Identifier: Apache-2.0
// Stochastic automatic differentiation: unbiased derivatives of programs with discrete randomness.
//
//   #include <spikegrad/stochastic_ad/stochastic_ad.hpp>
//   namespace sad = spikegrad::stochastic_ad;
//
//   sad::Rng rng(1);
//   auto f = [](auto p, auto& rng) { auto x = sad::binomial(rng, 10, p); return x * x; };
//   double d = sad::derivative_estimate(f, 0.4, rng);     // unbiased estimate of d E[f] / dp
//
// Header-only; needs C++20 and nothing else. docs/stochastic-ad.md teaches it.
#pragma once

#include "spikegrad/stochastic_ad/bernoulli.hpp"
#include "spikegrad/stochastic_ad/binomial.hpp"
#include "spikegrad/stochastic_ad/categorical.hpp"
#include "spikegrad/stochastic_ad/estimate.hpp"
#include "spikegrad/stochastic_ad/geometric.hpp"
#include "spikegrad/stochastic_ad/gradient.hpp"
#include "spikegrad/stochastic_ad/poisson.hpp"
#include "spikegrad/stochastic_ad/propagate.hpp"
#include "spikegrad/stochastic_ad/propagate_draws.hpp"
#include "spikegrad/stochastic_ad/reverse.hpp"
#include "spikegrad/stochastic_ad/rng.hpp"
#include "spikegrad/stochastic_ad/table.hpp"
