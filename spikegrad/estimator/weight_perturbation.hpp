// SPDX-License-Identifier: Apache-2.0
// Simultaneous perturbation (Spall 1992): of all parameters along a direction of random signs ε,
//
//   [L(w + σε) - L(w - σε)] / 2σ · ε,   both trials with the same numbers,
//
// the mean over `directions` of them. It needs no derivative of anything. Its mean is a central difference of
// E[L] averaged over the signs, which is dE[L]/dw up to O(σ²); of a deterministic net, that of the loss smoothed over weights.
// A batch shares its directions.
#pragma once

#include <vector>

#include "spikegrad/estimator/method.hpp"

namespace spikegrad {

class WeightPerturbation final : public Estimator, public MethodDefaults {
 public:
  static constexpr std::string_view name = "weight-perturbation";
  static constexpr std::string_view summary = "differences along random signs, with common random numbers";
  static constexpr std::string_view bias = "O(sigma^2)";
  static constexpr std::string_view source = "Spall 1992";
  static constexpr std::string_view cost = "2 forward passes a direction, and 1";

  static PassCount passes(const EstimatorSettings& settings, const Objective&) {
    return {2.0 * static_cast<double>(settings.directions) + 1.0, 0.0};
  }

  WeightPerturbation(const EstimatorSettings& settings, Engine& engine)
      : engine_(engine),
        sigma_(settings.perturbation),
        directions_(settings.directions),
        forward_(engine.prepare({})) {}

  void gradient(const Batch& batch, const BatchResults& results) override {
    check(engine_.objective(), batch, results);
    forward_->run(batch,
                  {.outcomes = results.outcomes, .activity = results.activity, .records = results.records});
    if (batch.samples.empty() || results.gradient.empty()) return;
    const auto draws = engine_.draws(batch.seed, batch.samples.front());
    const std::size_t count = batch.parameters.size();
    signs_.resize(count);
    for (std::size_t k = 0; k < directions_; ++k) {
      for (std::size_t i = 0; i < count; ++i)
        signs_[i] = draws->auxiliary_below(static_cast<std::uint32_t>(k * count + i), 0.5) ? 1.0 : -1.0;
      const double difference = loss_at(batch, sigma_) - loss_at(batch, -sigma_),
                   scale = difference / (2.0 * sigma_ * static_cast<double>(directions_));
      for (std::size_t i = 0; i < count; ++i) results.gradient[i] += scale * signs_[i];
    }
  }
  std::size_t bytes(std::size_t samples) const override { return forward_->bytes(samples); }

 private:
  /// Sum over the batch of L at w + step ε.
  double loss_at(const Batch& batch, double step) {
    moved_.assign(batch.parameters.begin(), batch.parameters.end());
    for (std::size_t i = 0; i < moved_.size(); ++i) moved_[i] += step * signs_[i];
    outcomes_.resize(batch.samples.size());
    forward_->run({moved_, batch.samples, batch.seed, batch.dropout, batch.done}, {.outcomes = outcomes_});
    double sum = 0.0;
    for (const SampleOutcome& outcome : outcomes_) sum += outcome.total();
    return sum;
  }

  Engine& engine_;
  double sigma_;
  std::size_t directions_;
  std::unique_ptr<Pass> forward_;
  std::vector<double> signs_, moved_;
  std::vector<SampleOutcome> outcomes_;
};

}  // namespace spikegrad
