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
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/window.hpp"

namespace spikegrad {

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

/// Over positions. Weights [channels out, channels in of a group, kernel].
struct Conv1d {
  static constexpr std::string_view kind = "conv1d";
  static constexpr std::string_view summary = "convolution over positions, weights [out, in, kernel]";

  std::size_t kernel = 1, stride = 1, padding = 0, dilation = 1, groups = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("kernel", self.kernel, Range::positive, "number of taps");
    visit("stride", self.stride, Range::positive, "step between target positions");
    visit("padding", self.padding, Range::non_negative, "zeros on either side");
    visit("dilation", self.dilation, Range::positive, "step between taps");
    visit("groups", self.groups, Range::positive, "of channels, each of which sees its own alone");
  }

  Window window() const { return {{}, {kernel, stride, padding, dilation}, groups}; }
  std::vector<std::size_t> weight_shape(const Shape& from, const Shape& to) const {
    return {to.channels, from.channels / groups, kernel};
  }
  std::size_t fan_in(const Shape& from) const { return window().fan_in(from); }
  template <class Visitor>
  void for_each_target(const Shape& from, const Shape& to, std::size_t j, Visitor&& visit) const {
    window().for_each_target(from, to, j, visit);
  }
  template <class Visitor>
  void for_each(const Shape& from, const Shape& to, Visitor&& visit) const {
    window().for_each(from, to, visit);
  }
  /// Positions of the target; 0 where the kernel does not fit.
  std::size_t target_positions(std::size_t positions) const { return window().columns.targets(positions); }
};

/// Over rows and columns. Weights [channels out, channels in of a group, rows, columns].
struct Conv2d {
  static constexpr std::string_view kind = "conv2d";
  static constexpr std::string_view summary =
      "convolution over rows and columns, weights [out, in, rows, columns]";

  Sides kernel = {}, stride = {}, padding = {0, 0}, dilation = {};
  std::size_t groups = 1;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("kernel", self.kernel, Range::positive, "taps, [rows, columns]");
    visit("stride", self.stride, Range::positive, "step between target places, [rows, columns]");
    visit("padding", self.padding, Range::non_negative, "zeros on either side, [rows, columns]");
    visit("dilation", self.dilation, Range::positive, "step between taps, [rows, columns]");
    visit("groups", self.groups, Range::positive, "of channels, each of which sees its own alone");
  }

  Window window() const {
    return {{kernel.rows, stride.rows, padding.rows, dilation.rows},
            {kernel.columns, stride.columns, padding.columns, dilation.columns},
            groups};
  }
  std::vector<std::size_t> weight_shape(const Shape& from, const Shape& to) const {
    return {to.channels, from.channels / groups, kernel.rows, kernel.columns};
  }
  std::size_t fan_in(const Shape& from) const { return window().fan_in(from); }
  template <class Visitor>
  void for_each_target(const Shape& from, const Shape& to, std::size_t j, Visitor&& visit) const {
    window().for_each_target(from, to, j, visit);
  }
  template <class Visitor>
  void for_each(const Shape& from, const Shape& to, Visitor&& visit) const {
    window().for_each(from, to, visit);
  }
};

using ConnectionKind = std::variant<Dense, Conv1d, Conv2d>;

/// By what a connection shares its weights, if it does.
inline std::optional<Window> window_of(const ConnectionKind& kind) {
  return std::visit(
      [](const auto& member) -> std::optional<Window> {
        if constexpr (requires { member.window(); })
          return member.window();
        else
          return std::nullopt;
      },
      kind);
}

}  // namespace spikegrad
