// SPDX-License-Identifier: Apache-2.0
// How far the mean of an estimator is from the gradient of the expected loss, both enumerated.
#pragma once

#include "spikegrad/estimator/enumeration.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad::testing {

/// Relative to the largest entry of the gradient, as distance().
inline double enumerated_error(const RandomNet& net, const EstimatorFactory& make) {
  return distance(enumerate(net.problem(), make).gradient, exact_gradient(net.problem()).gradient);
}

}  // namespace spikegrad::testing
