// SPDX-License-Identifier: Apache-2.0
// van Rossum distance (M. C. W. van Rossum, Neural Computation 13, 2001) with the kernel of [GZ], averaged
// over the n units of a population:
//
//   L = 1/(2n) Σ_i Σ_t (ε * (y_i - z_i))[t]²,   ε[k] = ε0 (exp(-k dt/τ_m) - exp(-k dt/τ_s)).
//
// The convolution is the difference of two leaky sums a, b of d = y - z; the gradient runs the same sums
// backward.
#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include "spikegrad/core/field.hpp"
#include "spikegrad/network/tape.hpp"

namespace spikegrad {

struct VanRossumLoss {
  static constexpr std::string_view kind = "van-rossum";
  static constexpr std::string_view summary =
      "half the squared distance of filtered spike trains, mean over units";

  std::size_t population = 0;
  Grid<double> target;  ///< z [steps, size]
  double tau_mem = 10e-3;
  double tau_syn = 5e-3;
  double scale = 0.2;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("tau_mem", self.tau_mem, Range::positive, "slow time constant of the kernel, s");
    visit("tau_syn", self.tau_syn, Range::positive, "fast time constant of the kernel, s");
    visit("scale", self.scale, Range::positive, "epsilon0");
  }

  std::string_view invalid() const {
    return tau_mem == tau_syn ? "tau_mem and tau_syn must differ: the kernel is their difference" : "";
  }

  template <class T>
  T value(const Network& network, const Tape<T>& tape) const {
    const double slow = std::exp(-network.time().dt / tau_mem), fast = std::exp(-network.time().dt / tau_syn);
    T sum(0.0);
    std::vector<T> a(target.columns(), T(0.0)), b = a;
    for (std::size_t t = 0; t < network.steps(); ++t) {
      const auto y = tape.outputs_of(network, population, t);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const T d = y[i] - target[t][i];
        a[i] = slow * a[i] + d;
        b[i] = fast * b[i] + d;
        const T filtered = scale * (a[i] - b[i]);
        sum = sum + filtered * filtered;
      }
    }
    return sum * (0.5 / static_cast<double>(target.columns()));
  }

  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const double slow = std::exp(-network.time().dt / tau_mem), fast = std::exp(-network.time().dt / tau_syn);
    const std::size_t first = network.layout(population).unit_offset, steps = network.steps();
    std::vector<double> filtered(steps);
    for (std::size_t i = 0; i < target.columns(); ++i) {
      double a = 0.0, b = 0.0;
      for (std::size_t t = 0; t < steps; ++t) {
        const double d = tape.output[t][first + i] - target[t][i];
        a = slow * a + d;
        b = fast * b + d;
        filtered[t] = scale * (a - b);
      }
      double adj_a = 0.0, adj_b = 0.0;
      for (std::size_t t = steps; t-- > 0;) {
        const double adj = scale * filtered[t] / static_cast<double>(target.columns());
        adj_a = slow * adj_a + adj;
        adj_b = fast * adj_b - adj;
        signals.output[t][first + i] += adj_a + adj_b;
      }
    }
  }
};

}  // namespace spikegrad
