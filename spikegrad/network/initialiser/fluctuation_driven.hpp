// SPDX-License-Identifier: Apache-2.0
// Fluctuation-driven initialisation [R], centred: with n presynaptic units that spike independently at the
// rate ν, connection c lets the potential of a unit that does not spike fluctuate with variance a_c σ_u²:
//
//   w ~ N(0, σ_w²),   σ_w² = a_c σ_u² / (n ν ε̂),   ε̂ = Σ_k κ[k]² dt,
//
// κ the unit's response to one spike of weight 1. The target's variance is shared out: a_c = α/(number of
// feed-forward connections onto it) or (1-α)/(number of recurrent ones); α counts as 1 where there are none
// of the latter, and as 0 where there are none of the former.
#pragma once

#include <cmath>
#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/field.hpp"
#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct FluctuationDrivenInitialiser {
  static constexpr std::string_view kind = "fluctuation-driven";
  static constexpr std::string_view summary = "w ~ N(0, s^2) such that the potential fluctuates by sigma_u";

  double sigma_u = 1.0;
  double nu = 10.0;
  double alpha = 0.9;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("sigma_u", self.sigma_u, Range::positive, "standard deviation of the potential, threshold units");
    visit("nu", self.nu, Range::positive, "presynaptic rate, Hz");
    visit("alpha", self.alpha, Range::probability, "share of the feed-forward connections in the variance");
  }

  WeightDistribution make(const Afferent& to) const {
    if (!to.target) throw UserError("'fluctuation-driven' is for weights, not for biases");
    const double share = to.recurrences == 0 ? 1.0 : to.feed_forward == 0 ? 0.0 : alpha;
    const double a = to.recurrent ? (1.0 - share) / static_cast<double>(to.recurrences)
                                  : share / static_cast<double>(to.feed_forward);
    const double variance = a / (static_cast<double>(to.fan_in) * nu * response_power(*to.target, to.dt));
    return {WeightDistribution::Shape::normal, 0.0, sigma_u * std::sqrt(variance)};
  }
};

}  // namespace spikegrad
