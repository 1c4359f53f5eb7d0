// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/enumeration.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/estimator/score_function.hpp"

namespace spikegrad {
namespace {

/// The loss of a trial and no gradient.
class LossOnly final : public Estimator {
 public:
  explicit LossOnly(Engine& engine) : pass_(engine.prepare({})) {}
  void gradient(const Batch& batch, const BatchResults& results) override {
    pass_->run(batch, {.outcomes = results.outcomes});
  }
  std::size_t bytes(std::size_t samples) const override { return pass_->bytes(samples); }

 private:
  std::unique_ptr<Pass> pass_;
};

}  // namespace

bool BranchingDraws::answer(const Slot& slot, double p) {
  auto cell = std::find_if(cells_.begin(), cells_.end(), [&](const Cell& c) { return c.slot == slot; });
  if (cell == cells_.end()) cell = cells_.insert(cells_.end(), Cell{slot});
  if (p <= cell->low) return false;
  if (p >= cell->high) return true;

  if (position_ == answers_.size()) answers_.push_back(true);
  const bool below = answers_[position_++];
  const double width = cell->high - cell->low;
  probability_ *= (below ? p - cell->low : cell->high - p) / width;
  (below ? cell->high : cell->low) = p;
  return below;
}

bool BranchingDraws::next_path() {
  answers_.resize(position_);
  while (!answers_.empty() && !answers_.back()) answers_.pop_back();
  if (answers_.empty()) return false;
  answers_.back() = false;
  position_ = 0;
  probability_ = 1.0;
  cells_.clear();
  return true;
}

std::string refuse_enumeration(const Objective& objective) {
  const std::size_t n = free_spike_count(objective);
  if (n <= largest_enumeration) return {};
  const std::size_t per_step = n / objective.network.steps();
  std::string fits = per_step <= largest_enumeration
                         ? "with " + std::to_string(per_step) + " stochastic units, " +
                               std::to_string(largest_enumeration / per_step) + " steps would fit"
                         : "at most " + std::to_string(largest_enumeration) + " stochastic units would fit";
  return "exact enumeration takes 2^" + std::to_string(n) + " spike histories (" + std::to_string(per_step) +
         " stochastic units x " + std::to_string(objective.network.steps()) + " steps), more than 2^" +
         std::to_string(largest_enumeration) + ": " + fits + ", or use --truth monte-carlo";
}

Expectation enumerate(const Problem& problem, const EstimatorFactory& make) {
  check(problem);
  if (const std::string why = refuse_enumeration(problem.objective()); !why.empty()) throw UserError(why);
  Expectation result;
  result.gradient.assign(problem.parameters.size(), 0.0);
  std::vector<double> sample(problem.parameters.size());
  ProblemSampler sampler(problem, make);
  const std::span<double> state = sampler.estimator().state();
  const std::vector<double> at_first(state.begin(), state.end());
  BranchingDraws draws;
  do {
    std::fill(sample.begin(), sample.end(), 0.0);
    std::copy(at_first.begin(), at_first.end(), state.begin());
    const SampleOutcome outcome = sampler.outcome(draws, sample);
    const double probability = draws.probability();
    result.loss += probability * outcome.total();
    result.penalty += probability * outcome.penalty;
    for (std::size_t i = 0; i < sample.size(); ++i) result.gradient[i] += probability * sample[i];
    if (++result.paths > std::size_t{1} << largest_enumeration)
      throw UserError("this estimator's draws branch into more than 2^" +
                      std::to_string(largest_enumeration) + " paths: use a smaller net");
  } while (draws.next_path());
  return result;
}

Expectation enumerate(const Problem& problem, const EstimatorInfo& info, const EstimatorSettings& settings) {
  check(info);
  return enumerate(problem, [&](Engine& engine) { return info.make(settings, engine); });
}

namespace {

Expectation enumerate_loss(const Problem& problem) {
  return enumerate(problem, [](Engine& engine) { return std::make_unique<LossOnly>(engine); });
}

}  // namespace

double expected_loss(const Problem& problem) {
  return enumerate_loss(problem).loss;
}

SampleOutcome expected_outcome(const Problem& problem) {
  const Expectation e = enumerate_loss(problem);
  return {.loss = e.loss - e.penalty, .penalty = e.penalty};
}

Expectation exact_gradient(const Problem& problem) {
  return enumerate(problem, [](Engine& engine) {
    return std::make_unique<SinglePass<ScoreFunction>>(EstimatorSettings{}, engine);
  });
}

}  // namespace spikegrad
