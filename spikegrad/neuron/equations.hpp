// SPDX-License-Identifier: Apache-2.0
// Every equation stands once, as a function template on the number type. The header of a member (escape
// function, surrogate, unit) has two parts:
//   its settings    a struct in namespace spikegrad, read once
//   its equations   functions in namespace SPIKEGRAD_EQUATIONS, each SPIKEGRAD_INLINE. That is
//                   spikegrad::equations, for double, Dual and StochasticTriple. Engines with vectors read
//                   this part again, with SPIKEGRAD_VECTORS defined, for every instruction set: a function of
//                   vectors must be compiled for the set that they belong to, and compilers take that from
//                   the place where its text is read. A member that uses another's equations includes its
//                   header, and stands behind it in the list of its family.
// A number type X has + - * / and comparisons, with itself and with double, and select, mul_add, neg_mul_add
// and range_of (core/number.hpp), abs, min, max (of two X), exp, expm1, log, log1p, sqrt, sin, cos, tanh,
// atan.
// They are called without std::, so that argument lookup finds those of X; what depends on settings alone is
// a double and wants std::. Vectors take both sides of a branch, hence select in place of `if`, and sides
// that are not chosen may be anything. A division by a double is a multiplication there: its inverse is
// rounded.
#pragma once

#include <algorithm>
#include <cmath>

#include "spikegrad/core/number.hpp"

#define SPIKEGRAD_EQUATIONS spikegrad::equations
#define SPIKEGRAD_INLINE inline

namespace spikegrad::equations {

using std::abs, std::min, std::max, std::exp, std::expm1, std::log, std::log1p, std::sqrt, std::sin, std::cos,
    std::tanh, std::atan;

/// 1 - λ of a decay. Engines in float keep it beside λ, which has lost digits of it.
template <class L>
L complement(const L& decay) {
  return 1.0 - decay;
}

}  // namespace spikegrad::equations
