// SPDX-License-Identifier: Apache-2.0
// Unit models, escape functions and surrogates with settings, for the tests of both engines. A new member is
// one entry.
#pragma once

#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "spikegrad/neuron/escape.hpp"
#include "spikegrad/neuron/surrogate.hpp"
#include "spikegrad/neuron/unit.hpp"

namespace spikegrad::testing {

inline const std::vector<Unit> unit_cases = {
    InputUnit{},
    Binary{{}, 0.7},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::multiplicative},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::multiplicative_leak},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::subtractive},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::subtractive_leak},
    Lif{{}, 8e-3, 3e-3, 0.9, Reset::none},
    Readout{{}, 8e-3, 3e-3},
    Alif{{{}, 8e-3, 3e-3, 0.9, Reset::multiplicative}, 50e-3, 0.7},
    Alif{{{}, 8e-3, 3e-3, 0.9, Reset::subtractive}, 50e-3, -0.7},
    SeAdlif{{}, 5e-3, 12e-3, 0.6, 0.4, 0.7, 3.0},
    Adlif{{{}, 5e-3, 12e-3, 0.6, 0.4, 0.7, 3.0}},
    Leaky{{}, 8e-3, 0.4, -0.3, PlainReset::multiplicative},
    Leaky{{}, 8e-3, 0.4, 0.0, PlainReset::subtractive_leak},
    Leaky{{}, 8e-3, 0.4, 0.0, PlainReset::subtractive},
    Leaky{{}, 8e-3, 0.4, 0.0, PlainReset::none},
    Integrate{{}, 0.9, -0.2, PlainReset::multiplicative},
    Integrate{{}, 0.9, 0.0, PlainReset::subtractive},
    Integrate{{}, 0.9, 0.0, PlainReset::none},
};

/// The length over which it changes is 1/β or Δu.
struct EscapeCase {
  Escape escape;
  double scale;
};
inline const std::vector<EscapeCase> escape_cases = {
    {SigmoidEscape{}, 0.1},
    {SigmoidEscape{.beta = 1e4}, 1e-4},
    {SigmoidEscape{.beta = 0.3}, 1 / 0.3},
    {ExponentialHazardEscape{}, 0.1},
    {ExponentialHazardEscape{.rate = 1e4, .width = 1e-3, .dt = 2e-3}, 1e-3},
    {ExponentialHazardEscape{.rate = 1e-3, .width = 3.0}, 3.0},
    {ClippedExponentialEscape{}, 0.1},
    {ClippedExponentialEscape{.p0 = 3e-7, .width = 0.013}, 0.013},
    {ClippedExponentialEscape{.p0 = 1.0, .width = 2.0}, 2.0},
    {SuperSpikeEscape{}, 0.1},
    {SuperSpikeEscape{.beta = 1e4}, 1e-4},
    {SuperSpikeEscape{.beta = 0.3}, 1 / 0.3},
    {GaussianEscape{}, 0.4},
    {GaussianEscape{.sigma = 1e-4}, 1e-4},
    {GaussianEscape{.sigma = 3.0}, 3.0},
    {ArctanEscape{}, 0.5},
    {ArctanEscape{.alpha = 1e4}, 1e-4},
    {ArctanEscape{.alpha = 0.3}, 1 / 0.3},
    {RectangularEscape{}, 0.3},
    {RectangularEscape{.width = 1e-4}, 0.3e-4},
    {RectangularEscape{.width = 7.0}, 2.0},
    {TriangularEscape{}, 0.4},
    {TriangularEscape{.beta = 1e4}, 0.4e-4},
    {TriangularEscape{.beta = 0.3}, 1.3},
};

/// The length over which it changes, its peak and its area.
struct SurrogateCase {
  Surrogate surrogate;
  double scale, peak;
  std::optional<double> area;
};
inline const double root_two_pi = std::sqrt(2.0 * std::numbers::pi);
inline const std::vector<SurrogateCase> surrogate_cases = {
    {SigmoidSurrogate{.beta = 7.0}, 1 / 7.0, 7.0 / 4, 1.0},
    {SuperSpikeSurrogate{.beta = 7.0}, 1 / 7.0, 1.0, 2 / 7.0},
    {SuperSpikeSurrogate{.beta = 1e5}, 1e-5, 1.0, 2e-5},
    {ExponentialSurrogate{.beta = 7.0}, 1 / 7.0, 1.0, 2 / 7.0},
    {TriangularSurrogate{.beta = 2.0, .gamma = 0.3}, 0.5, 0.3, 0.15},
    {RectangularSurrogate{.width = 0.7}, 0.7, 1 / 0.7, 1.0},
    {GaussianSurrogate{.sigma = 0.2}, 0.2, 1 / (0.2 * root_two_pi), 1.0},
    {ArctanSurrogate{.alpha = 3.0}, 1 / 3.0, 1.5, 1.0},
    // (1 + h)/σ - 2h exp(-1/(2s²))/(sσ), over √(2π); the area is (1 + h) - 2h.
    {MultiGaussianSurrogate{.sigma = 0.5, .height = 0.15, .spread = 6.0}, 0.5,
     (1.15 / 0.5 - 0.3 * std::exp(-1 / 72.0) / 3.0) / root_two_pi, 0.85},
    {StraightThroughSurrogate{}, 1.0, 1.0, std::nullopt},
    {TableSurrogate{}, 1.0, 1.0, 1.0},
    {TableSurrogate{.x = {-2.0, 0.0, 0.5, 1.0}, .g = {0.5, 2.0, 1.0, 0.0}}, 1.0, 2.0, 2.5 + 0.75 + 0.25},
};

}  // namespace spikegrad::testing
