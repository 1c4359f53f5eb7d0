// SPDX-License-Identifier: Apache-2.0
// Delays of the connections of a random net.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/support/dice.hpp"
#include "tests/support/random_net.hpp"

namespace spikegrad::testing {

/// Delays of a few steps, so that something still arrives, or none. Those of synapses by dice of their own.
inline void delay(Connection& c, const std::vector<Population>& populations, const RandomNetOptions& options,
                  std::size_t steps, Dice& dice, Dice& synapse_dice, std::string& text) {
  const double longest = std::min(static_cast<double>(steps) - 1.0, 1.0 + static_cast<double>(steps) / 4.0);
  if (!dice.chance(0.3) || longest < 1.0) return;
  const bool whole = dice.chance(0.5), learned = dice.chance(0.4), one = dice.chance(0.4);
  const Population &from = populations[c.from], &to = populations[c.to];
  text += " " + from.name + "->" + to.name + (learned ? " learned delays" : one ? " delay" : " delays");
  if ((learned || !one) && synapse_dice.chance(0.5)) {
    c.delays.per = DelayPer::synapse;
    text += " of synapses";
  }
  if (learned) {
    c.delays.longest = options.dt * dice.real(0.3, longest);
    if (c.delays.per == DelayPer::synapse && options.spread && synapse_dice.chance(0.5)) {
      c.delays.spread = {options.dt * synapse_dice.real(1.0, 3.0), options.dt * synapse_dice.real(0.4, 1.0),
                         synapse_dice.real(0.2, 1.0)};
      text += " spread";
    }
    return;
  }
  const auto draw = [&](Dice& of, std::size_t count) {
    c.delays.seconds.resize(count);
    for (double& seconds : c.delays.seconds) {
      const double d = of.real(0.0, longest);
      seconds = options.dt * (whole ? std::round(d) : d);
    }
  };
  draw(dice, one ? 1 : from.size());
  if (c.delays.per == DelayPer::source) return;
  std::size_t weights = 1;
  for (const std::size_t side :
       std::visit([&](const auto& kind) { return kind.weight_shape(from.shape, to.shape); }, c.kind))
    weights *= side;
  draw(synapse_dice, weights);
}

}  // namespace spikegrad::testing
