// SPDX-License-Identifier: Apache-2.0
// F1. One neuron: the surrogate gradient with g = f' is dE[S]/dw, for a binary unit and for an LIF unit given
// its past spikes, and so is the smoothed stochastic derivative of every single draw. Every side of the
// comparison comes from code of its own: the surrogate from the backward pass, the truth of the binary unit
// from the enumerated score function, the truth of the LIF unit from dual numbers run forward.
#include <array>
#include <string>
#include <vector>

#include "spikegrad/core/dual.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f1_figure.hpp"
#include "spikegrad/findings/given_spikes.hpp"
#include "spikegrad/findings/measurements.hpp"
#include "spikegrad/findings/rule.hpp"

namespace spikegrad {
namespace {

/// Escape functions as wide as the range of potentials that the random weights below give.
const std::array<Escape, 4> escapes{
    SigmoidEscape{.beta = 4.0}, ExponentialHazardEscape{.rate = 300.0, .width = 1.0},
    ClippedExponentialEscape{.p0 = 0.3, .width = 0.8}, SuperSpikeEscape{.beta = 4.0}};
constexpr std::array resets{Reset::multiplicative, Reset::multiplicative_leak, Reset::subtractive,
                            Reset::none};

std::vector<double> random_weights(std::size_t size, std::uint64_t seed, std::uint32_t number) {
  SequentialRng rng(seed, number);
  std::vector<double> w(size);
  for (double& v : w) v = 1.5 * rng.normal();
  return w;
}

/// Largest differences to the truth, and its largest component.
struct Differences {
  double surrogate = 0.0, smoothed = 0.0, other = 0.0, truth = 0.0;
  void merge(const Differences& d) {
    surrogate = std::max(surrogate, d.surrogate);
    smoothed = std::max(smoothed, d.smoothed);
    other = std::max(other, d.other);
    truth = std::max(truth, d.truth);
  }
  /// To the truth of a unit in all its histories: one of them alone may be deep in a tail of f, where the derivative
  /// is 1e-200 and rounding of x makes any relative difference.
  Differences relative_to_truth() const {
    const bool flat = truth == 0.0;  // a clipped escape function: nothing for another g to be relative to
    return {relative(surrogate, truth), relative(smoothed, truth), flat ? 0.0 : other / truth, truth};
  }
};

/// The three estimators in one draw against the truth; nothing for a draw that cannot happen.
Differences differences(const Problem& problem, const Problem& other, GivenSpikes draws,
                        std::span<const double> truth) {
  const auto estimate = [&](std::string_view name, const Problem& p) {
    std::vector<double> gradient(truth.size(), 0.0);
    ProblemSampler(p, find_estimator(name)).sample(draws, gradient);
    return draws.possible() ? largest_difference(gradient, truth) : 0.0;
  };
  return {estimate("surrogate", problem), estimate("smoothed", problem), estimate("surrogate", other),
          largest_component(truth)};
}

/// dE[S]/dw of a binary unit, enumerated, against both of its possible draws.
Differences binary_unit(const Model& model, const Escape& escape, std::uint64_t seed, std::uint32_t number) {
  const Network network = with_populations(model.network, [&](Population& p) { p.escape = escape; });
  const Network other = network.with_surrogate(SuperSpikeSurrogate{.beta = 10.0});
  const auto w = random_weights(network.parameter_count(), seed, number);
  const Problem problem{network, w, model.input, model.loss};
  const auto truth = exact_gradient(problem).gradient;
  Differences worst;
  for (const std::uint64_t spike : {0, 1})
    worst.merge(
        differences(problem, Problem{other, w, model.input, model.loss}, GivenSpikes(spike, 1), truth));
  return worst;
}

/// dE[S[t] | S[0…t-1]]/dw of an LIF unit for every history and every t.
Differences lif_unit(const Model& model, const Escape& escape, Reset reset, std::uint64_t seed,
                     std::uint32_t number) {
  const Network network = with_populations(model.network, [&](Population& p) {
    p.escape = escape;
    if (auto* lif = std::get_if<Lif>(&p.unit)) lif->reset = reset;
  });
  const Network other = network.with_surrogate(SuperSpikeSurrogate{.beta = 10.0});
  const std::size_t steps = network.steps(), neuron = population_of(model.loss);
  const auto w = random_weights(network.parameter_count(), seed, number);
  Differences worst;
  for (std::size_t t = 0; t < steps; ++t) {
    LinearLoss spike{neuron, Grid<double>(steps, 1, 0.0)};
    spike.coefficients[t][0] = 1.0;
    const Loss loss = spike;
    for (std::uint64_t history = 0; history < std::uint64_t{2} << t; ++history) {
      const auto truth = conditional_derivative(network, w, model.input, history, t);
      worst.merge(differences(Problem{network, w, model.input, loss}, Problem{other, w, model.input, loss},
                              GivenSpikes(history, t + 1), truth));
    }
  }
  return worst;
}

/// Of all units the largest differences; of `other` the median.
template <class Measure>
Differences worst_of(std::size_t count, const FindingSettings& settings, Progress& progress,
                     const Measure& measure) {
  std::vector<Differences> each(count);
  parallel_for(count, settings.threads, [&](std::size_t i) {
    each[i] = measure(i).relative_to_truth();
    progress.advance();
  });
  Differences worst;
  std::vector<double> other;
  for (const Differences& d : each) {
    worst.merge(d);
    other.push_back(d.other);
  }
  std::nth_element(other.begin(), other.begin() + static_cast<std::ptrdiff_t>(count / 2), other.end());
  worst.other = other[count / 2];
  return worst;
}

void add_rows(std::vector<FindingRow>& rows, const std::string& unit, const Differences& d, double seconds) {
  const Rule rounded = Rule::within(rounding).because("rounding");
  rows.push_back(rounded.judge(
      "F1", unit + ": largest relative difference of the surrogate gradient (g = f′) and the truth",
      d.surrogate));
  rows.back().seconds = seconds;
  rows.push_back(rounded.judge(
      "F1", unit + ": the same of the smoothed stochastic derivative of each single draw", d.smoothed));
  rows.push_back(Rule::above(0.01)
                     .because("the comparison notices a wrong derivative")
                     .judge("F1",
                            unit + ": median over units of the same with another g (SuperSpike, β = 10)",
                            d.other));
}

}  // namespace

FindingResult measure_one_neuron(const FindingSettings& settings, Progress& progress) {
  const Model binary = load_experiment("one-neuron-binary"), lif = load_experiment("one-neuron-lif");
  const std::size_t binary_count = settings.full ? 4000 : 400, lif_count = settings.full ? 320 : 48;

  FindingResult result{
      .id = "F1",
      .title = "One neuron",
      .statement =
          "In a single neuron the surrogate gradient, with the derivative of the neuron's own escape "
          "function for "
          "surrogate, is the derivative of the expected output; so is the smoothed stochastic derivative of "
          "every "
          "single draw.",
      .method =
          "Binary unit (experiments/one-neuron-binary.toml): random weights, each of the four escape "
          "functions; the "
          "truth is the enumerated derivative of E[S]; both possible draws are compared with it.\n\n"
          "LIF unit (experiments/one-neuron-lif.toml): random weights, four escape functions, four resets; "
          "for "
          "every step t and every history of its own spikes up to and with t, the truth is the derivative of "
          "E[S[t] | past], by dual numbers run forward. The reset is given with the past, and so not "
          "differentiated.\n\n"
          "The difference is the largest over weights, draws and nets, relative to the largest component that "
          "the truth of the unit has in any history."};

  Stopwatch watch;
  progress.start("F1 binary unit", binary_count);
  const auto of_binary = worst_of(binary_count, settings, progress, [&](std::size_t i) {
    return binary_unit(binary, escapes[i % 4], settings.seed, static_cast<std::uint32_t>(i));
  });
  add_rows(result.rows, "binary unit", of_binary, watch.lap());

  progress.start("F1 LIF unit", lif_count);
  const auto of_lif = worst_of(lif_count, settings, progress, [&](std::size_t i) {
    return lif_unit(lif, escapes[i % 4], resets[i / 4 % 4], settings.seed, static_cast<std::uint32_t>(i));
  });
  add_rows(result.rows, "LIF unit, past given", of_lif, watch.lap());

  result.figures.push_back(one_neuron_figure(binary, lif, settings, progress));
  result.rows.back().seconds += watch.lap();
  return result;
}

}  // namespace spikegrad
