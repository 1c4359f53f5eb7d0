// SPDX-License-Identifier: Apache-2.0
// The user's own surrogate, as points (x_i, g_i) joined by straight lines and zero outside them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"

namespace spikegrad {

struct TableSurrogate {
  static constexpr std::string_view kind = "table";
  static constexpr std::string_view summary = "g(x) through the points (x[i], g[i]), zero outside";

  std::vector<double> x = {-1.0, 0.0, 1.0};  ///< strictly increasing, at least two
  std::vector<double> g = {0.0, 1.0, 0.0};   ///< as many

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("x", self.x, Range::any, "abscissas, strictly increasing, threshold units");
    visit("g", self.g, Range::any, "values at x");
  }

  /// What is wrong with the points together; empty: nothing.
  std::string_view invalid() const {
    if (x.size() < 2 || g.size() != x.size()) return "x and g must have as many entries, at least two";
    return std::adjacent_find(x.begin(), x.end(), std::greater_equal<>()) == x.end()
               ? ""
               : "x must be strictly increasing";
  }

  double operator()(double at) const {
    if (at < x.front() || at > x.back()) return 0.0;
    const auto upper = std::upper_bound(x.begin() + 1, x.end() - 1, at);
    const auto i = static_cast<std::size_t>(upper - x.begin()) - 1;
    return g[i] + (g[i + 1] - g[i]) * (at - x[i]) / (x[i + 1] - x[i]);
  }
};

}  // namespace spikegrad
