// SPDX-License-Identifier: Apache-2.0
// Delays of single synapses. What unit j sends reaches unit i by weight w_ij after d_ij steps, and in a convolution
// each weight of the kernel has its delay:
//
//   D_i[t] = b_i + Σ_j w_ij Σ_k c_k(d_ij) S_j[t - k],     Σ_k c_k = 1
//   c_k = max(0, 1 - |k - d|)                              as in network/delays.hpp
//
// with 0 for what was sent before the first step. Learned delays may be spread while they train, and then
//
//   c_k = exp(-(k - d)²/2σ²) / Σ_l exp(-(l - d)²/2σ²),     k, l = 0 … K, the longest delay rounded up
//   ∂c_k/∂d = c_k (k - Σ_l c_l l)/σ²
//   σ(e) = σ_0 (σ_1/σ_0)^min(1, e/(qE))                    in epoch e of E (from 0), by default q = 1/4, σ_1 = 1/2 step
//
// and a net that is judged has whole delays: c_k = 1 for the k next to d (I. Hammouamri, I. Khalfaoui-Hassani &
// T. Masquelier, ICLR 2024).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
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

/// How much of the training is done, from 0 to 1; empty: the net is judged.
using TrainingShare = std::optional<double>;

/// σ in steps.
inline double sigma_at(const DelaySpread& spread, double done) {
  return spread.sigma * std::pow(spread.sigma_end / spread.sigma, std::min(1.0, done / spread.part));
}

/// Taps of each synapse of a connection.
inline std::size_t synapse_tap_count(const DelayLayout& delays) {
  return delays.spread.sigma > 0.0 ? static_cast<std::size_t>(std::ceil(delays.longest)) + 1 : 2;
}

/// The Gaussian around d, or with σ = 0 the step next to it; its exponents relative to that step's, so that none of
/// them is large.
template <class T>
void write_spread_taps(const T& d, double longest, double sigma, std::size_t count, T* share, T* slope) {
  using std::exp;
  const double value = value_of(d);
  const bool moves = sigma > 0.0 && value >= 0.0 && !(value > longest);
  const T at = moves ? d : T(std::clamp(value, 0.0, longest));
  const double near = std::round(value_of(at));
  T sum(0.0), mean(0.0);
  for (std::size_t m = 0; m < count; ++m) {
    const auto k = static_cast<double>(m);
    share[m] = k == near      ? T(1.0)
               : sigma == 0.0 ? T(0.0)
                              : T(exp((near - k) * (near + k - 2.0 * at) * (0.5 / (sigma * sigma))));
    sum = sum + share[m];
    mean = mean + k * share[m];
  }
  mean = mean / sum;
  for (std::size_t m = 0; m < count; ++m) {
    share[m] = share[m] / sum;
    slope[m] = moves ? T(share[m] * (static_cast<double>(m) - mean) * (1.0 / (sigma * sigma))) : T(0.0);
  }
}

/// Writes the taps of a delay of d steps, one of those of the layout: synapse_tap_count() numbers each. Gives the first
/// step.
template <class T>
std::size_t write_synapse_taps(const DelayLayout& delays, const T& d, TrainingShare done, T* share,
                               T* slope) {
  if (delays.spread.sigma > 0.0) {
    write_spread_taps(d, delays.longest, done ? sigma_at(delays.spread, *done) : 0.0,
                      synapse_tap_count(delays), share, slope);
    return 0;
  }
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
  AllSynapseTaps(const Network& network, std::span<const T> parameters, TrainingShare done) {
    assign(network, parameters, done);
  }

  /// parameters: [network.parameter_count()]. Allocates nothing where there are none, or the second time.
  void assign(const Network& network, std::span<const T> parameters, TrainingShare done) {
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
        first_[synapses] = write_synapse_taps(delays, synapse_delay(network, c, parameters, k), done,
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
