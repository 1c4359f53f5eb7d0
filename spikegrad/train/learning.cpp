// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/learning.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/lowering.hpp"

namespace spikegrad {
namespace {

/// [blocks]: the population whose potentials the block acts on.
std::vector<std::size_t> populations_of_blocks(const Network& network) {
  std::vector<std::size_t> populations(network.blocks().size());
  for (std::size_t c = 0; c < network.connections().size(); ++c) populations[c] = network.connections()[c].to;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const PopulationLayout& layout = network.layout(p);
    if (layout.bias_block) populations[*layout.bias_block] = p;
    for (const auto& block : layout.learned)
      if (block) populations[*block] = p;
  }
  for (std::size_t c = 0; c < network.connections().size(); ++c)
    if (const auto block = network.delays(c).block) populations[*block] = network.connections()[c].to;
  return populations;
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<std::string> blocks_without_gradient(const Model& model, const EstimatorInfo& estimator) {
  // Unbiased estimators of several passes follow the derivative of the spike probabilities: drawn spikes
  // learn, as with credits. Of others without a signal nothing is known.
  if (!estimator.signal && !estimator.unbiased) return {};
  const Objective objective = model.objective();
  const Lowering lowering(objective, estimator.signal ? estimator.signal(model.estimator, objective)
                                                      : LearningSignal{.credit = true});
  const std::vector<std::size_t> populations = populations_of_blocks(model.network);
  std::vector<std::string> names;
  for (std::size_t b = 0; b < populations.size(); ++b)
    if (!lowering.populations[populations[b]].learns) names.push_back(model.network.blocks()[b].name);
  return names;
}

std::vector<std::string> frozen_blocks(const Model& model) {
  std::vector<std::string> names;
  const std::vector<double>& rates = model.training.learning_rates;
  for (std::size_t b = 0; b < rates.size() && b < model.network.blocks().size(); ++b)
    if (rates[b] == 0.0) names.push_back(model.network.blocks()[b].name);
  for (const ParameterBlock& block : model.network.blocks())
    if (rates.empty() && block.kind == ParameterKind::delay && model.training.delay_rate == 0.0)
      names.push_back(block.name);
  return names;
}

void check_learning(const Model& model, const EstimatorInfo& estimator) {
  const auto& blocks = model.network.blocks();
  if (model.training.epochs == 0 || blocks.empty()) return;
  const std::vector<std::string> still = blocks_without_gradient(model, estimator),
                                 frozen = frozen_blocks(model);
  const bool some_learn = std::any_of(blocks.begin(), blocks.end(), [&](const ParameterBlock& block) {
    return std::find(still.begin(), still.end(), block.name) == still.end() &&
           std::find(frozen.begin(), frozen.end(), block.name) == frozen.end();
  });
  if (some_learn) return;
  if (still.empty())
    throw UserError(model.source + ": [training] learning_rates: all are 0, so that nothing would learn");
  std::string others;
  for (const EstimatorInfo& other : estimators())
    if (other.refuse(model.objective(), model.estimator).empty() && other.signal &&
        blocks_without_gradient(model, other).empty())
      others.append(others.empty() ? "" : ", ").append(other.name);
  throw UserError(
      fmt::format("{}: [training] estimator \"{}\" gives no gradient to {}{}, so that nothing would learn{}",
                  model.source, estimator.name, listed(still),
                  frozen.empty() ? "" : ", and the learning rate of " + listed(frozen) + " is 0",
                  others.empty() ? "" : "; these give one: " + others));
}

std::vector<std::string> learning_notes(const Model& model, const EstimatorInfo& estimator) {
  std::vector<std::string> notes;
  if (const auto still = blocks_without_gradient(model, estimator); !still.empty())
    notes.push_back(
        fmt::format("{} will not learn: estimator \"{}\" gives no gradient to what enters these units",
                    listed(still), estimator.name));
  if (const auto frozen = frozen_blocks(model); !frozen.empty())
    notes.push_back(listed(frozen) + " will not learn: the learning rate is 0");
  return notes;
}

}  // namespace spikegrad
