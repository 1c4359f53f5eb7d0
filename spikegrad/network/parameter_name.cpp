// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/parameter_name.hpp"

#include <charconv>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"

namespace spikegrad {

std::size_t parameter_index(const Network& network, std::string_view name) {
  const std::size_t open = name.find('[');
  const std::string_view block_name = name.substr(0, open);
  const ParameterBlock* block = nullptr;
  std::vector<std::string_view> names;
  for (const ParameterBlock& candidate : network.blocks()) {
    names.push_back(candidate.name);
    if (candidate.name == block_name) block = &candidate;
  }
  if (!block)
    throw UserError("there are no parameters '" + std::string(block_name) + "'" +
                    suggestion(block_name, names));

  std::string axes;
  for (const std::size_t side : block->shape)
    axes += (axes.empty() ? "" : ",") + std::string("0…") + std::to_string(side - 1);
  const UserError wrong("'" + std::string(name) + "' must have the form " + block->name + "[" + axes + "]");

  if (open == std::string_view::npos || name.back() != ']') throw wrong;
  const char *at = name.data() + open + 1, *const end = name.data() + name.size() - 1;
  std::size_t index = 0;
  for (std::size_t axis = 0; axis < block->shape.size(); ++axis) {
    if (axis > 0 && (at == end || *at++ != ',')) throw wrong;
    while (at != end && *at == ' ') ++at;
    std::size_t i = 0;
    const auto parsed = std::from_chars(at, end, i);
    if (parsed.ec != std::errc() || i >= block->shape[axis]) throw wrong;
    index = index * block->shape[axis] + i;
    at = parsed.ptr;
  }
  if (at != end) throw wrong;
  return block->offset + index;
}

}  // namespace spikegrad
