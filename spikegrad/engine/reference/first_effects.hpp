// SPDX-License-Identifier: Apache-2.0
// The first effect of a drive: ∂x/∂D of the first step whose x the drive moves, times x̄ of that step,
//
//   D̃[t] = ∂x[t+k]/∂D[t] x̄[t+k],   k = 1 where the drive joins u, 2 where it joins a current that then joins u,
//
// with the resets as they were. Against it D̄[t] is the sum over all later steps.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "spikegrad/neuron/unit.hpp"

namespace spikegrad {

class FirstEffects {
 public:
  void reset(std::size_t units) {
    adj_excess_.assign(units, 0.0);
    pending_.assign(units, 0.0);
  }
  /// x̄[t] of a unit.
  void take(std::size_t unit, double adj_x) { adj_excess_[unit] = adj_x; }

  /// D̃[t] of a unit that took x̄[t+1] last and was asked for D̃[t+1]; `state` and `spike` of step t.
  template <class U>
  double before(const U& model, std::size_t unit, const double* state, const double* decay, double spike) {
    std::array<double, U::state_size> adj{};
    equations::excess_adjoint(model, adj_excess_[unit], adj.data());
    if constexpr (U::driven == 0) return equations::drive_gain<U>(decay) * adj[0];
    const double effect = equations::drive_gain<U>(decay) * pending_[unit];
    equations::advance_adjoint(model, state, decay, spike, adj.data());
    pending_[unit] = adj[U::driven];  // of the drive one step earlier
    return effect;
  }

 private:
  std::vector<double> adj_excess_, pending_;
};

}  // namespace spikegrad
