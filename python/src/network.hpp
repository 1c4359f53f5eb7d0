// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spikegrad/network/network.hpp"

namespace spikegrad::python {

/// A net without input and loss: what a model is before it is complete.
struct Net {
  Network network;
  std::vector<double> parameters;
};

}  // namespace spikegrad::python
