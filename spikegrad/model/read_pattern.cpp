// SPDX-License-Identifier: Apache-2.0
// Where a raster [steps, size] comes from: the one family behind [input] and the targets of losses.
#include <fmt/format.h>

#include <array>

#include "spikegrad/data/picture_raster.hpp"
#include "spikegrad/data/png.hpp"
#include "spikegrad/data/poisson.hpp"
#include "spikegrad/model/read_sections.hpp"
#include "spikegrad/model/toml_numbers.hpp"

namespace spikegrad {
namespace {

struct Where : PatternContext {
  const TimeGrid& time() const { return network.time(); }
  std::size_t units() const { return network.populations()[population].size(); }
};

Grid<double> spikes(TomlTable& table, const Where& where) {
  const toml::node& list = table.need("spikes", "a list [[step, unit], …]");
  return read_spikes(table, "spikes", list, where.time().steps, where.units());
}

Grid<double> values(TomlTable& table, const Where& where) {
  const toml::node& list = table.need("values", "[per unit] or [[per unit] per step]");
  return read_grid(table, "values", list, where.time().steps, where.units());
}

Grid<double> poisson(TomlTable& table, const Where& where) {
  double rate = 0.0;
  table.read_needed("rate", rate, Range::non_negative, "a rate in Hz");
  return poisson_raster(where.time(), where.units(), rate, where.seed,
                        static_cast<std::uint32_t>(where.population));
}

/// Relative to the model file; from the command line, to where the user stands.
std::filesystem::path resolve(const std::string& file, const toml::node& node, const Where& where) {
  return place_of(node).starts_with(override_source) ? std::filesystem::path(file) : where.folder / file;
}

Grid<double> picture(TomlTable& table, const Where& where) {
  double threshold = 0.5;
  const toml::node *file = table.find("file"), *threshold_node = table.find("threshold");
  table.read("threshold", threshold, Range::probability);
  if (!file) {
    if (threshold_node) table.fail("threshold", *threshold_node, "is for a picture from a file = \"….png\"");
    return drawn_raster(where.time().steps, where.units());
  }
  std::string name;
  table.convert("file", *file, name, Range::any);
  try {
    return picture_to_raster(read_png(resolve(name, *file, where)), where.time().steps, where.units(),
                             threshold);
  } catch (const UserError& error) {
    table.fail("file", *file, error.what());
  }
}

struct Kind {
  std::string_view name;
  Grid<double> (*read)(TomlTable&, const Where&);
};
constexpr std::array kinds{Kind{"spikes", spikes}, Kind{"values", values}, Kind{"poisson", poisson},
                           Kind{"picture", picture}};

}  // namespace

Grid<double> read_pattern(TomlTable& table, const PatternContext& context) {
  std::array<std::string_view, kinds.size()> names;
  for (std::size_t k = 0; k < kinds.size(); ++k) names[k] = kinds[k].name;
  std::string name;
  table.read_needed("kind", name, Range::any, "one of " + TomlTable::list(names));
  for (const Kind& kind : kinds) {
    if (kind.name != name) continue;
    Grid<double> pattern = kind.read(table, Where{context});
    table.finish();
    return pattern;
  }
  if (name == "data") table.fail("kind", *table.find("kind"), "a data set can only be an [input]");
  table.fail("kind", *table.find("kind"), "unknown kind" + suggestion(name, names));
}

}  // namespace spikegrad
