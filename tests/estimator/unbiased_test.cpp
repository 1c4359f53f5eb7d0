// SPDX-License-Identifier: Apache-2.0
// Estimators that the registry calls unbiased: their own draws enumerated, shared numbers, random selections
// and all, the mean is the exact gradient.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr double rounding = 1e-10;

double error(const RandomNet& net, Estimator& estimator) {
  return distance(enumerate(net.problem(), estimator).gradient, exact_gradient(net.problem()).gradient);
}

std::unique_ptr<Estimator> make(std::string_view name, const EstimatorSettings& settings = {}) {
  return find_estimator(name).make(settings);
}

// Every flip asks later slots with another p, so the tree has more branches than there are histories.
TEST(Counterfactual, EnumeratedMeanIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    RandomNetOptions options{.max_spikes = 7};
    if (seed % 4 == 3)
      options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
    const RandomNet net = random_net(seed, options);
    const auto all = make("counterfactual");
    EXPECT_LT(error(net, *all), rounding) << net.description;
  }
}

TEST(Counterfactual, EnumeratedMeanOfSampledFlipsIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 4});
    for (const std::size_t count : {1, 2}) {
      const auto sampled = make("counterfactual-k", {.counterfactuals = count});
      EXPECT_LT(error(net, *sampled), rounding) << net.description;
    }
  }
}

TEST(Score, EnumeratedMeanWithLeaveOneOutBaselineIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 5});
    const auto leave_one_out = make("score-leave-one-out", {.group = 2});
    EXPECT_LT(error(net, *leave_one_out), rounding) << net.description;
  }
}

/// The second of two samples of a fresh estimator, on independent draws: what a baseline learned from the
/// first does to the mean.
class SecondSample final : public Estimator {
 public:
  explicit SecondSample(std::string_view name) : name_(name) {}
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const auto estimator = make(name_);
    std::vector<double> first(gradient.size());
    ReplicaDraws before(draws, 0), now(draws, 1);
    estimator->sample(problem, before, first);
    return estimator->sample(problem, now, gradient);
  }

 private:
  std::string_view name_;
};

TEST(Score, EnumeratedMeanWithRunningMeanBaselineIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 5});
    SecondSample second("score-running-mean");
    EXPECT_LT(error(net, second), rounding) << net.description;
  }
}

/// A baseline that depends on the trial's own spikes: it biases.
class OwnLossBaseline final : public Estimator {
 public:
  double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
    const LearningSignal signal{.score = true};
    const double loss = engine_.forward(problem, signal, draws);
    engine_.backward(problem, signal, 0.9 * loss, nullptr, gradient);
    return loss;
  }

 private:
  ReferenceEngine engine_;
};

TEST(Unbiased, CheckerRejectsPlantedErrors) {
  std::size_t planted = 0;
  for (std::uint64_t seed = 0; planted < 8; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 5});
    if (!reset_matters(net.problem()) || free_spike_count(net.problem()) == 0) continue;
    ++planted;
    OwnLossBaseline own;
    EXPECT_GT(error(net, own), rounding) << net.description;
    for (const char* name : {"counterfactual", "counterfactual-k", "score-leave-one-out"}) {
      const EstimatorSettings small{.counterfactuals = 1, .group = 2};
      Altered sign(make(name, small), wrong_sign), scale(make(name, small), half_a_percent_too_large);
      WithBiasedDraws biased(make(name, small));
      EXPECT_GT(error(net, sign), rounding) << name << " on " << net.description;
      EXPECT_GT(error(net, scale), rounding) << name << " on " << net.description;
      EXPECT_GT(error(net, biased), rounding) << name << " on " << net.description;
    }
  }
}

// Whatever the registry calls unbiased, on a net small enough for every one of them.
TEST(Unbiased, EveryMemberThatTheRegistryCallsSo) {
  std::size_t checked = 0;
  for (const EstimatorInfo& info : estimators()) {
    if (!info.unbiased) continue;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const RandomNet net = random_net(seed, {.max_spikes = 3});
      const EstimatorSettings settings{.counterfactuals = 2, .group = 2};
      if (!info.refuse(net.problem(), settings).empty()) continue;
      const auto fresh = [&] { return info.make(settings); };
      class Fresh final : public Estimator {  // for estimators that learn from sample to sample
       public:
        explicit Fresh(const decltype(fresh)& make_one) : make_one_(make_one) {}
        double sample(const Problem& problem, Draws& draws, std::span<double> gradient) override {
          return make_one_()->sample(problem, draws, gradient);
        }

       private:
        const decltype(fresh)& make_one_;
      } estimator(fresh);
      EXPECT_LT(error(net, estimator), rounding) << info.name << " on " << net.description;
    }
    ++checked;
  }
  EXPECT_GE(checked, 6u);
}

TEST(FiniteDifference, OfTheExpectedLossIsTheExactGradientToSecondOrder) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomNetOptions options{.max_spikes = 5};
    options.escapes = {SigmoidEscape::kind, ExponentialHazardEscape::kind};
    const RandomNet net = random_net(seed, options);
    const auto exact = exact_gradient(net.problem()).gradient;
    const auto at_step = [&](double h) {
      BranchingDraws unused;
      std::vector<double> gradient(exact.size());
      make("finite-difference", {.step = h})->sample(net.problem(), unused, gradient);
      return distance(gradient, exact, 1.0);
    };
    const double coarse = at_step(2e-2), fine = at_step(1e-2);
    EXPECT_LT(fine, 0.3 * coarse + 1e-9) << "not O(h²): " << net.description;
    EXPECT_LT(at_step(1e-4), 1e-6) << net.description;
  }
}

// E of the trials' central difference is the central difference of E: an identity, to rounding.
TEST(FiniteDifference, WithCommonNumbersHasTheMeanOfTheExpectedLoss) {
  std::size_t checked = 0;
  for (std::uint64_t seed = 0; checked < 20; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 3, .max_inputs = 1});
    if (net.parameters.size() > 3) continue;
    ++checked;
    const double h = 0.05;
    const auto common = make("finite-difference-crn", {.noisy_step = h});
    std::vector<double> expected(net.parameters.size());
    BranchingDraws unused;
    make("finite-difference", {.step = h})->sample(net.problem(), unused, expected);
    EXPECT_LT(distance(enumerate(net.problem(), *common).gradient, expected), rounding) << net.description;
  }
}

TEST(Registry, NamesAreKnownAndUnknownOnesGetAHint) {
  for (const EstimatorInfo& info : estimators()) EXPECT_EQ(&find_estimator(info.name), &info);
  try {
    find_estimator("surogate");
    FAIL();
  } catch (const UserError& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'surrogate'?"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace spikegrad
