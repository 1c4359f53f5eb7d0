// SPDX-License-Identifier: Apache-2.0
// The matrix that a connection stands for, written from docs/model-files.md alone.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "spikegrad/network/network.hpp"

namespace spikegrad::testing {

template <class T>
using PlainMatrix = std::vector<std::vector<T>>;  // [post][pre]

/// `at`: where its weights begin, and then where they end.
template <class T>
PlainMatrix<T> plain_matrix(const Network& network, const Connection& c, const std::vector<T>& w,
                            std::size_t& at) {
  const Shape from = network.populations()[c.from].shape, to = network.populations()[c.to].shape;
  PlainMatrix<T> m(to.size(), std::vector<T>(from.size(), T(0.0)));
  if (std::holds_alternative<Dense>(c.kind)) {
    for (auto& row : m)
      for (T& entry : row) entry = w[at++];
    return m;
  }
  // Row and column of the source place that tap (r, k) of the target's place (y, x) reads, one after the other.
  Sides kernel, stride, padding{0, 0}, dilation;
  std::size_t groups = 1;
  if (const auto* line = std::get_if<Conv1d>(&c.kind)) {
    kernel = {1, line->kernel}, stride = {1, line->stride}, padding = {0, line->padding};
    dilation = {1, line->dilation}, groups = line->groups;
  } else {
    const auto& plane = std::get<Conv2d>(c.kind);
    kernel = plane.kernel, stride = plane.stride, padding = plane.padding, dilation = plane.dilation;
    groups = plane.groups;
  }
  const auto source = [](std::size_t q, std::size_t s, std::size_t k, std::size_t d, std::size_t p) {
    return static_cast<std::ptrdiff_t>(q * s + k * d) - static_cast<std::ptrdiff_t>(p);
  };
  const auto rows = static_cast<std::ptrdiff_t>(from.rows),
             columns = static_cast<std::ptrdiff_t>(from.columns());
  for (std::size_t out = 0; out < to.channels; ++out)
    for (std::size_t in = 0; in < from.channels / groups; ++in)
      for (std::size_t r = 0; r < kernel.rows; ++r)
        for (std::size_t k = 0; k < kernel.columns; ++k, ++at)
          for (std::size_t i = 0; i < to.positions; ++i) {
            const auto y = source(i / to.columns(), stride.rows, r, dilation.rows, padding.rows),
                       x = source(i % to.columns(), stride.columns, k, dilation.columns, padding.columns);
            if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
            const std::size_t channel = out / (to.channels / groups) * (from.channels / groups) + in;
            m[out * to.positions + i][channel * from.positions + static_cast<std::size_t>(y * columns + x)] =
                w[at];
          }
  return m;
}

}  // namespace spikegrad::testing
