// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/parameter_updater.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

std::vector<double> rates_of(const Network& network, const TrainingSettings& settings) {
  std::vector<double> rates = settings.learning_rates;
  if (rates.empty())
    for (const ParameterBlock& block : network.blocks())
      rates.push_back(settings.learning_rate *
                      (block.kind == ParameterKind::delay ? settings.delay_rate : 1.0));
  if (rates.size() != network.blocks().size())
    throw UserError("training: " + std::to_string(rates.size()) +
                    " learning rates given, must be one for each of the " +
                    std::to_string(network.blocks().size()) + " parameter blocks");
  for (const double rate : rates)
    if (!contains(Range::non_negative, rate))
      throw UserError("training: a learning rate must be " + std::string(describe(Range::non_negative)));
  return rates;
}

}  // namespace

ParameterUpdater::ParameterUpdater(const Network& network, const TrainingSettings& settings) {
  const OptimiserInfo& optimiser = find_optimiser(settings.optimiser);
  const std::vector<double> rates = rates_of(network, settings);
  for (std::size_t b = 0; b < rates.size(); ++b) {
    const ParameterBlock& block = network.blocks()[b];
    OptimiserSettings own = settings.optimiser_settings;
    if (block.kind != ParameterKind::weight && block.kind != ParameterKind::bias)
      own.weight_decay = 0.0;  // it would draw τ to 1 s, gains and delays to 0
    blocks_.push_back(
        {block.offset, block.size, block.lowest, block.highest, rates[b], optimiser.make(own, block.size)});
  }
}

void ParameterUpdater::step(double factor, std::span<const double> gradient, std::span<double> parameters) {
  for (Block& block : blocks_) {
    const auto own = parameters.subspan(block.offset, block.size);
    block.optimiser->step(factor * block.rate, gradient.subspan(block.offset, block.size), own);
    if (std::isinf(block.lowest) && std::isinf(block.highest)) continue;
    for (double& parameter : own) parameter = std::clamp(parameter, block.lowest, block.highest);
  }
}

std::vector<std::vector<std::span<double>>> ParameterUpdater::state() {
  std::vector<std::vector<std::span<double>>> all;
  for (Block& block : blocks_) all.push_back(block.optimiser->state());
  return all;
}

}  // namespace spikegrad
