// SPDX-License-Identifier: Apache-2.0
// A network as a table: a reader of a run's page sees what was trained.
#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/core/describe.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/view/run_report.hpp"

namespace spikegrad {
namespace {

template <class Family>
std::string described(const Family& family) {
  return std::visit([](const auto& member) { return describe_settings(member); }, family);
}

std::string delay_text(const ConnectionDelays& delays) {
  const std::string_view each = delays.per == DelayPer::synapse ? " of each weight" : "";
  if (delays.spread.sigma > 0.0)
    return fmt::format(", learned delays{} up to {:g} ms, spread by {:g} ms at first", each,
                       1e3 * delays.longest, 1e3 * delays.spread.sigma);
  if (delays.longest > 0.0)
    return fmt::format(", learned delays{} up to {:g} ms", each, 1e3 * delays.longest);
  if (delays.seconds.empty()) return "";
  const auto [least, most] = std::minmax_element(delays.seconds.begin(), delays.seconds.end());
  return *least == *most ? fmt::format(", delay {:g} ms", 1e3 * *most)
                         : fmt::format(", delays{} {:g} to {:g} ms", each, 1e3 * *least, 1e3 * *most);
}

std::string incoming_text(const Network& network, std::size_t population) {
  std::string text;
  for (const std::size_t c : network.layout(population).incoming) {
    const Connection& connection = network.connections()[c];
    text +=
        fmt::format("{}{} ({}, {} weights{})", text.empty() ? "" : "; ",
                    connection.from == population ? "itself" : network.populations()[connection.from].name,
                    kind_of(connection.kind), network.blocks()[c].size, delay_text(connection.delays));
  }
  return text;
}

std::string spikes_text(const Population& p) {
  if (!p.spikes() || std::holds_alternative<InputUnit>(p.unit)) return {};
  std::string text = p.is_stochastic()                ? "stochastic"
                     : p.output == OutputKind::analog ? "analog"
                                                      : "deterministic";
  text += "; f " + described(p.escape);
  if (p.surrogate) text += "; g " + described(*p.surrogate);
  if (p.dropout > 0.0)
    text += fmt::format("; dropout {}{}", p.dropout, p.dropout_per == DropoutPer::step ? " a step" : "");
  return text;
}

}  // namespace

Table architecture_table(const Network& network) {
  Table table{
      .caption = fmt::format("Architecture: {} steps of {:g} ms", network.steps(), 1e3 * network.time().dt),
      .header = {"population", "units", "from", "kind", "spikes"}};
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    table.rows.push_back({population.name, std::to_string(population.size()), incoming_text(network, p),
                          described(population.unit) + (population.bias ? ", bias" : ""),
                          spikes_text(population)});
  }
  return table;
}

}  // namespace spikegrad
