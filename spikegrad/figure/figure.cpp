// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/figure.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

class Checker {
 public:
  explicit Checker(const Figure& figure) : figure_(figure) {}

  void run() {
    constexpr auto in_id = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    expect(!figure_.id.empty() && std::ranges::all_of(figure_.id, in_id), "its id is not [a-z0-9-]+");
    expect(!figure_.panels.empty(), "it has no panels");
    for (panel_ = 1; const auto& panel : figure_.panels) {
      for (const auto& series : panel.series) {
        check_series(series);
        expect(series.dx.empty() || panel.equal_scale, "arrows on axes of different scales");
      }
      if (panel.map) check_map(*panel.map);
      if (panel.raster) check_raster(*panel.raster);
      ++panel_;
    }
  }

 private:
  void check_series(const Series& series) const {
    const auto same = [&](const auto& list) { return list.empty() || list.size() == series.x.size(); };
    expect(series.y.size() == series.x.size() && same(series.std_error) && same(series.lower) &&
               same(series.labels) && same(series.angle) && same(series.dx) &&
               series.lower.size() == series.upper.size() && series.dx.size() == series.dy.size(),
           "the lists of series '" + series.name + "' have different lengths");
  }
  void check_map(const Map& map) const {
    const std::size_t cells = map.x.size() * map.y.size();
    expect(map.z.size() == cells, "z of its map is not [y, x]");
    expect(map.text.empty() || map.text.size() == cells, "text of its map is not [y, x]");
  }
  void check_raster(const Raster& raster) const {
    for (const auto& event : raster.events)
      expect(event.step < raster.steps && event.unit < raster.units, "an event lies outside its raster");
  }
  void expect(bool condition, const std::string& what) const {
    if (condition) return;
    const std::string where = panel_ == 0 ? "" : ", panel " + std::to_string(panel_);
    throw InternalError("figure '" + figure_.id + "'" + where + ": " + what);
  }

  const Figure& figure_;
  std::size_t panel_ = 0;
};

}  // namespace

void check(const Figure& figure) {
  Checker(figure).run();
}

}  // namespace spikegrad
