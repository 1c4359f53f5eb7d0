// SPDX-License-Identifier: Apache-2.0
// Every connection kind against the dense matrix it stands for: the index loops themselves, and gather,
// scatter and pull as the engine does them.
#include "spikegrad/network/connection.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/backward.hpp"
#include "spikegrad/engine/reference/forward.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/dice.hpp"

namespace spikegrad {
namespace {

struct ConnectedShapes {
  ConnectionKind kind;
  Shape from, to;
};

using Entry = std::tuple<std::size_t, std::size_t, std::size_t>;  // target unit, source unit, weight

/// The definition. Dense: w[i][j]. Convolution: target (o, q) sees source (c, q·stride - padding + k) by
/// w[o][c][k].
std::set<Entry> definition(const Dense&, const Shape& from, const Shape& to) {
  std::set<Entry> entries;
  for (std::size_t i = 0; i < to.size(); ++i)
    for (std::size_t j = 0; j < from.size(); ++j) entries.emplace(i, j, i * from.size() + j);
  return entries;
}
std::set<Entry> definition(const Conv1d& conv, const Shape& from, const Shape& to) {
  std::set<Entry> entries;
  for (std::size_t o = 0; o < to.channels; ++o)
    for (std::size_t q = 0; q < to.positions; ++q)
      for (std::size_t c = 0; c < from.channels; ++c)
        for (std::size_t k = 0; k < conv.kernel; ++k) {
          const auto at = static_cast<long>(q * conv.stride + k) - static_cast<long>(conv.padding);
          if (at < 0 || at >= static_cast<long>(from.positions)) continue;
          entries.emplace(o * to.positions + q, c * from.positions + static_cast<std::size_t>(at),
                          (o * from.channels + c) * conv.kernel + k);
        }
  return entries;
}

/// Both index loops give exactly the definition's entries, each once. What is wrong; empty if nothing is.
template <class Kind>
std::string check(const Kind& kind, const Shape& from, const Shape& to, const std::set<Entry>& expected) {
  std::vector<Entry> all, by_source;
  kind.for_each(from, to, [&](std::size_t i, std::size_t j, std::size_t k) { all.emplace_back(i, j, k); });
  for (std::size_t j = 0; j < from.size(); ++j)
    kind.for_each_target(from, to, j, [&](std::size_t i, std::size_t k) { by_source.emplace_back(i, j, k); });
  if (std::set<Entry>(all.begin(), all.end()) != expected || all.size() != expected.size()) return "for_each";
  if (std::set<Entry>(by_source.begin(), by_source.end()) != expected || by_source.size() != expected.size())
    return "for_each_target";
  std::size_t weights = 1;
  for (const std::size_t n : kind.weight_shape(from, to)) weights *= n;
  for (const auto& [i, j, k] : expected)
    if (k >= weights || i >= to.size() || j >= from.size()) return "an index outside its array";
  return "";
}

std::vector<ConnectedShapes> connected_shapes() {
  std::vector<ConnectedShapes> all;
  for (const Shape from : {Shape{1, 1}, Shape{1, 5}, Shape{3, 4}})
    for (const Shape to : {Shape{1, 1}, Shape{2, 3}}) all.push_back({Dense{}, from, to});
  // Kernels wider than the source, strides wider than the kernel (units that nobody sees), padding wider than
  // the kernel (units that see nothing), one position, remainders.
  for (std::size_t kernel = 1; kernel <= 5; ++kernel)
    for (std::size_t stride = 1; stride <= 4; ++stride)
      for (std::size_t padding = 0; padding <= 4; ++padding)
        for (std::size_t positions = 1; positions <= 7; ++positions) {
          const Conv1d conv{kernel, stride, padding};
          if (const std::size_t target = conv.target_positions(positions); target > 0)
            all.push_back({conv, {1 + positions % 2, positions}, {1 + kernel % 3, target}});
        }
  return all;
}

TEST(Connection, IndexLoopsOfEveryKindAreTheirDefinition) {
  std::set<std::size_t> members;
  for (const ConnectedShapes& c : connected_shapes()) {
    members.insert(c.kind.index());
    std::visit(
        [&](const auto& kind) { EXPECT_EQ(check(kind, c.from, c.to, definition(kind, c.from, c.to)), ""); },
        c.kind);
  }
  EXPECT_EQ(members.size(), std::variant_size_v<ConnectionKind>) << "a kind without a case";
}

struct MissesAnEdge : Conv1d {
  template <class Visitor>
  void for_each_target(const Shape& a, const Shape& b, std::size_t j, Visitor&& visit) const {
    Conv1d::for_each_target(a, b, j, [&](std::size_t i, std::size_t k) {
      if (i % b.positions != 0) visit(i, k);
    });
  }
};

TEST(Connection, CheckerRejectsPlantedErrors) {
  const Shape from{2, 6}, to{2, 3};
  const Conv1d right{3, 2, 1};
  const auto expected = definition(right, from, to);
  EXPECT_EQ(check(right, from, to, expected), "");
  EXPECT_NE(check(Conv1d{3, 2, 0}, from, to, expected), "") << "padding";
  EXPECT_NE(check(Conv1d{3, 1, 1}, from, to, expected), "") << "stride";
  EXPECT_NE(check(MissesAnEdge{{right}}, from, to, expected), "");
}

// x -> y, a readout, for two steps. y's current after the first step is the gathered drive D = W x. With a
// signal on y's current (through its potential at the end) the backward pass scatters ∂L/∂W = D̄ xᵀ and, from
// an analog x in between, pulls W^T D̄. All against the matrix W written out.
TEST(Connection, GatherScatterAndPullAreProductsWithTheMatrix) {
  testing::Dice dice(11);
  for (const ConnectedShapes& c : connected_shapes()) {
    Population input, h, y;
    input.name = "input", input.unit = InputUnit{}, input.shape = {1, 1};
    h.name = "h", h.unit = Binary{}, h.shape = c.from, h.output = OutputKind::analog, h.bias = true;
    y.name = "y", y.unit = Readout{}, y.shape = c.to;
    const Network network({1e-3, 3}, {input, h, y}, {{0, 1, Dense{}}, {1, 2, c.kind}});
    std::vector<double> w(network.parameter_count());
    for (double& v : w) v = dice.normal();
    Input given{{Grid<double>(3, 1, 1.0), {}, {}}};

    Tape<double> tape;
    forward<double>(
        network, w, given, ForwardMode::sampled, nullptr, [](const Slot&, double) { return 0.0; }, tape);
    std::vector<std::vector<double>> matrix(c.to.size(), std::vector<double>(c.from.size(), 0.0));
    const std::size_t offset = network.blocks()[1].offset;
    const auto entries = std::visit([&](const auto& kind) { return definition(kind, c.from, c.to); }, c.kind);
    for (const auto& [i, j, k] : entries) matrix[i][j] = w[offset + k];

    const auto hidden = tape.outputs_of(network, 1, 0);
    std::vector<double> drive(c.to.size()), current(c.to.size());
    for (std::size_t i = 0; i < c.to.size(); ++i) {
      for (std::size_t j = 0; j < c.from.size(); ++j) drive[i] += matrix[i][j] * hidden[j];
      current[i] = tape.state[1][network.layout(2).state_offset + 2 * i + 1];
    }
    ASSERT_LT(testing::distance(current, drive), 1e-14);

    // u[2] = (1-λ_m) I[1] = (1-λ_m) D[0]: a signal a on u[2] is D̄ = (1-λ_m) a, of step 0 alone.
    const double gain = 1.0 - std::exp(-1e-3 / 10e-3);
    Signals signals;
    signals.reset(3, network.unit_count());
    std::vector<double> adj_drive(c.to.size());
    for (std::size_t i = 0; i < c.to.size(); ++i) {
      const double a = signals.output[2][network.layout(2).unit_offset + i] = dice.normal();
      adj_drive[i] = gain * a;
    }
    std::vector<double> gradient(w.size(), 0.0), expected(w.size(), 0.0);
    const Loss loss = LinearLoss{2, Grid<double>(3, c.to.size())};
    const Lowering lowering({network, loss}, {.pseudo = PseudoDerivative::one});
    BackwardPass().run(network, w, tape, lowering, signals, gradient);
    for (const auto& [i, j, k] : entries) expected[offset + k] += adj_drive[i] * hidden[j];
    for (std::size_t j = 0; j < c.from.size(); ++j) {  // x and bias of h both act with weight 1
      double pulled = 0.0;
      for (std::size_t i = 0; i < c.to.size(); ++i) pulled += matrix[i][j] * adj_drive[i];
      expected[network.blocks()[0].offset + j] = expected[network.blocks()[2].offset + j] = pulled;
    }
    ASSERT_LT(testing::distance(gradient, expected), 1e-14);
  }
}

TEST(Conv1d, TargetPositions) {
  EXPECT_EQ((Conv1d{21, 10, 0}.target_positions(700)), 68u);
  EXPECT_EQ((Conv1d{7, 3, 0}.target_positions(68)), 21u);
  EXPECT_EQ((Conv1d{5, 1, 2}.target_positions(9)), 9u);
  EXPECT_EQ((Conv1d{3, 1, 0}.target_positions(2)), 0u);
  EXPECT_EQ((Conv1d{3, 4, 0}.target_positions(3)), 1u);
}

}  // namespace
}  // namespace spikegrad
