// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/conv_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace spikegrad::cpu {
namespace {

/// Tap k of target q reads source position q · stride - padding + k. Every position is given the same number
/// of targets, the most that any reaches, for a loop whose end differs from spike to spike is mispredicted at
/// a cost of several targets; the taps of the added ones lie outside the kernel, in rows of zeros. Where one
/// target is the most, one such row serves for all positions that a long stride leaves out.
void lay_out_starts(ConnectionPlan& c, const PopulationPlan& from, const PopulationPlan& to) {
  const auto kernel = static_cast<std::ptrdiff_t>(c.conv->kernel),
             stride = static_cast<std::ptrdiff_t>(c.conv->stride),
             padding = static_cast<std::ptrdiff_t>(c.conv->padding),
             targets = static_cast<std::ptrdiff_t>(to.positions),
             positions = static_cast<std::ptrdiff_t>(from.positions);
  const auto first_of = [&](std::ptrdiff_t at) {
    const std::ptrdiff_t past = at + padding - kernel;  // the last position that the targets before reach
    return past < 0 ? 0 : past / stride + 1;
  };
  std::ptrdiff_t most = 1, least_tap = 0, largest_tap = kernel - 1;
  for (std::ptrdiff_t at = 0; at < positions; ++at)
    most = std::max(most, std::min(targets, (at + padding) / stride + 1) - first_of(at));
  const auto window_of = [&](std::ptrdiff_t at) { return std::min(first_of(at), targets - most); };
  const auto tap_of = [&](std::ptrdiff_t at) {
    const std::ptrdiff_t tap = at + padding - window_of(at) * stride;
    return most == 1 && (tap < 0 || tap > kernel) ? kernel : tap;
  };
  for (std::ptrdiff_t at = 0; at < positions; ++at) {
    const std::ptrdiff_t tap = tap_of(at);
    largest_tap = std::max(largest_tap, tap);
    least_tap = std::min(least_tap, tap - (most - 1) * stride);
  }
  c.out_padded = padded_to_lanes(to.channels);
  c.targets = static_cast<std::size_t>(most);
  c.first_tap = static_cast<std::size_t>(-least_tap);
  c.taps = static_cast<std::size_t>(largest_tap - least_tap + 1);
  c.weight_count = from.channels * c.taps * c.out_padded;
  for (std::size_t slot = 0; slot < from.size; ++slot) {
    const std::size_t unit = from.unit(slot), channel = unit / from.positions;
    const auto at = static_cast<std::ptrdiff_t>(unit % from.positions);
    const std::ptrdiff_t first = window_of(at), tap = tap_of(at) - least_tap;
    c.starts.push_back(
        {static_cast<std::uint32_t>((channel * c.taps + static_cast<std::size_t>(tap)) * c.out_padded),
         static_cast<std::uint32_t>(static_cast<std::size_t>(first) * to.channels)});
  }
}

/// The same the other way: source position p hears from target (p + padding - k) / stride by tap k. Positions
/// that leave the same remainder hear by the same taps, so one product takes them all; for the ends, D̄ stands
/// between rows of zeros.
std::vector<ConvBackwardData> products_by_remainder(const Conv1d& conv, std::size_t positions) {
  std::vector<ConvBackwardData> parts;
  for (std::size_t first = 0; first < std::min(conv.stride, positions); ++first) {
    const std::size_t reached = first + conv.padding, tap = reached % conv.stride;
    if (tap >= conv.kernel) continue;
    parts.push_back({.first = first,
                     .rows = (positions - first + conv.stride - 1) / conv.stride,
                     .tap = tap,
                     .taps = (conv.kernel - tap + conv.stride - 1) / conv.stride,
                     .at = reached / conv.stride});
  }
  return parts;
}

/// One product for each tap: more of them, and smaller, but none with zeros.
std::vector<ConvBackwardData> products_by_tap(const Conv1d& conv, std::size_t positions,
                                              std::size_t targets) {
  std::vector<ConvBackwardData> parts;
  for (std::size_t tap = 0; tap < std::min(conv.kernel, positions + conv.padding); ++tap) {
    const std::size_t first = tap >= conv.padding ? 0 : (conv.padding - tap + conv.stride - 1) / conv.stride;
    const std::size_t end = std::min(targets, (positions + conv.padding - tap - 1) / conv.stride + 1);
    if (first >= end) continue;
    parts.push_back({.first = first * conv.stride + tap - conv.padding,
                     .rows = end - first,
                     .tap = tap,
                     .taps = 1,
                     .at = first});
  }
  return parts;
}

/// Zeros of short layers can cost more than the small products.
void lay_out_backward_data(ConnectionPlan& c, const PopulationPlan& from, const PopulationPlan& to) {
  const auto products = [](const std::vector<ConvBackwardData>& parts) {
    std::size_t sum = 0;
    for (const ConvBackwardData& part : parts) sum += part.rows * part.taps;
    return sum;
  };
  c.conv_backward_data = products_by_remainder(*c.conv, from.positions);
  std::vector<ConvBackwardData> exact = products_by_tap(*c.conv, from.positions, to.positions);
  if (10 * products(c.conv_backward_data) > 11 * products(exact)) c.conv_backward_data = std::move(exact);
  for (const ConvBackwardData& part : c.conv_backward_data) {
    c.rows_before = std::max(c.rows_before, std::max(part.taps - 1, part.at) - part.at);
    c.rows_after = std::max(c.rows_after, std::max(part.at + part.rows, to.positions) - to.positions);
  }
  for (ConvBackwardData& part : c.conv_backward_data) part.at += c.rows_before;
}

}  // namespace

void lay_out_convolution(ConnectionPlan& c, const PopulationPlan& from, const PopulationPlan& to) {
  lay_out_starts(c, from, to);
  lay_out_backward_data(c, from, to);
}

}  // namespace spikegrad::cpu
