// SPDX-License-Identifier: Apache-2.0
// Estimators and draws with one thing wrong, to show that a check sees it.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/estimator.hpp"

namespace spikegrad::testing {

/// A right estimator, its sample (not what was there before) changed by `wrong`.
class Altered final : public Estimator {
 public:
  using Change = void (*)(const Problem&, std::span<double> sample);
  Altered(std::unique_ptr<Estimator> right, Change wrong) : right_(std::move(right)), wrong_(wrong) {}
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    std::vector<double> own(gradient.size(), 0.0);
    const double loss = right_->sample(problem, draws, own);
    wrong_(problem, own);
    for (std::size_t i = 0; i < own.size(); ++i) gradient[i] += own[i];
    return loss;
  }

 private:
  std::unique_ptr<Estimator> right_;
  Change wrong_;
};

inline void wrong_sign(const Problem&, std::span<double> sample) {
  for (double& g : sample) g = -g;
}
inline void half_a_percent_too_large(const Problem&, std::span<double> sample) {
  for (double& g : sample) g *= 1.005;
}

/// A single pass whose backward half sees another network (one that differs in its resets, say).
class BackwardOfAnotherNet final : public Estimator {
 public:
  BackwardOfAnotherNet(LearningSignal signal, const Network& other) : signal_(signal), other_(other) {}
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const double loss = engine_.forward(problem, signal_, draws);
    engine_.backward(
        {other_, problem.parameters, problem.input, problem.loss, problem.regularisers, problem.sent},
        signal_, loss, nullptr, gradient);
    return loss;
  }

 private:
  LearningSignal signal_;
  const Network& other_;
  ReferenceEngine engine_;
};

/// Score function plus backpropagation through the reset: its effect through history counted twice.
class CountsTwice final : public Estimator {
 public:
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const LearningSignal signal{.pseudo = PseudoDerivative::surrogate, .score = true};
    const double loss = engine_.forward(problem, signal, draws);
    engine_.backward(problem, signal, loss, nullptr, gradient);
    return loss;
  }

 private:
  ReferenceEngine engine_;
};

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

/// An estimator whose draws are biased.
class WithBiasedDraws final : public Estimator {
 public:
  explicit WithBiasedDraws(std::unique_ptr<Estimator> right, double factor = 1.01)
      : right_(std::move(right)), factor_(factor) {}
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    BiasedDraws biased(draws, factor_);
    return right_->sample(problem, biased, gradient);
  }

 private:
  std::unique_ptr<Estimator> right_;
  double factor_;
};

/// Does the reset gate the filter that the loss looks at: a drawn LIF unit, one of the multiplicative resets,
/// and steps enough? (The subtractive reset leaves ∂u/∂w as it is.)
inline bool reset_matters(const Problem& problem) {
  const Population& p = problem.network.populations()[population_of(problem.loss)];
  const Lif* lif = lif_of(p.unit);
  return lif && (lif->reset == Reset::multiplicative || lif->reset == Reset::multiplicative_leak) &&
         p.is_stochastic() && problem.network.steps() >= 5;
}

}  // namespace spikegrad::testing
