// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>

#include "spikegrad/core/csv.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/measure/read_comparison.hpp"

namespace spikegrad {
namespace {

/// At commas that stand in no bracket, brace or quote.
std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      values.emplace_back();
      continue;
    }
    values.back() += c;
  }
  return values;
}

}  // namespace

SweepKey parse_sweep_key(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw UserError("--sweep " + text + ": must be KEY=a,b,c, as in --sweep population.h.escape.beta=2,5,10");
  SweepKey key{.key = text.substr(0, at), .values = split_values(std::string_view(text).substr(at + 1))};
  for (const std::string& value : key.values) {
    if (value.empty()) throw UserError("--sweep " + text + ": a value is empty");
    if (std::ranges::count(key.values, value) > 1)
      throw UserError("--sweep " + text + ": has the value " + value + " twice");
  }
  return key;
}

namespace {

/// The values of each point.
std::vector<std::vector<std::string>> grid_of(const std::vector<SweepKey>& keys) {
  std::vector<std::vector<std::string>> points(1);
  for (const SweepKey& key : keys) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& point : points)
      for (const std::string& value : key.values) {
        longer.push_back(point);
        longer.back().push_back(value);
      }
    points = std::move(longer);
  }
  return points;
}

std::vector<std::string> overrides_at(const std::vector<SweepKey>& keys,
                                      const std::vector<std::string>& values) {
  std::vector<std::string> overrides;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].key != sigma_key) overrides.push_back(keys[i].key + "=" + values[i]);
  return overrides;
}

double sigma_of(const std::string& value) {
  double sigma = 0.0;
  const char* end = value.data() + value.size();
  if (std::from_chars(value.data(), end, sigma).ptr != end || !(sigma > 0.0) || !std::isfinite(sigma))
    throw UserError("sigma " + value + ": must be a number above 0");
  return sigma;
}

CompareSettings settings_at(const CompareSettings& settings, const std::vector<SweepKey>& keys,
                            const std::vector<std::string>& values, const Model& model) {
  CompareSettings here = settings;
  here.seed = model.seed;
  here.estimator = model.estimator;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].key == sigma_key) here.sigma = sigma_of(values[i]);
  return here;
}

/// Points as they end, and the sweep that they make so far.
class Points {
 public:
  Points(Sweep sweep, std::size_t count, const OnPoint& on_point)
      : sweep_(std::move(sweep)), done_(count), on_point_(on_point) {}

  void add(std::size_t k, SweepPoint point, bool tell) {
    const std::lock_guard lock(mutex_);
    done_[k] = std::move(point);
    if (tell && on_point_) on_point_(so_far(), *done_[k]);
  }
  Sweep so_far() const {
    Sweep all = sweep_;
    for (const auto& point : done_)
      if (point) all.points.push_back(*point);
    return all;
  }

 private:
  Sweep sweep_;
  std::vector<std::optional<SweepPoint>> done_;
  const OnPoint& on_point_;
  std::mutex mutex_;
};

}  // namespace

std::vector<std::vector<std::string>> points_of(const std::vector<SweepKey>& keys) {
  std::vector<std::vector<std::string>> points;
  for (const auto& values : grid_of(keys)) points.push_back(overrides_at(keys, values));
  return points;
}

Sweep sweep(const std::vector<SweepKey>& keys, const std::vector<Model>& models,
            const CompareSettings& settings, const OnPoint& on_point, Progress& progress,
            const std::vector<MeasuredPoint>& before) {
  const auto grid = grid_of(keys);
  require(models.size() == grid.size(), "a sweep has a model for each of its points");
  Points points({.keys = keys, .settings = settings}, grid.size(), on_point);
  std::vector<std::size_t> left;
  for (std::size_t k = 0; k < grid.size(); ++k) {
    settings_at(settings, keys, grid[k], models[k]);  // refuses a sigma before any work
    const auto known = std::find_if(before.begin(), before.end(),
                                    [&](const MeasuredPoint& point) { return point.values == grid[k]; });
    if (known == before.end())
      left.push_back(k);
    else
      points.add(k, {grid[k], models[k].network, known->comparison}, false);
  }
  const unsigned threads =
      settings.threads > 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
  const unsigned at_once = static_cast<unsigned>(std::clamp<std::size_t>(left.size(), 1, threads));
  progress.start("sweep, points", left.size());
  parallel_for(left.size(), at_once, [&](std::size_t j) {
    const std::size_t k = left[j];
    InterruptOnly quiet(progress);
    CompareSettings here = settings_at(settings, keys, grid[k], models[k]);
    here.threads = threads / at_once;
    try {
      points.add(k, {grid[k], models[k].network, compare(models[k].problem(), here, quiet)}, true);
    } catch (const NotFinite& error) {
      throw UserError(fmt::format("{} with {}: {}", models[k].source,
                                  fmt::join(overrides_at(keys, grid[k]), " "), error.what()));
    }
    progress.advance();
  });
  return points.so_far();
}

namespace {

using SweepJson = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> truth_names{"auto", "exact", "monte-carlo", "smoothed"};

/// What a point depends on beside its values.
SweepJson settings_json(const CompareSettings& settings) {
  return {{"estimators", settings.estimators},
          {"samples", settings.samples},
          {"truth", truth_names[static_cast<std::size_t>(settings.truth)]},
          {"truth_samples", settings.truth_samples},
          {"sigma", settings.sigma},
          {"common_random_numbers", settings.common_random_numbers}};
}

}  // namespace

std::string to_json(const Sweep& sweep, const std::optional<Provenance>& made) {
  SweepJson json;
  if (made) json["provenance"] = provenance_json<SweepJson>(*made);
  json["sweep"] = SweepJson::object();
  for (const SweepKey& key : sweep.keys) json["sweep"][key.key] = key.values;
  json["settings"] = settings_json(sweep.settings);
  json["points"] = SweepJson::array();
  for (const SweepPoint& point : sweep.points) {
    SweepJson entry{{"values", point.values}};
    entry.update(SweepJson::parse(to_json(point.comparison, point.network)));
    json["points"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, SweepJson::error_handler_t::replace);
}

std::vector<MeasuredPoint> measured_points(const std::string& text, const std::string& source,
                                           const Sweep& sweep, const Provenance& made) {
  try {
    const SweepJson json = SweepJson::parse(text);
    const auto check = [&](const std::string& what, const SweepJson& there, const SweepJson& here) {
      if (there != here)
        throw UserError(
            fmt::format("{}: is of another sweep: its {} is {}, here {}; give another file, or go on without "
                        "--resume",
                        source, what, there.dump(), here.dump()));
    };
    const SweepJson here = provenance_json<SweepJson>(made);
    for (const char* what : {"model", "set", "seed", "version", "commit"})
      check(what, json.at("provenance").value(what, SweepJson()), here.value(what, SweepJson()));
    const SweepJson settings = settings_json(sweep.settings);
    for (const auto& [what, value] : settings.items()) check(what, json.at("settings").at(what), value);
    std::vector<std::string> keys, own;
    for (const auto& [key, values] : json.at("sweep").items()) keys.push_back(key);
    for (const SweepKey& key : sweep.keys) own.push_back(key.key);
    check("list of keys", keys, own);
    std::vector<MeasuredPoint> points;
    for (const SweepJson& point : json.at("points"))
      points.push_back(
          {point.at("values").get<std::vector<std::string>>(), comparison_from_json(point.dump())});
    return points;
  } catch (const nlohmann::json::exception&) {
    throw UserError(source +
                    ": is not what compare --sweep writes; give another file, or go on without --resume");
  }
}

std::string to_csv(const Sweep& sweep, bool blocks) {
  std::string csv;
  for (const SweepPoint& point : sweep.points) {
    const std::string table = to_csv(point.comparison, point.network, blocks);
    std::string_view rest = table;
    for (bool header = true; !rest.empty(); header = false) {
      const std::size_t end = rest.find('\n') + 1;  // no cell of these tables has a line break
      if (!header || csv.empty()) {
        for (std::size_t i = 0; i < sweep.keys.size(); ++i)
          csv += csv_cell(header ? sweep.keys[i].key : point.values[i]) + ",";
        csv += rest.substr(0, end);
      }
      rest.remove_prefix(end);
    }
  }
  return csv;
}

}  // namespace spikegrad
