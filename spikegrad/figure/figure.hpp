// SPDX-License-Identifier: Apache-2.0
// A figure as data: what was measured, with its axes, units and errors, and what the reader should see in it.
// No drawing happens here; the report draws every Figure with one renderer.
//
// Text (titles, captions, labels, names) is plain Unicode plus the tags <sub>, <sup>, <i>, <b>; everything
// else that looks like HTML is shown as it stands. Labels of axes carry the unit: "time (ms)". NaN and
// infinity are allowed in data and mean "no value here" (null in JSON, a gap in the drawing).
//
//     Figure{.id = "f3-sign",
//            .title = "Opposite sign",
//            .caption = "In the shaded interval the surrogate gradient points uphill.",
//            .panels = {{.x = {.label = "weight w"},
//                        .y = {.label = "dy/dw"},
//                        .series = {{.name = "truth", .x = w, .y = slope},
//                                   {.name = "surrogate", .x = w, .y = g, .std_error = g_error}},
//                        .references = {{.direction = Direction::y, .at = 0.0}},
//                        .intervals = {{.from = a, .to = b, .label = "signs differ"}}}}};
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"

namespace spikegrad {

struct Axis {
  std::string label = {};  ///< with the unit in brackets
  bool log = false;        ///< logarithmic; values <= 0 are left out
  bool reversed = false;
  std::optional<std::array<double, 2>> range = {};  ///< empty: all of the data
  std::vector<std::string> categories = {};  ///< if given, position i (0, 1, …) is called categories[i]
};

enum class Style { line, dashed, dotted, steps, markers, line_markers, bars };

/// One curve, cloud of points or set of bars. `x` and `y` have the same length; every other list is empty or
/// as long.
struct Series {
  std::string name = {};  ///< in the legend; series of one name share an entry over a figure's panels
  std::vector<double> x = {};
  std::vector<double> y = {};
  /// Of y, drawn as y ± 1 standard error: a band, or bars for markers and bars.
  std::vector<double> std_error = {};
  std::vector<double> lower = {};  ///< instead of std_error: the ends of the band or bar, as values of y
  std::vector<double> upper = {};
  Style style = Style::line;
  std::string colour = {};               ///< what the colour stands for, e.g. the estimator; empty: `name`
  std::vector<std::string> labels = {};  ///< beside each point (markers) and when hovering
  std::vector<double> angle = {};        ///< radians; colours each point by a cyclic scale (a closed path)
  /// Arrows from each point to (x + dx, y + dy), in place of lines and markers; both lists or none, and on an
  /// equal scale, so that directions are seen as they are.
  std::vector<double> dx = {};
  std::vector<double> dy = {};
};

/// z over a rectangular grid: a heatmap of cells, or the contours of a landscape; pale where series lie on
/// it. x and y increase (or are 0, 1, … with the axis' categories).
struct Map {
  enum class Scale { sequential, diverging };  ///< diverging: symmetric about `centre`
  std::vector<double> x = {};                  ///< centres of the columns
  std::vector<double> y = {};                  ///< centres of the rows
  std::vector<double> z = {};                  ///< [y, x], row-major
  std::string label = {};                      ///< of z, with unit
  Scale scale = Scale::sequential;
  double centre = 0.0;
  bool log = false;  ///< colours by log10 z; z <= 0 counts as the smallest
  bool contours = false;
  std::optional<std::array<double, 2>> range = {};  ///< of the colours; empty: all of the data
  std::vector<std::string> text = {};               ///< [y, x], written in the cells; empty: none
  std::string missing = "not feasible";             ///< what a cell without value means
};

/// Spikes on a grid of steps × units (or trials), also a black-and-white picture. Drawn over the time
/// step · dt.
struct Raster {
  struct Event {
    std::size_t step = 0;
    std::size_t unit = 0;
  };
  std::size_t steps = 0;
  std::size_t units = 0;
  double dt = 1e-3;  ///< seconds
  std::vector<Event> events = {};
  std::string colour = {};  ///< as in Series; empty: the colour of text
};

/// x: the thing lies along the x axis (a vertical line, an interval of x); y: along the y axis.
enum class Direction { x, y };

/// A line across the panel at one value of x or y.
struct Reference {
  Direction direction = Direction::y;
  double at = 0.0;
  std::string label = {};
  std::string colour = {};  ///< as in Series, if it belongs to one; empty: grey
};

/// A shaded interval of x or y.
struct Interval {
  Direction direction = Direction::x;
  double from = 0.0;
  double to = 0.0;
  std::string label = {};
};

/// One pair of axes. Whatever is given is drawn, from below: map or raster, intervals, references, series.
struct Panel {
  std::string title = {};
  Axis x = {};
  Axis y = {};
  std::vector<Series> series = {};
  std::optional<Map> map = {};
  std::optional<Raster> raster = {};
  std::vector<Reference> references = {};
  std::vector<Interval> intervals = {};
  bool equal_scale = false;  ///< one unit of x is as long as one unit of y
  bool label_lines = false;  ///< each curve bears its name at its right end, where the panel is wide enough
  bool transposed = false;   ///< drawn with x upwards and y to the right: bars and points with long names
};

struct Figure {
  std::string id = {};       ///< unique in a report, [a-z0-9-]+: the anchor and the name of the data file
  std::string title = {};    ///< short
  std::string caption = {};  ///< what is seen, what to conclude
  std::vector<Panel> panels = {};
  std::size_t columns = 0;  ///< panels beside each other on a wide screen; 0: two, or all if there are three
};

/// Throws InternalError naming figure and panel if lengths differ, a grid is not [y, x], an event lies
/// outside its raster, or the id is empty or has other characters.
SPIKEGRAD_EXPORT void check(const Figure& figure);

}  // namespace spikegrad
