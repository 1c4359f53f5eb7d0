// SPDX-License-Identifier: Apache-2.0
// Made-up findings F6 and F7, and a comparison.
#include <random>

#include "spikegrad/figure/frontier.hpp"
#include "tests/support/example_parts.hpp"
#include "tests/support/example_results.hpp"

namespace spikegrad::testing_support {

FindingResult frontiers() {
  const std::vector<EstimatorCost> costs = {{"surrogate", 0.31, 0.9, 4e-6},
                                            {"smoothed", 0.31, 1.1, 5e-6},
                                            {"straight-through", 0.7, 0.5, 4e-6},
                                            {"mean-field", 0.45, 0.0, 3e-6},
                                            {"score", 0, 410, 3e-6},
                                            {"score-running-mean", 0, 130, 3e-6},
                                            {"score-leave-one-out", 0, 120, 3e-6},
                                            {"counterfactual", 0, 2.1, 9e-5},
                                            {"counterfactual-k", 0, 14.0, 2.4e-5},
                                            {"multilayer-spiker", 0.9, 0.6, 4e-6}};
  Panel shallow = frontier_panel(costs);
  shallow.title = "2 layers";
  auto deeper = costs;
  for (auto& cost : deeper) cost.bias *= 2, cost.variance *= 4, cost.seconds_per_sample *= 1.5;
  Panel deep = frontier_panel(deeper);
  deep.title = "4 layers";
  Table table{.caption = "Cost of an error of 10 % of the gradient's norm, 2 layers",
              .header = {"estimator", "samples", "time"},
              .rows = {{"counterfactual", "210", "19 ms"},
                       {"counterfactual-k", "1,400", "34 ms"},
                       {"score-leave-one-out", "12,000", "36 ms"},
                       {"surrogate", "not reached", "—"}}};
  Panel accuracy{.x = {.categories = {"surrogate", "score-leave-one-out", "multilayer-spiker"}},
                 .y = {.label = "loss after 60 s of training"}};
  const double loss[] = {0.12, 0.61, 0.38};
  for (std::size_t i = 0; i < 3; ++i)
    accuracy.series.push_back({.name = accuracy.x.categories[i],
                               .x = {static_cast<double>(i)},
                               .y = {loss[i]},
                               .std_error = {0.03},
                               .style = Style::bars});
  accuracy.transposed = true;
  return {
      .id = "F6",
      .title = "Likelihood-based training",
      .statement =
          "Likelihood-based training extends to hidden layers, but with more variance or lower task "
          "performance than surrogate gradients at equal cost.",
      .rows = {{.id = "F6",
                .quantity = "variance of the score function over that of the surrogate gradient",
                .value = 455.2,
                .std_error = 12.4,
                .rule = "above 1 by 5 standard errors",
                .verdict = Verdict::holds,
                .seconds = 31}},
      .tables = {table},
      .figures = {
          {.id = "f6-frontier",
           .title = "Error reached in a given time",
           .caption =
               "The lowest curve is the cheapest estimator. Biased ones win until their floor is reached.",
           .panels = {shallow, deep}},
          {.id = "f6-task",
           .title = "Loss at equal time",
           .caption = "Mean over 5 seeds.",
           .panels = {accuracy}}}};
}

namespace {

bool in_picture(double x, double y) {
  const double r = std::hypot(x, y);
  const bool ring = r > 0.75 && r < 0.86, mouth = std::abs(std::hypot(x, y - 0.1) - 0.45) < 0.05 && y > 0.2;
  const bool eyes = std::hypot(std::abs(x) - 0.3, y + 0.25) < 0.09;
  return ring || mouth || eyes;
}

Raster picture(double hit, double stray, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform;
  Raster raster{.steps = 189, .units = 200, .dt = 1e-3, .events = {}};
  for (std::size_t step = 0; step < raster.steps; ++step)
    for (std::size_t unit = 0; unit < raster.units; ++unit) {
      const bool wanted =
          in_picture(static_cast<double>(step) / 94.5 - 1, static_cast<double>(unit) / 100 - 1);
      if (uniform(generator) < (wanted ? hit : stray)) raster.events.push_back({step, unit});
    }
  return raster;
}

}  // namespace

FindingResult training() {
  const auto epoch = spaced(0, 1500, 151);
  const auto curve = [&](double floor, double rate) {
    return of(epoch, [=](double e) { return floor + 8 * std::exp(-e / rate); });
  };
  const auto band = [&](double scale) {
    return of(epoch, [=](double e) { return scale * (0.1 + std::exp(-e / 300)); });
  };
  const auto panel = [&](const char* label, double scale) {
    Panel p{.x = {.label = "epoch"}, .y = {.label = label, .log = true}};
    p.series = {{.name = "surrogate, stochastic",
                 .x = epoch,
                 .y = curve(0.6 * scale, 220),
                 .std_error = band(0.8 * scale)},
                {.name = "surrogate, deterministic",
                 .x = epoch,
                 .y = curve(0.5 * scale, 160),
                 .std_error = band(0.5 * scale)},
                {.name = "MultilayerSpiker",
                 .x = epoch,
                 .y = curve(2.2 * scale, 400),
                 .std_error = band(1.2 * scale),
                 .colour = "multilayer-spiker"}};
    return p;
  };
  const auto raster = [](std::string title, Raster r) {
    return Panel{.title = std::move(title),
                 .x = {.label = "time (ms)"},
                 .y = {.label = "output unit", .reversed = true},
                 .raster = std::move(r)};
  };
  Raster trials{.steps = 189, .units = 10, .dt = 1e-3, .events = {}};
  std::mt19937 generator(3);
  for (std::size_t trial = 0; trial < 10; ++trial)
    for (const double centre : {20.0, 61.0, 64.0, 120.0, 170.0})
      trials.events.push_back(
          {static_cast<std::size_t>(centre + std::normal_distribution<double>(0, 2)(generator)), trial});
  const auto time = spaced(0, 188, 95);
  return {
      .id = "F7",
      .title = "Surrogate gradients train stochastic nets",
      .statement =
          "Surrogate gradients train stochastic nets as well as deterministic ones, and trial-to-trial "
          "variability survives training.",
      .method =
          "Spike-train matching: 200 inputs with one frozen Poisson pattern, 200 hidden, 200 output units, a "
          "picture as target.",
      .rows = {{.id = "F7",
                .quantity = "final L2 loss, stochastic over deterministic",
                .value = 1.21,
                .std_error = 0.09,
                .rule = "below 2 by 5 standard errors",
                .verdict = Verdict::holds,
                .seconds = 95},
               {.id = "F7",
                .quantity = "Fano factor of hidden units after training",
                .value = 0.412,
                .std_error = 0.008,
                .rule = "above 0 by 5 standard errors",
                .verdict = Verdict::holds,
                .seconds = 2.0}},
      .figures = {
          {.id = "f7-curves",
           .title = "Training",
           .caption = "Mean over units, ± 1 standard error over 5 seeds.",
           .panels = {panel("L2 loss", 1.0), panel("van Rossum distance", 3.1)}},
          {.id = "f7-rasters",
           .title = "The output layer before and after training",
           .caption = "A pixel is a spike. The trained net draws the target.",
           .panels = {raster("Target", picture(1, 0, 1)), raster("Before training", picture(0.06, 0.05, 2)),
                      raster("After, stochastic", picture(0.93, 0.004, 3)),
                      raster("After, deterministic", picture(0.97, 0.002, 4))},
           .columns = 4},
          {.id = "f7-trials",
           .title = "Variability",
           .caption = "Ten trials of one hidden unit after training, and the Fano factor over time.",
           .panels = {{.title = "Hidden unit 17",
                       .x = {.label = "time (ms)"},
                       .y = {.label = "trial"},
                       .raster = trials},
                      {.title = "Fano factor",
                       .x = {.label = "time (ms)"},
                       .y = {.label = "Fano factor"},
                       .series = {{.name = "stochastic",
                                   .x = time,
                                   .y = of(time, [](double t) { return 0.4 + 0.1 * std::sin(t / 12); }),
                                   .lower = of(time, [](double t) { return 0.3 + 0.1 * std::sin(t / 12); }),
                                   .upper = of(time, [](double t) { return 0.55 + 0.1 * std::sin(t / 12); }),
                                   .style = Style::steps}},
                       .references = {{.direction = Direction::y, .at = 1.0, .label = "Poisson"}}}}}}};
}

Results example_results() {
  return {.info = {.version = "0.1.0",
                   .seed = 1,
                   .date = "2025-06-01 12:00 UTC",
                   .command = "spikegrad reproduce -o out",
                   .machine = "2 cores, Example CPU 3.1 GHz, g++ 12.2",
                   .seconds = 231.0},
          .findings = {one_neuron(), bias_maps(), opposite_sign(), no_surrogate_loss(), same_draw_by_draw(),
                       frontiers(), training()}};
}

nlohmann::ordered_json example_comparison() {
  std::mt19937 generator(7);
  std::normal_distribution<double> normal;
  std::vector<double> truth;
  for (int i = 0; i < 12; ++i) truth.push_back(0.3 * normal(generator));
  nlohmann::ordered_json comparison;
  comparison["parameters"] = {{{"name", "x->h"}, {"shape", {2, 3}}}, {{"name", "h->y"}, {"shape", {3, 2}}}};
  comparison["truth"] = {{"method", "exact enumeration"}, {"gradient", truth}};
  const struct {
    const char* name;
    double bias, variance, seconds;
  } entries[] = {{"exact", 0, 0, 2e-3},
                 {"score", 0, 31, 3e-6},
                 {"score-running-mean", 0, 12, 3e-6},
                 {"score-leave-one-out", 0, 11.5, 3e-6},
                 {"counterfactual", 0, 0.8, 6e-5},
                 {"counterfactual-k", 0, 3.1, 2e-5},
                 {"smoothed", 0.21, 0.5, 4e-6},
                 {"surrogate", 0.21, 0.5, 4e-6},
                 {"straight-through", 0.8, 1.1, 4e-6},
                 {"mean-field", 0.35, 0, 3e-6}};
  for (const auto& entry : entries) {
    const double n = 10000, error = std::sqrt(entry.variance / n / 12);
    std::vector<double> mean, std_error(12, error);
    double square = 0, dot = 0, norm = 0, norm_truth = 0;
    int same = 0;
    for (const double t : truth) {
      mean.push_back(t + entry.bias / std::sqrt(12.0) * (t > 0 ? -1 : 1) + error * normal(generator));
      square += (mean.back() - t) * (mean.back() - t), dot += mean.back() * t,
          norm += mean.back() * mean.back(), norm_truth += t * t;
      same += (mean.back() > 0) == (t > 0);
    }
    comparison["estimators"][entry.name] = {{"samples", 10000},
                                            {"mean", mean},
                                            {"std_error", std_error},
                                            {"bias", std::sqrt(square)},
                                            {"bias_std_error", error * std::sqrt(12.0)},
                                            {"variance", entry.variance},
                                            {"cosine", dot / std::sqrt(norm * norm_truth)},
                                            {"sign_agreement", same / 12.0},
                                            {"seconds_per_sample", entry.seconds}};
  }
  return comparison;
}

}  // namespace spikegrad::testing_support
