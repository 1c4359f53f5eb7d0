// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/randman.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/data/generator_checks.hpp"
#include "spikegrad/data/sine_sums.hpp"

namespace spikegrad {
namespace {

/// `replica` of the draws.
enum RandmanDraw : std::uint32_t { function = 0, point = 1, probe = 2 };

constexpr std::size_t probes = 1000, most_terms = 1000;

/// A sum of sines over one dimension.
class Series {
 public:
  Series(const DrawKey& key, double smoothness, std::size_t terms) {
    for (std::size_t k = 0; k < terms; ++k) {
      const Block words = key.block(static_cast<std::uint32_t>(k), 0);
      const auto n = static_cast<double>(k);
      terms_.push_back(
          {uniform(words[0]) * std::pow(n + 1.0, -smoothness), n * uniform(words[1]), uniform(words[2])});
    }
  }
  /// At every x.
  std::vector<double> at(const std::vector<double>& x) const {
    std::vector<double> sums(x.size(), 0.0);
    add_sines(terms_, x, sums);
    return sums;
  }

 private:
  std::vector<Sine> terms_;
};

/// Points of the unit cube, [count][dimensions].
std::vector<double> draw_points(DrawKey key, std::size_t count, std::size_t dimensions) {
  std::vector<double> points;
  points.reserve(count * dimensions);
  for (std::size_t n = 0; n < count; ++n) {
    key.sample = static_cast<std::uint32_t>(n);
    for (std::size_t d = 0; d < dimensions; ++d)
      points.push_back(uniform(key.bits(0, static_cast<std::uint32_t>(d))));
  }
  return points;
}

/// The products of the series at every point.
std::vector<double> evaluate(const std::vector<Series>& series, const std::vector<double>& points) {
  std::vector<double> values(points.size() / series.size(), 1.0), coordinate(values.size());
  for (std::size_t d = 0; d < series.size(); ++d) {
    for (std::size_t n = 0; n < values.size(); ++n) coordinate[n] = points[n * series.size() + d];
    const std::vector<double> factors = series[d].at(coordinate);
    for (std::size_t n = 0; n < values.size(); ++n) values[n] *= factors[n];
  }
  return values;
}

/// f of one unit at every point, 0 to 1.
std::vector<double> unit_values(const RandmanSettings& s, DrawKey key, std::size_t unit,
                                const std::vector<double>& probe_points, const std::vector<double>& points) {
  const double needed = std::ceil(std::pow(1000.0, 1.0 / s.smoothness));
  const auto terms = static_cast<std::size_t>(std::min(needed, static_cast<double>(most_terms)));
  key.replica = function;
  key.sample = static_cast<std::uint32_t>(unit);
  std::vector<Series> series;
  for (std::size_t d = 0; d < s.dimensions; ++d) {
    key.trial = static_cast<std::uint32_t>(d);
    series.emplace_back(key, s.smoothness, terms);
  }
  const std::vector<double> span = evaluate(series, probe_points);
  const auto [low, high] = std::minmax_element(span.begin(), span.end());
  std::vector<double> values = evaluate(series, points);
  for (double& value : values)
    value = *high > *low ? std::clamp((value - *low) / (*high - *low), 0.0, 1.0) : 0.5;
  return values;
}

void check(const RandmanSettings& s) {
  check_count("classes", s.classes, most_classes);
  check_count("samples a class", s.samples_per_class, most_samples / s.classes);
  check_count("units", s.units, most_channels);
  check_count("dimensions", s.dimensions, 16);
  check_number("smoothness", s.smoothness, false);
  check_number("duration", s.duration, false);
}

}  // namespace

EventSet make_randman(const RandmanSettings& s, unsigned threads, Progress& progress) {
  check(s);
  progress.start("randman", s.classes * s.units);
  EventSet events;
  events.channels = s.units;
  for (std::size_t c = 0; c < s.classes; ++c) {
    events.class_names.push_back(std::to_string(c));
    DrawKey key{.seed = s.seed, .stream = Stream::events, .population = static_cast<std::uint32_t>(c)};
    key.replica = probe;
    const std::vector<double> probe_points = draw_points(key, probes, s.dimensions);
    key.replica = point;
    key.trial = s.part;
    const std::vector<double> points = draw_points(key, s.samples_per_class, s.dimensions);
    std::vector<std::vector<double>> values(s.units);
    parallel_for(s.units, threads, [&](std::size_t unit) {
      values[unit] = unit_values(s, key, unit, probe_points, points);
      progress.advance();
    });
    for (std::size_t n = 0; n < s.samples_per_class; ++n) {
      for (std::size_t unit = 0; unit < s.units; ++unit) {
        events.times.push_back(static_cast<float>(s.duration * values[unit][n]));
        events.units.push_back(static_cast<std::uint16_t>(unit));
      }
      events.end_sample(static_cast<std::uint16_t>(c));
    }
  }
  return events;
}

}  // namespace spikegrad
