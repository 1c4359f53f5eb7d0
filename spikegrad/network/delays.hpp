// SPDX-License-Identifier: Apache-2.0
// Delays of connections. What unit j of the source sends acts d_j steps later than it would without a delay,
// and between whole steps it is divided in proportion:
//
//   Ŝ_j[t] = (1-φ_j) S_j[t - n_j] + φ_j S_j[t - n_j - 1],   n_j = floor(d_j),  φ_j = d_j - n_j
//   D_i[t] = b_i + Σ_j w_ij Ŝ_j[t],                           ∂Ŝ_j[t]/∂d_j = S_j[t - n_j - 1] - S_j[t - n_j]
//
// with 0 for what was sent before the first step. Learned delays are parameters, in steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/core/number.hpp"
#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// What a delay makes of a unit's outputs.
template <class T>
struct DelayTap {
  std::size_t steps = 0;            ///< n
  T early = T(1.0), late = T(0.0);  ///< 1 - φ, φ
  bool moves = false;               ///< a change of d changes it
};

/// Of a learned delay d, which counts as the nearest one from 0 to `longest` steps. At the upper end the
/// derivative is that from below.
template <class T>
DelayTap<T> tap_of(const T& d, double longest) {
  const double value = value_of(d);
  if (value < 0.0) return {};
  const bool moves = !(value > longest);
  const T at = moves ? d : T(longest);
  const double last = std::ceil(longest) - 1.0;
  const double steps = value > 0.0 ? std::min(std::floor(value), last) : 0.0;
  const T late = at - steps;
  return {static_cast<std::size_t>(steps), 1.0 - late, late, moves};
}

/// Of a given delay, in steps.
template <class T>
DelayTap<T> fixed_tap(double d) {
  const double steps = std::floor(d);
  return {static_cast<std::size_t>(steps), T(1.0 - (d - steps)), T(d - steps), false};
}

/// The taps of all connections whose delays are of the units of their source, in the number type of the parameters.
template <class T>
class DelayTaps {
 public:
  DelayTaps() = default;
  DelayTaps(const Network& network, std::span<const T> parameters) { assign(network, parameters); }

  /// parameters: [network.parameter_count()]. Allocates nothing where nothing is delayed, or the second time.
  void assign(const Network& network, std::span<const T> parameters) {
    taps_.clear();
    places_.clear();
    for (std::size_t c = 0; c < network.connections().size(); ++c) {
      const DelayLayout& delays = network.delays(c);
      if (!delays.any() || delays.by_synapse()) continue;
      places_.resize(network.connections().size());
      places_[c] = {taps_.size(), delays.shared() ? std::size_t{0} : std::size_t{1}};
      if (delays.block) {
        const ParameterBlock& block = network.blocks()[*delays.block];
        for (std::size_t j = 0; j < block.size; ++j)
          taps_.push_back(tap_of(parameters[block.offset + j], delays.longest));
      } else {
        for (const double d : delays.steps) taps_.push_back(fixed_tap<T>(d));
      }
    }
  }

  /// Of source unit j of connection c, which has such delays.
  const DelayTap<T>& of(std::size_t c, std::size_t j) const {
    return taps_[places_[c].begin + j * places_[c].stride];
  }

 private:
  struct Place {
    std::size_t begin = 0, stride = 0;  ///< stride 0: shared by the units of the source
  };
  std::vector<DelayTap<T>> taps_;
  std::vector<Place> places_;  ///< [connection]
};

}  // namespace spikegrad
