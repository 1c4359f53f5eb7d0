// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/sweep.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "spikegrad/core/csv.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/provenance_json.hpp"

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
  for (const std::string& value : key.values)
    if (value.empty()) throw UserError("--sweep " + text + ": a value is empty");
  return key;
}

std::vector<std::vector<std::string>> points_of(const std::vector<SweepKey>& keys) {
  std::vector<std::vector<std::string>> points(1);
  for (const SweepKey& key : keys) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& point : points)
      for (const std::string& value : key.values) {
        longer.push_back(point);
        longer.back().push_back(key.key + "=" + value);
      }
    points = std::move(longer);
  }
  return points;
}

Sweep sweep(const std::vector<SweepKey>& keys,
            const std::function<Model(const std::vector<std::string>&)>& load,
            const CompareSettings& settings, const std::function<void(const Sweep&)>& on_point,
            Progress& progress) {
  const auto points = points_of(keys);
  std::vector<Model> models;
  for (const auto& point : points) models.push_back(load(point));
  Sweep result{.keys = keys, .points = {}};
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Model& model = models[k];
    CompareSettings here = settings;
    here.seed = model.seed;
    here.estimator = model.estimator;
    SweepPoint point{.values = {}, .network = model.network, .comparison = {}};
    for (std::size_t i = 0; i < keys.size(); ++i)
      point.values.push_back(points[k][i].substr(keys[i].key.size() + 1));
    try {
      point.comparison = compare(model.problem(), here, progress);
    } catch (const NotFinite& error) {
      throw UserError(fmt::format("{} with {}: {}", model.source, fmt::join(points[k], " "), error.what()));
    }
    result.points.push_back(std::move(point));
    if (on_point) on_point(result);
  }
  return result;
}

std::string to_json(const Sweep& sweep, const std::optional<Provenance>& made) {
  using Json = nlohmann::ordered_json;
  Json json;
  if (made) json["provenance"] = provenance_json<Json>(*made);
  json["sweep"] = Json::object();
  for (const SweepKey& key : sweep.keys) json["sweep"][key.key] = key.values;
  json["points"] = Json::array();
  for (const SweepPoint& point : sweep.points) {
    Json entry{{"values", point.values}};
    entry.update(Json::parse(to_json(point.comparison, point.network)));
    json["points"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
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
