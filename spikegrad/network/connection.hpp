// SPDX-License-Identifier: Apache-2.0
// Connections: which weight joins which units. A kind knows its weights' shape and two loops:
//
//   gather:   D_i += Σ_j w_ij S_j            over the active (non-zero) outputs S of the source
//   scatter:  ∂L/∂w_ij += D̄_i S_j           over the same active outputs (weight gradient)
//   signal:   S̄_j += Σ_i w_ij D̄_i           (signal to the source), D̄ = ∂L/∂D
//
// tests/network/connection_test.cpp checks all three against the dense matrix the connection stands for.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

/// A population's units as channels × positions, channel-major: unit = channel · positions + position.
struct Shape {
  std::size_t channels = 1, positions = 1;
  std::size_t size() const { return channels * positions; }
  bool operator==(const Shape&) const = default;
};

/// Every unit of the source to every unit of the target. Weights [post, pre].
struct Dense {
  static constexpr std::string_view kind = "dense";
  static constexpr std::string_view summary = "all to all, weights [post, pre]";

  template <class Self, class Visitor>
  static void fields(Self&, Visitor&&) {}

  std::vector<std::size_t> weight_shape(const Shape& from, const Shape& to) const {
    return {to.size(), from.size()};
  }
  /// Number of presynaptic units a target unit sees (for initialisers).
  std::size_t fan_in(const Shape& from) const { return from.size(); }

  /// visit(i, k) for every target unit i of source unit j; k is the index of the weight.
  template <class Visitor>
  void for_each_target(const Shape& from, const Shape& to, std::size_t j, Visitor&& visit) const {
    for (std::size_t i = 0; i < to.size(); ++i) visit(i, i * from.size() + j);
  }
  /// visit(i, j, k) for every weight k that joins source unit j to target unit i, in the order of memory.
  template <class Visitor>
  void for_each(const Shape& from, const Shape& to, Visitor&& visit) const {
    const std::size_t pre = from.size();
    for (std::size_t i = 0; i < to.size(); ++i)
      for (std::size_t j = 0; j < pre; ++j) visit(i, j, i * pre + j);
  }
};

/// Convolution over positions. Weights [channels_out, channels_in, kernel]; target position q sees source
/// positions q · stride - padding … + kernel - 1.
struct Conv1d {
  static constexpr std::string_view kind = "conv1d";
  static constexpr std::string_view summary = "convolution over positions, weights [out, in, kernel]";

  std::size_t kernel = 1, stride = 1, padding = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("kernel", self.kernel, Range::positive, "width in positions");
    visit("stride", self.stride, Range::positive, "step between target positions");
    visit("padding", self.padding, Range::non_negative, "zeros on either side");
  }

  std::vector<std::size_t> weight_shape(const Shape& from, const Shape& to) const {
    return {to.channels, from.channels, kernel};
  }
  std::size_t fan_in(const Shape& from) const { return from.channels * kernel; }

  /// Positions of the target, floor((P + 2 padding - kernel)/stride) + 1; 0 where the kernel does not fit.
  std::size_t target_positions(std::size_t positions) const {
    const std::size_t padded = positions + 2 * padding;
    return padded < kernel ? 0 : (padded - kernel) / stride + 1;
  }

  template <class Visitor>
  void for_each_target(const Shape& from, const Shape& to, std::size_t j, Visitor&& visit) const {
    const std::size_t in = j / from.positions, padded = j % from.positions + padding;
    // tap = padded - q · stride must lie in [0, kernel)
    const std::size_t first = padded < kernel ? 0 : (padded - kernel) / stride + 1;
    for (std::size_t q = first; q < to.positions && q * stride <= padded; ++q)
      for (std::size_t out = 0; out < to.channels; ++out)
        visit(out * to.positions + q, (out * from.channels + in) * kernel + padded - q * stride);
  }
  template <class Visitor>
  void for_each(const Shape& from, const Shape& to, Visitor&& visit) const {
    for (std::size_t j = 0; j < from.size(); ++j)
      for_each_target(from, to, j, [&](std::size_t i, std::size_t k) { visit(i, j, k); });
  }
};

using ConnectionKind = std::variant<Dense, Conv1d>;

}  // namespace spikegrad
