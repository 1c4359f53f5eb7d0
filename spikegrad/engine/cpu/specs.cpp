// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/specs.hpp"

#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad::cpu {
namespace {

float narrow(double value) {
  return static_cast<float>(value);
}

/// A unit that has no vector form here: none is replaced by something slower or different.
template <class Model>
[[noreturn]] void refuse(const Model&) {
  throw UserError("the CPU engine does not know the unit '" + std::string(Model::kind) +
                  "'; the reference engine does");
}

}  // namespace

SlopeSpec slope_spec(const Population& population, Slope slope) {
  switch (slope) {
    case Slope::zero:
      return {.kind = SlopeKind::zero};
    case Slope::one:
      return {.kind = SlopeKind::one};
    case Slope::output:
      return {.kind = SlopeKind::output};
    case Slope::surrogate:
      return {.kind = SlopeKind::surrogate, .surrogate = *population.surrogate};
    case Slope::escape:
    case Slope::smoothed:  // dS/dp = 1 whatever was drawn
      break;
  }
  return {.kind = SlopeKind::escape, .escape = population.escape};
}

LayerSpec layer_spec(const Network& network, std::size_t p, Firing firing) {
  const Population& population = network.populations()[p];
  LayerSpec layer;
  layer.general = population.learn_time_constants != LearnTimeConstants::none;
  const auto integrate = [&](const auto& decay) {
    layer.leak = narrow(decay[0]);
    layer.gain = narrow(1.0 - decay[0]);
    layer.decay = narrow(decay[1]);
  };
  if (const Lif* lif = lif_of(population.unit)) {
    integrate(network.layout(p).decay);
    layer.threshold = narrow(lif->threshold);
    layer.reset = lif->reset;
    layer.differentiate_reset = population.differentiate_reset && lif->reset != Reset::none;
    const bool all = lif->reset == Reset::multiplicative;
    layer.taken_leak = all || lif->reset == Reset::multiplicative_leak ? 1.0f : 0.0f;
    layer.taken_gain = all ? 1.0f : 0.0f;
    layer.taken = lif->reset == Reset::subtractive ? layer.threshold : 0.0f;
    if (const auto* alif = std::get_if<Alif>(&population.unit)) {
      layer.general = layer.adapts = true;
      layer.adaptation = narrow(alif->adaptation);
    }
  } else if (const auto* binary = std::get_if<Binary>(&population.unit)) {
    layer.threshold = narrow(binary->threshold);
    layer.memoryless = true;
  } else if (std::holds_alternative<Readout>(population.unit)) {
    integrate(network.layout(p).decay);
  } else if (!std::holds_alternative<InputUnit>(population.unit)) {
    std::visit([](const auto& unit) { refuse(unit); }, population.unit);
  }
  layer.keep_pre_reset = !layer.general && layer.differentiate_reset && layer.reset == Reset::multiplicative;
  if (!population.spikes()) return layer;
  layer.escape = population.escape;
  switch (firing) {
    case Firing::given:
    case Firing::potential:
      break;
    case Firing::clamped:
      layer.fire = Fire::clamped;
      break;
    case Firing::deterministic:
      layer.fire = Fire::deterministic;
      break;
    case Firing::analog:
      layer.fire = Fire::analog;
      break;
    case Firing::drawn:
      layer.fire = Fire::stochastic;
      break;
  }
  return layer;
}

}  // namespace spikegrad::cpu
