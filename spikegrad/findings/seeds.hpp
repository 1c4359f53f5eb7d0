// SPDX-License-Identifier: Apache-2.0
// Methods of training, each repeated with several seeds: what the findings on training share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/figure/figure.hpp"
#include "spikegrad/findings/looks.hpp"

namespace spikegrad {

/// One way of training a net: a model file with changes.
struct TrainingMethod {
  std::string name;    ///< in tables and legends
  std::string colour;  ///< key of figure.hpp
  std::string file;    ///< experiments/FILE.toml
  std::vector<std::string> overrides = {};
  bool claimed = false;  ///< the claim is of it: it is trained with more seeds until that is decided
  double anneal = 0.0;   ///< the slopes β of escape function and surrogate grow by this every 5 epochs
};

/// The looks at the claims of a plan.
template <class Plan>
Looks looks_of(const Plan& plan) {
  return {plan.claim_seeds, "seeds"};
}

struct MethodAndSeed {
  std::size_t method = 0, seed = 0;
};

/// What is to be trained until the claimed methods have `claimed` seeds and the others `others`, given the
/// runs [method][seed] that there are: seed by seed, so that the data of one are used together.
template <class Run>
std::vector<MethodAndSeed> missing_seeds(const std::vector<TrainingMethod>& methods,
                                         const std::vector<std::vector<Run>>& runs, std::size_t claimed,
                                         std::size_t others) {
  std::vector<MethodAndSeed> missing;
  for (std::size_t s = 0; s < std::max(claimed, others); ++s)
    for (std::size_t m = 0; m < methods.size(); ++m)
      if (s >= runs[m].size() && s < (methods[m].claimed ? claimed : others)) missing.push_back({m, s});
  return missing;
}

/// "5 seeds", or "5 to 20 seeds" where the methods have different numbers.
template <class Run>
std::string seeds_text(const std::vector<std::vector<Run>>& runs) {
  std::size_t fewest = runs[0].size(), most = fewest;
  for (const auto& of_method : runs) {
    fewest = std::min(fewest, of_method.size());
    most = std::max(most, of_method.size());
  }
  return (fewest == most ? "" : std::to_string(fewest) + " to ") + std::to_string(most) + " seeds";
}

/// value(run of a, run of b) of every seed that both have been trained with.
template <class Run, class Value>
std::vector<double> paired(const std::vector<Run>& a, const std::vector<Run>& b, const Value& value) {
  std::vector<double> values;
  for (std::size_t s = 0; s < std::min(a.size(), b.size()); ++s) values.push_back(value(a[s], b[s]));
  return values;
}

/// Mean over the seeds of what `value` takes from a run.
template <class Run, class Value>
Estimate over_seeds(const std::vector<Run>& runs, const Value& value) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(value(run));
  return mean_of(values);
}

/// NaN if one of them is.
template <class Run, class Value>
double largest_over_seeds(const std::vector<Run>& runs, const Value& value) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const Run& run : runs) {
    const double v = value(run);
    if (!(v <= largest)) largest = v;
    if (std::isnan(v)) break;
  }
  return largest;
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
