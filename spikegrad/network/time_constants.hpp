// SPDX-License-Identifier: Apache-2.0
// Time constants that are learned. Their parameters are log(τ / 1 s), so that τ stays positive and a step
// changes it by a share of itself, whatever its size:
//
//   λ = exp(-dt/τ) = exp(-dt e^{-log τ}),   dλ/d log τ = λ dt/τ.
//
// The gains of a unit (neuron/unit/kind.hpp), its threshold among them, are learned beside them, as they are.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/network/network.hpp"

namespace spikegrad {

/// τ of the unit's time constants, s, in the order of their names.
inline std::vector<double> taus_of(const Unit& unit) {
  std::vector<double> all;
  std::visit(
      [&](const auto& u) {
        for (const double tau : u.taus()) all.push_back(tau);
      },
      unit);
  return all;
}

/// The key of a model file for where the k-th learned one begins: "log_tau_mem", "initial_a".
inline std::string start_key(const Unit& unit, std::size_t k) {
  const auto names = time_constants_of(unit);
  return k < names.size() ? "log_" + std::string(names[k])
                          : "initial_" + std::string(gains_of(unit)[k - names.size()].name);
}

/// Where the learned parameters of the unit's time constants, gains and threshold begin, in the order of `decay`.
inline std::vector<double> filter_starts_of(const Unit& unit) {
  std::vector<double> starts = taus_of(unit);
  for (double& tau : starts) tau = std::log(tau);
  std::visit(
      [&](const auto& u) {
        for (const double gain : u.gain_values()) starts.push_back(gain);
      },
      unit);
  return starts;
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

/// What the equations take of a learned parameter: λ of a log τ, a gain as it is.
template <class T>
T filter_number(ParameterKind kind, double dt, const T& parameter) {
  return kind == ParameterKind::log_tau ? decay_at(dt, parameter) : parameter;
}
/// Its derivative.
inline double filter_slope(ParameterKind kind, double dt, double parameter) {
  return kind == ParameterKind::log_tau ? decay_slope(dt, parameter) : 1.0;
}

/// Place in the flat parameters of what unit i has of a block, be it shared or its own.
inline std::size_t filter_place(const ParameterBlock& block, std::size_t i) {
  return block.offset + (block.size > 1 ? i : 0);
}

/// λ and gains of every unit of populations where some are learned, in the number type of the parameters.
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
      const PopulationLayout& layout = network.layout(p);
      if (!layout.learns_filter()) continue;
      first_.resize(network.populations().size());
      const Population& population = network.populations()[p];
      const std::size_t count = filter_size_of(population.unit);
      bool each = false;
      for (std::size_t k = 0; k < count; ++k) each |= population.learning(k) == LearnTimeConstants::unit;
      first_[p] = {values_.size(), each ? count : 0};
      for (std::size_t i = 0; i < (each ? population.size() : 1); ++i)
        for (std::size_t k = 0; k < count; ++k) values_.push_back(number(network, layout, k, i, parameters));
    }
  }

  /// Of unit i of population p, where some are learned.
  const T* of(std::size_t p, std::size_t i) const {
    return values_.data() + first_[p].begin + i * first_[p].stride;
  }

 private:
  static T number(const Network& network, const PopulationLayout& layout, std::size_t k, std::size_t i,
                  std::span<const T> parameters) {
    if (!layout.learned[k]) return T(layout.decay[k]);
    const ParameterBlock& block = network.blocks()[*layout.learned[k]];
    return filter_number(block.kind, network.time().dt, parameters[filter_place(block, i)]);
  }

  struct Place {
    std::size_t begin = 0, stride = 0;  ///< stride 0: shared by the population
  };
  std::vector<T> values_;
  std::vector<Place> first_;  ///< [population]
};

}  // namespace spikegrad
