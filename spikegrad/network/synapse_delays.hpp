// SPDX-License-Identifier: Apache-2.0
// Delays of single synapses. What unit j sends reaches unit i by weight w_ij after d_ij steps, and in a convolution
// each weight of the kernel has its delay:
//
//   D_i[t] = b_i + Σ_j w_ij Σ_k c_k(d_ij) S_j[t - k],     Σ_k c_k = 1
//   c_k = max(0, 1 - |k - d|)                              as in network/delays.hpp
//
// with 0 for what was sent before the first step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/network/delays.hpp"

namespace spikegrad {

/// The taps of one synapse: c_k of the steps k = first, first + 1, …
template <class T>
struct SynapseTaps {
  std::size_t first = 0;
  std::span<const T> share;  ///< c_k
  std::span<const T> slope;  ///< ∂c_k/∂d; all 0 where a change of d changes nothing
};

/// Taps of each synapse of a connection.
inline std::size_t synapse_tap_count(const DelayLayout&) {
  return 2;
}

/// Writes the taps of a delay of d steps, one of those of the layout: synapse_tap_count() numbers each. Gives the first
/// step.
template <class T>
std::size_t write_synapse_taps(const DelayLayout& delays, const T& d, T* share, T* slope) {
  const DelayTap<T> tap = delays.block ? tap_of(d, delays.longest) : fixed_tap<T>(value_of(d));
  share[0] = tap.early;
  share[1] = tap.late;
  slope[1] = T(tap.moves ? 1.0 : 0.0);
  slope[0] = -slope[1];
  return tap.steps;
}

/// The delays of connection c's synapses, in the order of its weights.
template <class T>
T synapse_delay(const Network& network, std::size_t c, std::span<const T> parameters, std::size_t weight) {
  const DelayLayout& delays = network.delays(c);
  return delays.block ? parameters[network.blocks()[*delays.block].offset + weight] : T(delays.steps[weight]);
}

/// The steps k in which synapses of a connection may act, below `steps`: all up to the longest of learned delays, those
/// that some delay needs of fixed ones.
inline std::vector<std::size_t> synapse_steps(const DelayLayout& delays, std::size_t steps) {
  std::vector<bool> used(steps, false);
  if (delays.block) {
    std::fill_n(used.begin(), std::min(steps, static_cast<std::size_t>(std::ceil(delays.longest)) + 1), true);
  } else {
    for (const double d : delays.steps) {
      const DelayTap<double> tap = fixed_tap<double>(d);
      used[tap.steps] = true;
      if (tap.late != 0.0 && tap.steps + 1 < steps) used[tap.steps + 1] = true;
    }
  }
  std::vector<std::size_t> all;
  for (std::size_t k = 0; k < steps; ++k)
    if (used[k]) all.push_back(k);
  return all;
}

/// The taps of all connections with such delays.
template <class T>
class AllSynapseTaps {
 public:
  AllSynapseTaps() = default;
  AllSynapseTaps(const Network& network, std::span<const T> parameters) { assign(network, parameters); }

  /// parameters: [network.parameter_count()]. Allocates nothing where there are none, or the second time.
  void assign(const Network& network, std::span<const T> parameters) {
    std::size_t synapses = 0, numbers = 0;
    for (std::size_t c = 0; c < network.connections().size(); ++c) {
      const DelayLayout& delays = network.delays(c);
      if (!delays.by_synapse()) continue;
      places_.resize(network.connections().size());
      const std::size_t size = network.blocks()[c].size, count = synapse_tap_count(delays);
      places_[c] = {synapses, numbers, count};
      first_.resize(std::max(first_.size(), synapses + size));
      share_.resize(std::max(share_.size(), numbers + size * count), T(0.0));
      slope_.resize(share_.size(), T(0.0));
      for (std::size_t k = 0; k < size; ++k, ++synapses, numbers += count)
        first_[synapses] = write_synapse_taps(delays, synapse_delay(network, c, parameters, k),
                                              share_.data() + numbers, slope_.data() + numbers);
    }
  }

  /// Of weight k of connection c.
  SynapseTaps<T> of(std::size_t c, std::size_t k) const {
    const Place& place = places_[c];
    const std::size_t at = place.numbers + k * place.count;
    return {first_[place.synapses + k], {share_.data() + at, place.count}, {slope_.data() + at, place.count}};
  }

 private:
  struct Place {
    std::size_t synapses = 0, numbers = 0, count = 0;
  };
  std::vector<std::size_t> first_;
  std::vector<T> share_, slope_;
  std::vector<Place> places_;  ///< [connection]
};

/// What AllSynapseTaps<double> takes.
inline std::size_t synapse_tap_bytes(const Network& network) {
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < network.connections().size(); ++c)
    if (const DelayLayout& delays = network.delays(c); delays.by_synapse())
      bytes +=
          network.blocks()[c].size * (sizeof(std::size_t) + 2 * synapse_tap_count(delays) * sizeof(double));
  return bytes;
}

}  // namespace spikegrad
