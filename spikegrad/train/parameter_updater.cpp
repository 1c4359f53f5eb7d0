// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/parameter_updater.hpp"

#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

std::vector<double> rates_of(const Network& network, const TrainingSettings& settings) {
  std::vector<double> rates = settings.learning_rates;
  if (rates.empty()) rates.assign(network.blocks().size(), settings.learning_rate);
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
    if (block.kind == ParameterKind::log_tau) own.weight_decay = 0.0;  // it would draw τ to 1 s
    blocks_.push_back({block.offset, block.size, rates[b], optimiser.make(own, block.size)});
  }
}

void ParameterUpdater::step(double factor, std::span<const double> gradient, std::span<double> parameters) {
  for (Block& block : blocks_)
    block.optimiser->step(factor * block.rate, gradient.subspan(block.offset, block.size),
                          parameters.subspan(block.offset, block.size));
}

std::vector<std::vector<std::span<double>>> ParameterUpdater::state() {
  std::vector<std::vector<std::span<double>>> all;
  for (Block& block : blocks_) all.push_back(block.optimiser->state());
  return all;
}

}  // namespace spikegrad
