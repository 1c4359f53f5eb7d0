// SPDX-License-Identifier: Apache-2.0
// Methods of training, each repeated with several seeds: what the findings on training share.
#pragma once

#include <string>
#include <vector>

#include "spikegrad/figure/figure.hpp"
#include "spikegrad/findings/estimate.hpp"

namespace spikegrad {

/// One way of training a net: a model file with changes.
struct TrainingMethod {
  std::string name;    ///< in tables and legends
  std::string colour;  ///< key of figure.hpp
  std::string file;    ///< experiments/FILE.toml
  std::vector<std::string> overrides = {};
};

/// Mean over the seeds of what `value` takes from a run.
template <class Run, class Value>
Estimate over_seeds(const std::vector<Run>& runs, const Value& value) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(value(run));
  return mean_of(values);
}

/// Mean over the seeds of value(run, k) at every x[k], with its standard error.
template <class Run, class Value>
Series curve_over_seeds(const TrainingMethod& method, const std::vector<Run>& runs, std::vector<double> x,
                        const Value& value) {
  Series series{.name = method.name, .x = std::move(x), .style = Style::line, .colour = method.colour};
  for (std::size_t k = 0; k < series.x.size(); ++k) {
    const Estimate e = over_seeds(runs, [&](const Run& run) { return value(run, k); });
    series.y.push_back(e.value);
    series.std_error.push_back(e.std_error);
  }
  return series;
}

/// The same as bars at 0, 1, … count-1.
template <class Run, class Value>
Series bars_over_seeds(const TrainingMethod& method, const std::vector<Run>& runs, std::size_t count,
                       const Value& value) {
  std::vector<double> x(count);
  for (std::size_t k = 0; k < count; ++k) x[k] = static_cast<double>(k);
  Series series = curve_over_seeds(method, runs, std::move(x), value);
  series.style = Style::bars;
  return series;
}

}  // namespace spikegrad
