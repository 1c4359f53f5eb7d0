// SPDX-License-Identifier: Apache-2.0
// Learning rates over a run, as factors of the rate that the settings give. The plateau's factor depends on
// what was measured, so the trainer keeps it.
#pragma once

#include <cmath>
#include <numbers>

#include "spikegrad/model/settings.hpp"

namespace spikegrad {

/// The factor `epochs` (a fraction counts) after the beginning:
/// cosine: (1 + cos(π e/E))/2; step: decay^⌊e/decay_epochs⌋; one-cycle: half a cosine from 1/25 up to 1 in the
/// first 3/10 of the epochs, and another one from there down to 0 (Smith & Topin, 2019, with the numbers that
/// PyTorch begins with); the others: 1.
inline double schedule_factor(const TrainingSettings& settings, double epochs) {
  switch (settings.schedule) {
    case Schedule::cosine:
      return 0.5 * (1.0 + std::cos(std::numbers::pi * epochs / static_cast<double>(settings.epochs)));
    case Schedule::step:
      return std::pow(settings.decay, std::floor(epochs / static_cast<double>(settings.decay_epochs)));
    case Schedule::one_cycle: {
      constexpr double first = 1.0 / 25.0, rise = 0.3;
      const double done = epochs / static_cast<double>(settings.epochs);
      if (done < rise) return std::lerp(first, 1.0, 0.5 * (1.0 - std::cos(std::numbers::pi * done / rise)));
      return 0.5 * (1.0 + std::cos(std::numbers::pi * (done - rise) / (1.0 - rise)));
    }
    case Schedule::constant:
    case Schedule::plateau:
      break;
  }
  return 1.0;
}

}  // namespace spikegrad
