// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/findings/given_spikes.hpp"

namespace spikegrad {
namespace {

TEST(RelativeDifference, SeesEveryKindOfDifference) {
  const std::vector<double> a{1.0, -2.0}, zero{0.0, 0.0}, nan{1.0, std::nan("")};
  EXPECT_EQ(relative_difference(a, a), 0.0);
  EXPECT_EQ(relative_difference(zero, zero), 0.0);
  EXPECT_DOUBLE_EQ(relative_difference(std::vector{1.0, -2.5}, a), 0.25);
  EXPECT_EQ(relative_difference(a, zero), std::numeric_limits<double>::infinity());
  EXPECT_EQ(relative_difference(nan, a), std::numeric_limits<double>::infinity());
}

// The derivative of P(S[t] | past) by dual numbers against central differences of the same probability,
// whose error is about h² = 1e-10.
TEST(ConditionalDerivative, IsThatOfTheConditionalProbability) {
  const Model model = load_experiment("one-neuron-lif");
  const std::size_t last = model.network.steps() - 1;
  for (const std::uint64_t history : {0b0000000, 0b0010100, 0b1000001}) {
    const auto gradient = conditional_derivative(model.network, model.parameters, model.input, history, last);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const auto probability = [&](double h) {
        std::vector<Dual<>> w(model.parameters.begin(), model.parameters.end());
        w[i].value += h;
        return conditional_probability(model.network, w, model.input, history, last).value;
      };
      EXPECT_NEAR(gradient[i], (probability(1e-5) - probability(-1e-5)) / 2e-5, 1e-8) << history << ' ' << i;
    }
  }
}

TEST(OneNeuron, HoldsAndItsControlNoticesAnotherDerivative) {
  Progress quiet;
  const FindingResult result = find_finding("F1").measure({}, quiet);
  ASSERT_EQ(result.rows.size(), 6u);
  for (const FindingRow& row : result.rows)
    EXPECT_EQ(row.verdict, Verdict::holds) << row.quantity << " = " << row.value;
  ASSERT_EQ(result.figures.size(), 1u);
  EXPECT_NO_THROW(check(result.figures[0]));
}

TEST(OneNeuron, DoesNotDependOnTheNumberOfThreads) {
  Progress quiet;
  const FindingResult one = find_finding("F1").measure({.threads = 1}, quiet);
  const FindingResult two = find_finding("F1").measure({.threads = 2}, quiet);
  for (std::size_t i = 0; i < one.rows.size(); ++i) EXPECT_EQ(one.rows[i].value, two.rows[i].value);
}

}  // namespace
}  // namespace spikegrad
