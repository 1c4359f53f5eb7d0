// SPDX-License-Identifier: Apache-2.0
// Surrogate derivatives g(x) of a spike with respect to x = u - θ (threshold units). They stand for f'(x), or
// for the derivative of the step function; each header gives formula and source.
//
// Contract of a member g, a struct of settings, checked for every member by tests/neuron/surrogate_test.cpp
// and for vectors by tests/engine/cpu_kernels_test.cpp: slope(g, x) in spikegrad::equations (equations.hpp
// says how it is written) is finite for |βx| up to 1e6 and largest at 0. A new member is one file in
// neuron/surrogate/, one line in the variant, one entry in tests/support/neuron_cases.hpp; both engines take
// it from there.
#include "spikegrad/neuron/surrogate/arctan.hpp"
#include "spikegrad/neuron/surrogate/exponential.hpp"
#include "spikegrad/neuron/surrogate/gaussian.hpp"
#include "spikegrad/neuron/surrogate/multi_gaussian.hpp"
#include "spikegrad/neuron/surrogate/rectangular.hpp"
#include "spikegrad/neuron/surrogate/sigmoid.hpp"
#include "spikegrad/neuron/surrogate/straight_through.hpp"
#include "spikegrad/neuron/surrogate/superspike.hpp"
#include "spikegrad/neuron/surrogate/table.hpp"
#include "spikegrad/neuron/surrogate/triangular.hpp"

#ifndef SPIKEGRAD_SURROGATE
#define SPIKEGRAD_SURROGATE

#include <variant>

namespace spikegrad {

using Surrogate = std::variant<SigmoidSurrogate, SuperSpikeSurrogate, ExponentialSurrogate,
                               TriangularSurrogate, RectangularSurrogate, GaussianSurrogate, ArctanSurrogate,
                               MultiGaussianSurrogate, StraightThroughSurrogate, TableSurrogate>;

}  // namespace spikegrad
#endif
