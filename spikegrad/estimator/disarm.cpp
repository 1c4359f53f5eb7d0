// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/disarm.hpp"

#include <algorithm>

namespace spikegrad {
namespace {

/// Populations that draw together in a step.
using Group = std::vector<std::size_t>;

std::vector<Group> groups_of(const Objective& objective) {
  const auto& all = objective.network.populations();
  std::vector<Group> blocks;
  Group with_memory;
  for (std::size_t p = 0; p < all.size(); ++p) {
    if (!draws_spikes(objective, p)) continue;
    if (timing_of(all[p].unit) == DriveTiming::same_step)
      blocks.push_back({p});
    else
      with_memory.push_back(p);
  }
  if (!with_memory.empty()) blocks.push_back(with_memory);
  return blocks;
}

/// 1 - U for U in one block and step: 1 - U < p is U > 1 - p.
class AntitheticDraws final : public Draws {
 public:
  AntitheticDraws(Draws& draws, const Group& block, std::size_t step)
      : draws_(draws), block_(block), step_(step) {}
  bool below(const Slot& slot, double p) override {
    if (slot.step != step_ || std::find(block_.begin(), block_.end(), slot.population) == block_.end())
      return draws_.below(slot, p);
    return !draws_.below(slot, 1.0 - p);
  }
  bool auxiliary_below(std::uint32_t index, double p) override { return draws_.auxiliary_below(index, p); }

 private:
  Draws& draws_;
  const Group& block_;
  std::size_t step_;
};

}  // namespace

PassCount Disarm::passes(const EstimatorSettings&, const Objective& objective) {
  const std::size_t blocks = groups_of(objective).size() * objective.network.steps();
  return {.forward = 2.0 + static_cast<double>(blocks)};
}

SampleOutcome Disarm::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const Network& network = problem.network;
  const double loss = trial_.forward(problem, draws);
  other_.forward(problem, draws);
  credits_.clear();
  const std::vector<Group> blocks = groups_of(problem.objective());
  // Last step first: what the second trial keeps of the steps before is that of the first.
  for (std::size_t t = network.steps(); t-- > 0;)
    for (const Group& block : blocks) {
      AntitheticDraws antithetic(draws, block, t);
      const double difference = loss - other_.forward(problem, antithetic, t);
      for (const std::size_t p : block) {
        const std::size_t first = network.layout(p).unit_offset, size = network.populations()[p].size();
        for (std::size_t u = first; u < first + size; ++u) {
          const double spike = trial_.tape().output[t][u], other = other_.tape().output[t][u];
          if (spike == other) continue;
          const double x = trial_.tape().excess[t][u];
          const double p_k = std::visit([x](const auto& f) { return equations::probability(f, x); },
                                        network.populations()[p].escape);
          const double rarer = std::max(std::min(p_k, 1.0 - p_k), least_probability);
          credits_.push_back({{static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(u - first),
                               static_cast<std::uint32_t>(t)},
                              difference * (spike - other) / (2.0 * rarer)});
        }
      }
    }
  trial_.backward(problem, 0.0, credits_, gradient);
  return {.loss = loss - trial_.penalty(), .penalty = trial_.penalty()};
}

}  // namespace spikegrad
