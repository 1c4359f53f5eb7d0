// SPDX-License-Identifier: Apache-2.0
// Settings of escape functions for random nets.
#pragma once

#include "spikegrad/neuron/escape.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad::testing {

/// Others keep their defaults.
template <class F>
inline void randomise(F&, Dice&) {}
inline void randomise(SigmoidEscape& f, Dice& dice) {
  f.beta = dice.real(0.5, 6.0);
}
inline void randomise(ExponentialHazardEscape& f, Dice& dice) {
  f.rate = dice.real(200.0, 800.0);
  f.width = dice.real(0.3, 1.5);
}
inline void randomise(ClippedExponentialEscape& f, Dice& dice) {
  f.p0 = dice.real(0.2, 0.6);
  f.width = dice.real(0.4, 1.5);
}
inline void randomise(SuperSpikeEscape& f, Dice& dice) {
  f.beta = dice.real(0.5, 6.0);
}
inline void randomise(GaussianEscape& f, Dice& dice) {
  f.sigma = dice.real(0.3, 2.0);
}
inline void randomise(ArctanEscape& f, Dice& dice) {
  f.alpha = dice.real(0.5, 4.0);
}
inline void randomise(RectangularEscape& f, Dice& dice) {
  f.width = dice.real(1.5, 8.0);
}
inline void randomise(TriangularEscape& f, Dice& dice) {
  f.beta = dice.real(0.1, 0.8);
}

}  // namespace spikegrad::testing
