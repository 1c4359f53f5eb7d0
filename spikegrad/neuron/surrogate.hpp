// SPDX-License-Identifier: Apache-2.0
// Surrogate derivatives g(x) of a spike with respect to x = u - θ (threshold units). They stand for f'(x), or
// for the derivative of the step function; each header gives formula and source.
//
// Contract of a member, checked for every member by tests/neuron/surrogate_test.cpp: g is finite for |βx| up
// to 1e6 and largest at 0. A new member is one file in neuron/surrogate/, one line in the variant, one entry
// in the test.
#pragma once

#include <variant>

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

namespace spikegrad {

using Surrogate = std::variant<SigmoidSurrogate, SuperSpikeSurrogate, ExponentialSurrogate,
                               TriangularSurrogate, RectangularSurrogate, GaussianSurrogate, ArctanSurrogate,
                               MultiGaussianSurrogate, StraightThroughSurrogate, TableSurrogate>;

}  // namespace spikegrad
