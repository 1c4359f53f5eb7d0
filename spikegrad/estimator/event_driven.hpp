// SPDX-License-Identifier: Apache-2.0
// A net of deterministic LIF units between the steps: spike times are real numbers, and losses of a readout's
// potentials, read at the steps, are differentiable in the weights as long as no spike appears or vanishes.
//
//   τ_m dV/dt = -V + I,   τ_s dI/dt = -I,   I += w where a spike arrives,   V = θ: a spike, and V = 0
//
// A spike arrives one step after it was sent, as in the net in steps; one of an input in step t at (t+1) dt, and a bias
// is a spike of every step. So V(t dt) is what u[t] becomes for small dt, and within a step no unit acts on another.
//
// Backward (EventProp; Wunderlich & Pehle 2021), with p_V = ∂L/∂V(t) and p_I = ∂L/∂I(t):
//
//   without events     p_V and p_I by the transposed flow; at steps p_V += ∂L/∂V(t dt)
//   arrival at a       ∂L/∂w += p_I,   ∂L/∂a = w (p_I/τ_s - p_V/τ_m)
//   spike              p_V ← (p_V V'_after - Σ ∂L/∂a)/V'_before,   V'_before = (I - θ)/τ_m,  V'_after = I/τ_m
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/engine/problem.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// One trial; keeps its buffers from trial to trial.
class SPIKEGRAD_EXPORT EventDrivenTrial {
 public:
  /// Why there is no such net of the objective; or nothing.
  static std::string refuse(const Objective& objective);

  struct Spike {
    std::size_t population = 0, unit = 0;
    double time = 0.0;         ///< s
    double current = 0.0;      ///< I then
    double of_arrivals = 0.0;  ///< ∂L/∂t by what it does to others
  };

  /// Runs a trial and gives its loss. The problem must be one that refuse() does not.
  double forward(const Problem& problem);
  /// Adds the gradient of the trial just run.
  void backward(const Problem& problem, std::span<double> gradient);

  /// Step by step; within one, unit by unit.
  const std::vector<Spike>& spikes() const { return spikes_; }
  /// Potentials at the steps; of the readouts output too.
  const Tape<double>& tape() const { return tape_; }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  struct Arrival {
    double time = 0.0, value = 0.0;     ///< what the weight is multiplied by
    std::size_t weight = 0, spike = 0;  ///< place in the parameters; in spikes_, or none
  };
  /// What happens to a unit within a step, in order: an arrival, or a spike of its own.
  struct Event {
    Arrival arrival;
    std::size_t own_spike = 0;  ///< or none
  };
  struct Filter {
    double tau_mem = 0.0, tau_syn = 0.0, threshold = 0.0;
  };

  void send(const Problem& problem, std::size_t population, std::size_t unit, double time, double value,
            std::size_t spike, std::vector<std::vector<Arrival>>& to);
  void send_inputs(const Problem& problem, std::size_t t, std::vector<std::vector<Arrival>>& to);
  void run_unit(const Problem& problem, std::size_t t, std::size_t population, std::size_t unit,
                std::vector<Arrival>& arrivals);

  Tape<double> tape_;
  std::vector<Filter> filters_;              ///< [populations]
  std::vector<double> potential_, current_;  ///< [units]
  std::vector<Spike> spikes_;
  std::vector<std::vector<std::vector<Event>>> events_;  ///< [steps][units]: from t dt to (t+1) dt
};

}  // namespace spikegrad
