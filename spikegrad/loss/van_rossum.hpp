// SPDX-License-Identifier: Apache-2.0
// van Rossum distance (M. C. W. van Rossum, Neural Computation 13, 2001) with the kernel of [GZ], averaged
// over the n units of a population:
//
//   L = 1/(2n) Σ_i Σ_t (ε * (y_i - z_i))[t]²,   ε[k] = ε0 (exp(-k dt/τ_m) - exp(-k dt/τ_s)).
//
// The convolution is the difference of two leaky sums a, b of d = y - z; the gradient runs the same sums
// backward.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
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
    std::vector<T> sums(target.columns(), T(0.0));
    filter(network, tape,
           [&](std::size_t, std::size_t i, const T& filtered) { sums[i] = sums[i] + filtered * filtered; });
    T sum(0.0);
    for (const T& of_unit : sums) sum = sum + of_unit;
    return sum * (0.5 / static_cast<double>(target.columns()));
  }

  void gradient(const Network& network, const Tape<double>& tape, Signals& signals) const {
    const std::size_t first = network.layout(population).unit_offset, size = target.columns();
    Grid<double> filtered(network.steps(), size, 0.0);
    filter(network, tape, [&](std::size_t t, std::size_t i, double x) { filtered[t][i] = x; });
    const auto [slow, fast] = decays(network);
    std::vector<double> adj_a(size, 0.0), adj_b = adj_a;
    for (std::size_t t = network.steps(); t-- > 0;)
      for (std::size_t i = 0; i < size; ++i) {
        const double adj = scale * filtered[t][i] / static_cast<double>(size);
        adj_a[i] = slow * adj_a[i] + adj;
        adj_b[i] = fast * adj_b[i] - adj;
        signals.output[t][first + i] += adj_a[i] + adj_b[i];
      }
  }

 private:
  std::array<double, 2> decays(const Network& network) const {
    return {std::exp(-network.time().dt / tau_mem), std::exp(-network.time().dt / tau_syn)};
  }

  /// use(t, i, (ε * d_i)[t]). The units of a step are independent, so that a compiler does several at once.
  template <class T, class Use>
  void filter(const Network& network, const Tape<T>& tape, const Use& use) const {
    const auto [slow, fast] = decays(network);
    std::vector<T> a(target.columns(), T(0.0)), b = a;
    for (std::size_t t = 0; t < network.steps(); ++t) {
      const auto y = tape.outputs_of(network, population, t);
      const auto z = target[t];
      for (std::size_t i = 0; i < y.size(); ++i) {
        const T d = y[i] - z[i];
        a[i] = slow * a[i] + d;
        b[i] = fast * b[i] + d;
        use(t, i, scale * (a[i] - b[i]));
      }
    }
  }
};

}  // namespace spikegrad
