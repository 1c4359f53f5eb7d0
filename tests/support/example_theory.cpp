// SPDX-License-Identifier: Apache-2.0
// Made-up findings F1 to F5.
#include <cstdio>
#include <random>

#include "tests/support/example_parts.hpp"

namespace spikegrad::testing_support {

FindingResult one_neuron() {
  const auto u = spaced(-2.0, 2.0, 201);
  Panel activation{.title = "Activation",
                   .x = {.label = "membrane potential u − θ (thresholds)"},
                   .y = {.label = "spike probability"}};
  Panel derivative{.title = "Derivative of the expected output",
                   .x = {.label = "membrane potential u − θ (thresholds)"},
                   .y = {.label = "derivative (1/threshold)"}};
  for (const double beta : {2.0, 5.0, 20.0}) {
    const std::string name = "β = " + std::to_string(static_cast<int>(beta));
    activation.series.push_back(
        {.name = name, .x = u, .y = of(u, [&](double x) { return sigmoid(beta * x); })});
    derivative.series.push_back({.name = name, .x = u, .y = of(u, [&](double x) {
                                                         return beta * sigmoid(beta * x) * sigmoid(-beta * x);
                                                       })});
  }
  const auto few = spaced(-2.0, 2.0, 17);
  activation.references = {{.direction = Direction::x, .at = 0.0, .label = "threshold"}};
  activation.series.push_back(
      {.name = "measured, 400 trials",
       .x = few,
       .y = of(few, [](double x) { return sigmoid(5 * x) + 0.03 * std::sin(9 * x); }),
       .std_error =
           of(few, [](double x) { return std::sqrt(sigmoid(5 * x) * sigmoid(-5 * x) / 400) + 1e-3; }),
       .style = Style::markers,
       .colour = "exact"});
  return {.id = "F1",
          .title = "One neuron: the surrogate gradient is the gradient",
          .statement =
              "For one stochastic neuron the surrogate gradient whose surrogate derivative is the derivative "
              "of the escape function equals the derivative of the expected output.",
          .method =
              "A binary unit with 3 inputs and an LIF unit over 12 steps, given its past spikes. The "
              "derivative of E[S] by enumeration, beside the surrogate gradient and the smoothed stochastic "
              "derivative of each draw.",
          .rows = {{.id = "F1",
                    .quantity = "largest relative difference, binary unit",
                    .value = 2.2e-16,
                    .rule = "below 10⁻¹²",
                    .verdict = Verdict::holds,
                    .seconds = 0.02},
                   {.id = "F1",
                    .quantity = "largest relative difference, LIF unit given its past",
                    .value = 1.7e-15,
                    .rule = "below 10⁻¹²",
                    .verdict = Verdict::holds,
                    .seconds = 0.41}},
          .figures = {{.id = "f1-activation",
                       .title = "One noisy neuron",
                       .caption = "The probability of a spike and its derivative by u. The derivative is the "
                                  "surrogate derivative that the theory singles out; the steeper the escape "
                                  "function, the closer the neuron is to the deterministic one.",
                       .panels = {activation, derivative}}}};
}

FindingResult bias_maps() {
  const std::vector<std::string> betas = {"1", "2", "5", "10", "20", "50", "100"};
  std::vector<double> bias, cosine, sign;
  std::vector<std::string> bias_text, cosine_text, sign_text;
  const auto two = [](double v) {
    char b[16];
    std::snprintf(b, sizeof b, "%.2g", v);
    return std::string(b);
  };
  for (int depth = 1; depth <= 4; ++depth)
    for (int b = 0; b < 7; ++b) {
      const bool feasible = !(depth == 4 && b > 4);
      const double relative = depth == 1 ? 0.0 : 0.02 * std::pow(depth - 1, 1.5) * std::pow(2.1, b);
      bias.push_back(feasible ? relative : nan);
      cosine.push_back(feasible ? std::cos(std::min(2.4, 0.4 * relative)) : nan);
      sign.push_back(feasible ? 1.0 - std::min(0.45, 0.1 * relative) : nan);
      bias_text.push_back(feasible ? two(relative) : "");
      cosine_text.push_back(feasible ? two(cosine.back()) : "");
      sign_text.push_back(feasible ? two(sign.back()) : "");
    }
  const auto panel = [&](std::string title, Map map) {
    map.x = {0, 1, 2, 3, 4, 5, 6};
    map.y = {0, 1, 2, 3};
    return Panel{.title = std::move(title),
                 .x = {.label = "slope β of the escape function", .categories = betas},
                 .y = {.label = "layers of spiking units", .categories = {"1", "2", "3", "4"}},
                 .map = std::move(map)};
  };
  Panel steps{.x = {.label = "simulated steps"}, .y = {.label = "relative bias"}};
  const auto t = spaced(1, 8, 8);
  for (const int depth : {1, 2, 3})
    steps.series.push_back(
        {.name = std::to_string(depth) + (depth == 1 ? " layer" : " layers"),
         .x = t,
         .y =
             of(t, [&](double s) { return 0.08 * (depth - 1) * std::sqrt(s) + 0.02 * std::max(0.0, s - 2); }),
         .std_error = of(t, [](double s) { return 0.006 * s; }),
         .style = Style::line_markers});
  return {
      .id = "F2",
      .title = "Two layers and more: the surrogate gradient is biased",
      .statement =
          "From the second spiking layer on the surrogate gradient is no longer the gradient of the expected "
          "output; its bias is the curvature of the escape function over one spike.",
      .method =
          "Random binary nets of width 2, against enumeration of all spike histories; LIF nets over the "
          "number of steps.\n\nEach cell is the median over 20 nets.",
      .rows = {{.id = "F2",
                .quantity = "relative bias, 2 layers, β = 5",
                .value = 0.1323,
                .std_error = 0.0041,
                .rule = "above 0 by 5 standard errors",
                .verdict = Verdict::holds,
                .seconds = 4.1},
               {.id = "F2",
                .quantity = "cosine, 3 layers, β = 20",
                .value = 0.612,
                .std_error = 0.021,
                .rule = "below 1 by 5 standard errors",
                .verdict = Verdict::holds,
                .seconds = 12.0},
               {.id = "F2",
                .quantity = "relative bias, 1 layer",
                .value = 3.1e-16,
                .rule = "below 10⁻¹²",
                .verdict = Verdict::holds,
                .seconds = 0.2}},
      .figures = {
          {.id = "f2-maps",
           .title = "Bias of the surrogate gradient over depth and slope",
           .caption =
               "Against exact enumeration. One layer is unbiased; bias grows with depth and with the slope, "
               "until signs are no better than chance. Cells of more than 2¹⁶ histories were not enumerated.",
           .panels = {panel("Relative bias",
                            {.z = bias, .label = "‖E[g] − ∇‖ / ‖∇‖", .log = true, .text = bias_text}),
                      panel("Direction", {.z = cosine,
                                          .label = "cosine of E[g] and ∇",
                                          .scale = Map::Scale::diverging,
                                          .range = {{-1.0, 1.0}},
                                          .text = cosine_text}),
                      panel("Signs", {.z = sign,
                                      .label = "share of equal signs",
                                      .scale = Map::Scale::diverging,
                                      .centre = 0.5,
                                      .range = {{0.0, 1.0}},
                                      .text = sign_text})}},
          {.id = "f2-steps",
           .title = "LIF nets over time",
           .caption = "With recurrence through the reset even one layer becomes biased.",
           .panels = {steps}}}};
}

FindingResult opposite_sign() {
  const auto w = spaced(-0.2, 0.2, 401);
  const auto net = [](double weight, double slope, bool derivative) {
    const double beta = 100.0, g = sigmoid(beta * weight),
                 dg = slope * sigmoid(slope * weight) * sigmoid(-slope * weight);
    const double v[] = {0.05, 0.1}, u[] = {1.0, -1.0};
    double s = 0.0, ds = 0.0;
    for (int i = 0; i < 2; ++i) {
      const double a = v[i] * g;
      s += u[i] * sigmoid(beta * a);
      ds += u[i] * slope * sigmoid(slope * a) * sigmoid(-slope * a) * v[i] * dg;
    }
    return derivative ? slope * sigmoid(slope * s) * sigmoid(-slope * s) * ds : sigmoid(beta * s);
  };
  const auto gradient = [&](double slope) { return of(w, [&](double x) { return net(x, slope, true); }); };
  const auto integral = [&](double slope) {
    std::vector<double> sum = {0.0};
    const auto g = gradient(slope);
    for (std::size_t i = 1; i < w.size(); ++i)
      sum.push_back(sum.back() + 0.5 * (g[i] + g[i - 1]) * (w[i] - w[i - 1]));
    return sum;
  };
  const Interval differ{
      .direction = Direction::x, .from = -0.0121, .to = 0.0834, .label = "signs differ (β_SG = 15)"};
  const auto normed = [&](std::vector<double> y) {
    double m = 1e-300;
    for (double v : y) m = std::max(m, std::abs(v));
    for (double& v : y) v /= m;
    return y;
  };
  return {
      .id = "F3",
      .title = "Opposite sign",
      .statement =
          "In a deterministic, differentiable net the surrogate gradient can have the opposite sign of the "
          "gradient, so that its integral has its minimum elsewhere.",
      .method =
          "The net x → g → (h<sub>1</sub>, h<sub>2</sub>) → y of analog sigmoid units, β = 100, one weight w "
          "scanned.",
      .rows = {{.id = "F3",
                .quantity = "width of the interval of w where signs differ, β_SG = 15",
                .value = 0.0955,
                .rule = "above 0",
                .verdict = Verdict::holds,
                .seconds = 0.03},
               {.id = "F3",
                .quantity = "distance of the minima of y and of the integrated surrogate gradient",
                .value = 0.0713,
                .rule = "above 0.1",
                .verdict = Verdict::contradicted,
                .seconds = 0.03}},
      .figures =
          {{.id = "f3-scan",
            .title = "Output, derivative and surrogate gradient along one weight",
            .caption = "Left: the output. Middle: its derivative and surrogate gradients, each "
                       "divided by its largest absolute value. Right: their integrals. In the shaded "
                       "interval a step along the negative surrogate gradient raises y.",
            .panels =
                {{.title = "Output",
                  .x = {.label = "weight w"},
                  .y = {.label = "y"},
                  .series = {{.name = "truth, β = 100",
                              .x = w,
                              .y = of(w, [&](double x) { return net(x, 100, false); }),
                              .colour = "exact"}},
                  .references =
                      {{.direction = Direction::x, .at = 0.002, .label = "minimum of y", .colour = "exact"},
                       {.direction = Direction::x,
                        .at = 0.03,
                        .label = "minimum, β_SG = 15",
                        .colour = "surrogate gradient, β<sub>SG</sub> = 15"}},
                  .intervals = {differ}},
                 {.title = "Derivative",
                  .x = {.label = "weight w"},
                  .y = {.label = "dy/dw, largest value 1"},
                  .series =
                      {{.name = "truth, β = 100", .x = w, .y = normed(gradient(100)), .colour = "exact"},
                       {.name = "surrogate gradient, β<sub>SG</sub> = 15", .x = w, .y = normed(gradient(15))},
                       {.name = "surrogate gradient, β<sub>SG</sub> = 30",
                        .x = w,
                        .y = normed(gradient(30)),
                        .style = Style::dashed}},
                  .references = {{.direction = Direction::y, .at = 0.0}},
                  .intervals = {differ}},
                 {.title = "Integral",
                  .x = {.label = "weight w"},
                  .y = {.label = "∫ dy/dw dw"},
                  .series = {{.name = "truth, β = 100", .x = w, .y = integral(100), .colour = "exact"},
                             {.name = "surrogate gradient, β<sub>SG</sub> = 15", .x = w, .y = integral(15)},
                             {.name = "surrogate gradient, β<sub>SG</sub> = 30",
                              .x = w,
                              .y = integral(30),
                              .style = Style::dashed}},
                  .intervals = {differ}}}}},
      .notes =
          "The second quantity is planted to fail, so that the page shows how a finding that does not hold "
          "looks."};
}

FindingResult no_surrogate_loss() {
  const auto phi = spaced(0.0, 2 * pi, 181);
  Panel loop{.title = "Along the path",
             .x = {.label = "angle φ (rad)", .range = {{0.0, 2 * pi}}},
             .y = {.label = "surrogate gradient along the path"}};
  Panel closed{.title = "Integrated from 0 to φ",
               .x = {.label = "angle φ (rad)", .range = {{0.0, 2 * pi}}},
               .y = {.label = "∫ surrogate gradient"},
               .references = {{.direction = Direction::y, .at = 0.0}}};
  for (const int slope : {1, 5, 20}) {
    const auto g = of(phi, [&](double p) {
      return 0.3 * std::sin(p + 0.2 * slope) + 0.08 * std::log(1 + slope) + 0.1 * std::cos(3 * p);
    });
    std::vector<double> sum = {0.0};
    for (std::size_t i = 1; i < g.size(); ++i)
      sum.push_back(sum.back() + 0.5 * (g[i] + g[i - 1]) * (phi[1] - phi[0]));
    const std::string name = "β<sub>SG</sub> = " + std::to_string(slope);
    loop.series.push_back({.name = name, .x = phi, .y = g});
    closed.series.push_back({.name = name, .x = phi, .y = sum});
  }
  const auto axis = spaced(-2.4, 2.4, 61);
  Map landscape{.x = axis, .y = axis, .label = "output y", .contours = true};
  for (const double b : axis)
    for (const double a : axis) landscape.z.push_back(sigmoid(2 * std::sin(1.3 * a) - b) + 0.1 * a);
  Panel map{.title = "Landscape and path",
            .x = {.label = "along d<sub>1</sub>"},
            .y = {.label = "along d<sub>2</sub>"},
            .series = {{.name = "path",
                        .x = of(phi, [](double p) { return 1.8 * std::sin(p); }),
                        .y = of(phi, [](double p) { return 1.8 * std::cos(p); }),
                        .angle = phi}},
            .map = landscape,
            .equal_scale = true};
  return {.id = "F4",
          .title = "No surrogate loss",
          .statement =
              "Surrogate gradients are not the gradient of any function: their integral along a closed path "
              "is not zero.",
          .rows = {{.id = "F4",
                    .quantity = "closed integral, β_SG = 1",
                    .value = 0.3484,
                    .std_error = 1e-9,
                    .rule = "not 0",
                    .verdict = Verdict::holds,
                    .seconds = 0.3},
                   {.id = "F4",
                    .quantity = "closed integral of the true gradient",
                    .value = -4.4e-16,
                    .rule = "0 to rounding",
                    .verdict = Verdict::holds,
                    .seconds = 0.3}},
          .figures = {{.id = "f4-loop",
                       .title = "Around a closed path",
                       .caption = "A function would return to where it began; the integrated surrogate "
                                  "gradient does not, for any slope.",
                       .panels = {map, loop, closed}}}};
}

FindingResult same_draw_by_draw() {
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  Series points{
      .name = "one parameter of one draw", .x = {}, .y = {}, .style = Style::markers, .colour = "surrogate"};
  for (int i = 0; i < 300; ++i) points.x.push_back(normal(generator));
  points.y = points.x;
  const std::vector<double> beta = {1, 2, 5, 10, 20, 50, 100, 200};
  return {
      .id = "F5",
      .title = "The link",
      .statement =
          "In a stochastic net of any depth the surrogate gradient is the smoothed stochastic derivative, "
          "draw by draw.",
      .rows = {{.id = "F5",
                .quantity = "largest relative difference",
                .value = 8.9e-16,
                .rule = "below 10⁻¹²",
                .verdict = Verdict::holds,
                .seconds = 1.2}},
      .figures = {
          {.id = "f5-draws",
           .title = "Draw by draw",
           .caption = "Left: every parameter of 20 draws lies on the diagonal. Right: as β grows the "
                      "stochastic net's surrogate gradient goes to the deterministic one.",
           .panels = {
               {.x = {.label = "smoothed stochastic derivative"},
                .y = {.label = "surrogate gradient"},
                .series = {points},
                .equal_scale = true},
               {.x = {.label = "slope β of the escape function", .log = true},
                .y = {.label = "relative difference", .log = true},
                .series = {{.name = "stochastic − deterministic",
                            .x = beta,
                            .y = of(beta, [](double b) { return 1.5 / b / std::sqrt(b); }),
                            .std_error = of(beta, [](double b) { return b > 90 ? 0.02 : 0.2 / b; }),
                            .style = Style::line_markers}},
                .references = {{.direction = Direction::x, .at = 10.0, .label = "β elsewhere"},
                               {.direction = Direction::y, .at = 1e-3, .label = "one part in a thousand"}},
                .intervals = {{.direction = Direction::x,
                               .from = 50,
                               .to = 200,
                               .label = "as good as deterministic"}}}}}}};
}

}  // namespace spikegrad::testing_support
