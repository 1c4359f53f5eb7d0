// SPDX-License-Identifier: Apache-2.0
// Escape functions: the probability that a unit spikes in a step, as a function of x = u - θ (threshold
// units).
//
// Contract of a member f, a struct of settings, whose equations are functions in spikegrad::equations
// (equations.hpp says how they are written), checked for every member by tests/neuron/escape_test.cpp and for
// vectors by tests/engine/cpu_kernels_test.cpp:
//   probability(f, x)          f(x) in [0, 1], non-decreasing
//   derivative(f, x)           f'(x) >= 0
//   log_slope(f, x, s)         derivative of the logarithm below: f'/f or -f'/(1 - f)
//   log_probability(f, x, s)   log f(x) for a spike (s), log(1 - f(x)) for none; never asked of vectors
// No member gives NaN for |βx| (or |x/Δu|) up to 1e6, whatever the number type; log_probability may be
// -infinity only where the event is impossible. A new member is one file here in neuron/escape/, one line in
// the variant, one entry in tests/support/neuron_cases.hpp; both engines take it from there.
#include "spikegrad/neuron/escape/arctan.hpp"
#include "spikegrad/neuron/escape/clipped_exponential.hpp"
#include "spikegrad/neuron/escape/exponential_hazard.hpp"
#include "spikegrad/neuron/escape/gaussian.hpp"
#include "spikegrad/neuron/escape/rectangular.hpp"
#include "spikegrad/neuron/escape/sigmoid.hpp"
#include "spikegrad/neuron/escape/superspike.hpp"
#include "spikegrad/neuron/escape/triangular.hpp"

#ifndef SPIKEGRAD_ESCAPE
#define SPIKEGRAD_ESCAPE

#include <variant>

namespace spikegrad {

using Escape =
    std::variant<SigmoidEscape, ExponentialHazardEscape, ClippedExponentialEscape, SuperSpikeEscape,
                 GaussianEscape, ArctanEscape, RectangularEscape, TriangularEscape>;

}  // namespace spikegrad
#endif
