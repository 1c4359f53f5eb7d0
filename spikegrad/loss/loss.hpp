// SPDX-License-Identifier: Apache-2.0
// Losses of one trial. A member is a struct with
//   kind, summary, population          its name, one line for `list`, the population it looks at
//   value(network, tape)               L, generic in the number type
//   gradient(network, tape, signals)   adds ∂L/∂output or ∂L/∂x to the signals
// and, where it needs them, fields() (settings), target (a raster z [steps, size]) and clamp() (the
// population's spikes are given). tests/loss/loss_test.cpp checks every gradient against dual numbers. A new
// member is one file, one line in the variant, one entry in the test.
#pragma once

#include <optional>
#include <variant>

#include "spikegrad/loss/cross_entropy.hpp"
#include "spikegrad/loss/likelihood.hpp"
#include "spikegrad/loss/linear.hpp"
#include "spikegrad/loss/squared_error.hpp"
#include "spikegrad/loss/van_rossum.hpp"

namespace spikegrad {

using Loss = std::variant<LinearLoss, SquaredErrorLoss, VanRossumLoss, LikelihoodLoss, MaxCrossEntropyLoss,
                          MeanCrossEntropyLoss>;

template <class T>
T loss_value(const Loss& loss, const Network& network, const Tape<T>& tape) {
  return std::visit([&](const auto& l) { return l.value(network, tape); }, loss);
}

inline void add_loss_gradient(const Loss& loss, const Network& network, const Tape<double>& tape,
                              Signals& signals) {
  std::visit([&](const auto& l) { l.gradient(network, tape, signals); }, loss);
}

inline std::size_t population_of(const Loss& loss) {
  return std::visit([](const auto& l) { return l.population; }, loss);
}

/// The target raster [steps, size] of the loss, or null for a loss without one.
inline const Grid<double>* target_of(const Loss& loss) {
  return std::visit(
      [](const auto& l) -> const Grid<double>* {
        if constexpr (requires { l.target; }) return &l.target;
        return nullptr;
      },
      loss);
}

/// The population whose spikes this loss gives, if any. The raster lives as long as the loss.
inline std::optional<Clamp> clamp_of(const Loss& loss) {
  return std::visit(
      [](const auto& l) -> std::optional<Clamp> {
        if constexpr (requires { l.clamp(); }) return l.clamp();
        return std::nullopt;
      },
      loss);
}

}  // namespace spikegrad
