// SPDX-License-Identifier: Apache-2.0
// Tables of vectors: a row is chosen as each of its elements would be, and its elements change together.

#include "spikegrad/stochastic_ad/table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "reference.hpp"

namespace sad_test::of_table {
namespace {

const std::array<std::array<double, 3>, 3> rows = {{{1, -2, 0.5}, {4, 0, 2}, {-3, 7, 1}}};

/// Σ_k P(k) f(row k) for the classes of `draw`.
template <class F>
Dual<> exact(Dual<> p, const F& f) {
  return p * f(rows[0]) + (1 - p) * p * f(rows[1]) + (1 - p) * (1 - p) * f(rows[2]);
}
auto draw(auto& rng, const auto& p) {
  return sad::categorical(rng, std::array{p, (1 - p) * p, (1 - p) * (1 - p)});
}
/// Not the sum of functions of one element each.
constexpr auto together = [](const auto& row) { return row[0] * row[1] * row[2] + row[1] * row[1]; };

/// 4 two-sided z-tests, |z| > 5: 2.3e-6 in all.
template <class Backend>
void expect_unbiased() {
  sad::Rng rng(5);
  Mean mean;
  for (int i = 0; i < 20000; ++i)
    mean.add(sad::derivative_estimate<Backend>(
        [](const auto& p, auto& r) { return together(sad::at(rows, draw(r, p))); }, 0.4, rng));
  EXPECT_LT(std::abs(mean.z(exact(Dual<>(0.4, 1.0), together).derivative)), 5);
}
TEST(Table, OfVectorsIsUnbiased) {
  expect_unbiased<sad::KeepAll>();
  expect_unbiased<sad::PruneByWeight>();
  expect_unbiased<sad::PruneByWins>();
  expect_unbiased<sad::OneAlternative>();
}

/// Elements from draws of their own: each is right alone, the product is not.
TEST(Table, TheTestSeesElementsThatChangeApart) {
  sad::Rng rng(6);
  Mean mean;
  for (int i = 0; i < 20000; ++i)
    mean.add(sad::derivative_estimate(
        [](const auto& p, auto& r) {
          auto row = sad::at(rows, draw(r, p));
          row[1] = sad::at(rows, draw(r, p))[1];
          return together(row);
        },
        0.4, rng));
  EXPECT_GT(std::abs(mean.z(exact(Dual<>(0.4, 1.0), together).derivative)), 5);
}

/// Rows of triples, rows that are matrices, rows in vectors: as a table of each element.
TEST(Table, OfTriplesIsATableOfEachElement) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    sad::Rng rng(seed);
    sad::KeepAll::Run run(rng);
    const auto p = sad::variable<sad::KeepAll>(run, 0.4);
    const auto x = sad::bernoulli(rng, p), y = 3 * p * sad::bernoulli(rng, 0.5);
    const auto index = draw(rng, p);
    const std::vector<std::vector<std::vector<decltype(x * y)>>> table = {
        {{x, y}, {x + y, p}}, {{p, x}, {x * y, x}}, {{y, y}, {p, x - y}}};
    const auto chosen = sad::at(table, index);
    ASSERT_EQ(chosen.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 2; ++j) {
        const auto alone = sad::at(std::array{table[0][i][j], table[1][i][j], table[2][i][j]}, index);
        EXPECT_EQ(sad::value(chosen[i][j]), sad::value(alone));
        EXPECT_EQ(sad::derivative_contribution(chosen[i][j]), sad::derivative_contribution(alone));
      }
  }
}

TEST(Table, RefusesRowsOfSeveralSizes) {
  sad::Rng rng(1);
  sad::PruneByWeight::Run run(rng);
  const auto index = draw(rng, sad::variable(run, 0.4));
  const std::vector<std::vector<double>> ragged = {{1, 2}, {3}, {4, 5}};
  EXPECT_THROW(sad::at(ragged, index), spikegrad::UserError);
  const std::vector<std::vector<double>> none;
  EXPECT_THROW(sad::at(none, index), spikegrad::UserError);
}

TEST(Table, APlainIndexGivesTheRow) {
  EXPECT_EQ(sad::at(rows, 2.0), rows[2]);
}

}  // namespace
}  // namespace sad_test::of_table
