// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f5_limit.hpp"

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/random_stack.hpp"

namespace spikegrad {
namespace {

/// Of one net: lengths.
struct Distance {
  double apart = 0.0;  ///< mean over draws of |SG_stochastic - SG_deterministic|
  double limit = 0.0;  ///< |SG_deterministic|
};

Distance distance_of(const Model& stochastic, const Model& deterministic, std::uint64_t seed,
                     std::uint32_t net, std::size_t trials) {
  const std::size_t size = stochastic.parameters.size();
  const Problem hard = deterministic.problem(), soft = stochastic.problem();
  const EstimatorInfo& surrogate = find_estimator("surrogate");
  ProblemSampler sampler(soft, surrogate);
  std::vector<double> limit(size, 0.0), sample(size);
  CounterDraws none(seed, net, 0);
  ProblemSampler(hard, surrogate).sample(none, limit);
  double sum = 0.0;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    CounterDraws draws(seed, net, static_cast<std::uint32_t>(trial));
    std::fill(sample.begin(), sample.end(), 0.0);
    sampler.sample(draws, sample);
    for (std::size_t i = 0; i < size; ++i) sample[i] -= limit[i];
    sum += norm(sample);
  }
  return {sum / static_cast<double>(trials), norm(limit)};
}

}  // namespace

DeterministicLimit deterministic_limit(const FindingSettings& settings, std::size_t nets,
                                       Progress& progress) {
  const Model base = load_experiment("layers-lif");
  const std::size_t trials = 100;
  DeterministicLimit limit;
  for (double beta = 1.0; beta < 2e4; beta *= std::sqrt(10.0)) limit.beta.push_back(beta);
  StackSettings stack{.depth = 3, .width = 4, .gain = 5.0, .surrogate = SuperSpikeSurrogate{.beta = 10.0}};

  std::vector<std::vector<double>> apart(limit.beta.size(), std::vector<double>(nets));
  std::vector<double> length(nets);
  progress.start("F5 deterministic limit", nets);
  parallel_for(nets, settings.threads, [&](std::size_t n) {
    const auto net = static_cast<std::uint32_t>(n);
    StackSettings still = stack, noisy = stack;
    still.output = OutputKind::deterministic;
    const Model deterministic = random_stack(base, still, settings.seed, net);
    for (std::size_t b = 0; b < limit.beta.size(); ++b) {
      noisy.beta = limit.beta[b];
      const Distance d = distance_of(random_stack(base, noisy, settings.seed, net), deterministic,
                                     settings.seed, net, trials);
      apart[b][n] = d.apart;
      length[n] = d.limit;
    }
    progress.advance();
  });
  for (const auto& of_beta : apart) limit.distance.push_back(ratio_of_sums(of_beta, length));
  limit.last_over_first = ratio_of_sums(apart.back(), apart.front());
  return limit;
}

Figure limit_figure(const DeterministicLimit& limit) {
  Series measured{.name = "over all nets", .x = limit.beta, .style = Style::line_markers};
  for (const Estimate& e : limit.distance) {
    measured.y.push_back(e.value);
    measured.std_error.push_back(e.std_error);
  }
  Series slope{.name = "∝ 1/β", .style = Style::dotted};
  const std::size_t anchor = limit.beta.size() / 2;
  for (std::size_t b = anchor - 2; b < limit.beta.size(); ++b) {
    slope.x.push_back(limit.beta[b]);
    slope.y.push_back(limit.distance[anchor].value * limit.beta[anchor] / limit.beta[b]);
  }
  return {
      .id = "f5-limit",
      .title = "The deterministic limit",
      .caption =
          "Stochastic nets of three LIF layers with the same surrogate g throughout. As the escape function "
          "gets "
          "steeper, the surrogate gradient of every draw goes to that of the deterministic net; what is left "
          "comes from potentials within 1/β of the threshold. Lengths summed over random nets, one standard "
          "error.",
      .panels = {{.x = {.label = "slope β of the escape function", .log = true},
                  .y = {.label = "distance over the deterministic gradient's length", .log = true},
                  .series = {measured, slope}}}};
}

}  // namespace spikegrad
