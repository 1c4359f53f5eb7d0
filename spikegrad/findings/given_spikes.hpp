// SPDX-License-Identifier: Apache-2.0
// One spiking unit whose spikes are given up to a step: bit t of `history` is the spike of step t.
#pragma once

#include <cstdint>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/engine/draws.hpp"
#include "spikegrad/engine/reference/forward.hpp"

namespace spikegrad {

class GivenSpikes final : public Draws {
 public:
  /// The first `known` steps are given; what follows is the likelier answer.
  GivenSpikes(std::uint64_t history, std::size_t known) : history_(history), known_(known) {}
  bool below(const Slot& slot, double p) override {
    if (slot.step >= known_) return p > 0.5;
    const bool spike = history_ >> slot.step & 1;
    possible_ = possible_ && (spike ? p > 0.0 : p < 1.0);
    return spike;
  }
  bool auxiliary_below(std::uint32_t, double) override { return false; }
  /// Has every given spike asked for so far a probability above 0?
  bool possible() const { return possible_; }

 private:
  std::uint64_t history_;
  std::size_t known_;
  bool possible_ = true;
};

/// p = P(S[step] = 1 | history) of a net of one stochastic unit, along one direction of parameter space.
inline Dual<> conditional_probability(const Network& network, std::span<const Dual<>> parameters,
                                      const Input& input, std::uint64_t history, std::size_t step) {
  Dual<> p;
  Tape<Dual<>> tape;
  const auto given = [&](const Slot& slot, const Dual<>& probability) {
    if (slot.step == step) p = probability;
    return Dual<>(history >> slot.step & 1 ? 1.0 : 0.0);
  };
  forward<Dual<>>(network, parameters, input, ForwardMode::sampled, nullptr, given, tape);
  return p;
}

/// dp/dw, one forward pass for each parameter.
inline std::vector<double> conditional_derivative(const Network& network, std::span<const double> parameters,
                                                  const Input& input, std::uint64_t history,
                                                  std::size_t step) {
  std::vector<Dual<>> w(parameters.begin(), parameters.end());
  std::vector<double> gradient(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    w[i].derivative = 1.0;
    gradient[i] = conditional_probability(network, w, input, history, step).derivative;
    w[i].derivative = 0.0;
  }
  return gradient;
}

}  // namespace spikegrad
