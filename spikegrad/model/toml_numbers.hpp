// SPDX-License-Identifier: Apache-2.0
// Arrays of numbers of a given shape.
#pragma once

#include <span>
#include <string_view>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/model/toml_table.hpp"

namespace spikegrad {

/// Nested arrays of exactly this shape into a row-major array of as many numbers. `order` names the axes for
/// the message, e.g. "[post, pre]".
void read_nested(const TomlTable& table, std::string_view key, const toml::node& node,
                 std::span<const std::size_t> shape, std::string_view order, std::span<double> out);

/// A grid [steps, units] from [[per unit] per step], or from [per unit], the same in every step.
Grid<double> read_grid(const TomlTable& table, std::string_view key, const toml::node& node,
                       std::size_t steps, std::size_t units);

/// A grid [steps, units] that is 1 at each [step, unit] of a list and 0 elsewhere.
Grid<double> read_spikes(const TomlTable& table, std::string_view key, const toml::node& node,
                         std::size_t steps, std::size_t units);

}  // namespace spikegrad
