// SPDX-License-Identifier: Apache-2.0
// What convolutions share their weights by: a target unit sees the source through a window of taps, and each
// tap of it is a source unit and a weight,
//
//   target (o, q), tap (c, k)  ->  source (c, q · stride - padding + k · dilation), weight w[o][c][k],
//
// along rows and columns alike, with as many channels c as there are in the group of o.
#pragma once

#include <cstddef>

#include "spikegrad/core/sides.hpp"

namespace spikegrad {

/// A population's units as channels × positions, channel-major: unit = channel · positions + position. The
/// positions may be the places of `rows` rows, one row after the other.
struct Shape {
  std::size_t channels = 1, positions = 1, rows = 1;
  std::size_t size() const { return channels * positions; }
  std::size_t columns() const { return positions / rows; }
  bool operator==(const Shape&) const = default;
};

/// A window along one axis. All of it at least 1, but for the padding.
struct WindowAxis {
  std::size_t kernel = 1, stride = 1, padding = 0, dilation = 1;

  /// Source places from the first tap to the last.
  std::size_t span() const { return (kernel - 1) * dilation + 1; }
  /// Places of the target, floor((places + 2 padding - span)/stride) + 1; 0 where the kernel does not fit.
  std::size_t targets(std::size_t places) const {
    const std::size_t padded = places + 2 * padding;
    return padded < span() ? 0 : (padded - span()) / stride + 1;
  }
  /// visit(q, k) for every target place q, of so many, that sees place `at` of the source, by its tap k.
  template <class Visitor>
  void for_each_target(std::size_t at, std::size_t targets, Visitor&& visit) const {
    const std::size_t padded = at + padding, last = span() - 1;
    // k · dilation = padded - q · stride must lie in [0, span)
    for (std::size_t q = padded <= last ? 0 : (padded - last - 1) / stride + 1;
         q < targets && q * stride <= padded; ++q)
      if (const std::size_t k = padded - q * stride; k % dilation == 0) visit(q, k / dilation);
  }
};

/// The channels of either side fall into `groups`, of which each sees its own alone: depthwise where a group
/// is a channel.
struct Window {
  WindowAxis rows = {}, columns = {};
  std::size_t groups = 1;

  std::size_t taps() const { return rows.kernel * columns.kernel; }
  /// Source units that a target unit sees, padding among them.
  std::size_t fan_in(const Shape& from) const { return from.channels / groups * taps(); }

  /// visit(i, k) for every target unit i of source unit j; k is the index of the weight in
  /// [channels out][channels in of a group][rows][columns].
  template <class Visitor>
  void for_each_target(const Shape& from, const Shape& to, std::size_t j, Visitor&& visit) const {
    const std::size_t in = from.channels / groups, out = to.channels / groups, channel = j / from.positions,
                      group = channel / in, at = j % from.positions;
    rows.for_each_target(at / from.columns(), to.rows, [&](std::size_t row, std::size_t row_tap) {
      columns.for_each_target(at % from.columns(), to.columns(),
                              [&](std::size_t column, std::size_t column_tap) {
                                const std::size_t place = row * to.columns() + column,
                                                  tap = row_tap * columns.kernel + column_tap;
                                for (std::size_t o = group * out; o < (group + 1) * out; ++o)
                                  visit(o * to.positions + place, (o * in + channel % in) * taps() + tap);
                              });
    });
  }
  /// visit(i, j, k) for every target unit i that sees source unit j.
  template <class Visitor>
  void for_each(const Shape& from, const Shape& to, Visitor&& visit) const {
    for (std::size_t j = 0; j < from.size(); ++j)
      for_each_target(from, to, j, [&](std::size_t i, std::size_t k) { visit(i, j, k); });
  }
};

}  // namespace spikegrad
