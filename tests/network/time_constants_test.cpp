// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/time_constants.hpp"

#include <gtest/gtest.h>

#include "spikegrad/core/dual.hpp"

namespace spikegrad {
namespace {

TEST(TimeConstants, SlopeIsTheDerivativeOfTheDecay) {
  for (double log_tau = -12.0; log_tau < 8.0; log_tau += 0.37) {
    const Dual<> decay = decay_at(1e-3, Dual<>(log_tau, 1.0));
    const double steps = 1e-3 / std::exp(log_tau);  // their rounding is that of exp's argument
    EXPECT_NEAR(decay.value, std::exp(-steps), 1e-15 * (1.0 + steps) * std::exp(-steps)) << log_tau;
    EXPECT_NEAR(decay_slope(1e-3, log_tau), decay.derivative, 1e-15) << log_tau;
  }
}

// However far training may drive them.
TEST(TimeConstants, EndsAreFinite) {
  for (const double log_tau : {-1e300, -1e4, -800.0, -14.0}) {
    EXPECT_EQ(decay_at(1e-3, log_tau), 0.0) << log_tau;
    EXPECT_NEAR(decay_slope(1e-3, log_tau), 0.0, 1e-200) << log_tau;
  }
  for (const double log_tau : {40.0, 800.0, 1e4, 1e300}) {
    EXPECT_EQ(decay_at(1e-3, log_tau), 1.0) << log_tau;
    EXPECT_NEAR(decay_slope(1e-3, log_tau), 0.0, 1e-15) << log_tau;
  }
}

}  // namespace
}  // namespace spikegrad
