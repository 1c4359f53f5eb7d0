// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/score_function.hpp"

#include <algorithm>

namespace spikegrad {

void ScoreRunningMean::gradient(const Batch& batch, const BatchResults& results) {
  auto& [mean, count] = state_;
  samples_.assign(batch.samples.begin(), batch.samples.end());
  for (Sample& sample : samples_) sample.baseline = mean;
  BatchResults all = results;
  all.outcomes = outcomes_of(batch, results, outcomes_);
  pass_->run({batch.parameters, samples_, batch.seed, batch.dropout, batch.done}, all);
  for (const SampleOutcome& outcome : all.outcomes) mean += (outcome.total() - mean) / ++count;
}

ScoreLeaveOneOut::ScoreLeaveOneOut(const EstimatorSettings& settings, Engine& engine)
    : group_(settings.group), forward_(engine.prepare(score_signal)), scored_(engine.prepare(score_signal)) {}

std::size_t ScoreLeaveOneOut::bytes(std::size_t samples) const {
  return forward_->bytes(group_ * samples) + scored_->bytes(group_ * samples);
}

void ScoreLeaveOneOut::gradient(const Batch& batch, const BatchResults& results) {
  trials_.clear();
  for (const Sample& sample : batch.samples)
    for (std::size_t m = 0; m < group_; ++m) {
      trials_.push_back(sample);
      trials_.back().trial = static_cast<std::uint32_t>(sample.trial * group_ + m);
    }
  outcomes_.resize(trials_.size());
  ActivityTable activity;
  std::vector<SampleRecord> records(results.records.empty() ? 0 : trials_.size());
  const Batch all{batch.parameters, trials_, batch.seed, batch.dropout, batch.done};
  forward_->run(
      all, {.outcomes = outcomes_, .activity = results.activity ? &activity : nullptr, .records = records});

  for (std::size_t first = 0; first < trials_.size(); first += group_) {
    double sum = 0.0;
    for (std::size_t m = 0; m < group_; ++m) sum += outcomes_[first + m].total();
    for (std::size_t m = 0; m < group_; ++m)
      trials_[first + m].baseline = (sum - outcomes_[first + m].total()) / static_cast<double>(group_ - 1);
  }
  sum_.assign(results.gradient.size(), 0.0);
  scored_->run(all, {.gradient = sum_});
  for (std::size_t i = 0; i < sum_.size(); ++i) results.gradient[i] += sum_[i] / static_cast<double>(group_);

  if (results.activity) results.activity->resize(batch.samples.size(), activity.columns());
  for (std::size_t s = 0; s < batch.samples.size(); ++s) {
    if (!results.outcomes.empty()) results.outcomes[s] = outcomes_[s * group_];
    if (results.activity)
      std::copy(activity[s * group_].begin(), activity[s * group_].end(), (*results.activity)[s].begin());
    if (!results.records.empty()) results.records[s] = std::move(records[s * group_]);
  }
}

}  // namespace spikegrad
