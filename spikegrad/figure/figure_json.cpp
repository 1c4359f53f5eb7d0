// SPDX-License-Identifier: Apache-2.0
// The parts of a figure as JSON; a part stands before what it is a part of.
#include "spikegrad/figure/json.hpp"
#include "spikegrad/figure/json_members.hpp"

namespace spikegrad {

NLOHMANN_JSON_SERIALIZE_ENUM(Style, {{Style::line, "line"},
                                     {Style::dashed, "dashed"},
                                     {Style::dotted, "dotted"},
                                     {Style::steps, "steps"},
                                     {Style::markers, "markers"},
                                     {Style::line_markers, "line_markers"},
                                     {Style::bars, "bars"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Direction, {{Direction::x, "x"}, {Direction::y, "y"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Map::Scale,
                             {{Map::Scale::sequential, "sequential"}, {Map::Scale::diverging, "diverging"}})

/// [step, unit], since there are many.
void to_json(nlohmann::json& json, const Raster::Event& event) {
  json = {event.step, event.unit};
}
void from_json(const nlohmann::json& json, Raster::Event& event) {
  json.at(0).get_to(event.step);
  json.at(1).get_to(event.unit);
}

SPIKEGRAD_JSON(Axis, label, log, reversed, range, categories)
SPIKEGRAD_JSON(Series, name, x, y, std_error, lower, upper, style, colour, labels, angle, dx, dy)
SPIKEGRAD_JSON(Map, x, y, z, label, scale, centre, log, contours, range, text, missing)
SPIKEGRAD_JSON(Raster, steps, units, dt, events, colour)
SPIKEGRAD_JSON(Reference, direction, at, label, colour)
SPIKEGRAD_JSON(Interval, direction, from, to, label)
SPIKEGRAD_JSON(Panel, title, x, y, series, map, raster, references, intervals, equal_scale, label_lines,
               transposed)
SPIKEGRAD_JSON(Figure, id, title, caption, panels, columns)

}  // namespace spikegrad
