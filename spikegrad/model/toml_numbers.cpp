// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/model/toml_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace spikegrad {
namespace {

/// The entry of an array as an index below `size`, if it is one.
std::optional<std::size_t> index_below(const toml::node& node, std::size_t size) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < 0 || static_cast<std::uint64_t>(*number) >= size) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

struct Nested {
  const TomlTable& table;
  std::span<const std::size_t> shape;
  std::string_view order;
};

/// The arrays of one axis and all within.
void read_axis(const Nested& nested, std::string_view key, const toml::node& node, std::size_t axis,
               std::span<double> out) {
  if (axis == nested.shape.size()) return nested.table.convert(key, node, out[0], Range::any);
  const std::size_t size = nested.shape[axis];
  const toml::array* array = node.as_array();
  if (!array || array->size() != size)
    nested.table.fail(key, node,
                      fmt::format("{}, must be an array of {} (the shape {} is {})",
                                  array ? fmt::format("has {} entries", array->size()) : "is no array", size,
                                  nested.order, show_shape(nested.shape)));
  const std::size_t part = out.size() / size;
  for (std::size_t i = 0; i < size; ++i)
    read_axis(nested, fmt::format("{}[{}]", key, i), (*array)[i], axis + 1, out.subspan(i * part, part));
}

}  // namespace

void read_nested(const TomlTable& table, std::string_view key, const toml::node& node,
                 std::span<const std::size_t> shape, std::string_view order, std::span<double> out) {
  read_axis({table, shape, order}, key, node, 0, out);
}

Grid<double> read_grid(const TomlTable& table, std::string_view key, const toml::node& node,
                       std::size_t steps, std::size_t units) {
  Grid<double> grid(steps, units);
  const toml::array* array = node.as_array();
  if (array && !array->empty() && !array->get(0)->is_array()) {
    read_nested(table, key, node, std::array{units}, "[unit]", grid[0]);
    for (std::size_t t = 1; t < steps; ++t) std::copy(grid[0].begin(), grid[0].end(), grid[t].begin());
  } else {
    read_nested(table, key, node, std::array{steps, units}, "[step, unit]", grid.flat());
  }
  return grid;
}

Grid<double> read_spikes(const TomlTable& table, std::string_view key, const toml::node& node,
                         std::size_t steps, std::size_t units) {
  Grid<double> grid(steps, units);
  const toml::array* list = node.as_array();
  if (!list) table.fail(key, node, "must be a list [[step, unit], …]");
  for (std::size_t k = 0; k < list->size(); ++k) {
    const toml::node& entry = (*list)[k];
    const toml::array* pair = entry.as_array();
    const std::string name = fmt::format("{}[{}]", key, k);
    if (!pair || pair->size() != 2) table.fail(name, entry, "must be a pair [step, unit]");
    const auto step = index_below((*pair)[0], steps), unit = index_below((*pair)[1], units);
    if (!step)
      table.fail(name + "[0]", (*pair)[0],
                 fmt::format("the step must be a whole number from 0 to {}", steps - 1));
    if (!unit)
      table.fail(name + "[1]", (*pair)[1],
                 fmt::format("the unit must be a whole number from 0 to {}", units - 1));
    double& spike = grid[*step][*unit];
    if (spike != 0.0) table.fail(name, entry, fmt::format("the spike [{}, {}] is there twice", *step, *unit));
    spike = 1.0;
  }
  return grid;
}

}  // namespace spikegrad
