// SPDX-License-Identifier: Apache-2.0
// Losses of one trial. A member is a struct with
//   kind, summary, population          its name, one line for `list`, the population it looks at
//   value(network, tape)               L, generic in the number type
//   gradient(network, tape, signals)   adds ∂L/∂output or ∂L/∂x to the signals
// and, where it needs them, fields() (settings), target (a raster z [steps, size]), clamp() (the population's
// spikes are given), label and logits(network, tape) (a class and its scores). tests/loss/loss_test.cpp
// checks every gradient against dual numbers. A new member is one file, one line in the variant, one entry in
// the test.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <variant>

#include "spikegrad/loss/cross_entropy.hpp"
#include "spikegrad/loss/likelihood.hpp"
#include "spikegrad/loss/linear.hpp"
#include "spikegrad/loss/softmax_sum.hpp"
#include "spikegrad/loss/spike_losses.hpp"
#include "spikegrad/loss/squared_error.hpp"
#include "spikegrad/loss/van_rossum.hpp"

namespace spikegrad {

using Loss =
    std::variant<LinearLoss, SquaredErrorLoss, VanRossumLoss, LikelihoodLoss, MaxCrossEntropyLoss,
                 MeanCrossEntropyLoss, SoftmaxSumLoss, CountCrossEntropyLoss, FirstSpikeCrossEntropyLoss>;

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

/// The class that a loss with labels asks for, or none.
inline std::optional<std::size_t> label_of(const Loss& loss) {
  return std::visit(
      [](const auto& l) -> std::optional<std::size_t> {
        if constexpr (requires { l.label; }) return l.label;
        return std::nullopt;
      },
      loss);
}

/// Does it read its classes off spikes, rather than potentials?
template <class L>
constexpr bool reads_spikes = requires {
  L::of_spikes;
};

/// Names of the losses of a label, for messages.
inline constexpr std::string_view losses_of_a_label =
    "cross-entropy-max, cross-entropy-mean, cross-entropy-softmax-sum, or, of units that spike, cross-entropy-count or "
    "cross-entropy-first-spike";

/// The same loss with another label; a loss without labels stays as it is.
inline Loss with_label(Loss loss, std::size_t label) {
  std::visit(
      [label](auto& l) {
        if constexpr (requires { l.label; }) l.label = label;
      },
      loss);
  return loss;
}

/// The class of the largest logit (the lowest of several), or 0 for a loss without classes.
inline std::uint32_t prediction_of(const Loss& loss, const Network& network, const Tape<double>& tape) {
  return std::visit(
      [&](const auto& l) -> std::uint32_t {
        if constexpr (requires { l.logits(network, tape); }) {
          const auto logits = l.logits(network, tape);
          return static_cast<std::uint32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        }
        return 0;
      },
      loss);
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
