// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/findings/estimate.hpp"
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

// Two-sided at 5 standard errors: false alarm 6e-7 for each of the 8 nets.
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
  const DeterministicLimit one = deterministic_limit({.threads = 1}, quiet),
                           two = deterministic_limit({.threads = 2}, quiet);
  for (std::size_t b = 0; b < one.beta.size(); ++b) EXPECT_EQ(one.distance[b].value, two.distance[b].value);
  EXPECT_LT(one.distance.back().value, 0.1 * one.distance.front().value);
  EXPECT_NO_THROW(check(limit_figure(one)));
}

TEST(LinkSlow, Holds) {
  Progress quiet;
  for (const FindingRow& row : find_finding("F5").measure({}, quiet).rows)
    EXPECT_TRUE(row.holds) << row.quantity << " = " << row.value;
}

}  // namespace
}  // namespace spikegrad
