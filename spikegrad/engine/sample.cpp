// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/sample.hpp"

#include <algorithm>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

void check_events(const EventList& events, std::size_t steps, std::size_t size) {
  if (events.begin.size() != steps + 1)
    throw UserError("events of a sample: begin has " + std::to_string(events.begin.size()) +
                    " entries, but " + std::to_string(steps) + " steps need " + std::to_string(steps + 1));
  std::uint32_t before = events.begin[0];
  for (const std::uint32_t at : events.begin) {
    if (at < before || at > events.units.size())
      throw UserError("events of a sample: begin must not decrease, nor exceed the number of events");
    before = at;
  }
  const std::span<const std::uint16_t> units =
      events.units.subspan(events.begin[0], before - events.begin[0]);
  const std::size_t last = size - 1;
  std::uint16_t outside = 0;  // no early end, so that many are compared at once
  const auto bound = static_cast<std::uint16_t>(std::min<std::size_t>(last, 0xFFFF));
  for (const std::uint16_t unit : units) outside |= static_cast<std::uint16_t>(unit > bound);
  if (outside != 0)
    throw UserError("events of a sample: unit " +
                    std::to_string(*std::max_element(units.begin(), units.end())) + " of a population of " +
                    std::to_string(size));
}

void check_values(std::span<const double> values, std::size_t size) {
  if (values.size() != size)
    throw UserError("a sample's input has " + std::to_string(values.size()) + " values: must be " +
                    std::to_string(size) + ", one for each step and unit");
}

std::vector<SampleInput> views_of(const Network& network, const Input& input) {
  const auto& populations = network.populations();
  std::vector<SampleInput> views;
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (output_of(populations[p].unit) != UnitOutput::given) continue;
    if (p >= input.values.size() || input.values[p].rows() != network.steps() ||
        input.values[p].columns() != populations[p].size())
      throw UserError("the input of population '" + populations[p].name + "' must be " +
                      std::to_string(network.steps()) + " steps of " + std::to_string(populations[p].size()) +
                      " values");
    views.emplace_back(DenseValues{input.values[p].flat()});
  }
  return views;
}

void fill_input(const Network& network, std::span<const SampleInput> inputs, Input& input) {
  const std::size_t steps = network.steps();
  input.values.resize(network.populations().size());
  std::size_t k = 0;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (output_of(population.unit) != UnitOutput::given) continue;
    Grid<double>& grid = input.values[p];
    grid.resize(steps, population.size());
    const SampleInput& given = inputs[k++];
    if (const auto* events = std::get_if<EventList>(&given)) {
      check_events(*events, steps, population.size());
      grid.fill(0.0);
      for (std::size_t t = 0; t < steps; ++t)
        for (std::uint32_t e = events->begin[t]; e < events->begin[t + 1]; ++e)
          grid[t][events->units[e]] += 1.0;
      continue;
    }
    const auto values = std::get<DenseValues>(given).values;
    check_values(values, grid.flat().size());
    std::copy(values.begin(), values.end(), grid.flat().begin());
  }
}

}  // namespace spikegrad
