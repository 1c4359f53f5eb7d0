// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/conv_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace spikegrad::cpu {
namespace {

/// Targets of a source place that stand in one row: from `first` on by the taps from `tap` down.
struct Run {
  std::size_t tap = 0, first = 0;
};

/// Tap k of target q reads source column q · stride - padding + k. Every column is given the same number
/// of targets, the most that any reaches, for a loop whose end differs from spike to spike is mispredicted at
/// a cost of several targets; the taps of the added ones lie outside the kernel, in columns of zeros. Where one
/// target is the most, one such column serves for all that a long stride leaves out.
std::vector<std::vector<Run>> runs_of_neighbours(ConnectionPlan& c, std::size_t source, std::size_t target) {
  const WindowAxis& axis = c.conv->columns;
  const auto kernel = static_cast<std::ptrdiff_t>(axis.kernel),
             stride = static_cast<std::ptrdiff_t>(axis.stride),
             padding = static_cast<std::ptrdiff_t>(axis.padding),
             targets = static_cast<std::ptrdiff_t>(target), columns = static_cast<std::ptrdiff_t>(source);
  const auto first_of = [&](std::ptrdiff_t at) {
    const std::ptrdiff_t past = at + padding - kernel;  // the last column that the targets before reach
    return past < 0 ? 0 : past / stride + 1;
  };
  std::ptrdiff_t most = 1, least_tap = 0, largest_tap = kernel - 1;
  for (std::ptrdiff_t at = 0; at < columns; ++at)
    most = std::max(most, std::min(targets, (at + padding) / stride + 1) - first_of(at));
  const auto window_of = [&](std::ptrdiff_t at) { return std::min(first_of(at), targets - most); };
  const auto tap_of = [&](std::ptrdiff_t at) {
    const std::ptrdiff_t tap = at + padding - window_of(at) * stride;
    return most == 1 && (tap < 0 || tap > kernel) ? kernel : tap;
  };
  for (std::ptrdiff_t at = 0; at < columns; ++at) {
    const std::ptrdiff_t tap = tap_of(at);
    largest_tap = std::max(largest_tap, tap);
    least_tap = std::min(least_tap, tap - (most - 1) * stride);
  }
  c.targets = static_cast<std::size_t>(most);
  c.first_tap = static_cast<std::size_t>(-least_tap);
  c.taps = static_cast<std::size_t>(largest_tap - least_tap + 1);
  std::vector<std::vector<Run>> runs;
  for (std::ptrdiff_t at = 0; at < columns; ++at)
    runs.push_back(
        {{static_cast<std::size_t>(tap_of(at) - least_tap), static_cast<std::size_t>(window_of(at))}});
  return runs;
}

/// With holes between the taps, each target is a run of its own.
std::vector<std::vector<Run>> runs_of_one(ConnectionPlan& c, std::size_t source, std::size_t target) {
  c.targets = 1;
  c.first_tap = 0;
  c.taps = c.conv->columns.kernel;
  std::vector<std::vector<Run>> runs(source);
  for (std::size_t at = 0; at < source; ++at)
    c.conv->columns.for_each_target(at, target, [&](std::size_t q, std::size_t tap) {
      runs[at].push_back({tap, q});
    });
  return runs;
}

/// A spike's runs are those of its column in each row that sees its row. For the same reason as above every
/// position is given as many, and the added ones go through rows of zeros.
void lay_out_starts(ConnectionPlan& c, const PopulationPlan& from, const PopulationPlan& to) {
  const Window& window = *c.conv;
  const std::size_t columns = from.positions / from.row_count, target_columns = to.positions / to.row_count,
                    in = from.channels / window.groups, out = to.channels / window.groups;
  const bool holes = window.columns.dilation > 1 && window.columns.kernel > 1;
  const auto in_row =
      holes ? runs_of_one(c, columns, target_columns) : runs_of_neighbours(c, columns, target_columns);
  c.out_padded = padded_to_lanes(out);
  const std::size_t channel_rows = window.rows.kernel * c.taps;

  std::vector<std::vector<Run>> at_position(from.positions);  // with taps and targets of all rows
  bool some_fewer = false;
  c.runs = 1;
  for (std::size_t at = 0; at < from.positions; ++at) {
    window.rows.for_each_target(at / columns, to.row_count, [&](std::size_t row, std::size_t tap) {
      for (const Run& run : in_row[at % columns])
        at_position[at].push_back({tap * c.taps + run.tap, row * target_columns + run.first});
    });
    c.runs = std::max(c.runs, at_position[at].size());
  }
  for (const auto& runs : at_position) some_fewer |= runs.size() < c.runs;
  const std::size_t zeros = (c.targets - 1) * window.columns.stride;  // the row from which a run goes down
  c.weight_count = (from.channels * channel_rows + (some_fewer ? zeros + 1 : 0)) * c.out_padded;

  for (std::size_t slot = 0; slot < from.size; ++slot) {
    const std::size_t unit = from.unit(slot), channel = unit / from.positions, group = channel / in;
    const std::vector<Run>& runs = at_position[unit % from.positions];
    for (std::size_t r = 0; r < c.runs; ++r) {
      const bool is_there = r < runs.size();
      const std::size_t row = is_there ? channel * channel_rows + runs[r].tap
                                       : from.channels * channel_rows + zeros,
                        first = is_there ? runs[r].first : 0;
      c.starts.push_back({static_cast<std::uint32_t>(row * c.out_padded),
                          static_cast<std::uint32_t>(first * to.channels + group * out)});
    }
  }
}

/// The same the other way: source column p hears from target (p + padding - k) / stride by tap k. Columns
/// that leave the same remainder hear by the same taps, so one product takes them all; for the ends, a row of D̄ stands
/// between columns of zeros.
std::vector<ConvBackwardData> products_by_remainder(const WindowAxis& axis, std::size_t columns) {
  std::vector<ConvBackwardData> parts;
  for (std::size_t first = 0; first < std::min(axis.stride, columns); ++first) {
    const std::size_t reached = first + axis.padding, tap = reached % axis.stride;
    if (tap >= axis.kernel) continue;
    parts.push_back({.first = first,
                     .rows = (columns - first + axis.stride - 1) / axis.stride,
                     .tap = tap,
                     .taps = (axis.kernel - tap + axis.stride - 1) / axis.stride,
                     .at = reached / axis.stride});
  }
  return parts;
}

/// One product for each tap: more of them, and smaller, but none with zeros.
std::vector<ConvBackwardData> products_by_tap(const WindowAxis& axis, std::size_t columns,
                                              std::size_t targets) {
  std::vector<ConvBackwardData> parts;
  for (std::size_t tap = 0; tap < axis.kernel && tap * axis.dilation < columns + axis.padding; ++tap) {
    const std::size_t at = tap * axis.dilation,
                      first = at >= axis.padding ? 0 : (axis.padding - at + axis.stride - 1) / axis.stride,
                      end = std::min(targets, (columns + axis.padding - at - 1) / axis.stride + 1);
    if (first >= end) continue;
    parts.push_back({.first = first * axis.stride + at - axis.padding,
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
  const WindowAxis& axis = c.conv->columns;
  const std::size_t columns = from.positions / from.row_count, targets = to.positions / to.row_count;
  std::vector<ConvBackwardData> exact = products_by_tap(axis, columns, targets);
  if (axis.dilation == 1) c.conv_backward_data = products_by_remainder(axis, columns);
  if (axis.dilation > 1 || 10 * products(c.conv_backward_data) > 11 * products(exact))
    c.conv_backward_data = std::move(exact);
  for (const ConvBackwardData& part : c.conv_backward_data) {
    c.columns_before = std::max(c.columns_before, std::max(part.taps - 1, part.at) - part.at);
    c.columns_after = std::max(c.columns_after, std::max(part.at + part.rows, targets) - targets);
  }
  for (ConvBackwardData& part : c.conv_backward_data) part.at += c.columns_before;
  for (std::size_t row = 0; row < from.row_count; ++row)
    c.conv->rows.for_each_target(row, to.row_count, [&](std::size_t target, std::size_t tap) {
      c.conv_rows.push_back({row, target, tap});
    });
}

}  // namespace

void lay_out_convolution(ConnectionPlan& c, const PopulationPlan& from, const PopulationPlan& to) {
  lay_out_starts(c, from, to);
  lay_out_backward_data(c, from, to);
}

}  // namespace spikegrad::cpu
