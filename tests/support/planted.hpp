// SPDX-License-Identifier: Apache-2.0
// Estimators and draws with one thing wrong, to show that a check sees it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/engine/reference/trial.hpp"
#include "spikegrad/estimator/by_sample.hpp"
#include "spikegrad/estimator/single_pass.hpp"

namespace spikegrad::testing {

/// A right estimator, its sum over the batch (not what was there before) changed by `wrong`.
class Altered final : public Estimator {
 public:
  using Change = void (*)(std::span<double> sample);
  Altered(std::unique_ptr<Estimator> right, Change wrong) : right_(std::move(right)), wrong_(wrong) {}
  void gradient(const Batch& batch, const BatchResults& results) override {
    std::vector<double> own(results.gradient.size(), 0.0);
    BatchResults inner = results;
    inner.gradient = own;
    right_->gradient(batch, inner);
    wrong_(own);
    for (std::size_t i = 0; i < own.size(); ++i) results.gradient[i] += own[i];
  }
  std::size_t bytes(std::size_t samples) const override { return right_->bytes(samples); }
  std::span<double> state() override { return right_->state(); }

 private:
  std::unique_ptr<Estimator> right_;
  Change wrong_;
};

inline EstimatorFactory altered(EstimatorFactory right, Altered::Change wrong) {
  return [=](Engine& engine) { return std::make_unique<Altered>(right(engine), wrong); };
}

inline void wrong_sign(std::span<double> sample) {
  for (double& g : sample) g = -g;
}
inline void half_a_percent_too_large(std::span<double> sample) {
  for (double& g : sample) g *= 1.005;
}

/// An estimator of the registry, ready for enumerate() and ProblemSampler.
inline EstimatorFactory factory(std::string_view name, const EstimatorSettings& settings = {}) {
  return [name = std::string(name), settings](Engine& engine) {
    return find_estimator(name).make(settings, engine);
  };
}

/// A single pass whose backward half sees another network (one that differs in its resets, say).
class BackwardOfAnotherNet final : public BySample {
 public:
  BackwardOfAnotherNet(LearningSignal signal, const Network& other, Engine& engine)
      : BySample(engine), signal_(signal), other_(other) {}

 private:
  SampleOutcome sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const Problem wrong{other_,       problem.parameters,   problem.input,
                        problem.loss, problem.regularisers, problem.dropout_scale};
    ReferenceTrial trial(problem.objective(), signal_), backward(wrong.objective(), signal_);
    const double loss = trial.forward(problem, draws);
    backward.tape() = trial.tape();
    backward.backward(wrong, loss, {}, gradient);
    return {.loss = loss};
  }

  LearningSignal signal_;
  const Network& other_;
};

inline EstimatorFactory backward_of(LearningSignal signal, const Network& other) {
  return [signal, &other](Engine& engine) {
    return std::make_unique<BackwardOfAnotherNet>(signal, other, engine);
  };
}

/// Score function plus backpropagation through the reset: its effect through history counted twice.
struct CountsTwice {
  static LearningSignal signal(const EstimatorSettings&, const Objective&) {
    return {.pseudo = PseudoDerivative::surrogate, .score = true};
  }
};
inline std::unique_ptr<Estimator> counts_twice(Engine& engine) {
  return std::make_unique<SinglePass<CountsTwice>>(EstimatorSettings{}, engine);
}

/// The network with every reset of its LIF units taken away.
inline Network without_resets(const Network& network) {
  std::vector<Population> populations = network.populations();
  for (Population& p : populations)
    if (Lif* lif = lif_of(p.unit)) lif->reset = Reset::none;
  return {network.time(), std::move(populations), network.connections()};
}

/// Every spike more likely than it should be: by 1 %, or by `factor`.
class BiasedDraws final : public Draws {
 public:
  explicit BiasedDraws(Draws& draws, double factor = 1.01) : draws_(draws), factor_(factor) {}
  bool below(const Slot& slot, double p) override { return draws_.below(slot, std::min(1.0, factor_ * p)); }
  bool auxiliary_below(std::uint32_t index, double p) override { return draws_.auxiliary_below(index, p); }

 private:
  Draws& draws_;
  double factor_;
};

/// An estimator whose draws are biased, on a reference engine that draws from somewhere.
class WithBiasedDraws final : public Estimator {
 public:
  WithBiasedDraws(const EstimatorFactory& right, double factor, Engine& engine)
      : engine_(dynamic_cast<ReferenceEngine&>(engine)), right_(right(engine)), factor_(factor) {}
  void gradient(const Batch& batch, const BatchResults& results) override {
    Draws* fair = engine_.source();
    BiasedDraws biased(*fair, factor_);
    engine_.draw_from(&biased);
    right_->gradient(batch, results);
    engine_.draw_from(fair);
  }
  std::size_t bytes(std::size_t samples) const override { return right_->bytes(samples); }
  std::span<double> state() override { return right_->state(); }

 private:
  ReferenceEngine& engine_;
  std::unique_ptr<Estimator> right_;
  double factor_;
};

inline EstimatorFactory with_biased_draws(EstimatorFactory right, double factor = 1.01) {
  return [=](Engine& engine) { return std::make_unique<WithBiasedDraws>(right, factor, engine); };
}

/// Does the reset gate the filter that the loss looks at: a drawn LIF unit, one of the multiplicative resets,
/// and steps enough? (The subtractive reset leaves ∂u/∂w as it is.)
inline bool reset_matters(const Problem& problem) {
  const Population& p = problem.network.populations()[population_of(problem.loss)];
  const Lif* lif = lif_of(p.unit);
  return lif && (lif->reset == Reset::multiplicative || lif->reset == Reset::multiplicative_leak) &&
         p.is_stochastic() && problem.network.steps() >= 5;
}

}  // namespace spikegrad::testing
