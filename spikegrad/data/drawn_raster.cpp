// SPDX-License-Identifier: Apache-2.0
// The picture is described in the unit square, x to the right and y up, by distances to its strokes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "spikegrad/data/picture_raster.hpp"

namespace spikegrad {
namespace {

struct Point {
  double x, y;
};

double to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double along = ((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy);
  const double s = std::clamp(along, 0.0, 1.0);
  return std::hypot(p.x - a.x - s * dx, p.y - a.y - s * dy);
}

double to_path(Point p, std::initializer_list<Point> path) {
  double distance = std::numeric_limits<double>::infinity();
  for (const Point* q = path.begin(); q + 1 != path.end(); ++q)
    distance = std::min(distance, to_segment(p, q[0], q[1]));
  return distance;
}

double to_circle(Point p, Point centre, double radius) {
  return std::abs(std::hypot(p.x - centre.x, p.y - centre.y) - radius);
}

double to_sun(Point p) {
  const Point centre{0.80, 0.80};
  double distance = to_circle(p, centre, 0.075);
  for (int ray = 0; ray < 12; ++ray) {
    const double angle = ray * std::numbers::pi / 6.0, c = std::cos(angle), s = std::sin(angle);
    distance = std::min(distance, to_segment(p, {centre.x + 0.105 * c, centre.y + 0.105 * s},
                                             {centre.x + 0.145 * c, centre.y + 0.145 * s}));
  }
  return distance;
}

double to_boat(Point p) {
  const double hull = to_path(p, {{0.17, 0.30}, {0.71, 0.30}, {0.61, 0.19}, {0.27, 0.19}, {0.17, 0.30}});
  const double main_sail = to_path(p, {{0.455, 0.88}, {0.455, 0.35}, {0.69, 0.35}, {0.455, 0.88}});
  const double jib = to_path(p, {{0.41, 0.80}, {0.41, 0.35}, {0.20, 0.35}, {0.41, 0.80}});
  const double mast = to_segment(p, {0.433, 0.30}, {0.433, 0.92});
  return std::min({hull, main_sail, jib, mast});
}

double to_gulls(Point p) {
  return std::min(to_path(p, {{0.08, 0.83}, {0.12, 0.87}, {0.15, 0.84}, {0.18, 0.87}, {0.22, 0.83}}),
                  to_path(p, {{0.20, 0.69}, {0.23, 0.72}, {0.25, 0.70}, {0.27, 0.72}, {0.30, 0.69}}));
}

double to_waves(Point p) {
  double distance = std::numeric_limits<double>::infinity();
  for (int k = 0; k < 3; ++k) {
    const double phase = 2.0 * std::numbers::pi * (5.0 * p.x + 0.35 * k), height = 0.014;
    const double slope = height * 10.0 * std::numbers::pi * std::cos(phase);
    const double rise = p.y - (0.145 - 0.05 * k + height * std::sin(phase));
    distance = std::min(distance, std::abs(rise) / std::hypot(1.0, slope));
  }
  return distance;
}

}  // namespace

Grid<double> drawn_raster(std::size_t steps, std::size_t units) {
  Grid<double> raster(steps, units);
  const double pixel = 1.0 / static_cast<double>(std::min(steps, units));
  const double half_width = std::max(1.3 * pixel, 0.008);
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < units; ++i) {
      const Point p{(static_cast<double>(t) + 0.5) / static_cast<double>(steps),
                    (static_cast<double>(i) + 0.5) / static_cast<double>(units)};
      const double distance = std::min({to_boat(p), to_sun(p), to_gulls(p), to_waves(p)});
      // Half-tone: of five steps running two, as far apart as they can be; the next unit has the others'
      // places.
      const std::size_t screen = (t + 2 * i) % 5;
      if (distance < half_width && (screen == 0 || screen == 2)) raster[t][i] = 1.0;
    }
  return raster;
}

}  // namespace spikegrad
