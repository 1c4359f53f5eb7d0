// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/neuron/spike_slope/gumbel.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>

namespace spikegrad {

GumbelSlope GumbelSlope::at(double temperature) {
  using Rule = boost::math::quadrature::gauss<double, nodes>;
  static_assert(nodes % 2 == 0);  // its places are ± those of Rule::abscissa()
  constexpr double end = 18.0;    // σ' is 1.5e-8 there
  GumbelSlope rule;
  for (std::size_t i = 0; i < nodes; ++i) {
    const double place = (i % 2 ? -1.0 : 1.0) * Rule::abscissa()[i / 2];
    const double zeta = 0.5 * end * (1.0 + place), e = std::exp(-zeta);
    rule.odds[i] = std::exp(std::min(temperature * zeta, 40.0));  // beyond it the factor before the sum is 0
    rule.weight[i] = 0.5 * end * Rule::weights()[i / 2] * e / ((1.0 + e) * (1.0 + e)) * rule.odds[i];
  }
  return rule;
}

}  // namespace spikegrad
