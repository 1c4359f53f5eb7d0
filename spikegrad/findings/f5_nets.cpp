// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f5_nets.hpp"

namespace spikegrad {

std::vector<NetKind> link_nets(bool differentiate_reset, bool small) {
  std::vector<NetKind> kinds;
  const std::optional<double> beta = small ? std::optional(1.5) : std::nullopt;
  for (std::size_t depth = 1; depth <= 3; ++depth)
    kinds.push_back(
        {"binary, depth " + std::to_string(depth), "layers-binary", {.depth = depth, .beta = beta}});
  for (std::size_t depth = 1; depth <= (small ? 2 : 3); ++depth)
    for (const Reset reset :
         {Reset::multiplicative, Reset::multiplicative_leak, Reset::subtractive, Reset::none})
      kinds.push_back({"LIF, depth " + std::to_string(depth) + ", reset " +
                           std::string(names_of(reset)[static_cast<std::size_t>(reset)]),
                       "layers-lif",
                       {.depth = depth,
                        .width = small ? std::size_t{1} : std::size_t{3},
                        .gain = 5.0,
                        .beta = beta,
                        .reset = reset,
                        .differentiate_reset = differentiate_reset,
                        .steps = small ? std::size_t{5} : std::size_t{8}}});
  return kinds;
}

}  // namespace spikegrad
