// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/specs.hpp"

#include <cmath>
#include <numbers>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad::cpu {
namespace {

float narrow(double value) {
  return static_cast<float>(value);
}

/// Scale of a normal density, and the factor of its exponent.
double peak(double sigma) {
  return 1.0 / (sigma * std::sqrt(2.0 * std::numbers::pi));
}
float exponent(double sigma) {
  return narrow(-0.5 / (sigma * sigma));
}

/// A member of a family that has no vector form here: none is replaced by something slower or different.
template <class Member>
[[noreturn]] void refuse(const Member&, const char* family) {
  throw UserError("the CPU engine does not know the " + std::string(family) + " '" +
                  std::string(Member::kind) + "'; the reference engine does");
}

struct EscapeMaker {
  EscapeSpec operator()(const SigmoidEscape& f) const {
    return {.kind = EscapeKind::sigmoid, .beta = narrow(f.beta)};
  }
  EscapeSpec operator()(const SuperSpikeEscape& f) const {
    return {.kind = EscapeKind::superspike, .beta = narrow(f.beta)};
  }
  EscapeSpec operator()(const ExponentialHazardEscape& f) const {
    return {.kind = EscapeKind::exponential_hazard,
            .inv_width = narrow(1.0 / f.width),
            .log_scale = narrow(std::log(f.rate * f.dt))};
  }
  EscapeSpec operator()(const ClippedExponentialEscape& f) const {
    return {.kind = EscapeKind::clipped_exponential,
            .inv_width = narrow(1.0 / f.width),
            .log_scale = narrow(std::log(f.p0))};
  }
  template <class Other>
  EscapeSpec operator()(const Other& f) const {
    refuse(f, "escape function");
  }
};

struct SlopeMaker {
  std::vector<float>& storage;

  SlopeSpec operator()(const SigmoidSurrogate& g) const {
    return {.kind = SlopeKind::sigmoid, .a = narrow(g.beta)};
  }
  SlopeSpec operator()(const SuperSpikeSurrogate& g) const {
    return {.kind = SlopeKind::superspike, .a = narrow(g.beta)};
  }
  SlopeSpec operator()(const ExponentialSurrogate& g) const {
    return {.kind = SlopeKind::exponential, .a = narrow(g.beta)};
  }
  SlopeSpec operator()(const TriangularSurrogate& g) const {
    return {.kind = SlopeKind::triangular, .a = narrow(g.beta), .b = narrow(g.gamma)};
  }
  SlopeSpec operator()(const RectangularSurrogate& g) const {
    return {.kind = SlopeKind::rectangular, .a = narrow(0.5 * g.width), .b = narrow(1.0 / g.width)};
  }
  SlopeSpec operator()(const GaussianSurrogate& g) const {
    return {.kind = SlopeKind::gaussian, .a = narrow(peak(g.sigma)), .b = exponent(g.sigma)};
  }
  SlopeSpec operator()(const ArctanSurrogate& g) const {
    return {
        .kind = SlopeKind::arctan, .a = narrow(0.5 * std::numbers::pi * g.alpha), .b = narrow(0.5 * g.alpha)};
  }
  SlopeSpec operator()(const MultiGaussianSurrogate& g) const {
    const double flank = g.spread * g.sigma;
    return {.kind = SlopeKind::multi_gaussian,
            .a = narrow((1.0 + g.height) * peak(g.sigma)),
            .b = exponent(g.sigma),
            .c = narrow(g.height * peak(flank)),
            .d = exponent(flank),
            .e = narrow(g.sigma)};
  }
  SlopeSpec operator()(const StraightThroughSurrogate&) const { return {.kind = SlopeKind::one}; }
  SlopeSpec operator()(const TableSurrogate& g) const {
    const std::size_t n = g.x.size();
    storage.resize(3 * n);
    for (std::size_t i = 0; i < n; ++i) {
      storage[i] = narrow(g.x[i]);
      storage[n + i] = narrow(g.g[i]);
      storage[2 * n + i] = i + 1 < n ? narrow((g.g[i + 1] - g.g[i]) / (g.x[i + 1] - g.x[i])) : 0.0f;
    }
    return {.kind = SlopeKind::table,
            .points = n,
            .x = storage.data(),
            .y = storage.data() + n,
            .dy = storage.data() + 2 * n};
  }
  template <class Other>
  SlopeSpec operator()(const Other& g) const {
    refuse(g, "surrogate");
  }
};

}  // namespace

EscapeSpec escape_spec(const Escape& escape) {
  return std::visit(EscapeMaker{}, escape);
}

SlopeSpec slope_spec(const Population& population, Slope slope, std::vector<float>& storage) {
  switch (slope) {
    case Slope::zero:
      return {.kind = SlopeKind::zero};
    case Slope::one:
      return {.kind = SlopeKind::one};
    case Slope::output:
      return {.kind = SlopeKind::output};
    case Slope::surrogate:
      return std::visit(SlopeMaker{storage}, *population.surrogate);
    case Slope::escape:
    case Slope::smoothed:  // dS/dp = 1 whatever was drawn
      break;
  }
  return {.kind = SlopeKind::escape, .escape = escape_spec(population.escape)};
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
    std::visit([](const auto& unit) { refuse(unit, "unit"); }, population.unit);
  }
  layer.keep_pre_reset = !layer.general && layer.differentiate_reset && layer.reset == Reset::multiplicative;
  if (!population.spikes()) return layer;
  layer.escape = escape_spec(population.escape);
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
