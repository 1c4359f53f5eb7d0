// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/binning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t block_size = std::size_t{1} << 20;
constexpr std::uint32_t cropped = std::numeric_limits<std::uint32_t>::max();

}  // namespace

void check_binning(const BinningSettings& s) {
  if (!(std::isfinite(s.dt) && s.dt > 0.0))
    throw UserError(fmt::format("dt is {}, must be above 0 seconds", s.dt));
  if (s.steps < 1 || s.steps > most_binned_steps)
    throw UserError(fmt::format("{} steps, must be from 1 to {}", s.steps, most_binned_steps));
  if (s.channels > 65536) throw UserError(fmt::format("{} channels, must be at most 65536", s.channels));
  if (s.pool < 1 || s.pool > 65536)
    throw UserError(fmt::format("{} channels pooled into one, must be from 1 to 65536", s.pool));
}

Binning::Binning(std::string source, const BinningSettings& settings)
    : source_(std::move(source)), settings_(settings) {
  check_binning(settings);
  require(settings.channels > 0, "binning knows the number of channels");
}

void Binning::add(std::span<const double> times, std::span<const std::int64_t> units) {
  const auto fail = [&](const char* what, std::size_t k, const std::string& rest) {
    throw UserError(fmt::format("{}: spikes/{}[{}][{}] {}", source_, what, samples_, k, rest));
  };
  if (times.size() != units.size())
    throw UserError(
        fmt::format("{}: sample {} has {} spikes/times and {} spikes/units, must have as many of both",
                    source_, samples_, times.size(), units.size()));
  step_of_.resize(times.size());
  place_.assign(settings_.steps + 1, 0);
  const double end = static_cast<double>(settings_.steps);
  std::size_t kept = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (!(times[k] >= 0.0 && std::isfinite(times[k])))
      fail("times", k, fmt::format("is {}, must be a number of seconds from 0 on", times[k]));
    if (units[k] < 0 || units[k] >= static_cast<std::int64_t>(settings_.channels))
      fail("units", k, fmt::format("is {}, must lie from 0 to {}", units[k], settings_.channels - 1));
    counts_.last = std::max(counts_.last, times[k]);
    const double step = step_at(times[k], settings_.dt);
    step_of_[k] = step < end ? static_cast<std::uint32_t>(step) : cropped;
    if (step_of_[k] != cropped) ++place_[step_of_[k] + 1], ++kept;
  }
  for (std::size_t t = 0; t < settings_.steps; ++t) place_[t + 1] += place_[t];
  sorted_.resize(kept);
  for (std::size_t k = 0; k < times.size(); ++k)
    if (step_of_[k] != cropped)
      sorted_[place_[step_of_[k]]++] =
          static_cast<std::uint16_t>(static_cast<std::size_t>(units[k]) / settings_.pool);
  counts_.in_file += times.size();
  counts_.cropped += times.size() - kept;
  // place_[t] is now where step t ends.
  for (std::size_t t = 0, from = 0; t < settings_.steps; from = place_[t++])
    keep(t, std::span(sorted_).subspan(from, place_[t] - from));
  ++samples_;
}

void Binning::keep(std::size_t step, std::span<std::uint16_t> units) {
  std::sort(units.begin(), units.end());
  const auto end = settings_.binary ? std::unique(units.begin(), units.end()) : units.end();
  const auto count = static_cast<std::size_t>(end - units.begin());
  counts_.merged += units.size() - count;
  counts_.kept += count;
  if (counts_.kept > std::numeric_limits<std::uint32_t>::max())
    throw UserError(
        fmt::format("{}: more than 2^32 spikes up to sample {}, step {}; take a shorter duration or pool "
                    "channels",
                    source_, samples_, step));
  if (blocks_.empty() || blocks_.back().size() + count > block_size) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(block_size, count));
  }
  blocks_.back().insert(blocks_.back().end(), units.begin(), end);
  begin_.push_back(static_cast<std::uint32_t>(counts_.kept));
}

std::vector<std::uint16_t> Binning::take_units() {
  std::vector<std::uint16_t> units;
  units.reserve(counts_.kept);
  for (auto& block : blocks_) {
    units.insert(units.end(), block.begin(), block.end());
    block = {};
  }
  return units;
}

}  // namespace spikegrad
