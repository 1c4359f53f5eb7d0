// SPDX-License-Identifier: Apache-2.0
// Where a raster [steps, size] comes from: the one family behind [input] and the targets of losses.
#include <fmt/format.h>

#include <array>

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

struct Kind {
  std::string_view name;
  Grid<double> (*read)(TomlTable&, const Where&);
};
constexpr std::array kinds{Kind{"spikes", spikes}, Kind{"values", values}, Kind{"poisson", poisson}};

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
  table.fail("kind", *table.find("kind"), "unknown kind" + suggestion(name, names));
}

}  // namespace spikegrad
