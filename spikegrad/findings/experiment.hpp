// SPDX-License-Identifier: Apache-2.0
// What all findings need: their model files, a clock, and how far apart two gradients are.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "spikegrad/core/embedded.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// The model of experiments/NAME.toml, which the library carries. `overrides` as in load_model().
inline Model load_experiment(const std::string& name, std::span<const std::string> overrides = {}) {
  const std::string file = "experiments/" + name + ".toml";
  return parse_model(embedded_file(file), file, overrides);
}

/// The same network with other populations.
template <class Change>
Network with_populations(const Network& network, const Change& change) {
  auto populations = network.populations();
  for (Population& population : populations) change(population);
  return {network.time(), std::move(populations), network.connections()};
}

/// Seconds since it was made, or since the last lap.
class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    start_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Rounding of a gradient: what "to machine precision" means in the findings. A gradient is a sum of some
/// hundred products, each good to 1e-16 of itself.
inline constexpr double rounding = 1e-12;

inline double largest_component(std::span<const double> gradient) {
  double largest = 0.0;
  for (const double g : gradient) largest = std::max(largest, std::abs(g));
  return largest;
}

/// Largest difference of two gradients; infinite where one is not a number.
inline double largest_difference(std::span<const double> actual, std::span<const double> expected) {
  double apart = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = std::abs(actual[i] - expected[i]);
    if (std::isnan(d)) return std::numeric_limits<double>::infinity();
    apart = std::max(apart, d);
  }
  return apart;
}

/// A difference relative to the size of what is expected: 0 where there is none, infinite where only that is 0.
inline double relative(double difference, double expected) {
  return difference == 0.0 ? 0.0 : difference / expected;
}

/// Largest difference of two gradients relative to the largest component of `expected`.
inline double relative_difference(std::span<const double> actual, std::span<const double> expected) {
  return relative(largest_difference(actual, expected), largest_component(expected));
}

}  // namespace spikegrad
