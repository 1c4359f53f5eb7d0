// SPDX-License-Identifier: Apache-2.0
// F4. The surrogate gradient is not the gradient of any loss: its integral around a closed path is not 0
// ([GZ]), and its Jacobian is not symmetric (docs/derivations.md, section 11).
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/measurements.hpp"
#include "spikegrad/findings/own_slope.hpp"
#include "spikegrad/findings/random_stack.hpp"
#include "spikegrad/findings/rule.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {
namespace {

/// One loop for each field, the truth first, then the surrogates, then the true gradients of the nets whose own
/// slopes are those of the surrogates; they share nothing and run side by side.
std::vector<Loop> loops(const Model& model, const FindingSettings& settings, Progress& progress) {
  const LoopSettings& line = *model.field.loop;
  const std::size_t surrogates = model.field.surrogates.size();
  std::vector<Loop> result(1 + 2 * surrogates);
  progress.start("F4 closed loop", result.size());
  parallel_for(result.size(), settings.threads, [&](std::size_t k) {
    const FieldSampling sampling{.seed = settings.seed, .threads = 1};
    const Model own =
        k > surrogates ? with_own_slope(model, slope_of(model.field.surrogates[k - 1 - surrogates])) : model;
    std::vector<GradientField> field;
    if (k == 0 || k > surrogates)
      field.push_back(true_field(own.problem(), sampling));
    else
      field.emplace_back(model.problem(), "surrogate", model.field.surrogates[k - 1], sampling);
    Progress quiet;
    result[k] = loop(field, {line.radius, line.sine, line.cosine}, line.points, quiet);
    progress.advance();
  });
  return result;
}

/// y over the plane of the two directions: rows are multiples of the sine direction, columns of the cosine's.
Map landscape(const Model& model, const FindingSettings& settings) {
  const LoopSettings& line = *model.field.loop;
  constexpr std::size_t points = 81;
  const double edge = 1.3 * line.radius;
  Map map{.label = "y", .contours = false};
  for (std::size_t k = 0; k < points; ++k)
    map.x.push_back(-edge + 2.0 * edge * static_cast<double>(k) / static_cast<double>(points - 1));
  map.y = map.x;
  map.z.resize(points * points);
  parallel_for(points, settings.threads, [&](std::size_t row) {
    GradientField field = true_field(model.problem(), {.seed = settings.seed, .threads = 1});
    std::vector<double> w(model.parameters.size());
    for (std::size_t column = 0; column < points; ++column) {
      for (std::size_t i = 0; i < w.size(); ++i)
        w[i] = map.y[row] * line.sine[i] + map.x[column] * line.cosine[i];
      map.z[row * points + column] = field.at(w).loss;
    }
  });
  return map;
}

Figure loop_figure(const Model& model, const std::vector<Loop>& all, const std::vector<std::string>& names,
                   const FindingSettings& settings) {
  const double radius = model.field.loop->radius;
  Panel plane{.title = "Landscape and path",
              .x = {.label = "along d<sub>2</sub>"},
              .y = {.label = "along d<sub>1</sub>"},
              .map = landscape(model, settings),
              .equal_scale = true};
  Series path{.name = "path, coloured by φ", .style = Style::line_markers};
  const std::vector<double>& angle = all[0].angle;
  for (std::size_t k = 0; k <= angle.size(); k += 5) {
    const double phi = angle[k % angle.size()];
    path.x.push_back(radius * std::cos(phi));
    path.y.push_back(radius * std::sin(phi));
    path.angle.push_back(phi);
  }
  plane.series.push_back(path);

  Panel integral{.title = "Integral along the path",
                 .x = {.label = "angle φ (rad)"},
                 .y = {.label = "integral of the gradient from 0 to φ"}};
  for (std::size_t k = 0; k < all.size(); ++k) {
    Series curve{.name = names[k],
                 .x = angle,
                 .y = all[k].curves[0].integral,
                 .style = k == 0 || 2 * k > all.size() ? Style::dashed : Style::line,
                 .colour = k == 0 ? "truth" : names[k]};
    curve.x.push_back(2.0 * std::numbers::pi);
    curve.y.push_back(all[k].curves[0].closed);
    integral.series.push_back(std::move(curve));
  }
  integral.references.push_back({.direction = Direction::y, .at = 0.0});
  integral.references.push_back({.direction = Direction::x, .at = 2.0 * std::numbers::pi, .label = "closed"});
  return {
      .id = "f4-closed-loop",
      .title = "No surrogate loss",
      .caption =
          "Left, the output y over the plane of the two directions, and the closed path. Right, gradients "
          "integrated along it: the true one follows y and returns to 0, and so do those of the nets whose own "
          "slope is β<sub>SG</sub>; the surrogate gradients do not, so no function has them for its gradient.",
      .panels = {plane, integral}};
}

/// Kinds of nets whose Jacobians are taken, and what stands for g in them.
struct CurlNet {
  std::string name;
  std::string model;
  StackSettings stack;
  std::optional<Surrogate> surrogate = {};  ///< absent: g = f'
};

/// |antisymmetric| / |symmetric| part of the Jacobian, over random nets.
struct Asymmetry {
  Estimate surrogate;
  double truth = 0.0;  ///< the largest of any net
};

Asymmetry asymmetry(const CurlNet& kind, const FindingSettings& settings, Progress& progress) {
  constexpr double h = 1e-4;
  const std::size_t nets = settings.full ? 200 : 60;
  const Model base = load_experiment(kind.model);
  std::vector<double> surrogate(nets), truth(nets);
  progress.start("F4 curl, " + kind.name, nets);
  parallel_for(nets, settings.threads, [&](std::size_t n) {
    const Model model = random_stack(base, kind.stack, settings.seed, static_cast<std::uint32_t>(n));
    const FieldSampling sampling{.seed = settings.seed, .threads = 1};
    GradientField true_gradient = true_field(model.problem(), sampling);
    GradientField field(model.problem(), "surrogate", kind.surrogate, sampling);
    const Curl of_truth = curl(true_gradient, model.parameters, h),
               of_field = curl(field, model.parameters, h);
    truth[n] = of_truth.antisymmetric / of_truth.symmetric;
    surrogate[n] = of_field.antisymmetric / of_field.symmetric;
    progress.advance();
  });
  return {mean_of(surrogate), *std::max_element(truth.begin(), truth.end())};
}

}  // namespace

FindingResult measure_no_surrogate_loss(const FindingSettings& settings, Progress& progress) {
  const Model model = load_experiment("closed-loop");
  FindingResult result{
      .id = "F4",
      .title = "No surrogate loss",
      .statement =
          "The surrogate gradient is not the gradient of a surrogate loss, or of any other function.",
      .method =
          "Closed path: experiments/closed-loop.toml (analog sigmoid units, β = 10,000), weights (w, v1, v2, "
          "u1, u2) = "
          "1.8 (d1 sin φ + d2 cos φ). The component of each gradient along the path is integrated over φ by "
          "adaptive "
          "Gauss-Kronrod quadrature on fine pieces; the interval given is the quadrature's own bound of its "
          "error, which is pessimistic for the true gradient, whose steps are as sharp as β.\n\n"
          "Curl: the Jacobian of the gradient field at random weights, by central differences of exact "
          "expectations "
          "(h = 1e-4), in nets of two layers from experiments/layers-binary.toml and layers-lif.toml. A "
          "gradient's "
          "Jacobian is symmetric; what is reported is the norm of its antisymmetric over that of its "
          "symmetric part, "
          "mean and standard error over nets."};
  Stopwatch watch;
  const auto add = [&](FindingRow row) {
    row.seconds = watch.lap();
    result.rows.push_back(std::move(row));
  };

  const std::vector<Loop> all = loops(model, settings, progress);
  std::vector<std::string> names{"true gradient"};
  for (const char* what : {"surrogate, β<sub>SG</sub> = ", "true gradient of the net of slope β = "})
    for (const Surrogate& g : model.field.surrogates)
      names.push_back(what + std::to_string(std::lround(slope_of(g))));
  result.figures.push_back(loop_figure(model, all, names, settings));
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Loop::Curve& c = all[k].curves[0];
    const std::string quantity = "closed integral of the " + plain_text(names[k]);
    const Rule rule =
        k == 0 || 2 * k > all.size()
            ? Rule::within(1e-5 * c.absolute).because("0, to 1e-5 of the integral of its absolute value")
            : Rule::differs(0.0);
    add(rule.judge_bounded("F4", quantity, c.closed, c.error));
    result.rows.back().headline = k == model.field.surrogates.size();  // the steepest surrogate
  }

  const std::array kinds{
      CurlNet{"stochastic binary net, g = f′", "layers-binary", {.beta = 2.0}},
      CurlNet{"stochastic LIF net, g = f′", "layers-lif", {.width = 1, .gain = 5.0, .steps = 5}},
      CurlNet{"analog net, g of half the slope",
              "layers-binary",
              {.beta = 2.0, .output = OutputKind::analog},
              SigmoidSurrogate{.beta = 1.0}}};
  for (const CurlNet& kind : kinds) {
    const Asymmetry a = asymmetry(kind, settings, progress);
    add(Rule::above(0.0).judge(
        "F4", kind.name + ": antisymmetric / symmetric part of the surrogate gradient's Jacobian",
        a.surrogate, {.unit = "nets"}));
    add(Rule::within(1e-6)
            .because("the error of the differences")
            .judge("F4", kind.name + ": the same of the true gradient, largest of all nets", a.truth));
  }
  return result;
}

}  // namespace spikegrad
