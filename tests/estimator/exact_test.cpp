// SPDX-License-Identifier: Apache-2.0
// Exact enumeration against the definition: the sum over all spike histories of a second simulator
// (tests/support/plain_net.hpp), differentiated with dual numbers.
#include <gtest/gtest.h>

#include "spikegrad/estimator/enumeration.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/plain_net.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad {
namespace {

using namespace testing;

// Sums of up to 2^16 products of up to 16 factors: rounding near 1e-13 of the largest entry.
constexpr double rounding = 1e-11;

TEST(Exact, GradientOfRandomNetsIsThatOfTheDefinition) {
  testing::RandomNetOptions options{.max_spikes = 9};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    // A quarter of the nets mix in deterministic and analog layers.
    options.outputs = {OutputKind::stochastic};
    if (seed % 4 == 3)
      options.outputs = {OutputKind::stochastic, OutputKind::deterministic, OutputKind::analog};
    const RandomNet net = random_net(seed, options);
    const Expectation exact = exact_gradient(net.problem());
    const std::vector<double> truth = plain_exact_gradient(net.problem());
    EXPECT_LT(testing::distance(exact.gradient, truth), rounding) << net.description;
    const double loss = plain_expected_loss(net.problem(), std::vector<double>(net.parameters));
    EXPECT_NEAR(exact.loss, loss, rounding * (1.0 + std::abs(loss))) << net.description;
  }
}
}  // namespace
}  // namespace spikegrad
