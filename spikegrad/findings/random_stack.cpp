// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/random_stack.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/network/initialiser.hpp"

namespace spikegrad {
namespace {

Grid<double> first_rows(const Grid<double>& grid, std::size_t rows) {
  require(grid.rows() >= rows, "a stack with more steps than its model file");
  Grid<double> cut(rows, grid.columns());
  for (std::size_t t = 0; t < rows; ++t) std::copy(grid[t].begin(), grid[t].end(), cut[t].begin());
  return cut;
}

void change(Population& p, const StackSettings& settings) {
  if (settings.beta)
    if (auto* sigmoid = std::get_if<SigmoidEscape>(&p.escape)) sigmoid->beta = *settings.beta;
  if (auto* lif = std::get_if<Lif>(&p.unit); lif && settings.reset) lif->reset = *settings.reset;
  if (settings.differentiate_reset) p.differentiate_reset = *settings.differentiate_reset;
  if (settings.output) p.output = *settings.output;
  if (settings.surrogate) p.surrogate = settings.surrogate;
}

void set_threshold(Unit& unit, double threshold) {
  std::visit(
      [threshold](auto& u) {
        if constexpr (requires { u.threshold; }) u.threshold = threshold;
      },
      unit);
}

}  // namespace

Model random_stack(const Model& base, const StackSettings& settings, std::uint64_t seed, std::uint32_t net) {
  const auto& given = base.network.populations();
  require(given.size() == 3 && settings.depth >= 1, "a stack is made of x, h and y");
  const auto* linear = std::get_if<LinearLoss>(&base.loss);
  require(linear && linear->population == 2, "a stack has a linear loss on y");

  std::vector<Population> populations{given[0]};
  for (std::size_t layer = 1; layer < settings.depth; ++layer) {
    Population h = given[1];
    h.name += settings.depth > 2 ? std::to_string(layer) : "";
    h.shape = {1, settings.width};
    if (settings.hidden_threshold) set_threshold(h.unit, *settings.hidden_threshold);
    populations.push_back(std::move(h));
  }
  populations.push_back(given[2]);
  std::vector<Connection> connections;
  for (std::size_t p = 1; p < populations.size(); ++p) {
    change(populations[p], settings);
    connections.push_back({p - 1, p, Dense{}});
  }

  const TimeGrid time{base.network.time().dt, settings.steps.value_or(base.network.steps())};
  Model model{.source = base.source,
              .seed = seed,
              .network = Network(time, std::move(populations), std::move(connections)),
              .parameters = {},
              .input = {},
              .loss = LinearLoss{settings.depth, first_rows(linear->coefficients, time.steps)},
              .data = {},
              .estimator = base.estimator};
  model.input.values.resize(settings.depth + 1);
  model.input.values[0] = first_rows(base.input.values[0], time.steps);
  model.parameters.resize(model.network.parameter_count());
  const Initialiser weights = KaimingInitialiser{.gain = settings.gain};
  for (std::size_t b = 0; b < model.network.blocks().size(); ++b) {
    const ParameterBlock& block = model.network.blocks()[b];
    initialise(weights, model.network, b, (seed << 32) + net,
               std::span(model.parameters).subspan(block.offset, block.size));
  }
  return model;
}

}  // namespace spikegrad
