// SPDX-License-Identifier: Apache-2.0
// Models that the tests of this layer share.
#pragma once

namespace spikegrad::models {

/// Two layers of two stochastic LIF units over 4 steps: 2^16 histories at most, few enough to enumerate.
inline constexpr const char* two_layers = R"(
seed = 3
[time]
dt = 1e-3
steps = 4
[[population]]
name = "x"
kind = "input"
size = 2
[[population]]
name = "h"
kind = "lif"
size = 1
tau_mem = 2e-3
tau_syn = 1e-3
escape = { kind = "sigmoid", beta = 3.0 }
[[population]]
name = "y"
kind = "binary"
size = 1
threshold = 0.3
escape = { kind = "sigmoid", beta = 3.0 }
[[connection]]
from = "x"
to = "h"
weights = [[1.5, 2.0]]
[[connection]]
from = "h"
to = "y"
weights = [[1.2]]
[input]
kind = "spikes"
spikes = [[0, 0], [0, 1], [1, 1]]
[loss]
kind = "linear"
population = "y"
coefficients = [[1], [0.5], [1], [-2]]
)";

/// The net of the study's third finding: x -> g -> (h1, h2) -> y, analog sigmoid units.
inline constexpr const char* analog = R"(
[time]
steps = 1
[[population]]
name = "x"
kind = "input"
size = 1
[[population]]
name = "g"
kind = "binary"
size = 1
threshold = 0
output = "analog"
escape = { kind = "sigmoid", beta = 10 }
[[population]]
name = "h"
kind = "binary"
size = 2
threshold = 0
output = "analog"
escape = { kind = "sigmoid", beta = 10 }
[[population]]
name = "y"
kind = "binary"
size = 1
threshold = 0
output = "analog"
escape = { kind = "sigmoid", beta = 10 }
[[connection]]
from = "x"
to = "g"
weights = [[0.1]]
[[connection]]
from = "g"
to = "h"
weights = [[0.05], [0.1]]
[[connection]]
from = "h"
to = "y"
weights = [[1, -1]]
[input]
kind = "values"
values = [1]
[loss]
kind = "linear"
population = "y"
coefficients = [[1]]
)";

}  // namespace spikegrad::models
