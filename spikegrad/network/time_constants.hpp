// SPDX-License-Identifier: Apache-2.0
// Time constants that are learned. Their parameters are log(τ / 1 s), so that τ stays positive and a step
// changes it by a share of itself, whatever its size:
//
//   λ = exp(-dt/τ) = exp(-dt e^{-log τ}),   dλ/d log τ = λ dt/τ.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// τ of the unit's time constants, s, in the order of their names.
inline std::vector<double> taus_of(const Unit& unit) {
  return std::visit(
      [](const auto& u) {
        const auto taus = u.taus();
        return std::vector<double>(taus.begin(), taus.end());
      },
      unit);
}

/// λ of a time step dt (s) at log τ.
template <class T>
T decay_at(double dt, const T& log_tau) {
  using std::exp;
  return exp(-dt * exp(-log_tau));
}

/// dλ/d log τ. It is 0 at either end, where dt/τ is 0 or infinite.
inline double decay_slope(double dt, double log_tau) {
  const double steps = dt * std::exp(-log_tau);  // dt/τ
  return steps > 700.0 ? 0.0 : steps * std::exp(-steps);
}

/// Places in the flat parameters of the time constants of unit i of population p, which are learned; the k-th
/// is `first + k * stride`.
struct TimeConstantPlace {
  std::size_t first = 0, stride = 0;
};
inline TimeConstantPlace time_constant_place(const Network& network, std::size_t p, std::size_t i) {
  const ParameterBlock& block = network.blocks()[*network.layout(p).time_block];
  return {block.offset + (block.size > 1 ? i : 0), block.size};
}

/// λ of every unit whose time constants are learned, in the number type of the parameters.
template <class T>
class Decays {
 public:
  Decays() = default;
  Decays(const Network& network, std::span<const T> parameters) { assign(network, parameters); }

  /// parameters: [network.parameter_count()]. Allocates nothing where nothing is learned, or the second time.
  void assign(const Network& network, std::span<const T> parameters) {
    values_.clear();
    first_.clear();
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      const auto& block = network.layout(p).time_block;
      if (!block) continue;
      first_.resize(network.populations().size());
      const std::size_t size = network.blocks()[*block].size,
                        count = time_constants_of(network.populations()[p].unit).size();
      first_[p] = {values_.size(), size > 1 ? count : 0};
      for (std::size_t i = 0; i < size; ++i) {
        const TimeConstantPlace place = time_constant_place(network, p, i);
        for (std::size_t k = 0; k < count; ++k)
          values_.push_back(decay_at(network.time().dt, parameters[place.first + k * place.stride]));
      }
    }
  }

  /// λ of the time constants of unit i of population p, which are learned.
  const T* of(std::size_t p, std::size_t i) const {
    return values_.data() + first_[p].begin + i * first_[p].stride;
  }

 private:
  struct Place {
    std::size_t begin = 0, stride = 0;  ///< stride 0: shared by the population
  };
  std::vector<T> values_;
  std::vector<Place> first_;  ///< [population]
};

}  // namespace spikegrad
