// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/direction.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/core/statistics.hpp"

namespace spikegrad {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr double enough_errors = 3.0;  // standard errors

bool one_draw(const Grid<double>& products) {
  return products.rows() == 1;
}

/// Mean over the pairs of two different draws, `skip` left out; of a single draw its own square.
double square(const Grid<double>& products, std::size_t skip) {
  if (one_draw(products)) return products[0][0];
  double sum = 0.0, pairs = 0.0;
  for (std::size_t i = 0; i < products.rows(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (i != skip && j != skip) sum += products[i][j], pairs += 1.0;
  return sum / pairs;
}

double mean_product(const Grid<double>& cross, std::size_t skip_own, std::size_t skip_truth) {
  double sum = 0.0, count = 0.0;
  for (std::size_t i = 0; i < cross.rows(); ++i)
    for (std::size_t j = 0; j < cross.columns(); ++j)
      if ((i != skip_own || cross.rows() == 1) && (j != skip_truth || cross.columns() == 1))
        sum += cross[i][j], count += 1.0;
  return sum / count;
}

struct Squares {
  double truth, own, cross;
};

Squares squares(const DrawProducts& p, std::size_t skip_own, std::size_t skip_truth) {
  return {square(p.truth, skip_truth), square(p.own, skip_own), mean_product(p.cross, skip_own, skip_truth)};
}

/// A statistic of the three, with the errors that both kinds of draws give it.
template <class Statistic>
Estimate estimate(const DrawProducts& p, const Statistic& statistic) {
  const std::size_t none = std::max(p.own.rows(), p.truth.rows());
  Estimate e{statistic(squares(p, none, none)), 0.0, 0};
  const auto add = [&](const Estimate& part) {
    e.std_error = std::hypot(e.std_error, part.std_error);
    e.repetitions = e.repetitions == 0 ? part.repetitions : std::min(e.repetitions, part.repetitions);
  };
  if (!one_draw(p.truth))
    add(jackknife(p.truth.rows(), [&](std::size_t skip) { return statistic(squares(p, none, skip)); }));
  if (!one_draw(p.own))
    add(jackknife(p.own.rows(), [&](std::size_t skip) { return statistic(squares(p, skip, none)); }));
  return e;
}

bool is_resolved(const Estimate& square) {
  return square.value > 0.0 && !(square.value <= enough_errors * square.std_error);
}

}  // namespace

Estimate square_of(const Grid<double>& products) {
  if (one_draw(products)) return {products[0][0], 0.0, 0};
  return jackknife(products.rows(), [&](std::size_t skip) { return square(products, skip); });
}

Estimate length_of(const Grid<double>& products) {
  const Estimate s = square_of(products);
  if (!is_resolved(s)) return {unknown, unknown, s.repetitions};
  const double length = std::sqrt(s.value);
  return {length, s.std_error / (2.0 * length), s.repetitions};
}

GradientDirection direction_of(const DrawProducts& p) {
  GradientDirection direction;
  if (!is_resolved(square_of(p.truth))) return direction;
  direction.bias_square =
      estimate(p, [](const Squares& s) { return (s.own + s.truth - 2.0 * s.cross) / s.truth; });
  const double bias = std::sqrt(std::max(0.0, direction.bias_square.value));
  // Near 0 the root has no slope: there its error is that of the square's root.
  direction.bias = {
      bias,
      std::min(direction.bias_square.std_error / (2.0 * bias), std::sqrt(direction.bias_square.std_error)),
      direction.bias_square.repetitions};
  const Estimate own = square_of(p.own);
  if (own.value > 0.0)
    direction.length = estimate(p, [](const Squares& s) { return std::sqrt(s.own / s.truth); });
  if (is_resolved(own))
    direction.cosine = estimate(p, [](const Squares& s) { return s.cross / std::sqrt(s.own * s.truth); });
  double mean_square = 0.0;
  for (std::size_t i = 0; i < p.own.rows(); ++i)
    mean_square += p.own[i][i] / static_cast<double>(p.own.rows());
  direction.noise = one_draw(p.own)
                        ? 0.0
                        : std::sqrt(std::max(0.0, mean_square - own.value) / square(p.truth, p.truth.rows()));
  return direction;
}

Grid<double> products_of(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b,
                         std::size_t first, std::size_t count) {
  Grid<double> products(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      products[i][j] = dot(std::span(a[i]).subspan(first, count), std::span(b[j]).subspan(first, count));
  return products;
}

}  // namespace spikegrad
