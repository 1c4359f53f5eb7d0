// SPDX-License-Identifier: Apache-2.0
// One list of fields per struct serves both directions: `fields(archive, value)` calls archive(key, member)
// for each.
#include "spikegrad/figure/json.hpp"

#include <algorithm>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace spikegrad {
namespace {

using nlohmann::json;

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Axis>
void fields(Archive& archive, T& axis) {
  archive("label", axis.label);
  archive("log", axis.log);
  archive("reversed", axis.reversed);
  archive("range", axis.range);
  archive("categories", axis.categories);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Series>
void fields(Archive& archive, T& series) {
  archive("name", series.name);
  archive("x", series.x);
  archive("y", series.y);
  archive("std_error", series.std_error);
  archive("lower", series.lower);
  archive("upper", series.upper);
  archive("style", series.style);
  archive("colour", series.colour);
  archive("labels", series.labels);
  archive("angle", series.angle);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Map>
void fields(Archive& archive, T& map) {
  archive("x", map.x);
  archive("y", map.y);
  archive("z", map.z);
  archive("label", map.label);
  archive("scale", map.scale);
  archive("centre", map.centre);
  archive("log", map.log);
  archive("contours", map.contours);
  archive("range", map.range);
  archive("text", map.text);
  archive("missing", map.missing);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Raster>
void fields(Archive& archive, T& raster) {
  archive("steps", raster.steps);
  archive("units", raster.units);
  archive("dt", raster.dt);
  archive("events", raster.events);
  archive("colour", raster.colour);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Reference>
void fields(Archive& archive, T& reference) {
  archive("direction", reference.direction);
  archive("at", reference.at);
  archive("label", reference.label);
  archive("colour", reference.colour);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Interval>
void fields(Archive& archive, T& interval) {
  archive("direction", interval.direction);
  archive("from", interval.from);
  archive("to", interval.to);
  archive("label", interval.label);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Panel>
void fields(Archive& archive, T& panel) {
  archive("title", panel.title);
  archive("x", panel.x);
  archive("y", panel.y);
  archive("series", panel.series);
  archive("map", panel.map);
  archive("raster", panel.raster);
  archive("references", panel.references);
  archive("intervals", panel.intervals);
  archive("equal_scale", panel.equal_scale);
  archive("transposed", panel.transposed);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Figure>
void fields(Archive& archive, T& figure) {
  archive("id", figure.id);
  archive("title", figure.title);
  archive("caption", figure.caption);
  archive("panels", figure.panels);
  archive("columns", figure.columns);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, Table>
void fields(Archive& archive, T& table) {
  archive("caption", table.caption);
  archive("header", table.header);
  archive("rows", table.rows);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, FindingRow>
void fields(Archive& archive, T& row) {
  archive("id", row.id);
  archive("quantity", row.quantity);
  archive("value", row.value);
  archive("std_error", row.std_error);
  archive("holds", row.holds);
  archive("seconds", row.seconds);
  archive("expectation", row.expectation);
}

/// Without the rows: those are findings.json.
template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, FindingResult>
void fields(Archive& archive, T& result) {
  archive("id", result.id);
  archive("title", result.title);
  archive("statement", result.statement);
  archive("method", result.method);
  archive("tables", result.tables);
  archive("figures", result.figures);
  archive("notes", result.notes);
}

template <class Archive, class T>
requires std::same_as<std::remove_const_t<T>, RunInfo>
void fields(Archive& archive, T& info) {
  archive("title", info.title);
  archive("version", info.version);
  archive("seed", info.seed);
  archive("date", info.date);
  archive("command", info.command);
  archive("machine", info.machine);
  archive("seconds", info.seconds);
}

constexpr std::pair<Style, const char*> style_names[] = {
    {Style::line, "line"},   {Style::dashed, "dashed"},   {Style::dotted, "dotted"},
    {Style::steps, "steps"}, {Style::markers, "markers"}, {Style::line_markers, "line_markers"},
    {Style::bars, "bars"}};
constexpr std::pair<Direction, const char*> direction_names[] = {{Direction::x, "x"}, {Direction::y, "y"}};
constexpr std::pair<Map::Scale, const char*> scale_names[] = {{Map::Scale::sequential, "sequential"},
                                                              {Map::Scale::diverging, "diverging"}};
const auto& names_of(Style) {
  return style_names;
}
const auto& names_of(Direction) {
  return direction_names;
}
const auto& names_of(Map::Scale) {
  return scale_names;
}

struct Writer {
  json& object;

  template <class T>
  void operator()(const char* key, const T& member) {
    if constexpr (requires { member.has_value(); }) {
      if (member) object[key] = written(*member);
    } else if constexpr (requires { member.empty(); }) {
      if (!member.empty()) object[key] = written(member);
    } else {
      object[key] = written(member);
    }
  }

  static json written(const Raster::Event& event) { return json::array({event.step, event.unit}); }
  static json written(const std::string& text) { return text; }
  template <class T>
  requires std::is_arithmetic_v<T>
  static json written(T number) { return number; }
  template <class T>
  requires std::is_enum_v<T>
  static json written(T value) {
    for (const auto& [known, name] : names_of(value))
      if (known == value) return name;
    return nullptr;
  }
  template <class Range>
  requires requires(const Range& range) { range.begin(); }
  static json written(const Range& range) {
    json list = json::array();
    for (const auto& element : range) list.push_back(written(element));
    return list;
  }
  template <class T>
  requires requires(Writer& writer, const T& value) { fields(writer, value); }
  static json written(const T& value) {
    json object = json::object();
    Writer writer{object};
    fields(writer, value);
    return object;
  }
};

struct Reader {
  const json& object;

  template <class T>
  void operator()(const char* key, T& member) {
    const auto found = object.find(key);
    if constexpr (requires { member.has_value(); }) {
      if (found == object.end() || found->is_null())
        member.reset();
      else
        read(*found, member.emplace());
    } else if constexpr (requires { member.clear(); }) {
      member.clear();
      if (found != object.end()) read(*found, member);
    } else {
      read(object.at(key), member);
    }
  }

  static void read(const json& value, Raster::Event& event) {
    event = {.step = value.at(0).get<std::size_t>(), .unit = value.at(1).get<std::size_t>()};
  }
  static void read(const json& value, double& number) {
    number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  }
  static void read(const json& value, std::array<double, 2>& pair) {
    read(value.at(0), pair[0]);
    read(value.at(1), pair[1]);
  }
  template <class T>
  requires std::is_enum_v<T>
  static void read(const json& value, T& member) {
    const auto& text = value.get_ref<const std::string&>();
    for (const auto& [known, name] : names_of(member))
      if (text == name) return void(member = known);
    throw json::other_error::create(501, "unknown word '" + text + "'", &value);
  }
  template <class T>
  static void read(const json& list, std::vector<T>& members) {
    if (!list.is_array()) throw json::type_error::create(302, "a list is expected", &list);
    members.resize(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) read(list[i], members[i]);
  }
  template <class T>
  static void read(const json& value, T& member) {
    if constexpr (requires(Reader & reader) { fields(reader, member); }) {
      if (!value.is_object()) throw json::type_error::create(302, "an object is expected", &value);
      Reader reader{value};
      fields(reader, member);
    } else {
      value.get_to(member);
    }
  }
};

}  // namespace

void to_json(json& value, const Figure& figure) {
  value = Writer::written(figure);
}
void from_json(const json& value, Figure& figure) {
  Reader::read(value, figure);
}
void to_json(json& value, const Table& table) {
  value = Writer::written(table);
}
void from_json(const json& value, Table& table) {
  Reader::read(value, table);
}
void to_json(json& value, const FindingRow& row) {
  value = Writer::written(row);
}
void from_json(const json& value, FindingRow& row) {
  Reader::read(value, row);
}
void to_json(json& value, const FindingResult& result) {
  value = Writer::written(result);
}
void from_json(const json& value, FindingResult& result) {
  Reader::read(value, result);
}
void to_json(json& value, const RunInfo& info) {
  value = Writer::written(info);
}
void from_json(const json& value, RunInfo& info) {
  Reader::read(value, info);
}

json findings_json(const std::vector<FindingResult>& results) {
  json list = json::array();
  for (const auto& result : results)
    for (const auto& row : result.rows) list.push_back(row);
  return list;
}

json figures_json(const Results& results) {
  return {{"info", results.info}, {"findings", results.findings}};
}

Results results_from_json(const json& findings, const json& figures) {
  Results results{.info = figures.at("info").get<RunInfo>(), .findings = {}};
  Reader::read(figures.at("findings"), results.findings);
  std::vector<FindingRow> rows;
  Reader::read(findings, rows);
  for (auto& row : rows) {
    auto section = std::ranges::find(results.findings, row.id, &FindingResult::id);
    if (section == results.findings.end()) {
      results.findings.push_back({.id = row.id, .title = row.id, .statement = {}});
      section = std::prev(results.findings.end());
    }
    section->rows.push_back(std::move(row));
  }
  return results;
}

}  // namespace spikegrad
