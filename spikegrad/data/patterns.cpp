// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/patterns.hpp"

#include <cmath>

#include "spikegrad/core/random.hpp"
#include "spikegrad/data/generator_checks.hpp"

namespace spikegrad {
namespace {

/// `replica` of the draws; randman.cpp has 0 to 2.
enum PatternDraw : std::uint32_t { interval = 3, displacement = 4 };

struct TimedSpike {
  double time;
  std::uint16_t unit;
};

/// `time` folded back into [0, duration) at both ends, as often as it takes.
double reflected(double time, double duration) {
  const double folded = std::fmod(std::abs(time), 2.0 * duration);
  const double inside = folded < duration ? folded : 2.0 * duration - folded;
  return std::min(inside, std::nextafter(duration, 0.0));
}

std::vector<TimedSpike> poisson_pattern(const PoissonSettings& s, std::uint64_t seed, std::size_t c) {
  std::vector<TimedSpike> pattern;
  DrawKey key{.seed = seed,
              .stream = Stream::events,
              .replica = interval,
              .population = static_cast<std::uint32_t>(c)};
  for (std::size_t unit = 0; unit < s.units; ++unit) {
    key.sample = static_cast<std::uint32_t>(unit);
    double time = 0.0;
    for (std::uint32_t k = 0;; ++k) {
      time -= std::log(uniform(key.bits(0, k))) / s.rate;  // exponential intervals
      if (!(time < s.duration)) break;
      pattern.push_back({time, static_cast<std::uint16_t>(unit)});
    }
  }
  return pattern;
}

void append_copies(const std::vector<TimedSpike>& pattern, std::size_t c, double duration,
                   const CopySettings& copies, EventSet& events) {
  DrawKey key{.seed = copies.seed,
              .stream = Stream::events,
              .replica = displacement,
              .population = static_cast<std::uint32_t>(c),
              .trial = copies.part};
  for (std::size_t n = 0; n < copies.samples_per_class; ++n) {
    key.sample = static_cast<std::uint32_t>(n);
    for (std::size_t k = 0; k < pattern.size(); ++k) {
      double time = pattern[k].time;
      if (copies.jitter > 0.0) {
        const Block words = key.block(0, static_cast<std::uint32_t>(k));
        time = reflected(time + copies.jitter * normal(words[0], words[1]), duration);
      }
      events.times.push_back(static_cast<float>(time));
      events.units.push_back(pattern[k].unit);
    }
    events.end_sample(static_cast<std::uint16_t>(c));
  }
}

void check(const CopySettings& copies, std::size_t classes) {
  check_count("classes", classes, most_classes);
  check_count("samples a class", copies.samples_per_class, most_samples / classes);
  check_number("jitter", copies.jitter, true);
}

}  // namespace

EventSet make_poisson_patterns(const PoissonSettings& s, const CopySettings& copies) {
  check(copies, s.classes);
  check_count("units", s.units, most_channels);
  check_number("rate", s.rate, false);
  check_number("duration", s.duration, false);
  const double spikes =
      s.rate * s.duration * static_cast<double>(s.classes * s.units * copies.samples_per_class);
  if (spikes > 1e9)
    throw UserError(fmt::format(
        "about {:.2g} spikes, must be at most 1e9; ask for fewer samples or a lower rate", spikes));
  EventSet events;
  events.channels = s.units;
  for (std::size_t c = 0; c < s.classes; ++c) {
    events.class_names.push_back(std::to_string(c));
    append_copies(poisson_pattern(s, copies.seed, c), c, s.duration, copies, events);
  }
  return events;
}

EventSet make_raster_patterns(const std::vector<NamedRaster>& rasters, double dt,
                              const CopySettings& copies) {
  check(copies, rasters.size());
  check_number("dt", dt, false);
  EventSet events;
  events.channels = rasters[0].second.columns();
  check_count("units", events.channels, most_channels);
  for (const auto& [name, raster] : rasters) {
    if (raster.rows() != rasters[0].second.rows() || raster.columns() != events.channels)
      throw UserError("the rasters of a data set must have one shape; that of '" + name + "' differs");
    std::vector<TimedSpike> pattern;
    for (std::size_t t = 0; t < raster.rows(); ++t)
      for (std::size_t i = 0; i < raster.columns(); ++i)
        if (raster[t][i] != 0.0)
          pattern.push_back({(static_cast<double>(t) + 0.5) * dt, static_cast<std::uint16_t>(i)});
    append_copies(pattern, events.class_names.size(), static_cast<double>(raster.rows()) * dt, copies,
                  events);
    events.class_names.push_back(name);
  }
  return events;
}

}  // namespace spikegrad
