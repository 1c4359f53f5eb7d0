// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include "spikegrad/model/read_sections.hpp"
#include "spikegrad/model/toml_numbers.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {
namespace {

/// A table of the file beside what became of it; its reader lives on for the parameters.
struct Part {
  std::string label;  ///< "population 'h'", as the network's own messages begin
  TomlTable table;
};

std::string text_or(const toml::table& table, std::string_view key, std::string_view otherwise) {
  return one_line(table[key].value_or(otherwise));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

void read_shape(TomlTable& table, Shape& shape) {
  const toml::node* size = table.find("size");
  const toml::node* channels = table.find("shape");
  if (size && channels) table.fail("has both size and shape; must have one of them");
  if (!channels) {
    table.read_needed("size", shape.positions, Range::positive,
                      "a whole number of units (or shape = [channels, positions])");
    return;
  }
  const toml::array* sides = channels->as_array();
  if (!sides || sides->size() < 2 || sides->size() > 3)
    table.fail("shape", *channels, "must be [channels, positions] or [channels, rows, columns]");
  std::array<std::size_t, 3> side{1, 1, 1};
  for (std::size_t k = 0; k < sides->size(); ++k)
    table.convert(fmt::format("shape[{}]", k), (*sides)[k], side[k], Range::positive);
  const bool rows = sides->size() == 3;
  shape = {side[0], side[1] * side[2], rows ? side[1] : 1};
}

/// The keys of populations that spike.
void read_output(TomlTable& table, Population& population) {
  for (const std::string_view key :
       {"output", "escape", "surrogate", "dropout", "dropout_per", "differentiate_reset", "refractory_steps"})
    if (const toml::node* node = table.find(key); node && !population.spikes())
      table.fail(key, *node,
                 fmt::format("'{}' is for units that spike, which '{}' units do not", key,
                             kind_of(population.unit)));
  if (!population.spikes()) return;
  table.read("output", population.output, Range::any);
  if (const toml::node* node = table.find("escape"))
    population.escape = read_member<Escape>(table, "escape", *node);
  if (const toml::node* node = table.find("surrogate"))
    population.surrogate = read_member<Surrogate>(table, "surrogate", *node);
  table.read("dropout", population.dropout, Range::probability);
  if (population.dropout == 1.0) table.fail("dropout", *table.find("dropout"), "must be below 1");
  table.read("dropout_per", population.dropout_per, Range::any);
  if (const toml::node* node = table.find("dropout_per"); node && population.dropout == 0.0)
    table.fail("dropout_per", *node, "is for a dropout above 0");
  table.read("refractory_steps", population.refractory_steps, Range::non_negative);
  if (const toml::node* node = table.find("differentiate_reset")) {
    if (!has_reset(population.unit))
      table.fail("differentiate_reset", *node,
                 fmt::format("'{}' units have no reset", kind_of(population.unit)));
    table.read("differentiate_reset", population.differentiate_reset, Range::any);
  }
}

/// Is a time constant, a gain or the threshold learned, and by which key is its start given: the unit's own, or its logarithm?
void read_learning(TomlTable& table, Population& population) {
  const auto read = [&](std::string_view key, LearnTimeConstants& learn, std::size_t count,
                        std::string_view what) {
    const toml::node* node = table.find(key);
    if (node) table.convert(key, *node, learn, Range::any);
    if (node && learn != LearnTimeConstants::none && count == 0)
      table.fail(key, *node, fmt::format("'{}' units have no {}", kind_of(population.unit), what));
  };
  const std::size_t taus = time_constants_of(population.unit).size();
  const std::size_t thresholds = has_learnable_threshold(population.unit) ? 1 : 0;
  read("learn_time_constants", population.learn_time_constants, taus, "time constants");
  read("learn_gains", population.learn_gains, gains_of(population.unit).size() - thresholds, "gains");
  read("learn_threshold", population.learn_threshold, thresholds, "threshold to learn");
  for (std::size_t k = 0; k < filter_size_of(population.unit); ++k) {
    const bool is_gain = k >= taus;
    const std::string key = start_key(population.unit, k);
    const bool is_threshold = is_gain && gains_of(population.unit)[k - taus].is_threshold;
    if (const toml::node* node = table.find(key); node && population.learning(k) == LearnTimeConstants::none)
      table.fail(key, *node,
                 fmt::format("is for {} = \"population\" or \"unit\"; one that is not learned is {}",
                             is_threshold ? "learn_threshold"
                             : is_gain    ? "learn_gains"
                                          : "learn_time_constants",
                             is_gain ? gains_of(population.unit)[k - taus].name
                                     : fmt::format("{}, s", time_constants_of(population.unit)[k])));
  }
}

Population read_population(TomlTable& table) {
  Population population;
  table.read_needed("name", population.name, Range::any, "a text in quotes");
  if (!is_name(population.name))
    table.fail("name", *table.find("name"), "must be 1 to 64 letters, digits, '_' or '-'");
  population.unit = table.read_kind<Unit>();
  read_shape(table, population.shape);
  read_output(table, population);
  read_learning(table, population);
  if (const toml::node* bias = table.find("bias"))
    population.bias = !(bias->is_boolean() && !bias->value_or(false));
  if (table.read("bias_per", population.bias_per, Range::any) && !population.bias)
    table.fail("bias_per", *table.find("bias_per"), "is for a population with a bias");
  table.finish();
  return population;
}

Connection read_connection(TomlTable& table, const std::vector<Population>& populations, const TimeGrid& time,
                           std::size_t index, std::uint64_t seed) {
  Connection connection;
  connection.from =
      find_population(table, "from", table.need("from", "the name of a population"), populations);
  connection.to = find_population(table, "to", table.need("to", "the name of a population"), populations);
  connection.kind = table.read_kind<ConnectionKind>(Dense::kind);
  const Shape &source = populations[connection.from].shape, &target = populations[connection.to].shape;
  connection.delays = read_delays(
      table,
      {source,
       std::visit([&](const auto& kind) { return kind.weight_shape(source, target); }, connection.kind), time,
       index, seed});
  const toml::node *weights = table.find("weights"), *init = table.find("init");
  if (!weights == !init)
    table.fail(weights ? "has both weights and init; must have one of them"
                       : "has neither; must have weights = [[…]] or init = { kind = \"…\", … }");
  table.finish();
  return connection;
}

/// Numbers beyond which nothing is allocated; reckoned in double precision, where they cannot overflow.
void check_size(const TomlTable& table, double& total, double more, std::size_t limit,
                std::string_view what) {
  total += more;
  if (total > static_cast<double>(limit))
    table.fail(fmt::format("makes {:.0f} {}, more than the {} that are allowed", total, what, limit));
}

/// Fills a block by the initialiser that a key describes.
void draw(Part& part, std::string_view key, const Network& network, std::size_t block, std::uint64_t seed,
          std::span<double> out) {
  const toml::node& node = *part.table.find(key);
  const auto initialiser = read_member<Initialiser>(part.table, key, node);
  try {
    initialise(initialiser, network, block, seed, out);
  } catch (const UserError& error) {
    part.table.fail(key, node, error.what());
  }
}

void read_weights(Part& part, const Network& network, std::size_t block, std::uint64_t seed,
                  std::span<double> out) {
  const ParameterBlock& layout = network.blocks()[block];
  if (const toml::node* weights = part.table.find("weights")) {
    read_nested(part.table, "weights", *weights, layout.shape, order_of(layout.shape), out);
  } else {
    draw(part, "init", network, block, seed, out);
  }
}

/// A block of one number for each unit (or one for all), or for each weight: a number, an array or an initialiser.
void read_units(Part& part, std::string_view key, const Network& network, std::size_t block,
                std::uint64_t seed, std::span<double> out, std::string_view order = {}) {
  const toml::node& node = *part.table.find(key);
  if (node.is_table()) {
    draw(part, key, network, block, seed, out);
  } else if (node.is_array()) {
    const std::vector<std::size_t>& shape = network.blocks()[block].shape;
    read_nested(part.table, key, node, shape, order.empty() ? order_of(shape) : order, out);
  } else if (node.is_number()) {
    double value = 0.0;
    part.table.convert(key, node, value, Range::any);
    std::fill(out.begin(), out.end(), value);
  } else {
    part.table.fail(key, node,
                    fmt::format("must be {}a number, an array of numbers or {{ kind = \"…\", … }}",
                                key == "bias" ? "true, " : ""));
  }
}

void read_bias(Part& part, const Network& network, std::size_t block, BiasPer per, std::uint64_t seed,
               std::span<double> out) {
  if (part.table.find("bias")->is_boolean())
    std::fill(out.begin(), out.end(), 0.0);
  else
    read_units(part, "bias", network, block, seed, out, per == BiasPer::channel ? "[channel]" : "");
}

/// What the file gives for a learned time constant, gain or threshold, or the unit's own.
void read_start(Part& part, std::size_t k, const Network& network, std::size_t p, std::uint64_t seed,
                std::span<double> out) {
  const Unit& unit = network.populations()[p].unit;
  const std::size_t b = *network.layout(p).learned[k];
  const ParameterBlock& block = network.blocks()[b];
  const std::string key = start_key(unit, k);
  const toml::node* node = part.table.find(key);
  if (node)
    read_units(part, key, network, b, seed, out);
  else
    std::fill(out.begin(), out.end(), filter_starts_of(unit)[k]);
  if (std::all_of(out.begin(), out.end(), [&](double v) { return !(v < block.lowest || v > block.highest); }))
    return;
  const std::string range =
      std::isfinite(block.highest)
          ? fmt::format("must be from {} to {} where it is learned", block.lowest, block.highest)
          : fmt::format("must be {} or above where it is learned", block.lowest);
  const std::string_view name =
      gains_of(unit)[k - time_constants_of(unit).size()].name;  // others have no ends
  if (!node) node = part.table.find(name);
  if (node) part.table.fail(node == part.table.find(name) ? name : std::string_view(key), *node, range);
  part.table.fail(fmt::format("{} {}", name, range));
}

/// Learned delays in steps, or as the connection's own say.
void read_delay_steps(Part& part, const Network& network, std::size_t c, std::uint64_t seed,
                      std::span<double> out) {
  const toml::node* node = part.table.find("delay_steps");
  if (!node) return begin_delays(network, c, seed, out);
  const DelayLayout& delays = network.delays(c);
  read_units(part, "delay_steps", network, *delays.block, seed, out);
  check_delay_steps(part.table, *node, delays.longest, out);
}

/// Runs `build` and gives its UserErrors, which begin with a part's label, that part's place in the file.
template <class Build>
auto with_place(const TomlTable& root, const std::vector<Part>& populations,
                const std::vector<Part>& connections, const Build& build) {
  try {
    return build();
  } catch (const UserError& error) {
    const std::string_view message = error.what();
    for (const auto* parts : {&populations, &connections})
      // The last one, because of two with the same name it is the later that is too many.
      for (auto part = parts->rbegin(); part != parts->rend(); ++part)
        if (message.starts_with(part->label + ": ")) part->table.fail(message.substr(part->label.size() + 2));
    root.fail(message);
  }
}

}  // namespace

std::size_t find_population(const TomlTable& table, std::string_view key, const toml::node& node,
                            const std::vector<Population>& populations) {
  std::string name;
  table.convert(key, node, name, Range::any);
  std::vector<std::string_view> names;
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (populations[p].name == name) return p;
    names.push_back(populations[p].name);
  }
  table.fail(key, node, "there is no such population" + suggestion(name, names));
}

NetworkSection read_network(TomlTable& root, std::uint64_t seed) {
  TimeGrid time;
  const toml::table* time_table = root.find_table("time", "a section [time]");
  if (!time_table) root.fail("'time' is missing: must be a section [time] with dt and steps");
  TomlTable time_reader(*time_table, "[time]");
  time_reader.read("dt", time.dt, Range::positive);
  time_reader.read_needed("steps", time.steps, Range::positive, "a whole number of time steps");
  time_reader.finish();

  const auto population_tables = tables_of(root, "population"),
             connection_tables = tables_of(root, "connection");
  for (const auto& [what, count, limit] :
       {std::tuple{"populations", population_tables.size(), ModelLimits::populations},
        std::tuple{"connections", connection_tables.size(), ModelLimits::connections}})
    if (count > limit)
      root.fail(fmt::format("has {} {}, more than the {} that are allowed", count, what, limit));

  std::vector<Population> populations;
  std::vector<Part> population_parts, connection_parts;
  double unit_steps = 0.0, weights = 0.0;
  for (const toml::table* table : population_tables) {
    const std::string label = fmt::format("population '{}'", text_or(*table, "name", "?"));
    Part& part = population_parts.emplace_back(Part{label, TomlTable(*table, "[" + label + "]")});
    Population population = read_population(part.table);
    for (const Population& other : populations)
      if (other.name == population.name) part.table.fail("name", *part.table.find("name"), "is used twice");
    const double size =
        static_cast<double>(population.shape.channels) * static_cast<double>(population.shape.positions);
    check_size(part.table, unit_steps, size * static_cast<double>(time.steps), ModelLimits::unit_steps,
               "units times steps");
    populations.push_back(std::move(population));
  }
  std::vector<Connection> connections;
  for (const toml::table* table : connection_tables) {
    const std::string label =
        fmt::format("connection '{}->{}'", text_or(*table, "from", "?"), text_or(*table, "to", "?"));
    Part& part = connection_parts.emplace_back(Part{label, TomlTable(*table, "[" + label + "]")});
    const Connection& connection =
        connections.emplace_back(read_connection(part.table, populations, time, connections.size(), seed));
    double size = 1.0;
    for (const std::size_t side : std::visit(
             [&](const auto& kind) {
               return kind.weight_shape(populations[connection.from].shape, populations[connection.to].shape);
             },
             connection.kind))
      size *= static_cast<double>(side);
    check_size(part.table, weights, size, ModelLimits::parameters, "weights");
  }

  NetworkSection section{with_place(root, population_parts, connection_parts,
                                    [&] { return Network(time, populations, connections); }),
                         {}};
  const Network& network = section.network;
  section.parameters.resize(network.parameter_count());
  const auto part_of_block = [&](std::size_t block) {
    const ParameterBlock& layout = network.blocks()[block];
    return std::span(section.parameters).subspan(layout.offset, layout.size);
  };
  for (std::size_t c = 0; c < connections.size(); ++c)
    read_weights(connection_parts[c], network, c, seed, part_of_block(c));
  for (std::size_t p = 0; p < populations.size(); ++p)
    if (const auto block = network.layout(p).bias_block)
      read_bias(population_parts[p], network, *block, populations[p].bias_per, seed, part_of_block(*block));
  for (std::size_t p = 0; p < populations.size(); ++p)
    for (std::size_t k = 0; k < filter_size_of(populations[p].unit); ++k)
      if (const auto block = network.layout(p).learned[k])
        read_start(population_parts[p], k, network, p, seed, part_of_block(*block));
  for (std::size_t c = 0; c < connections.size(); ++c)
    if (const auto block = network.delays(c).block)
      read_delay_steps(connection_parts[c], network, c, seed, part_of_block(*block));
  return section;
}

}  // namespace spikegrad
