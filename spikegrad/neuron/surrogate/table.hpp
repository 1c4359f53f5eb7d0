// SPDX-License-Identifier: Apache-2.0
// The user's own surrogate, as points (x_i, g_i) joined by straight lines and zero outside them.
#if !defined(SPIKEGRAD_TABLE_SURROGATE) || defined(SPIKEGRAD_VECTORS)
#ifndef SPIKEGRAD_TABLE_SURROGATE
#define SPIKEGRAD_TABLE_SURROGATE

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/neuron/equations.hpp"

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
};

}  // namespace spikegrad
#endif

namespace SPIKEGRAD_EQUATIONS {

/// Every line from its left point on replaces the one before.
template <class X>
SPIKEGRAD_INLINE X slope(const TableSurrogate& g, const X& x) {
  X y(0.0);
  for (std::size_t i = 0; i + 1 < g.x.size(); ++i) {
    const double rise = (g.g[i + 1] - g.g[i]) / (g.x[i + 1] - g.x[i]);
    y = select(x >= g.x[i], mul_add(x - g.x[i], rise, g.g[i]), y);
  }
  return select(x > g.x.back(), X(0.0), y);
}

}  // namespace SPIKEGRAD_EQUATIONS
#endif
