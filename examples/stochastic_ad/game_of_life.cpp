// SPDX-License-Identifier: Apache-2.0
// The stochastic Game of Life of Arya et al. 2022: on a board with dead borders every cell first lives with
// probability p. Each turn a cell that Conway's rules (with four neighbours) would change changes with
// probability 1 - θ, any other with probability θ. How does the number of living cells at the end depend on p
// and on θ?
//
// The truth is by finite differences of the plain program, with its own standard error.
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;

constexpr std::size_t side = 7, padded = side + 2;
constexpr int turns = 4;

/// Living cells at the end. P and Theta: numbers or triples, Cell: the common type.
template <class Cell, class P, class Theta, class Rng>
Cell play(const P& p, const Theta& theta, Rng& rng) {
  // The probability to change, by 5 · (alive) + living neighbours. A table, for a cell's state is random: an
  // `if` on it would be refused.
  const Theta rarely = theta, usually = 1 - theta;
  const std::array<Theta, 10> change = {
      rarely,  rarely,  rarely, usually, rarely,    // dead: born with 3
      usually, usually, rarely, rarely,  usually};  // alive: dies with 0, 1, 4
  std::vector<Cell> board(padded * padded, Cell(0)), old;
  const auto for_each_cell = [](auto&& f) {
    for (std::size_t row = 1; row <= side; ++row)
      for (std::size_t column = 1; column <= side; ++column) f(row * padded + column);
  };
  for_each_cell([&](std::size_t i) { board[i] = sad::bernoulli(rng, p); });
  for (int turn = 0; turn < turns; ++turn) {
    old = board;
    for_each_cell([&](std::size_t i) {
      const Cell neighbours = old[i - 1] + old[i + 1] + old[i - padded] + old[i + padded];
      const Cell changes = sad::bernoulli(rng, sad::at(change, 5 * old[i] + neighbours));
      board[i] = old[i] + (1 - 2 * old[i]) * changes;
    });
  }
  Cell living = 0;
  for (const Cell& cell : board) living += cell;
  return living;
}

/// (E[f(x + h)] - E[f(x - h)]) / 2h; the two sides share their random numbers, which helps little.
template <class F>
example::Mean finite_difference(F&& f, double x, double h, int runs) {
  example::Mean out;
  sad::Rng rng(77);
  for (int i = 0; i < runs; ++i) {
    sad::Rng same = rng;
    out.add((f(x + h, rng) - f(x - h, same)) / (2 * h));
  }
  return out;
}

int main() {
  example::Checks checks;
  const double p = 0.5, theta = 0.1;
  const auto by_p = [&](auto q, auto& rng) { return play<decltype(q)>(q, theta, rng); };
  const auto by_theta = [&](auto t, auto& rng) { return play<decltype(t)>(p, t, rng); };
  sad::Rng rng(1);

  const auto check = [&](const char* what, auto& program, double x, double h) {
    const auto truth = finite_difference(program, x, h, 100000);
    std::printf("%s: finite differences %.4g ± %.2g\n", what, truth.mean(), truth.std_error());
    const auto run = [&]<class Backend>(Backend, const char* name, std::size_t runs) {
      const auto d = sad::mean_derivative<Backend>(program, x, rng, runs);
      std::printf("  standard deviation of one estimate %.3g\n", std::sqrt(d.variance));
      checks.z_test(name, d.mean, d.std_error, truth.mean(), truth.std_error());
    };
    run(sad::PruneByWeight(), "pruned by weight", 15000);
    run(sad::PruneByWins(), "pruned by wins", 15000);
    run(sad::OneAlternative(), "one alternative", 15000);
    run(sad::KeepAll(), "all alternatives", 600);
  };
  check("d E[living]/dp", by_p, p, 0.03);
  check("d E[living]/dθ", by_theta, theta, 0.01);
  return checks.exit_code();
}
