// SPDX-License-Identifier: Apache-2.0
// Estimators that the registry calls unbiased: their own draws enumerated, shared numbers, random selections
// and all, the mean is the exact gradient.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "tests/estimator/enumerated_error.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

constexpr double unbiased_rounding = 1e-10;

// Every flip asks later slots with another p, so the tree has more branches than there are histories.
TEST(Counterfactual, EnumeratedMeanIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    RandomNetOptions options{.max_spikes = 7, .refractory = seed % 2 == 1};
    if (seed % 4 == 3)
      options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
    const RandomNet net = random_net(seed, options);
    EXPECT_LT(enumerated_error(net, factory("counterfactual")), unbiased_rounding) << net.description;
  }
}

TEST(Counterfactual, EnumeratedMeanOfSampledFlipsIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 4, .refractory = seed % 2 == 1});
    for (const std::size_t count : {1, 2}) {
      EXPECT_LT(enumerated_error(net, factory("counterfactual-k", {.counterfactuals = count})),
                unbiased_rounding)
          << net.description;
    }
  }
}

TEST(Score, EnumeratedMeanWithLeaveOneOutBaselineIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 5, .refractory = seed % 2 == 1});
    EXPECT_LT(enumerated_error(net, factory("score-leave-one-out", {.group = 2})), unbiased_rounding)
        << net.description;
  }
}

/// The second of two batches of one estimator, on independent draws: what a baseline learned from the first
/// does to the mean.
class SecondBatch final : public Estimator {
 public:
  SecondBatch(std::string_view name, Engine& engine) : estimator_(find_estimator(name).make({}, engine)) {}
  void gradient(const Batch& batch, const BatchResults& results) override {
    std::vector<double> first(results.gradient.size(), 0.0);
    estimator_->gradient(batch, {.gradient = first});
    std::vector<Sample> now(batch.samples.begin(), batch.samples.end());
    for (Sample& sample : now) ++sample.trial;
    estimator_->gradient({batch.parameters, now, batch.seed, batch.dropout, batch.done}, results);
  }
  std::size_t bytes(std::size_t samples) const override { return estimator_->bytes(samples); }
  std::span<double> state() override { return estimator_->state(); }

 private:
  std::unique_ptr<Estimator> estimator_;
};

TEST(Score, EnumeratedMeanWithRunningMeanBaselineIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 5, .refractory = seed % 2 == 1});
    EXPECT_LT(
        enumerated_error(
            net, [](Engine& engine) { return std::make_unique<SecondBatch>("score-running-mean", engine); }),
        unbiased_rounding)
        << net.description;
  }
}

/// A baseline that depends on the trial's own spikes: it biases.
class OwnLossBaseline final : public Estimator {
 public:
  explicit OwnLossBaseline(Engine& engine) : pass_(engine.prepare({.score = true})) {}
  void gradient(const Batch& batch, const BatchResults& results) override {
    std::vector<SampleOutcome> outcomes(batch.samples.size());
    pass_->run(batch, {.outcomes = outcomes});
    std::vector<Sample> samples(batch.samples.begin(), batch.samples.end());
    for (std::size_t s = 0; s < samples.size(); ++s) samples[s].baseline = 0.1 * outcomes[s].total();
    pass_->run({batch.parameters, samples, batch.seed, batch.dropout, batch.done}, results);
  }
  std::size_t bytes(std::size_t samples) const override { return pass_->bytes(samples); }

 private:
  std::unique_ptr<Pass> pass_;
};

TEST(MuProp, EnumeratedMeanIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    RandomNetOptions options{.max_spikes = 8, .refractory = seed % 2 == 1};
    if (seed % 4 == 3)
      options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
    const RandomNet net = random_net(seed, options);
    EXPECT_LT(enumerated_error(net, factory("muprop")), unbiased_rounding) << net.description;
  }
}

TEST(Disarm, EnumeratedMeanIsTheExactGradient) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 6, .refractory = seed % 2 == 1});
    EXPECT_LT(enumerated_error(net, factory("disarm")), unbiased_rounding) << net.description;
  }
}

// Noise with and without ends, and tails of every weight.
TEST(Unbiased, WithEveryEscapeFunction) {
  for (const std::string_view kind : kinds_of<Escape>())
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      RandomNetOptions options{.max_spikes = 5};
      options.escapes = {kind};
      const RandomNet net = random_net(seed, options);
      for (const char* name : {"score", "counterfactual", "disarm", "muprop"})
        EXPECT_LT(enumerated_error(net, factory(name)), unbiased_rounding)
            << name << " on " << net.description;
    }
}

TEST(Unbiased, CheckerRejectsPlantedErrors) {
  std::size_t planted = 0;
  for (std::uint64_t seed = 0; planted < 8; ++seed) {
    const RandomNet net = random_net(seed, {.max_spikes = 5, .refractory = seed % 2 == 1});
    if (!reset_matters(net.problem()) || free_spike_count(net.problem()) == 0) continue;
    ++planted;
    EXPECT_GT(enumerated_error(net, [](Engine& engine) { return std::make_unique<OwnLossBaseline>(engine); }),
              unbiased_rounding)
        << net.description;
    for (const char* name :
         {"counterfactual", "counterfactual-k", "score-leave-one-out", "muprop", "disarm"}) {
      const EstimatorFactory right = factory(name, {.counterfactuals = 1, .group = 2});
      EXPECT_GT(enumerated_error(net, altered(right, wrong_sign)), unbiased_rounding)
          << name << " on " << net.description;
      EXPECT_GT(enumerated_error(net, altered(right, half_a_percent_too_large)), unbiased_rounding)
          << name << " on " << net.description;
      EXPECT_GT(enumerated_error(net, with_biased_draws(right)), unbiased_rounding)
          << name << " on " << net.description;
    }
  }
}

// Whatever the registry calls unbiased, on a net small enough for every one of them: one that refuses them
// all has not been checked.
TEST(Unbiased, EveryMemberThatTheRegistryCallsSo) {
  for (const EstimatorInfo& info : estimators()) {
    if (!info.unbiased) continue;
    std::size_t checked = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const RandomNet net = random_net(seed, {.max_spikes = 3});
      const EstimatorSettings settings{.counterfactuals = 2, .group = 2};
      if (!info.refuse(net.problem().objective(), settings).empty()) continue;
      EXPECT_LT(enumerated_error(net, factory(info.name, settings)), unbiased_rounding)
          << info.name << " on " << net.description;
      ++checked;
    }
    EXPECT_GE(checked, 10u) << info.name << " was refused on the others";
  }
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
      const Problem problem = net.problem();
      ProblemSampler(problem, factory("finite-difference", {.step = h})).sample(unused, gradient);
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
    std::vector<double> expected(net.parameters.size());
    BranchingDraws unused;
    const Problem problem = net.problem();
    ProblemSampler(problem, factory("finite-difference", {.step = h})).sample(unused, expected);
    const Expectation common = enumerate(problem, factory("finite-difference-crn", {.noisy_step = h}));
    EXPECT_LT(distance(common.gradient, expected), unbiased_rounding) << net.description;
  }
}

/// A net with so few parameters that all signs can be enumerated.
RandomNet few_parameters(std::uint64_t& seed) {
  for (;; ++seed) {
    RandomNetOptions options{.max_spikes = 3, .max_inputs = 1};
    options.escapes = {SigmoidEscape::kind, ExponentialHazardEscape::kind};
    RandomNet net = random_net(seed, options);
    if (net.parameters.size() > 4) continue;
    ++seed;
    return net;
  }
}

// The mean over signs ε of the central difference of E[L] along ε, times ε.
TEST(WeightPerturbation, HasTheMeanOfTheDifferencesAlongAllSigns) {
  std::uint64_t seed = 0;
  for (std::size_t net_index = 0; net_index < 20; ++net_index) {
    const RandomNet net = few_parameters(seed);
    const Problem problem = net.problem();
    const double sigma = 0.2;
    const std::size_t count = net.parameters.size();
    std::vector<double> expected(count, 0.0);
    for (std::size_t signs = 0; signs < std::size_t{1} << count; ++signs) {
      std::vector<double> up = net.parameters, down = up, direction(count);
      for (std::size_t i = 0; i < count; ++i) {
        direction[i] = ((signs >> i) & 1) != 0 ? 1.0 : -1.0;
        up[i] += sigma * direction[i];
        down[i] -= sigma * direction[i];
      }
      const double difference = expected_loss(problem.at(up)) - expected_loss(problem.at(down));
      for (std::size_t i = 0; i < count; ++i)
        expected[i] += difference / (2.0 * sigma) * direction[i] / std::exp2(static_cast<double>(count));
    }
    const auto mean = [&](double step) {
      return enumerate(problem, factory("weight-perturbation", {.perturbation = step})).gradient;
    };
    EXPECT_LT(distance(mean(sigma), expected), unbiased_rounding) << net.description;
    const auto exact = exact_gradient(problem).gradient;
    EXPECT_LT(distance(mean(1e-4), exact, 1.0), 1e-5) << "not O(sigma^2): " << net.description;
  }
}

TEST(WeightPerturbation, TheCheckRejectsPlantedErrors) {
  std::uint64_t seed = 0;
  for (std::size_t planted = 0; planted < 5;) {
    const RandomNet net = few_parameters(seed);
    const EstimatorFactory right = factory("weight-perturbation", {.perturbation = 0.2});
    const auto mean = enumerate(net.problem(), right).gradient;
    if (largest(mean) < 1e-3 || free_spike_count(net.problem()) == 0) continue;
    ++planted;
    for (const EstimatorFactory& wrong : {altered(right, half_a_percent_too_large), with_biased_draws(right)})
      EXPECT_GT(distance(enumerate(net.problem(), wrong).gradient, mean), unbiased_rounding)
          << net.description;
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
