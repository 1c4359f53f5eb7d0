// SPDX-License-Identifier: Apache-2.0
// Every connection kind against the dense matrix it stands for: the index loops themselves, and gather,
// scatter and pull as the engine does them.
#include "spikegrad/network/connection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

/// The definition. Dense: w[i][j]. Convolution: target (o, q) sees source (c, q·stride - padding + k·dilation) by
/// w[o][c][k], c counted in the group of o.
std::set<Entry> definition(const Dense&, const Shape& from, const Shape& to) {
  std::set<Entry> entries;
  for (std::size_t i = 0; i < to.size(); ++i)
    for (std::size_t j = 0; j < from.size(); ++j) entries.emplace(i, j, i * from.size() + j);
  return entries;
}
std::set<Entry> definition(const Conv2d& conv, const Shape& from, const Shape& to) {
  std::set<Entry> entries;
  const auto inside = [](long at, std::size_t end) { return at >= 0 && at < static_cast<long>(end); };
  const auto place = [](std::size_t q, std::size_t stride, std::size_t k, std::size_t dilation,
                        std::size_t padding) {
    return static_cast<long>(q * stride + k * dilation) - static_cast<long>(padding);
  };
  const std::size_t in = from.channels / conv.groups, out = to.channels / conv.groups;
  for (std::size_t o = 0; o < to.channels; ++o)
    for (std::size_t row = 0; row < to.rows; ++row)
      for (std::size_t column = 0; column < to.columns(); ++column)
        for (std::size_t c = 0; c < in; ++c)
          for (std::size_t k = 0; k < conv.kernel.rows; ++k)
            for (std::size_t l = 0; l < conv.kernel.columns; ++l) {
              const long y = place(row, conv.stride.rows, k, conv.dilation.rows, conv.padding.rows),
                         x = place(column, conv.stride.columns, l, conv.dilation.columns,
                                   conv.padding.columns);
              if (!inside(y, from.rows) || !inside(x, from.columns())) continue;
              const auto source = static_cast<std::size_t>(y) * from.columns() + static_cast<std::size_t>(x);
              entries.emplace(o * to.positions + row * to.columns() + column,
                              (o / out * in + c) * from.positions + source,
                              ((o * in + c) * conv.kernel.rows + k) * conv.kernel.columns + l);
            }
  return entries;
}
std::set<Entry> definition(const Conv1d& conv, const Shape& from, const Shape& to) {
  return definition(Conv2d{.kernel = {1, conv.kernel},
                           .stride = {1, conv.stride},
                           .padding = {0, conv.padding},
                           .dilation = {1, conv.dilation},
                           .groups = conv.groups},
                    from, to);
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
  testing::Dice dice(3);
  for (int round = 0; round < 200; ++round) {
    const auto sides = [&](std::size_t least, std::size_t most) {
      return Sides{dice.between(least, most), dice.between(least, most)};
    };
    const Conv2d conv{.kernel = sides(1, 3),
                      .stride = sides(1, 3),
                      .padding = sides(0, 2),
                      .dilation = sides(1, 3),
                      .groups = dice.between(1, 3)};
    const std::size_t rows = dice.between(1, 5), columns = dice.between(1, 5);
    const Window window = conv.window();
    const std::size_t to_rows = window.rows.targets(rows), to_columns = window.columns.targets(columns);
    if (to_rows * to_columns == 0) continue;
    const Shape from{conv.groups * dice.between(1, 2), rows * columns, rows},
        to{conv.groups * dice.between(1, 2), to_rows * to_columns, to_rows};
    all.push_back({conv, from, to});
    const Conv1d line{conv.kernel.columns, conv.stride.columns, conv.padding.columns, conv.dilation.columns,
                      conv.groups};
    all.push_back({line, {from.channels, columns}, {to.channels, to_columns}});
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
  const Shape source{2, 12, 3}, target{4, 6, 3};
  const Conv2d plane{.kernel = {3, 3}, .padding = {1, 1}, .dilation = {1, 2}, .groups = 2};
  const auto of_plane = definition(plane, source, target);
  EXPECT_EQ(check(plane, source, target, of_plane), "");
  Conv2d other = plane;
  other.dilation = {1, 1};
  EXPECT_NE(check(other, source, target, of_plane), "") << "dilation";
  other = plane;
  other.padding = {0, 1};
  EXPECT_NE(check(other, source, target, of_plane), "") << "padding";
  other = plane;
  other.groups = 1;
  EXPECT_NE(check(other, source, target, of_plane), "") << "groups";
}

// By hand: two channels of 2 rows and 3 columns, each seen by its own kernel of 2 x 2 without padding.
TEST(Connection, DepthwiseExample) {
  const Conv2d conv{.kernel = {2, 2}, .groups = 2};
  const Shape from{2, 6, 2}, to{2, 2, 1};
  std::vector<Entry> seen;
  conv.for_each(from, to, [&](std::size_t i, std::size_t j, std::size_t k) { seen.emplace_back(i, j, k); });
  std::sort(seen.begin(), seen.end());
  //                            0 1 2 | 6 7 8
  //                            3 4 5 | 9 10 11
  const std::vector<Entry> expected = {{0, 0, 0}, {0, 1, 1}, {0, 3, 2},  {0, 4, 3}, {1, 1, 0}, {1, 2, 1},
                                       {1, 4, 2}, {1, 5, 3}, {2, 6, 4},  {2, 7, 5}, {2, 9, 6}, {2, 10, 7},
                                       {3, 7, 4}, {3, 8, 5}, {3, 10, 6}, {3, 11, 7}};
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(conv.weight_shape(from, to), (std::vector<std::size_t>{2, 1, 2, 2}));
  EXPECT_EQ(conv.fan_in(from), 4u);
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
