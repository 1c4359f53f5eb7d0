// SPDX-License-Identifier: Apache-2.0
// [loss] and [[regulariser]]. A loss says what it needs by the members it has: coefficients, a target, a
// label, a clamp.
#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/model/read_sections.hpp"
#include "spikegrad/model/toml_numbers.hpp"

namespace spikegrad {
namespace {

/// A loss of a label reads class scores off potentials, or off spikes; one that clamps gives the spikes of stochastic units.
template <class L>
void check_population(const TomlTable& table, const toml::node& node, const L& loss,
                      const Population& population) {
  if (output_of(population.unit) == UnitOutput::given)
    table.fail("population", node, "is an input, whose output depends on no parameter");
  if constexpr (requires { loss.label; }) {
    if (reads_spikes<L> && !population.spikes())
      table.fail("population", node, fmt::format("the loss '{}' must look at units that spike", L::kind));
    if (!reads_spikes<L> && output_of(population.unit) != UnitOutput::potential)
      table.fail("population", node, fmt::format("the loss '{}' must look at a readout", L::kind));
  }
  if constexpr (requires { loss.clamp(); }) {
    if (!population.is_stochastic())
      table.fail("population", node,
                 fmt::format("the loss '{}' must look at units with output = \"stochastic\": others have no "
                             "probability of a spike",
                             L::kind));
  }
}

Grid<double> read_target(TomlTable& table, const PatternContext& context, bool spikes_only) {
  const toml::node& node = table.need("target", "a table { kind = \"spikes\", … }");
  if (!node.is_table()) table.fail("target", node, "must be a table { kind = \"spikes\", … }");
  TomlTable reader(*node.as_table(), table.section(), "target.");
  Grid<double> target = read_pattern(reader, context);
  const auto numbers = target.flat();
  if (spikes_only &&
      !std::all_of(numbers.begin(), numbers.end(), [](double z) { return z == 0.0 || z == 1.0; }))
    table.fail("target", node, "must be 0 or 1 everywhere");
  return target;
}

}  // namespace

Loss read_loss(TomlTable& root, const Network& network, std::uint64_t seed,
               const std::filesystem::path& folder, bool labelled) {
  const toml::table* section = root.find_table("loss", "a section [loss]");
  if (!section) root.fail("'loss' is missing: must be a section [loss]");
  TomlTable table(*section, "[loss]");
  Loss loss = table.read_kind<Loss>();
  std::visit(
      [&](auto& l) {
        const toml::node& name = table.need("population", "the name of a population");
        if constexpr (!requires { l.label; }) {
          if (labelled)
            table.fail("kind", *table.find("kind"),
                       fmt::format("must be a loss of the samples' labels where the input is a data set: {}",
                                   losses_of_a_label));
        }
        l.population = find_population(table, "population", name, network.populations());
        const Population& population = network.populations()[l.population];
        check_population(table, name, l, population);
        if constexpr (requires { l.coefficients; })
          l.coefficients =
              read_grid(table, "coefficients", table.need("coefficients", "[[per unit] per step]"),
                        network.steps(), population.size());
        if constexpr (requires { l.target; })
          l.target = read_target(
              table, {network, l.population, seed, folder}, requires { l.clamp(); });
        if constexpr (requires { l.ignore_steps; }) {
          if (l.ignore_steps >= network.steps())
            table.fail("ignore_steps", *table.find("ignore_steps"),
                       fmt::format("must be below the {} steps of the run", network.steps()));
        }
        if constexpr (requires { l.label; }) {
          if (const toml::node* label = table.find("label"); labelled && label)
            table.fail("label", *label, "must not be there: the samples of the data set have labels");
          if (labelled) return;
          table.read_needed("label", l.label, Range::non_negative, "the unit of the right class");
          if (l.label >= population.size())
            table.fail(
                "label", *table.find("label"),
                fmt::format("must be a unit of '{}', 0 to {}", population.name, population.size() - 1));
        }
      },
      loss);
  table.finish();
  return loss;
}

std::vector<Regulariser> read_regularisers(TomlTable& root, const Network& network) {
  std::vector<Regulariser> regularisers;
  for (const toml::table* section : tables_of(root, "regulariser")) {
    TomlTable table(*section, "[regulariser]");
    Regulariser& regulariser = regularisers.emplace_back(table.read_kind<Regulariser>());
    const toml::node& name = table.need("population", "the name of a population");
    const std::size_t p = find_population(table, "population", name, network.populations());
    if (!network.populations()[p].spikes())
      table.fail("population", name, "has no spikes to count: must be a population of units that spike");
    std::visit([p](auto& r) { r.population = p; }, regulariser);
    table.finish();
  }
  return regularisers;
}

}  // namespace spikegrad
