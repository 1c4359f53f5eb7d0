// SPDX-License-Identifier: Apache-2.0
// Convolutions for random nets: over positions, or over rows and columns; with dilation, in groups.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "spikegrad/network/connection.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::testing {

struct RandomConvolution {
  ConnectionKind kind;
  Shape target;
  std::string text;  ///< what it is
};

/// From that shape to one of at most so many units; nothing where no such was found.
inline std::optional<RandomConvolution> random_convolution(const Shape& from, std::size_t most, Dice& dice) {
  for (int tries = 0; tries < 20; ++tries) {
    const bool plane = from.rows > 1 || dice.chance(0.3);
    const auto axis = [&](std::size_t places) {
      return WindowAxis{dice.between(1, std::min<std::size_t>(places + 1, 4)), dice.between(1, 3),
                        dice.below(3), dice.between(1, 3)};
    };
    const WindowAxis row = plane ? axis(from.rows) : WindowAxis{}, column = axis(from.columns());
    const std::size_t groups = dice.chance(0.5) ? dice.between(1, from.channels) : 1;
    const std::size_t rows = row.targets(from.rows), positions = rows * column.targets(from.columns());
    if (from.channels % groups != 0 || positions == 0 || positions * groups > most) continue;
    const Shape target{groups * dice.between(1, most / (positions * groups)), positions, rows};
    const std::string text = std::string(plane ? " conv2d" : " conv1d") + (groups > 1 ? " in groups" : "");
    if (!plane)
      return RandomConvolution{Conv1d{column.kernel, column.stride, column.padding, column.dilation, groups},
                               target, text};
    return RandomConvolution{Conv2d{.kernel = {row.kernel, column.kernel},
                                    .stride = {row.stride, column.stride},
                                    .padding = {row.padding, column.padding},
                                    .dilation = {row.dilation, column.dilation},
                                    .groups = groups},
                             target, text};
  }
  return std::nullopt;
}

/// One that takes a shape to itself; depthwise at times.
inline ConnectionKind convolution_onto_itself(const Shape& shape, std::size_t padding, Dice& dice) {
  const std::size_t groups = dice.chance(0.4) ? shape.channels : 1;
  if (shape.rows == 1) return Conv1d{2 * padding + 1, 1, padding, 1, groups};
  const std::size_t rows = dice.below(2);
  return Conv2d{.kernel = {2 * rows + 1, 2 * padding + 1}, .padding = {rows, padding}, .groups = groups};
}

/// So many units with channels and rows.
inline Shape reshaped(std::size_t size, Dice& dice) {
  const auto divisor = [&](std::size_t of) {
    std::size_t d = dice.between(1, std::min<std::size_t>(of, 6));
    while (of % d != 0) --d;
    return d;
  };
  const std::size_t channels = divisor(size);
  return {channels, size / channels, divisor(size / channels)};
}

}  // namespace spikegrad::testing
