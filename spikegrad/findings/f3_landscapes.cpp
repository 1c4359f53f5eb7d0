// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f3_landscapes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/own_slope.hpp"
#include "spikegrad/findings/rule.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad {
namespace {

// Gentler than in the scan, so that slopes are seen over the whole plane; w = 1 keeps the first unit on.
constexpr double own_beta = 20.0, weight = 1.0, edge = 2.0;
constexpr std::array surrogate_betas{2.0, 4.0, own_beta};
constexpr std::size_t points = 321;

std::string name_of(const GradientLandscape& landscape) {
  return (landscape.beta == own_beta ? "β = " : "") + std::string("β<sub>SG</sub> = ") +
         std::to_string(std::lround(landscape.beta));
}

/// Trapezoidal sums of every stride-th point: `across` along the row of the lowest value of the other weight, then
/// `up` each column. at(i, j): index of the point i along the first weight, j along the second.
template <class At>
std::vector<double> integrate(const std::vector<double>& axis, const std::vector<double>& across,
                              const std::vector<double>& up, std::size_t stride, const At& at) {
  std::vector<double> integral(across.size(), 0.0);
  for (std::size_t i = 0; i < axis.size(); i += stride) {
    if (i > 0)
      integral[at(i, 0)] = integral[at(i - stride, 0)] + 0.5 *
                                                             (across[at(i, 0)] + across[at(i - stride, 0)]) *
                                                             (axis[i] - axis[i - stride]);
    for (std::size_t j = stride; j < axis.size(); j += stride)
      integral[at(i, j)] = integral[at(i, j - stride)] +
                           0.5 * (up[at(i, j)] + up[at(i, j - stride)]) * (axis[j] - axis[j - stride]);
  }
  return integral;
}

/// Both orders from every stride-th point, and the largest difference there.
double integrate(GradientLandscape& l, std::size_t stride) {
  l.v1_first = integrate(l.axis, l.by_v1, l.by_v2, stride,
                         [](std::size_t i, std::size_t j) { return j * points + i; });
  l.v2_first = integrate(l.axis, l.by_v2, l.by_v1, stride,
                         [](std::size_t i, std::size_t j) { return i * points + j; });
  return largest_difference(l.v1_first, l.v2_first);
}

/// Components of v1 and v2 at a point.
class Plane {
 public:
  Plane(const Model& model, double beta, const FindingSettings& settings)
      : field_(model.problem(), "surrogate", SigmoidSurrogate{.beta = beta},
               {.seed = settings.seed, .threads = 1}),
        w_(model.parameters),
        v1_(parameter_index(model.network, "g->h[0,0]")),
        v2_(parameter_index(model.network, "g->h[1,0]")) {}

  std::array<double, 2> at(double v1, double v2) {
    w_[v1_] = v1;
    w_[v2_] = v2;
    const FieldValue value = field_.at(w_);
    return {value.gradient[v1_], value.gradient[v2_]};
  }

 private:
  GradientField field_;
  std::vector<double> w_;
  std::size_t v1_, v2_;
};

/// Steps of descent at 10 × 10 points. Their lengths go as the square root of the field's, which differ by powers of
/// ten; none where they would be too short to see.
Series descent(Plane& plane) {
  constexpr std::size_t side = 10;
  constexpr double cell = 2.0 * edge / static_cast<double>(side);
  Series arrows{.name = "descent", .colour = "surrogate"};
  std::vector<std::array<double, 2>> fields;
  double longest = 0.0;
  for (std::size_t k = 0; k < side * side; ++k) {
    const std::size_t column = k % side, row = k / side;
    arrows.x.push_back(-edge + cell * (0.5 + static_cast<double>(column)));
    arrows.y.push_back(-edge + cell * (0.5 + static_cast<double>(row)));
    fields.push_back(plane.at(arrows.x.back(), arrows.y.back()));
    longest = std::max(longest, std::hypot(fields.back()[0], fields.back()[1]));
  }
  for (const auto& [by_v1, by_v2] : fields) {
    const double length = std::hypot(by_v1, by_v2), share = std::sqrt(length / longest);
    const double scale = share < 0.1 ? 0.0 : -cell * share / length;
    arrows.dx.push_back(scale * by_v1);
    arrows.dy.push_back(scale * by_v2);
  }
  return arrows;
}

GradientLandscape landscape_of(const Model& model, double beta, const FindingSettings& settings) {
  GradientLandscape l{.beta = beta};
  // Denser about 0, where the units switch.
  for (std::size_t k = 0; k < points; ++k) {
    const double t = 2.0 * static_cast<double>(k) / static_cast<double>(points - 1) - 1.0;
    l.axis.push_back(edge * t * t * t);
  }
  l.by_v1.resize(points * points);
  l.by_v2.resize(points * points);
  parallel_for(points, settings.threads, [&](std::size_t row) {
    Plane plane(model, beta, settings);
    for (std::size_t column = 0; column < points; ++column) {
      const std::size_t k = row * points + column;
      const auto [by_v1, by_v2] = plane.at(l.axis[column], l.axis[row]);
      l.by_v1[k] = by_v1;
      l.by_v2[k] = by_v2;
    }
  });
  const double coarse = integrate(l, 2);
  l.apart = integrate(l, 1);
  l.apart_error = std::abs(l.apart - coarse);
  const auto [low, high] = std::minmax_element(l.v1_first.begin(), l.v1_first.end());
  l.range = *high - *low;
  Plane plane(model, beta, settings);
  l.arrows = descent(plane);
  return l;
}

}  // namespace

std::vector<GradientLandscape> gradient_landscapes(const FindingSettings& settings) {
  Model model = with_own_slope(load_experiment("sign-flip"), own_beta);
  model.parameters[parameter_index(model.network, "x->g[0,0]")] = weight;
  std::vector<GradientLandscape> all;
  for (const double beta : surrogate_betas) all.push_back(landscape_of(model, beta, settings));
  return all;
}

std::vector<FindingRow> landscape_rows(const std::vector<GradientLandscape>& landscapes) {
  std::vector<FindingRow> rows;
  for (const GradientLandscape& l : landscapes) {
    const Rule rule = l.beta == own_beta
                          ? Rule::within(1e-2).because("with the true slope it is y, whatever the path")
                          : Rule::differs(0.0).because("no gradient: the landscape depends on the path");
    rows.push_back(side_question(rule.judge_bounded(
        "F3",
        "β = 20, " + plain_text(name_of(l)) +
            ": integrated over v1 then v2, and the other way round: largest difference, of the range",
        l.apart / l.range, l.apart_error / l.range)));
  }
  return rows;
}

Figure landscape_figure(const std::vector<GradientLandscape>& landscapes) {
  Figure figure{
      .id = "f3-landscapes",
      .title = "What surrogate gradients look like when integrated",
      .caption =
          "The same net at w = 1 and β = 20: surrogate gradients of v<sub>1</sub> and v<sub>2</sub>, integrated along "
          "v<sub>1</sub> at the lower edge and from there along v<sub>2</sub>, between 0 and 1. Arrows point down "
          "the field; their length goes as the square root of its own. On the plateaus of y, which is the last "
          "panel, flat surrogates still point somewhere; and they have no landscape of their own: along "
          "v<sub>2</sub> first, other ones come out (see the side questions of the table).",
      .columns = 3};
  for (const GradientLandscape& l : landscapes) {
    Map map{.label = "integral, scaled to 0 … 1", .contours = true, .range = {{0.0, 1.0}}};
    const double low = *std::min_element(l.v1_first.begin(), l.v1_first.end());
    for (std::size_t row = 0; row < points; row += 4) {
      map.y.push_back(l.axis[row]);
      for (std::size_t column = 0; column < points; column += 4)
        map.z.push_back((l.v1_first[row * points + column] - low) / l.range);
    }
    map.x = map.y;
    figure.panels.push_back({.title = name_of(l),
                             .x = {.label = "v<sub>1</sub>"},
                             .y = {.label = "v<sub>2</sub>"},
                             .series = {l.arrows},
                             .map = std::move(map),
                             .equal_scale = true});
  }
  return figure;
}

}  // namespace spikegrad
