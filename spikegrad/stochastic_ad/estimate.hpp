// SPDX-License-Identifier: Apache-2.0
// Running a program f(p, rng) with stochastic triples.
//
// f is any callable that is generic in the type of p and takes the generator by reference. The primal values
// of a run are those of the plain call f(p, rng) from the same state of the generator.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/stochastic_ad/propagate.hpp"
#include "spikegrad/stochastic_ad/rng.hpp"

namespace spikegrad::stochastic_ad {

/// The parameter p of a run, with derivative part `direction` (1: the derivative is with respect to p
/// itself).
template <class Backend = PruneByWeight, PlainNumber P>
auto variable(typename Backend::Run& run, P p, const typename Backend::Weight& direction = 1) {
  using T = detail::number_of_t<P>;
  using Number = StochasticTriple<T, Backend>;
  using Slope = slope_t<T, typename Backend::Weight>;
  return Number(typename Number::dual_type(static_cast<T>(p), static_cast<Slope>(direction)),
                typename Number::Alternatives(run));
}

/// δ + Σ w (alternative - value): this run's estimate of the derivative of E[x]; 0 for a plain number.
/// Element by element for a std::array or std::vector.
template <class X>
auto derivative_contribution(const X& x) {
  if constexpr (detail::is_array<X>) {
    return detail::map_elements<detail::number_of_t<std::remove_cvref_t<decltype(x[0])>>>(
        x, [](const auto& e) { return derivative_contribution(e); });
  } else if constexpr (Triple<X>) {
    using T = typename X::value_type;
    auto sum = derivative(x);
    x.alternatives().for_each([&](const auto&, const auto& weight, const T& alternative) {
      add_slope(sum, alternative - value(x), weight);
    });
    return sum;
  } else {
    static_assert(PlainNumber<X> || is_dual<X>,
                  "a program must return a number, or a std::array or std::vector of numbers");
    return static_cast<detail::number_of_t<X>>(derivative(x));
  }
}

/// The triple with its alternatives folded into the derivative part. What is computed from it is biased
/// unless it is linear: see smoothed.hpp.
template <class T, class B>
StochasticTriple<T, B> smooth_triple(const StochasticTriple<T, B>& x) {
  return StochasticTriple<T, B>(
      typename StochasticTriple<T, B>::dual_type(value(x), derivative_contribution(x)),
      x.alternatives().template element<T>(value(x), [&](const T&) -> const T& {
        return value(x);  // equal to the value: the run is kept, the alternatives are not
      }));
}

/// One alternative of a triple: `delta` = alternative - value.
template <class T>
struct Perturbation {
  T delta{};
  double weight = 0;
};

/// A stochastic triple by itself, after its run has ended.
template <class T = double>
struct TripleSample {
  T value{};
  T derivative{};
  std::vector<Perturbation<T>> perturbations;
};
template <class T>
T derivative_contribution(const TripleSample<T>& x) {
  T sum = x.derivative;
  for (const auto& p : x.perturbations) sum += static_cast<T>(p.weight) * p.delta;
  return sum;
}

/// The three parts of a triple, detached from its run; of a plain number too, which has one. Element by
/// element for a std::array or std::vector.
template <class X>
auto sample_of(const X& x) {
  if constexpr (detail::is_array<X>) {
    return detail::map_elements<decltype(sample_of(x[0]))>(x, [](const auto& e) { return sample_of(e); });
  } else {
    using T = detail::number_of_t<X>;
    TripleSample<T> out{static_cast<T>(value(x)), static_cast<T>(derivative(x)), {}};
    if constexpr (Triple<X>)
      x.alternatives().for_each([&](const auto&, double weight, const T& alternative) {
        out.perturbations.push_back({alternative - value(x), weight});
      });
    return out;
  }
}

/// "9 + 0ε + (7 with probability 8.33333ε)"
template <class T>
std::string to_string(const TripleSample<T>& x) {
  const auto number = [](double v) {
    std::string s(32, '\0');
    s.resize(static_cast<std::size_t>(std::snprintf(s.data(), s.size(), "%g", v)));
    return s;
  };
  std::string out = number(x.value) + " + " + number(x.derivative) + "ε";
  for (const auto& p : x.perturbations)
    out += " + (" + number(p.delta) + " with probability " + number(p.weight) + "ε)";
  return out;
}

namespace detail {

/// f at p (a number or an array of numbers) in a run of its own, with derivative parts from direction(i);
/// `use` sees the result while the run lives.
template <class Backend, class F, class P, class R, class Direction, class Use>
auto with_run(F&& f, const P& p, R& rng, Direction&& direction, Use&& use) {
  static_assert(is_plain<P>,
                "the parameter p must be a plain number, or a std::array or std::vector of plain numbers "
                "(higher derivatives are not supported)");
  static_assert(std::copy_constructible<R>,
                "the generator must be copyable: a run seeds its choices from a copy of it");
  typename Backend::Run run(rng);
  const auto call = [&](const auto& variables) {
    static_assert(
        std::is_invocable_v<F&, decltype(variables), R&>,
        "the program must be callable as f(p, rng) for p a triple, or an array of triples: generic in "
        "p, and taking the generator by reference");
    return use(f(variables, rng));
  };
  if constexpr (is_array<P>) {
    using Number = decltype(variable<Backend>(run, p[0], direction(0)));
    std::size_t i = 0;
    return call(map_elements<Number>(p, [&](const auto& e) {
      const auto along = direction(i++);
      return variable<Backend>(run, e, along);
    }));
  } else {
    return call(variable<Backend>(run, p, direction(0)));
  }
}
inline constexpr auto unit_direction = [](std::size_t) { return 1.0; };

}  // namespace detail

/// An unbiased estimate of dE[f(p, rng)]/dp from one run (biased for the back end Smoothed). For an array p:
/// the gradient, from one run per element. f may return a number or an array of numbers.
template <class Backend = PruneByWeight, class F, class P, std::uniform_random_bit_generator R>
auto derivative_estimate(F&& f, const P& p, R& rng) {
  const auto contribution = [](const auto& x) { return derivative_contribution(x); };
  if constexpr (detail::is_array<P>) {
    const auto along = [&](std::size_t k) {
      return detail::with_run<Backend>(
          f, p, rng, [k](std::size_t i) { return i == k ? 1.0 : 0.0; }, contribution);
    };
    std::size_t k = 0;
    return detail::map_elements<decltype(along(0))>(p, [&](const auto&) { return along(k++); });
  } else {
    return detail::with_run<Backend>(f, p, rng, detail::unit_direction, contribution);
  }
}

/// The same along one direction of an array p: an estimate of Σ direction_i ∂E[f]/∂p_i from one run.
template <class Backend = PruneByWeight, class F, class P, class D, std::uniform_random_bit_generator R>
auto directional_derivative_estimate(F&& f, const P& p, const D& direction, R& rng) {
  if (p.size() != direction.size())
    throw UserError("directional_derivative_estimate: " + std::to_string(p.size()) +
                    " parameters, but a direction of " + std::to_string(direction.size()));
  return detail::with_run<Backend>(
      f, p, rng, [&](std::size_t i) { return static_cast<double>(direction[i]); },
      [](const auto& x) { return derivative_contribution(x); });
}

/// One run's stochastic triple of f(p, rng); f may return a number or an array of numbers.
template <class Backend = PruneByWeight, class F, PlainNumber P, std::uniform_random_bit_generator R>
auto stochastic_triple(F&& f, P p, R& rng) {
  return detail::with_run<Backend>(f, p, rng, detail::unit_direction,
                                   [](const auto& x) { return sample_of(x); });
}

/// Value and derivative of one run with every draw smoothed: biased, but of small variance.
template <class F, PlainNumber P, std::uniform_random_bit_generator R>
auto smooth_triple(F&& f, P p, R& rng) {
  return detail::with_run<Smoothed>(f, p, rng, detail::unit_direction, [](const auto& x) {
    return detail::each<Dual<detail::number_of_t<P>>>(x, [](const auto& e) { return detail::smooth(e); });
  });
}

/// Value and derivative of one run as ordinary automatic differentiation sees it: draws have derivative 0.
/// Right only if no draw's parameters depend on p.
template <class F, PlainNumber P, std::uniform_random_bit_generator R>
auto dual_number(F&& f, P p, R& rng) {
  using T = detail::number_of_t<P>;
  return detail::each<Dual<T>>(f(Dual<T>(static_cast<T>(p), T(1)), rng),
                               [](const auto& x) { return detail::smooth(x); });
}

/// The factor by which a resampled particle's weight must be multiplied for the derivative to be right, if
/// the particle was chosen with probability p: p / value(p), which is 1 and has the derivative of log p (Arya
/// et al. 2022, section on particle filters). The choice itself then needs no alternatives.
template <PlainNumber P>
P new_weight(P) {
  return P(1);
}
template <class P>
requires(Triple<P> || is_dual<P>) P new_weight(const P& p) {
  return p / value(p);
}

/// Mean and spread of independent estimates.
struct DerivativeStatistics {
  double mean = 0, std_error = 0, variance = 0;
  std::size_t runs = 0;

  void add(double estimate) {  // Welford 1962
    const auto n = static_cast<double>(++runs);
    const double shift = estimate - mean;
    mean += shift / n;
    if (runs < 2) return;
    variance += shift * shift / n - variance / (n - 1);
    std_error = std::sqrt(variance / n);
  }
};
namespace detail {

/// Of `runs` estimates, numbers or arrays of numbers.
template <class Estimate>
auto statistics_of(Estimate&& next, std::size_t runs) {
  auto estimate = next();
  auto out = each<DerivativeStatistics>(estimate, [](auto) { return DerivativeStatistics{}; });
  for (std::size_t run = 1;; ++run) {
    if constexpr (is_array<decltype(out)>)
      for (std::size_t i = 0; i < out.size(); ++i) out[i].add(static_cast<double>(estimate[i]));
    else
      out.add(static_cast<double>(estimate));
    if (run == runs) return out;
    estimate = next();
  }
}

}  // namespace detail

/// The statistics of `runs` calls of derivative_estimate: one for each element of an array p, or of an array
/// that f returns.
template <class Backend = PruneByWeight, class F, class P, std::uniform_random_bit_generator R>
auto mean_derivative(F&& f, const P& p, R& rng, std::size_t runs) {
  if (runs < 2) throw UserError("mean_derivative: " + std::to_string(runs) + " runs; at least 2 are needed");
  return detail::statistics_of([&] { return derivative_estimate<Backend>(f, p, rng); }, runs);
}

}  // namespace spikegrad::stochastic_ad
