// SPDX-License-Identifier: Apache-2.0
// A second simulator, written from docs/derivations.md, sections 1 and 3, alone and sharing no formula with
// spikegrad/: dense matrices, every loop over every unit, each function in its textbook form. It is slow, and
// safe only for moderate potentials; what it is for is to be right without being the same code.
#pragma once

#include <cmath>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/engine/problem.hpp"
#include "tests/support/plain_delays.hpp"
#include "tests/support/plain_escape.hpp"
#include "tests/support/plain_matrix.hpp"

namespace spikegrad::testing {

/// One problem at parameters of number type T.
template <class T>
class PlainNet {
 public:
  PlainNet(const Problem& problem, const std::vector<T>& parameters)
      : problem_(problem), network_(problem.network), clamp_(clamp_of(problem.loss)) {
    std::size_t at = 0;
    for (const Connection& c : network_.connections())
      matrices_.push_back(plain_matrix(network_, c, parameters, at));
    for (std::size_t p = 0; p < network_.populations().size(); ++p) {
      const std::size_t size = network_.populations()[p].size();
      bias_.emplace_back(size, T(0.0));
      const std::size_t channels = network_.populations()[p].shape.channels;
      const bool per_channel = network_.populations()[p].bias_per == BiasPer::channel;
      if (network_.populations()[p].bias)
        for (std::size_t i = 0; i < size; ++i)
          bias_.back()[i] = parameters[per_channel ? at + i / (size / channels) : at + i];
      if (network_.populations()[p].bias) at += per_channel ? channels : size;
      y_.push_back(std::vector<std::vector<T>>(network_.steps(), std::vector<T>(size, T(0.0))));
      x_.push_back(y_.back());
    }
    for (const Population& population : network_.populations()) {
      const auto take = [&](LearnTimeConstants learn, std::size_t count, auto& learned) {
        for (std::size_t k = 0; k < count && learn != LearnTimeConstants::none; ++k) {
          auto& of_units = learned.emplace_back();
          for (std::size_t i = 0; i < population.size(); ++i)
            of_units.push_back(parameters[learn == LearnTimeConstants::unit ? at++ : at]);
          if (learn == LearnTimeConstants::population) ++at;
        }
      };
      take(population.learn_time_constants, time_constants_of(population.unit).size(),
           log_tau_.emplace_back());
      const std::size_t thresholds = has_learnable_threshold(population.unit) ? 1 : 0;
      take(population.learn_gains, gains_of(population.unit).size() - thresholds, gains_.emplace_back());
      take(population.learn_threshold, thresholds, thresholds_.emplace_back());
    }
    for (const Connection& c : network_.connections())
      delays_.push_back(plain_delays(network_, c, parameters, at));
  }

  /// Runs a trial and gives its loss. output(p, t, i, x) is what unit i of spiking population p sends at step
  /// t, unless a likelihood gives its spikes.
  template <class Output>
  T run(Output&& output) {
    const auto& populations = network_.populations();
    std::vector<std::vector<T>> u, current;
    for (const Population& p : populations) u.emplace_back(p.size(), T(0.0));
    current = u;
    own_state_.assign(populations.size(), {});
    for (std::size_t t = 0; t < network_.steps(); ++t) {
      for (std::size_t p = 0; p < populations.size(); ++p)
        for (std::size_t i = 0; i < populations[p].size(); ++i) {
          T& y = y_[p][t][i];
          T& x = x_[p][t][i];
          if (std::holds_alternative<InputUnit>(populations[p].unit)) {
            y = problem_.input.values[p][t][i];
          } else if (std::holds_alternative<Readout>(populations[p].unit)) {
            y = x = u[p][i];
          } else {
            if (const auto* unit = std::get_if<Binary>(&populations[p].unit))
              x = drive(p, t, i) - unit->threshold;
            else if (const Lif* lif = lif_of(populations[p].unit))
              x = u[p][i] - theta(p, i, lif->threshold);
            else if (const auto* adlif = std::get_if<SeAdlif>(&populations[p].unit))
              x = u[p][i] - theta(p, i, adlif->threshold);
            else
              x = own_excess(p, i);
            if (const auto* unit = std::get_if<Alif>(&populations[p].unit))
              x = x - unit->adaptation * adaptation(*unit, p, t, i);
            if (clamp_ && clamp_->population == p)
              y = T((*clamp_->raster)[t][i]);
            else
              y = refractory(p, t, i) ? T(0.0) : output(p, t, i, x);
          }
        }
      for (std::size_t p = 0; p < populations.size(); ++p)
        for (std::size_t i = 0; i < populations[p].size(); ++i) {
          if (const Lif* lif = lif_of(populations[p].unit)) {
            const T s = populations[p].differentiate_reset ? y_[p][t][i] : T(detach(y_[p][t][i]));
            const T m = decay(p, 0, i, lif->tau_mem);
            const T leak = m * u[p][i], in = (1.0 - m) * current[p][i];
            if (lif->reset == Reset::multiplicative) u[p][i] = (leak + in) * (1.0 - s);
            if (lif->reset == Reset::multiplicative_leak) u[p][i] = leak * (1.0 - s) + in;
            if (lif->reset == Reset::subtractive_leak)
              u[p][i] = leak + in - m * theta(p, i, lif->threshold) * s;
            if (lif->reset == Reset::subtractive) u[p][i] = leak + in - theta(p, i, lif->threshold) * s;
            if (lif->reset == Reset::none) u[p][i] = leak + in;
            current[p][i] = decay(p, 1, i, lif->tau_syn) * current[p][i] + drive(p, t, i);
          } else if (const auto* readout = std::get_if<Readout>(&populations[p].unit)) {
            const T m = decay(p, 0, i, readout->tau_mem);
            u[p][i] = m * u[p][i] + (1.0 - m) * current[p][i];
            current[p][i] = decay(p, 1, i, readout->tau_syn) * current[p][i] + drive(p, t, i);
          } else if (const auto* adlif = std::get_if<SeAdlif>(&populations[p].unit)) {
            // `current` is the adaptation w, which has its own feedback on the potential.
            const T s = populations[p].differentiate_reset ? y_[p][t][i] : T(detach(y_[p][t][i]));
            const T alpha = decay(p, 0, i, adlif->tau_mem), beta = decay(p, 1, i, adlif->tau_adaptation);
            const T a = gain(p, 0, i, adlif->a), b = gain(p, 1, i, adlif->b);
            const T left = u[p][i] - s * u[p][i], pull = a * left + b * y_[p][t][i];
            current[p][i] = current[p][i] + (1.0 - beta) * (adlif->q * pull - current[p][i]);
            u[p][i] = left + (1.0 - alpha) * (drive(p, t, i) - current[p][i] - left);
          } else {
            own_step(p, t, i);
          }
        }
    }
    return std::visit([this](const auto& l) { return this->loss(l); }, problem_.loss) + penalties();
  }

  /// Of the trial that ran last.
  T penalties() const {
    T sum(0.0);
    for (const Regulariser& r : problem_.regularisers) sum = sum + penalty(r);
    return sum;
  }

  const T& output(std::size_t p, std::size_t t, std::size_t i) const { return y_[p][t][i]; }
  const T& excess(std::size_t p, std::size_t t, std::size_t i) const { return x_[p][t][i]; }

 private:
  T drive(std::size_t p, std::size_t t, std::size_t i) const {
    T sum = bias_[p][i];
    for (std::size_t c = 0; c < matrices_.size(); ++c) {
      const Connection& connection = network_.connections()[c];
      if (connection.to != p) continue;
      for (std::size_t j = 0; j < network_.populations()[connection.from].size(); ++j)
        sum = sum + matrices_[c][i][j] * sent(c, t, i, j);
    }
    return sum;
  }

  /// What arrives at unit i of unit j in step t: of what was sent in step s, 1 - |t - s - d|, where that is above 0.
  T sent(std::size_t c, std::size_t t, std::size_t i, std::size_t j) const {
    const auto& y = y_[network_.connections()[c].from];
    const auto factor = [&](std::size_t s) {
      const std::size_t u = network_.layout(network_.connections()[c].from).unit_offset + j;
      const auto& all = problem_.dropout_scale;
      return all.empty() ? 1.0 : all[all.size() > network_.unit_count() ? s * network_.unit_count() + u : u];
    };
    if (delays_[c].empty()) return y[t][j] * factor(t);
    T sum(0.0);
    if (const ConnectionDelays& of = network_.connections()[c].delays; of.spread.sigma > 0.0) {
      const std::vector<T> shares = plain_shares(of, network_.time().dt, *problem_.done, delays_[c][i][j]);
      for (std::size_t k = 0; k < shares.size() && k <= t; ++k)
        sum = sum + shares[k] * y[t - k][j] * factor(t - k);
      return sum;
    }
    for (std::size_t s = 0; s <= t; ++s) {
      const T late = static_cast<double>(t - s) - delays_[c][i][j];
      if (late > -1.0 && late < 1.0)
        sum = sum + (late > 0.0 ? T(1.0 - late) : T(1.0 + late)) * y[s][j] * factor(s);
    }
    return sum;
  }

  /// The filter of the unit's own spikes as a sum over the past.
  T adaptation(const Alif& unit, std::size_t p, std::size_t t, std::size_t i) const {
    const T rho = decay(p, 2, i, unit.tau_adaptation);
    T sum(0.0), weight = 1.0 - rho;
    for (std::size_t s = t; s-- > 0; weight = weight * rho) sum = sum + weight * y_[p][s][i];
    return sum;
  }

  /// A model that is not written here a second time takes its own equations.
  T own_excess(std::size_t p, std::size_t i) {
    return std::visit(
        [&]<class U>(const U& unit) -> T {
          if constexpr (U::timing == DriveTiming::next_step)
            return equations::excess(unit, own_state<U>(p, i), own_decays(unit, p, i).data());
          else
            return T(0.0);
        },
        network_.populations()[p].unit);
  }
  void own_step(std::size_t p, std::size_t t, std::size_t i) {
    std::visit(
        [&]<class U>(const U& unit) {
          if constexpr (U::timing == DriveTiming::next_step) {
            const std::vector<T> decays = own_decays(unit, p, i);
            const T s = network_.populations()[p].differentiate_reset ? y_[p][t][i] : T(detach(y_[p][t][i]));
            equations::advance(unit, own_state<U>(p, i), decays.data(), drive(p, t, i), y_[p][t][i], s);
          }
        },
        network_.populations()[p].unit);
  }
  template <class U>
  std::vector<T> own_decays(const U& unit, std::size_t p, std::size_t i) const {
    std::vector<T> decays;
    const auto taus = unit.taus();
    for (std::size_t k = 0; k < taus.size(); ++k) decays.push_back(decay(p, k, i, taus[k]));
    const auto gains = unit.gain_values();
    for (std::size_t k = 0; k < gains.size(); ++k)
      decays.push_back(unit.gains[k].is_threshold ? theta(p, i, gains[k]) : gain(p, k, i, gains[k]));
    return decays;
  }
  template <class U>
  T* own_state(std::size_t p, std::size_t i) {
    own_state_[p].resize(network_.populations()[p].size() * U::state_size, T(0.0));
    return &own_state_[p][i * U::state_size];
  }

  /// Of the k-th time constant of a unit: learned, or what the unit says.
  T decay(std::size_t p, std::size_t k, std::size_t i, double tau) const {
    using std::exp;
    if (log_tau_[p].empty()) return T(exp(-network_.time().dt / tau));
    return exp(-network_.time().dt / exp(log_tau_[p][k][i]));
  }

  /// Of the k-th gain of a unit, likewise.
  T gain(std::size_t p, std::size_t k, std::size_t i, double own) const {
    return gains_[p].empty() ? T(own) : gains_[p][k][i];
  }

  /// θ, likewise.
  T theta(std::size_t p, std::size_t i, double own) const {
    return thresholds_[p].empty() ? T(own) : thresholds_[p][0][i];
  }

  /// Has the unit spiked within the last R steps?
  bool refractory(std::size_t p, std::size_t t, std::size_t i) const {
    const std::size_t rest = network_.populations()[p].refractory_steps;
    for (std::size_t s = t > rest ? t - rest : 0; s < t; ++s)
      if (y_[p][s][i] != 0.0) return true;
    return false;
  }

  /// A loss that is not written here a second time gives its own value.
  template <class Other>
  T loss(const Other& l) const {
    Tape<T> tape;
    tape.output.resize(network_.steps(), network_.unit_count());
    tape.excess.resize(network_.steps(), network_.unit_count());
    for (std::size_t p = 0; p < y_.size(); ++p)
      for (std::size_t t = 0; t < network_.steps(); ++t)
        for (std::size_t i = 0; i < y_[p][t].size(); ++i) {
          tape.output[t][network_.layout(p).unit_offset + i] = y_[p][t][i];
          tape.excess[t][network_.layout(p).unit_offset + i] = x_[p][t][i];
        }
    return l.value(network_, tape);
  }
  T loss(const LinearLoss& l) const {
    T sum(0.0);
    for (std::size_t t = 0; t < network_.steps(); ++t)
      for (std::size_t i = 0; i < l.coefficients.columns(); ++i)
        sum = sum + l.coefficients[t][i] * y_[l.population][t][i];
    return sum;
  }
  T loss(const SquaredErrorLoss& l) const {
    T sum(0.0);
    for (std::size_t t = 0; t < network_.steps(); ++t)
      for (std::size_t i = 0; i < l.target.columns(); ++i) {
        const T d = l.target[t][i] - y_[l.population][t][i];
        sum = sum + 0.5 * d * d;
      }
    return sum / static_cast<double>(l.target.columns());
  }
  T loss(const VanRossumLoss& l) const {  // the convolution as a sum over the past
    T sum(0.0);
    for (std::size_t i = 0; i < l.target.columns(); ++i)
      for (std::size_t t = 0; t < network_.steps(); ++t) {
        T filtered(0.0);
        for (std::size_t s = 0; s <= t; ++s) {
          const double time = static_cast<double>(t - s) * network_.time().dt;
          const double kernel = l.scale * (std::exp(-time / l.tau_mem) - std::exp(-time / l.tau_syn));
          filtered = filtered + kernel * (y_[l.population][s][i] - l.target[s][i]);
        }
        sum = sum + 0.5 * filtered * filtered;
      }
    return sum / static_cast<double>(l.target.columns());
  }
  T loss(const LikelihoodLoss& l) const {
    using std::exp, std::log;
    const Population& y = network_.populations()[l.population];
    const auto* hazard = std::get_if<ExponentialHazardEscape>(&y.escape);
    T sum(0.0);
    for (std::size_t t = 0; t < network_.steps(); ++t)
      for (std::size_t i = 0; i < l.target.columns(); ++i) {
        const T& x = x_[l.population][t][i];
        const bool z = l.target[t][i] == 1.0;
        if (refractory(l.population, t, i)) continue;  // the population is clamped to z
        if (hazard && !z)  // P(no spike) = exp(-r) is 0 in double precision from r = 746 on
          sum = sum + hazard->rate * hazard->dt * exp(x / hazard->width);
        else
          sum = sum - log(plain_probability(y, x, z));
      }
    return sum;
  }
  T loss(const MaxCrossEntropyLoss& l) const {
    std::vector<T> m = y_[l.population][0];
    for (const auto& row : y_[l.population])
      for (std::size_t i = 0; i < m.size(); ++i)
        if (row[i] > m[i]) m[i] = row[i];
    return cross_entropy(m, l.label);
  }
  T loss(const MeanCrossEntropyLoss& l) const {
    std::vector<T> m(y_[l.population][0].size(), T(0.0));
    for (const auto& row : y_[l.population])
      for (std::size_t i = 0; i < m.size(); ++i) m[i] = m[i] + row[i] / static_cast<double>(network_.steps());
    return cross_entropy(m, l.label);
  }
  T loss(const SoftmaxSumLoss& l) const {
    using std::exp;
    std::vector<T> m(y_[l.population][0].size(), T(0.0));
    for (std::size_t t = l.ignore_steps; t < network_.steps(); ++t) {
      const auto& row = y_[l.population][t];
      for (std::size_t i = 0; i < m.size(); ++i) {
        T others(0.0);  // p_i = 1/Σ_j exp(u_j - u_i)
        for (const T& u : row) others = others + exp(u - row[i]);
        m[i] = m[i] + 1.0 / others;
      }
    }
    return cross_entropy(m, l.label);
  }
  T loss(const CountCrossEntropyLoss& l) const {
    std::vector<T> m(y_[l.population][0].size(), T(0.0));
    for (const auto& row : y_[l.population])
      for (std::size_t i = 0; i < m.size(); ++i) m[i] = m[i] + l.scale * row[i];
    return cross_entropy(m, l.label);
  }
  T loss(const FirstSpikeCrossEntropyLoss& l) const {  // a product for each step
    std::vector<T> m(y_[l.population][0].size(), T(0.0));
    for (std::size_t i = 0; i < m.size(); ++i)
      for (std::size_t t = 0; t < network_.steps(); ++t) {
        T silent(1.0);
        for (std::size_t r = 0; r <= t; ++r) silent = silent * (1.0 - y_[l.population][r][i]);
        m[i] = m[i] - l.scale * silent;
      }
    return cross_entropy(m, l.label);
  }
  static T cross_entropy(const std::vector<T>& m, std::size_t label) {
    using std::exp, std::log;
    T sum(0.0);
    for (const T& v : m) sum = sum + exp(v);
    return -log(exp(m[label]) / sum);
  }

  T penalty(const Regulariser& regulariser) const {
    return std::visit(
        [this](const auto& r) {
          const Shape shape = network_.populations()[r.population].shape;
          const bool too_much = r.kind == "upper-bound";
          std::vector<T> means(r.per == CountOf::unit      ? shape.size()
                               : r.per == CountOf::channel ? shape.channels
                                                           : 1,
                               T(0.0));
          const std::size_t units = shape.size() / means.size();
          for (const auto& row : y_[r.population])
            for (std::size_t i = 0; i < row.size(); ++i)
              means[i / units] = means[i / units] + row[i] / static_cast<double>(units);
          T sum(0.0);
          for (const T& mean : means) {
            if (too_much ? !(mean > r.bound) : !(mean < r.bound)) continue;
            const T distance = too_much ? mean - r.bound : r.bound - mean;
            sum = sum + (r.norm == Norm::l2 ? distance * distance : distance);
          }
          return r.strength * sum / static_cast<double>(means.size());
        },
        regulariser);
  }

  Problem problem_;
  const Network& network_;
  std::optional<Clamp> clamp_;
  std::vector<PlainMatrix<T>> matrices_;
  std::vector<std::vector<T>> bias_;
  std::vector<std::vector<T>> own_state_;             // [population][unit and number]
  std::vector<std::vector<std::vector<T>>> log_tau_;  // [population][time constant][unit]; empty: not learned
  std::vector<std::vector<std::vector<T>>> gains_;    // likewise
  std::vector<std::vector<std::vector<T>>> thresholds_;
  std::vector<PlainMatrix<T>> delays_;              // [connection][unit][source unit], steps; empty: none
  std::vector<std::vector<std::vector<T>>> y_, x_;  // [population][step][unit]
};

/// E[L] by the definition: the sum over all 2^n spike histories of P(history) · L(history). With T a dual
/// number its derivative part is the derivative of E[L]: d(Σ P L), with no identity of any estimator in it.
template <class T>
T plain_expected_loss(const Problem& problem, const std::vector<T>& parameters) {
  PlainNet<T> net(problem, parameters);
  const std::size_t n = free_spike_count(problem);
  T expectation(0.0);
  for (std::size_t history = 0; history < std::size_t{1} << n; ++history) {
    std::size_t k = 0;
    T probability(1.0);
    const T loss = net.run([&](std::size_t p, std::size_t, std::size_t, const T& x) {
      const Population& population = problem.network.populations()[p];
      if (population.output == OutputKind::deterministic) return T(x > 0.0 ? 1.0 : 0.0);
      if (population.output == OutputKind::analog) return plain_probability(population, x);
      const bool spike = (history >> k++) & 1;
      probability = probability * plain_probability(population, x, spike);
      return T(spike ? 1.0 : 0.0);
    });
    if (history >> k != 0)
      continue;  // a unit that is refractory draws nothing: this history was there before
    expectation = expectation + probability * loss;
  }
  return expectation;
}

/// The parameters with their derivative along `direction`.
inline std::vector<Dual<>> along(std::span<const double> parameters, std::span<const double> direction) {
  std::vector<Dual<>> w;
  for (std::size_t i = 0; i < parameters.size(); ++i) w.emplace_back(parameters[i], direction[i]);
  return w;
}

/// d E[L]/dw, one run over all histories for each parameter.
inline std::vector<double> plain_exact_gradient(const Problem& problem) {
  std::vector<double> gradient, direction(problem.parameters.size(), 0.0);
  for (std::size_t i = 0; i < direction.size(); ++i) {
    direction[i] = 1.0;
    gradient.push_back(plain_expected_loss(problem, along(problem.parameters, direction)).derivative);
    direction[i] = 0.0;
  }
  return gradient;
}

}  // namespace spikegrad::testing
