// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/frontier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikegrad {

Series frontier(const EstimatorCost& cost, double last, std::size_t points) {
  Series series{.name = cost.name, .x = {}, .y = {}};
  const double first = cost.seconds_per_sample;
  if (!(first > 0.0) || last < first) return series;
  for (std::size_t i = 0; i < points; ++i) {
    const double share = points == 1 ? 1.0 : static_cast<double>(i) / static_cast<double>(points - 1);
    const double time = first * std::pow(last / first, share);
    series.x.push_back(time);
    series.y.push_back(std::sqrt(cost.bias * cost.bias + cost.variance * first / time));
  }
  return series;
}

Panel frontier_panel(const std::vector<EstimatorCost>& costs) {
  constexpr double samples_of_the_slowest = 1000.0, exact_below = 1e-4;
  // Of one sample of the best noisy one; where none is noisy, the largest bias.
  double smallest = std::numeric_limits<double>::infinity(), largest = 0.0;
  for (const auto& cost : costs) {
    if (cost.variance > 0.0) smallest = std::min(smallest, std::hypot(cost.bias, std::sqrt(cost.variance)));
    largest = std::max(largest, cost.bias);
  }
  const double negligible = exact_below * (std::isfinite(smallest) ? smallest : largest);
  const auto exact = [=](const EstimatorCost& cost) {
    return cost.variance == 0.0 && cost.bias <= negligible;
  };
  double last = 0.0;
  for (const auto& cost : costs)
    last = std::max(last, (exact(cost) ? 2.0 : samples_of_the_slowest) * cost.seconds_per_sample);
  Panel panel{.x = {.label = "computing time (s)", .log = true},
              .y = {.label = "error of the gradient: √(bias² + variance/n)", .log = true}};
  for (const auto& cost : costs) {
    if (exact(cost) && cost.seconds_per_sample > 0.0)
      panel.references.push_back({.direction = Direction::x,
                                  .at = cost.seconds_per_sample,
                                  .label = cost.name + ": no error",
                                  .colour = cost.name});
    else if (!std::isnan(cost.variance) && (cost.bias > 0.0 || cost.variance > 0.0))
      panel.series.push_back(frontier(cost, last));
  }
  return panel;
}

}  // namespace spikegrad
