// SPDX-License-Identifier: Apache-2.0
// A random walk in two dimensions whose steps depend on where it is: pulled to the origin with strength p[0], turned
// about it with strength p[1]. Each step is a row of a table of vectors. The gradient of E[|x_n|² + x y] from runs in
// vector mode, against the walk's distribution on the grid with dual probabilities.
#include <array>
#include <vector>

#include "check.hpp"
#include "spikegrad/stochastic_ad/stochastic_ad.hpp"

namespace sad = spikegrad::stochastic_ad;
using spikegrad::Dual;

constexpr int steps = 20;
constexpr std::array strengths = {0.5, 0.3};

/// Of a step right, left, up, down.
template <class X, class P>
auto probabilities(const X& x, const X& y, const P& p) {
  using std::abs;
  const auto far = 4 * (1 + abs(x) + abs(y));
  const auto pull_x = (p[0] * x + p[1] * y) / far, pull_y = (p[0] * y - p[1] * x) / far;
  return std::array{0.25 - pull_x, 0.25 + pull_x, 0.25 - pull_y, 0.25 + pull_y};
}

// [walk]
template <class P, class Rng>
auto walk(const P& p, Rng& rng) {
  const std::array<std::array<double, 2>, 4> directions = {{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};
  auto x = 0 * p[0], y = 0 * p[0];
  for (int i = 0; i < steps; ++i) {
    const auto step = sad::at(directions, sad::categorical(rng, probabilities(x, y, p)));
    x += step[0];
    y += step[1];
  }
  return x * x + y * y + x * y;
}
// [walk]

/// The exact mean, with its derivative along p's derivative parts.
Dual<> exact_mean(const std::array<Dual<>, 2>& p) {
  constexpr int side = 2 * steps + 3;
  const auto cell = [](int x, int y) {
    return static_cast<std::size_t>((x + steps + 1) * side + y + steps + 1);
  };
  std::vector<Dual<>> now(side * side), next;
  now[cell(0, 0)] = 1;
  Dual<> mean = 0;
  for (int i = 0; i <= steps; ++i) {
    next.assign(now.size(), 0);
    for (int x = -i; x <= i; ++x)
      for (int y = -i; y <= i; ++y) {
        const Dual<>& here = now[cell(x, y)];
        if (i == steps) {
          mean += here * (x * x + y * y + x * y);
          continue;
        }
        const auto move = probabilities(Dual<>(x), Dual<>(y), p);
        next[cell(x + 1, y)] += here * move[0];
        next[cell(x - 1, y)] += here * move[1];
        next[cell(x, y + 1)] += here * move[2];
        next[cell(x, y - 1)] += here * move[3];
      }
    now = next;
  }
  return mean;
}

int main() {
  example::Checks checks;
  const auto f = [](const auto& p, auto& rng) { return walk(p, rng); };
  const std::array<const char*, 2> names = {"pull", "turn"};
  std::array<double, 2> truth{};
  for (std::size_t k = 0; k < 2; ++k)
    truth[k] =
        exact_mean({Dual<>(strengths[0], k == 0 ? 1.0 : 0.0), Dual<>(strengths[1], k == 1 ? 1.0 : 0.0)})
            .derivative;

  sad::Rng rng(1);
  const auto gradient = sad::mean_gradient(f, strengths, rng, 60000);
  for (std::size_t k = 0; k < 2; ++k)
    checks.z_test(names[k], gradient[k].mean, gradient[k].std_error, truth[k]);

  // A row chosen by the value alone: the alternatives' steps are lost.
  const auto by_value = [](const auto& p, auto& r) {
    auto x = 0 * p[0], y = 0 * p[0];
    for (int i = 0; i < steps; ++i) {
      const auto way = sad::value(sad::categorical(r, probabilities(x, y, p)));
      x += way == 0 ? 1 : way == 1 ? -1 : 0;
      y += way == 2 ? 1 : way == 3 ? -1 : 0;
    }
    return x * x + y * y + x * y;
  };
  const auto lost = sad::mean_gradient(by_value, strengths, rng, 2000);
  checks.that("steps by the value alone lose the derivative", lost[0].mean == 0 && std::abs(truth[0]) > 1);

  const auto ns = [](auto&& run) { return example::nanoseconds(run, 20000) / steps; };
  double sink = 0;
  const double plain = ns([&] { sink += f(strengths, rng); });
  const double one = ns([&] { sink += sad::gradient_estimate(f, strengths, rng)[0]; });
  const double each = ns([&] { sink += sad::derivative_estimate(f, strengths, rng)[0]; });
  std::printf("ns per step: plain %.0f, gradient in one run %.0f, one run for each parameter %.0f\n", plain,
              one, each);
  checks.that("the runs are used", std::isfinite(sink));
  return checks.exit_code();
}
