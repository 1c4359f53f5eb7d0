// SPDX-License-Identifier: Apache-2.0
// What a pass means for every engine: stages against the definition of strong connectivity, on random graphs and
// at the largest number of populations that a model may have; who learns and which connections carry signals.
#include "spikegrad/engine/lowering.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/model/model.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad {
namespace {

using testing::Dice;
using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

Network graph(std::size_t populations, const Edges& edges) {
  std::vector<Population> all(populations);
  for (std::size_t p = 0; p < populations; ++p) {
    all[p].name = "p" + std::to_string(p);
    all[p].unit = Lif{};
  }
  std::vector<Connection> connections;
  for (const auto& [from, to] : edges) connections.push_back({from, to, Dense{}});
  return Network({1e-3, 2}, std::move(all), std::move(connections));
}

/// reaches[i][j]: a path of one connection or more leads from i to j (S. Warshall, 1962).
std::vector<std::vector<bool>> closure(std::size_t n, const Edges& edges) {
  std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
  for (const auto& [from, to] : edges) reaches[from][to] = true;
  for (std::size_t via = 0; via < n; ++via)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (reaches[i][via] && reaches[via][j]) reaches[i][j] = true;
  return reaches;
}

/// What is wrong with the stages of a graph; empty: nothing.
std::string fault(std::size_t n, const Edges& edges, const std::vector<Stage>& stages) {
  const auto reaches = closure(n, edges);
  std::vector<std::size_t> stage_of(n, n);
  for (std::size_t s = 0; s < stages.size(); ++s)
    for (const std::size_t p : stages[s].populations) {
      if (stage_of[p] != n) return "a population stands in two stages";
      stage_of[p] = s;
      if (stages[s].stepwise != reaches[p][p]) return "stepwise does not say whether there is a loop";
    }
  for (std::size_t i = 0; i < n; ++i) {
    if (stage_of[i] == n) return "a population stands in no stage";
    for (std::size_t j = 0; j < n; ++j) {
      const bool together = i == j || (reaches[i][j] && reaches[j][i]);
      if (together != (stage_of[i] == stage_of[j])) return "not the strongly connected components";
      if (reaches[i][j] && stage_of[i] > stage_of[j]) return "a target comes before its source";
    }
  }
  return {};
}

TEST(Stages, AreTheStronglyConnectedComponentsInOrder) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Dice dice(seed);
    const std::size_t n = dice.between(1, 12);
    Edges edges;
    const std::size_t count = dice.below(2 * n + 1);
    for (std::size_t e = 0; e < count; ++e) {
      const std::pair edge(dice.below(n), dice.below(n));
      if (std::find(edges.begin(), edges.end(), edge) == edges.end()) edges.push_back(edge);
    }
    EXPECT_EQ(fault(n, edges, stages_of(graph(n, edges))), "") << seed;
  }
}

TEST(Stages, TheCheckSeesPlantedFaults) {
  const Edges edges{{0, 1}, {1, 2}, {2, 1}, {2, 3}};
  const std::vector<Stage> right = stages_of(graph(4, edges));
  ASSERT_EQ(fault(4, edges, right), "");
  std::vector<Stage> wrong = right;
  std::swap(wrong[0], wrong[1]);
  EXPECT_NE(fault(4, edges, wrong), "");
  wrong = right;
  wrong[1].stepwise = false;
  EXPECT_NE(fault(4, edges, wrong), "");
  EXPECT_NE(fault(4, edges, {{{0}}, {{1}, true}, {{2}, true}, {{3}}}), "");
}

TEST(Stages, IndependentOnesComeInTheOrderOfTheFile) {
  const std::vector<Stage> stages = stages_of(graph(5, {{3, 0}, {4, 4}}));
  std::vector<std::size_t> order;
  for (const Stage& stage : stages) order.push_back(stage.populations[0]);
  EXPECT_EQ(order, (std::vector<std::size_t>{1, 2, 3, 0, 4}));
}

// A cubic search would take a day here, a recursion the whole stack.
TEST(Stages, TenThousandPopulationsInARowAndInARing) {
  const std::size_t n = ModelLimits::populations;
  Edges row;
  for (std::size_t p = 1; p < n; ++p) row.emplace_back(p, p - 1);  // against the order of the file
  std::vector<Stage> stages = stages_of(graph(n, row));
  ASSERT_EQ(stages.size(), n);
  for (std::size_t s = 0; s < n; ++s) ASSERT_EQ(stages[s].populations[0], n - 1 - s);
  row.emplace_back(0, n - 1);
  stages = stages_of(graph(n, row));
  ASSERT_EQ(stages.size(), 1u);
  EXPECT_EQ(stages[0].populations.size(), n);
  EXPECT_TRUE(stages[0].stepwise);

  const Network ring = graph(n, row);
  const Loss loss = LinearLoss{0, Grid<double>(2, 1)};
  const Lowering lowering({ring, loss}, {.pseudo = PseudoDerivative::surrogate});
  for (const PopulationLowering& p : lowering.populations) ASSERT_TRUE(p.learns);
}

/// x -> h -> o, o beside it unread: q.
Network small() {
  std::vector<Population> all(4);
  const char* names[] = {"x", "h", "q", "o"};
  for (std::size_t p = 0; p < 4; ++p) {
    all[p].name = names[p];
    all[p].unit = Lif{};
  }
  all[0].unit = InputUnit{};
  all[3].unit = Readout{};
  return Network({1e-3, 3}, all, {{0, 1, Dense{}}, {0, 2, Dense{}}, {1, 3, Dense{}}});
}

TEST(Lowering, SignalsReachWhatLeadsToTheLoss) {
  const Network network = small();
  const Loss loss = MeanCrossEntropyLoss{3, 0};
  const auto learners = [&](const LearningSignal& signal, std::span<const Regulariser> regularisers = {}) {
    const Lowering lowering({network, loss, regularisers}, signal);
    std::string names;
    for (std::size_t p = 0; p < 4; ++p)
      if (lowering.populations[p].learns) names += network.populations()[p].name;
    return names;
  };
  EXPECT_EQ(learners({.pseudo = PseudoDerivative::surrogate}), "ho");
  EXPECT_EQ(learners({}), "o");
  EXPECT_EQ(learners({.score = true}), "hqo");
  const std::vector<Regulariser> of_q{UpperBound{{.population = 2}}};
  EXPECT_EQ(learners({.pseudo = PseudoDerivative::surrogate}, of_q), "hqo");
  EXPECT_EQ(learners({}, of_q), "o");  // its signal ends at the spike

  const Lowering lowering({network, loss}, {.pseudo = PseudoDerivative::surrogate});
  EXPECT_EQ(lowering.carries, (std::vector<bool>{false, false, true}));
}

TEST(Lowering, ConnectionsWithinALoopCanBeLeftOut) {
  const Network network = graph(4, {{0, 1}, {1, 1}, {1, 2}, {2, 1}, {2, 3}});
  const Loss loss = LinearLoss{3, Grid<double>(2, 1)};
  const Lowering lowering({network, loss}, {.pseudo = PseudoDerivative::surrogate, .through_loops = false});
  EXPECT_EQ(lowering.carries, (std::vector<bool>{false, false, false, false, true}));
  const Loss inside = LinearLoss{1, Grid<double>(2, 1)};
  const Lowering into({network, inside}, {.pseudo = PseudoDerivative::surrogate, .through_loops = false});
  EXPECT_EQ(into.carries, (std::vector<bool>{true, false, false, false, false}));
}

TEST(Lowering, TheSlopeIsThatOfTheKindOfOutput) {
  Population population;
  population.unit = Lif{};
  const auto slope = [&](OutputKind output, PseudoDerivative pseudo, bool given, ForwardMode mode) {
    population.output = output;
    population.surrogate.reset();
    if (given) population.surrogate = SuperSpikeSurrogate{};
    return slope_of(population, pseudo, mode);
  };
  using enum PseudoDerivative;
  const auto sampled = ForwardMode::sampled, mean_field = ForwardMode::mean_field;
  EXPECT_EQ(slope(OutputKind::stochastic, surrogate, true, sampled), Slope::surrogate);
  EXPECT_EQ(slope(OutputKind::deterministic, surrogate, false, sampled), Slope::escape);
  EXPECT_EQ(slope(OutputKind::stochastic, smoothed, true, sampled), Slope::smoothed);
  EXPECT_EQ(slope(OutputKind::stochastic, smoothed, true, mean_field), Slope::escape);
  EXPECT_EQ(slope(OutputKind::deterministic, smoothed, true, sampled), Slope::zero);
  for (const PseudoDerivative pseudo : {zero, smoothed, spike})
    EXPECT_EQ(slope(OutputKind::analog, pseudo, true, sampled), Slope::escape);
  EXPECT_EQ(slope(OutputKind::stochastic, zero, true, sampled), Slope::zero);
  EXPECT_EQ(slope(OutputKind::stochastic, spike, true, sampled), Slope::output);
  EXPECT_EQ(slope(OutputKind::analog, one, true, sampled), Slope::one);
  EXPECT_EQ(slope(OutputKind::stochastic, own, true, sampled), Slope::own);
  EXPECT_EQ(slope(OutputKind::analog, own, true, sampled), Slope::escape);
  EXPECT_EQ(slope(OutputKind::deterministic, own, true, sampled), Slope::zero);
}

TEST(Lowering, RefusesWhatHasNoTarget) {
  const Network network = small();
  const Loss loss = MeanCrossEntropyLoss{3, 0};
  EXPECT_THROW(Lowering({network, loss}, {.forcing = Forcing::always}), InternalError);
  const Loss nowhere = MeanCrossEntropyLoss{7, 0};
  EXPECT_THROW(Lowering({network, nowhere}, {}), UserError);
}

}  // namespace
}  // namespace spikegrad
