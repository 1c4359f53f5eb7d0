// SPDX-License-Identifier: Apache-2.0
// A small complete model file of which tests replace sections.
#pragma once

#include <map>
#include <string>

namespace spikegrad {

/// The sections of the example, with those of `changed` in place of the ones of the same name.
inline std::string example(const std::map<std::string, std::string>& changed = {}) {
  std::map<std::string, std::string> sections{{"time", "[time]\ndt = 1e-3\nsteps = 3\n"},
                                              {"population", R"(
[[population]]
name = "x"
kind = "input"
size = 2
[[population]]
name = "h"
kind = "lif"
size = 2
escape = { kind = "sigmoid", beta = 4.0 }
)"},
                                              {"connection", R"(
[[connection]]
from = "x"
to = "h"
weights = [[1.5, 2.0], [0.5, -1.0]]
)"},
                                              {"input", R"(
[input]
kind = "spikes"
spikes = [[0, 0], [1, 1]]
)"},
                                              {"loss", R"(
[loss]
kind = "linear"
population = "h"
coefficients = [[0, 0], [1, 0], [0, -1]]
)"}};
  for (const auto& [name, text] : changed) sections[name] = text;
  std::string all = "seed = 1\n";
  for (const auto& section : sections) all += section.second;
  return all;
}

}  // namespace spikegrad
