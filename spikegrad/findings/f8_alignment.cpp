// SPDX-License-Identifier: Apache-2.0
// F8. How well surrogate gradients point along the true gradient of a stochastic net in training, layer by layer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/findings/aligned_training.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f8_figures.hpp"
#include "spikegrad/findings/looks.hpp"
#include "spikegrad/findings/measurements.hpp"

namespace spikegrad {
namespace {

AlignmentPlan alignment_plan(const FindingSettings& settings) {
  const std::size_t end = settings.full || settings.data ? 40 : 20;
  AlignmentPlan plan{
      .nets = {{.name = "two layers, β = 10", .checkpoints = {0, end / 4, end}, .claimed = true},
               {.name = "one layer", .depth = 1, .checkpoints = {end}, .claimed = true},
               {.name = "three layers", .depth = 3, .checkpoints = {end}, .claimed = true},
               {.name = "β = 5", .beta = 5.0, .checkpoints = {end}},
               {.name = "β = 30", .beta = 30.0, .checkpoints = {end}},
               {.name = "σ_u = 0.7", .sigma_u = 0.7, .checkpoints = {end}},
               {.name = "σ_u = 2.6", .sigma_u = 2.6, .checkpoints = {end}}},
      .overrides = {"training.batch=25", "time.steps=30", "time.dt=4e-3"},
      .estimators = {"surrogate", "smoothed", "reinmax", "straight-through"},
      .data = settings.data};
  if (settings.full) {
    plan.width = 32;
    plan.overrides = {"training.batch=25", "time.steps=60"};
    plan.truth_draws = 800;
  }
  if (settings.data) {  // 700 channels in ten millisecond steps of 0.7 s, ten neighbours in one
    plan.overrides = {"training.batch=25", "training.learning_rate=0.03", "time.steps=70",
                      "time.dt=10e-3",     "population.x.size=70",        "input.pool=10"};
    plan.nu = 15.8;
    plan.truth_draws = settings.full ? 1600 : 400;
  }
  return plan;
}

class AlignmentFinding {
 public:
  AlignmentFinding(const FindingSettings& settings, Progress& progress)
      : settings_(settings), progress_(progress), plan_(alignment_plan(settings)) {}

  FindingResult measure() {
    const Looks looks{{6, 12}, "seeds"};
    result_.rows = measure_until_decided(looks, [&](std::size_t seeds) {
      add_seeds(measured_, seeds, looks.repetitions[0], plan_, settings_, progress_);
      return rows(looks.sampling());
    });
    result_.rows[0].seconds = watch_.lap();
    result_.method = fmt::format(fmt::runtime(result_.method), measured_.data, plan_.width, plan_.truth_draws,
                                 plan_.samples);
    result_.tables = {alignment_table(plan_, measured_)};
    result_.figures = {course_figure(plan_, measured_, two_layers),
                       depth_figure(plan_, measured_, {one_layer, two_layers, three_layers}),
                       slope_figure(plan_, measured_, {gentle, two_layers, steep}),
                       rate_figure(plan_, measured_)};
    return std::move(result_);
  }

 private:
  /// Places in AlignmentPlan::nets and ::estimators.
  enum Net : std::size_t { two_layers, one_layer, three_layers, gentle, steep, calm, lively };
  enum Gradient : std::size_t { surrogate, matched };

  std::size_t last(Net net) const { return plan_.nets[net].checkpoints.size() - 1; }

  Estimate cosine(Net net, std::size_t block, Gradient gradient = surrogate) const {
    return aligned_mean(measured_, net, last(net), gradient, block, &GradientDirection::cosine);
  }
  /// Seed by seed, cosine of the trained nets: first layer of one less first layer of another.
  Estimate less(Net a, Net b, Gradient gradient) const {
    std::vector<double> values;
    for (std::size_t s = 0; s < std::min(measured_.runs[a].size(), measured_.runs[b].size()); ++s) {
      const double d =
          value(measured_.runs[a][s][last(a)], gradient) - value(measured_.runs[b][s][last(b)], gradient);
      if (std::isfinite(d)) values.push_back(d);
    }
    return values.empty() ? Estimate{} : mean_of(values);
  }
  /// Of the trained nets, over the seeds of both: length of the first layer beside the true one, of one net over
  /// that of another.
  Estimate length_ratio(Net a, Net b, Gradient gradient) const {
    std::vector<double> above, below;
    for (std::size_t s = 0; s < std::min(measured_.runs[a].size(), measured_.runs[b].size()); ++s) {
      const double of_a = measured_.runs[a][s][last(a)].estimators[gradient].blocks[0].length.value,
                   of_b = measured_.runs[b][s][last(b)].estimators[gradient].blocks[0].length.value;
      if (std::isfinite(of_a) && std::isfinite(of_b)) above.push_back(of_a), below.push_back(of_b);
    }
    return above.empty() ? Estimate{} : ratio_of_sums(above, below);
  }
  static double value(const Alignment& a, Gradient gradient, std::size_t block = 0) {
    return a.estimators[gradient].blocks[block].cosine.value;
  }

  std::vector<FindingRow> rows(const Sampling& sampling) const {
    std::vector<FindingRow> all;
    const auto add = [&](const Rule& rule, const std::string& quantity, const Estimate& e) -> FindingRow& {
      all.push_back(rule.judge("F8", quantity, e, sampling));
      return all.back();
    };
    const auto ask = [&](const std::string& quantity, const Estimate& e) {
      all.push_back(side_question(Rule::differs(0.0).judge("F8", quantity, e, sampling)));
    };
    const std::string trained = "two layers, trained: ";
    add(Rule::between(0.97, 1.03).because("a readout has no spikes to be wrong about"),
        trained + "readout, cosine of the surrogate gradient with the truth",
        cosine(two_layers, plan_.nets[two_layers].depth));
    add(Rule::above(0.0), trained + "first layer, cosine of the surrogate gradient with the truth",
        cosine(two_layers, 0))
        .headline = true;
    add(Rule::above(0.0), trained + "second layer, cosine", cosine(two_layers, 1));
    add(Rule::below(1.0), trained + "first layer, cosine (is its direction biased?)", cosine(two_layers, 0));
    add(Rule::below(1.0).of_ratio().because("each layer of spikes has its own error of length"),
        "first layer, two layers over one: length of the surrogate gradient, of the true one's",
        length_ratio(two_layers, one_layer, surrogate));
    add(Rule::below(1.0).of_ratio().because("the same"), "first layer, three layers over two: length",
        length_ratio(three_layers, two_layers, surrogate));
    add(Rule::above(1.0).of_ratio().because("with another g the error goes the other way"),
        "first layer, two layers over one: length of the gradient with g = f′",
        length_ratio(two_layers, one_layer, matched));
    ask(trained + "cosine of the first layer minus that of the second",
        over_aligned_seeds(measured_.runs[two_layers], [&](const AlignedRun& run) {
          return value(run[last(two_layers)], surrogate, 0) - value(run[last(two_layers)], surrogate, 1);
        }));
    ask("first layer, three layers minus one: cosine", less(three_layers, one_layer, surrogate));
    ask("first of two layers, β = 30 minus β = 10: cosine of the gradient with g = f′",
        less(steep, two_layers, matched));
    ask("first of two layers, β = 30 minus β = 10: cosine of the surrogate gradient, g as it was",
        less(steep, two_layers, surrogate));
    ask("first layer, drawn for σ_u = 2.6 minus 0.7, so that it spikes more: cosine",
        less(lively, calm, surrogate));
    ask("first of two layers, after training minus before: cosine",
        over_aligned_seeds(measured_.runs[two_layers], [&](const AlignedRun& run) {
          return value(run[last(two_layers)], surrogate) - value(run[0], surrogate);
        }));
    ask("first of two layers, trained: cosine with g = f′ minus that with g as trained",
        over_aligned_seeds(measured_.runs[two_layers], [&](const AlignedRun& run) {
          return value(run[last(two_layers)], matched) - value(run[last(two_layers)], surrogate);
        }));
    return all;
  }

  FindingSettings settings_;
  Progress& progress_;
  AlignmentPlan plan_;
  AlignmentMeasurement measured_;
  Stopwatch watch_;
  FindingResult result_{
      .id = "F8",
      .title = "Alignment in training",
      .statement =
          "Surrogate gradients point along the true gradient of a stochastic net in every layer, though not straight; "
          "their length is off by a factor for each layer of spikes.",
      .method =
          "Nets of one to three hidden layers of {1} stochastic LIF units learn {0} with the surrogate gradient "
          "(SuperSpike, β = 10). At their checkpoints the true gradient of the mean loss of {3} training samples is "
          "the mean of {2} draws of counterfactual-k, which is unbiased; the other estimators have 32 draws. Cosines "
          "and lengths are made of inner products of draws that are independent of each other, so that their noise has "
          "no part in them; standard errors are those over seeds (weights, draws, and data where they are generated). "
          "A block whose truth is not told apart from 0 says nothing.\n\n"
          "smoothed: the same recursion with g = f′. Also: spikegrad train --keep-checkpoints, spikegrad compare RUN."};
};

}  // namespace

void check_alignment(const FindingSettings& settings) {
  check_data(alignment_plan(settings), settings);
}

FindingResult measure_alignment(const FindingSettings& settings, Progress& progress) {
  return AlignmentFinding(settings, progress).measure();
}

}  // namespace spikegrad
