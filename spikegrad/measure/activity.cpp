// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/activity.hpp"

#include <cmath>
#include <limits>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

void check_trials(std::span<const SpikeRaster> trials) {
  if (trials.empty()) throw UserError("spike statistics of no trial: must be one or more");
  for (const SpikeRaster& raster : trials)
    if (raster.rows() != trials[0].rows() || raster.columns() != trials[0].columns())
      throw UserError("spike statistics of trials that differ in shape");
}

}  // namespace

double population_rate(std::span<const SpikeRaster> trials, double dt) {
  check_trials(trials);
  std::size_t spikes = 0;
  for (const SpikeRaster& raster : trials)
    for (const std::uint8_t s : raster.flat()) spikes += s;
  const std::size_t slots = trials.size() * trials[0].flat().size();
  return static_cast<double>(spikes) / (static_cast<double>(slots) * dt);
}

double fano_factor(std::span<const SpikeRaster> trials, std::size_t window) {
  check_trials(trials);
  if (window == 0) throw UserError("the window of a Fano factor must be 1 step or more");
  const std::size_t steps = trials[0].rows(), units = trials[0].columns();
  const auto n = static_cast<double>(trials.size());
  if (trials.size() < 2 || steps < window) return no_value;

  // The window slides: the counts of each trial and unit gain the step that enters and lose the one that
  // leaves.
  Grid<std::uint32_t> count(trials.size(), units);
  double sum_of_ratios = 0.0;
  std::size_t ratios = 0;
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t k = 0; k < trials.size(); ++k)
      for (std::size_t i = 0; i < units; ++i) {
        count[k][i] += trials[k][t][i];
        if (t >= window) count[k][i] -= trials[k][t - window][i];
      }
    if (t + 1 < window) continue;
    for (std::size_t i = 0; i < units; ++i) {
      double sum = 0.0, squares = 0.0;
      for (std::size_t k = 0; k < trials.size(); ++k) {
        const double c = count[k][i];
        sum += c;
        squares += c * c;
      }
      if (sum == 0.0) continue;
      sum_of_ratios += (squares - sum * sum / n) / (n - 1.0) / (sum / n);
      ++ratios;
    }
  }
  return ratios ? sum_of_ratios / static_cast<double>(ratios) : no_value;
}

double interval_cv(std::span<const SpikeRaster> trials, std::size_t min_intervals) {
  check_trials(trials);
  if (min_intervals < 2) throw UserError("a standard deviation takes 2 intervals or more");
  double sum_of_cvs = 0.0;
  std::size_t cvs = 0;
  for (std::size_t i = 0; i < trials[0].columns(); ++i) {
    double sum = 0.0, squares = 0.0;
    std::size_t intervals = 0;
    for (const SpikeRaster& raster : trials) {
      bool spiked = false;
      std::size_t last = 0;
      for (std::size_t t = 0; t < raster.rows(); ++t) {
        if (!raster[t][i]) continue;
        if (spiked) {
          const auto interval = static_cast<double>(t - last);
          sum += interval;
          squares += interval * interval;
          ++intervals;
        }
        spiked = true;
        last = t;
      }
    }
    if (intervals < min_intervals) continue;
    // Sums of whole numbers: exact, so that a clock gives 0 and no rounding.
    const auto n = static_cast<double>(intervals);
    sum_of_cvs += std::sqrt((squares - sum * sum / n) / (n - 1.0)) / (sum / n);
    ++cvs;
  }
  return cvs ? sum_of_cvs / static_cast<double>(cvs) : no_value;
}

ActivityStatistics activity_statistics(std::span<const SpikeRaster> trials, double dt) {
  return {population_rate(trials, dt), interval_cv(trials), fano_factor(trials)};
}

std::vector<ActivityStatistics> unit_statistics(std::span<const SpikeRaster> trials, double dt) {
  check_trials(trials);
  std::vector<ActivityStatistics> result;
  std::vector<SpikeRaster> one(trials.size(), SpikeRaster(trials[0].rows(), 1));
  for (std::size_t i = 0; i < trials[0].columns(); ++i) {
    for (std::size_t k = 0; k < trials.size(); ++k)
      for (std::size_t t = 0; t < trials[k].rows(); ++t) one[k][t][0] = trials[k][t][i];
    result.push_back(activity_statistics(one, dt));
  }
  return result;
}

}  // namespace spikegrad
