// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "spikegrad/model/read_sections.hpp"

namespace spikegrad {
namespace {

bool is_data(const toml::table& section) {
  return section["kind"].value_exact<std::string_view>() == "data";
}

DataSettings read_data(TomlTable& table, std::size_t population) {
  DataSettings settings{.population = population};
  table.find("kind");
  table.read_fields(settings);
  table.finish();
  return settings;
}

}  // namespace

InputSection read_input(TomlTable& root, const Network& network, std::uint64_t seed,
                        const std::filesystem::path& folder) {
  const auto& populations = network.populations();
  std::vector<std::size_t> given;
  for (std::size_t p = 0; p < populations.size(); ++p)
    if (output_of(populations[p].unit) == UnitOutput::given) given.push_back(p);

  InputSection result;
  Input& input = result.input;
  input.values.resize(populations.size());
  for (const toml::table* section : tables_of(root, "input")) {
    TomlTable table(*section, "[input]");
    if (given.empty()) table.fail("there is no population of kind 'input' that it could drive");
    std::size_t p = given[0];
    if (const toml::node* node = table.find("population")) {
      p = find_population(table, "population", *node, populations);
      if (output_of(populations[p].unit) != UnitOutput::given)
        table.fail("population", *node, "must be a population of kind 'input'");
    } else if (given.size() > 1) {
      table.need("population", "the name of one of the input populations, since there are several");
    }
    const bool second = !input.values[p].empty() || (result.data && result.data->population == p);
    if (second) table.fail(fmt::format("is the second input of '{}'", populations[p].name));
    TomlTable named(*section, fmt::format("[input '{}']", populations[p].name));
    named.find("population");
    if (!is_data(*section))
      input.values[p] = read_pattern(named, {network, p, seed, folder});
    else if (result.data)
      named.fail("kind", *section->get("kind"), "there is one already: one input at most is a data set");
    else
      result.data = read_data(named, p);
  }
  for (const std::size_t p : given)
    if (input.values[p].empty() && !(result.data && result.data->population == p))
      root.fail(fmt::format("'input' is missing: must be a section [input] for the population '{}'",
                            populations[p].name));
  return result;
}

}  // namespace spikegrad
