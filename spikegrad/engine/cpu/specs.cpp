// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/specs.hpp"

namespace spikegrad::cpu {
namespace {

float narrow(double value) {
  return static_cast<float>(value);
}

}  // namespace

SlopeSpec slope_spec(const Population& population, Slope slope, const SpikeSlope& own) {
  switch (slope) {
    case Slope::zero:
      return {.kind = SlopeKind::zero};
    case Slope::one:
      return {.kind = SlopeKind::one};
    case Slope::output:
      return {.kind = SlopeKind::output};
    case Slope::surrogate:
      return {.kind = SlopeKind::surrogate, .surrogate = *population.surrogate};
    case Slope::own:
      return {.kind = SlopeKind::own, .escape = population.escape, .own = own};
    case Slope::escape:
    case Slope::smoothed:  // dS/dp = 1 whatever was drawn
      break;
  }
  return {.kind = SlopeKind::escape, .escape = population.escape};
}

LayerSpec layer_spec(const Network& network, std::size_t p, Firing firing) {
  const Population& population = network.populations()[p];
  LayerSpec layer{.unit = population.unit};
  const Lif* lif = lif_of(population.unit);
  const bool alike = !network.layout(p).learns_filter() && population.refractory_steps == 0;
  if (const auto* binary = std::get_if<Binary>(&population.unit)) {
    layer.loop = LoopKind::memoryless;
    layer.threshold = narrow(binary->threshold);
  } else if (alike && (std::holds_alternative<Lif>(population.unit) ||
                       std::holds_alternative<Readout>(population.unit))) {
    const auto& decay = network.layout(p).decay;
    layer.leak = narrow(decay[0]);
    layer.gain = narrow(1.0 - decay[0]);
    layer.decay = narrow(decay[1]);
    layer.threshold = lif ? narrow(lif->threshold) : 0.0f;
    layer.reset = lif ? lif->reset : Reset::none;
  } else if (timing_of(population.unit) == DriveTiming::next_step) {
    layer.loop = LoopKind::general;
    if (has_learnable_threshold(population.unit)) {
      const std::size_t place = filter_size_of(population.unit) - 1;
      layer.threshold = narrow(network.layout(p).decay[place]);
      layer.own_threshold = network.layout(p).learned[place].has_value();
    }
  }
  const bool resets =
      population.spikes() && layer.loop != LoopKind::memoryless && !(lif && lif->reset == Reset::none);
  layer.differentiate_reset = population.differentiate_reset && resets;
  layer.keep_pre_reset =
      layer.loop == LoopKind::uniform && layer.differentiate_reset && layer.reset == Reset::multiplicative;
  if (!population.spikes()) return layer;
  layer.escape = population.escape;
  if (firing != Firing::analog) layer.refractory_steps = population.refractory_steps;
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
