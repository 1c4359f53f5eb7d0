// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f5_limit.hpp"
#include "spikegrad/findings/f5_nets.hpp"
#include "spikegrad/findings/triple_derivative.hpp"

namespace spikegrad {
namespace {

Estimate triples_along_first_weight(const Model& model, std::size_t samples) {
  std::vector<double> direction(model.parameters.size(), 0.0);
  direction[0] = 1.0;
  VectorMoments moments(1);
  for (std::uint32_t s = 0; s < samples; ++s) {
    const double d = triple_derivative<stochastic_ad::PruneByWeight>(model.problem(), direction, {7, 0, s});
    moments.add({&d, 1});
  }
  return {moments.mean()[0], moments.std_error()[0]};
}

/// Within 5 standard errors, two-sided: false alarm 6e-7.
bool agrees(const Estimate& e, double expected) {
  return std::abs(e.value - expected) <= 5.0 * e.std_error;
}

TEST(TriplePass, IsUnbiasedWithEveryReset) {
  for (const NetKind& kind : link_nets(true, true)) {
    if (kind.model != "layers-lif") continue;
    const Model model = random_stack(load_experiment(kind.model), kind.stack, 3, 0);
    EXPECT_TRUE(agrees(triples_along_first_weight(model, 5000), exact_gradient(model.problem()).gradient[0]))
        << kind.name;
  }
}

// Alternatives pass through a reset whose derivative is not taken; the smoothed derivative does not, and its
// bias is the planted error.
TEST(TriplePass, NoticesAResetThatIsLeftOut) {
  const Model model =
      random_stack(load_experiment("layers-lif"),
                   {.depth = 1, .gain = 5.0, .beta = 1.5, .differentiate_reset = false}, 3, 0);
  const auto triples = triples_along_first_weight(model, 20000);
  EXPECT_TRUE(agrees(triples, exact_gradient(model.problem()).gradient[0]));
  EXPECT_FALSE(agrees(triples, enumerate(model.problem(), find_estimator("smoothed")).gradient[0]));
}

TEST(DeterministicLimit, FallsWithTheSlopeAndDoesNotDependOnThreads) {
  Progress quiet;
  const DeterministicLimit one = deterministic_limit({.threads = 1}, 20, quiet),
                           two = deterministic_limit({.threads = 2}, 20, quiet);
  for (std::size_t b = 0; b < one.beta.size(); ++b) EXPECT_EQ(one.distance[b].value, two.distance[b].value);
  EXPECT_LT(one.distance.back().value, 0.1 * one.distance.front().value);
  EXPECT_DOUBLE_EQ(one.last_over_first.value, one.distance.back().value / one.distance.front().value);
  EXPECT_NO_THROW(check(limit_figure(one)));
}

// The definition of docs/findings.md, written out for two nets: lengths summed over nets, then divided by the
// deterministic gradient's, whichever of the two is longer.
TEST(DeterministicLimit, IsRelativeToTheDeterministicGradient) {
  Progress quiet;
  const Model base = load_experiment("layers-lif");
  StackSettings stack{
      .depth = 3, .width = 4, .gain = 5.0, .beta = 1.0, .surrogate = SuperSpikeSurrogate{.beta = 10.0}};
  double apart = 0.0, limit = 0.0, longer = 0.0;
  for (std::uint32_t net = 0; net < 2; ++net) {
    const auto gradient = [&](OutputKind output, std::uint32_t trial) {
      stack.output = output;
      const Model model = random_stack(base, stack, 1, net);
      std::vector<double> g(model.parameters.size(), 0.0);
      CounterDraws draws(1, net, trial);
      const Problem problem = model.problem();
      ProblemSampler(problem, find_estimator("surrogate")).sample(draws, g);
      return g;
    };
    const auto deterministic = gradient(OutputKind::deterministic, 0);
    limit += norm(deterministic);
    for (std::uint32_t trial = 0; trial < 100; ++trial) {
      auto g = gradient(OutputKind::stochastic, trial);
      longer += std::max(norm(g), norm(deterministic)) / 100.0;
      for (std::size_t i = 0; i < g.size(); ++i) g[i] -= deterministic[i];
      apart += norm(g) / 100.0;
    }
  }
  const double measured = deterministic_limit({}, 2, quiet).distance.front().value;
  EXPECT_NEAR(measured, apart / limit, 1e-12 * measured);
  EXPECT_GT(measured, 1.01 * apart / longer);  // the test can tell the two apart
}

TEST(LinkSlow, Holds) {
  Progress quiet;
  for (const FindingRow& row : find_finding("F5").measure({}, quiet).rows)
    EXPECT_EQ(row.verdict, Verdict::holds) << row.quantity << " = " << row.value;
}

}  // namespace
}  // namespace spikegrad
