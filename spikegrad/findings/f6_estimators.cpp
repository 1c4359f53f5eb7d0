// SPDX-License-Identifier: Apache-2.0
// F6. Likelihood-based training extends to hidden layers, at a price: bias, variance and time of every
// estimator on the same nets, which unbiased one is cheapest at equal error, and how long surrogate gradients
// win although biased.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include "spikegrad/figure/frontier.hpp"
#include "spikegrad/figure/text.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f6_costs.hpp"
#include "spikegrad/findings/looks.hpp"
#include "spikegrad/findings/measurements.hpp"

namespace spikegrad {
namespace {

bool noisy_and_unbiased(const CostOfEstimator& e) {
  return e.info->unbiased && !e.info->deterministic;
}

/// Names of the noisy unbiased estimators, the cheapest at equal error first.
std::vector<std::string> unbiased_by_cost(const Costs& costs) {
  std::vector<std::pair<double, std::string>> order;
  for (const CostOfEstimator& e : costs.estimators)
    if (noisy_and_unbiased(e)) order.emplace_back(work(costs.quality(e), costs.truth_length), e.info->name);
  std::sort(order.begin(), order.end());
  std::vector<std::string> names;
  for (auto& [cost, name] : order) names.push_back(std::move(name));
  return names;
}

/// work(a) / work(b)
Estimate work_ratio(const Costs& costs, const std::string& a, const std::string& b) {
  return jackknife(costs.blocks, [&](std::size_t skip) {
    return work(costs.of(a).quality(costs.truth, skip), 1.0) /
           work(costs.of(b).quality(costs.truth, skip), 1.0);
  });
}

/// Of two that have nothing in common but the number of blocks.
Estimate difference(const Estimate& a, const Estimate& b) {
  return {a.value - b.value, std::hypot(a.std_error, b.std_error), std::min(a.repetitions, b.repetitions)};
}

/// The computing time at which the best unbiased estimator becomes better than the surrogate gradient:
///   bias² + V_s c_s / T = V_u c_u / T, the smallest T of all of them (an exact one: the time it takes).
Estimate crossing_time(const Costs& costs) {
  return jackknife(costs.blocks, [&](std::size_t skip) {
    const EstimatorQuality s = costs.of("surrogate").quality(costs.truth, skip);
    double earliest = std::numeric_limits<double>::infinity();
    for (const CostOfEstimator& e : costs.estimators) {
      if (!e.info->unbiased) continue;
      const EstimatorQuality u = e.quality(costs.truth, skip);
      const double bias_squared = s.bias_corrected * s.bias_corrected;
      earliest = std::min(earliest, e.info->deterministic ? u.seconds_per_sample
                                                          : (work(u, 1.0) - work(s, 1.0)) / bias_squared);
    }
    return earliest;
  });
}

Panel frontier_of(const Costs& costs, const std::string& title) {
  std::vector<EstimatorCost> relative;
  for (const CostOfEstimator& e : costs.estimators) {
    const EstimatorQuality q = costs.quality(e);
    relative.push_back({.name = std::string(e.info->name),
                        .bias = e.info->unbiased ? 0.0 : q.bias_corrected / costs.truth_length,
                        .variance = q.variance / (costs.truth_length * costs.truth_length),
                        .seconds_per_sample = q.seconds_per_sample});
  }
  Panel panel = frontier_panel(relative);
  panel.title = title;
  panel.label_lines = true;
  panel.y.label = "relative error of the gradient";
  panel.y.range = {{1e-3, 30.0}};
  return panel;
}

std::string time_text(double seconds) {
  constexpr double never = 1e6;
  return seconds < never ? seconds_text(seconds) : "never";
}

Table table_of(const Costs& costs, const std::string& title) {
  Table table{.caption = title + ": truth " + costs.truth.method + " (" + costs.truth.detail +
                         "). Bias, variance and error relative to |truth|; processor time.",
              .header = {"estimator", "bias", "variance of a sample", "cosine of the mean",
                         "time of a sample", "time to 10 % noise"}};
  for (const CostOfEstimator& e : costs.estimators) {
    const EstimatorQuality q = costs.quality(e);
    const Estimate bias = relative_bias(costs, e);
    const auto error = bias.std_error > 0.0 ? std::optional(bias.std_error) : std::nullopt;
    const double square = costs.truth_length * costs.truth_length;
    table.rows.push_back({std::string(e.info->name),
                          e.info->unbiased                              ? "none (in theory)"
                          : bias.value == 0.0 && !e.info->deterministic ? "within its noise"
                                                                        : measured_text(bias.value, error),
                          measured_text(q.variance / square), fmt::format("{:.3f}", q.cosine),
                          seconds_text(q.seconds_per_sample),
                          q.variance > 0.0 ? time_text(100.0 * work(q, costs.truth_length)) : "one sample"});
  }
  return table;
}

class Estimators {
 public:
  Estimators(const FindingSettings& settings, Progress& progress)
      : settings_(settings), progress_(progress) {}

  FindingResult measure() {
    const std::size_t more = settings_.full ? 5 : 1;
    judge_net("small net", "estimators-small", more * 2000, 0);
    judge_net("medium net", "estimators-medium", more * 500, more * 60'000);
    result_.figures.push_back(std::move(figure_));
    return std::move(result_);
  }

 private:
  void judge_net(const std::string& net, const std::string& file, std::size_t samples,
                 std::size_t truth_samples) {
    const Model model = load_experiment(file);
    Costs costs = measure_costs(model, samples, truth_samples, settings_, "F6 " + net, progress_);
    const Looks looks = doubling(costs.blocks, "blocks of samples");
    std::vector<FindingRow> rows = measure_until_decided(looks, [&](std::size_t blocks) {
      if (blocks > costs.blocks) {
        progress_.start("F6 " + net + ", more blocks", (blocks - costs.blocks) * costs.estimators.size());
        add_blocks(costs, blocks, model, samples, settings_, progress_);
      }
      return rows_of(net, model, costs, looks.sampling());
    });
    rows.front().seconds = watch_.lap();
    std::move(rows.begin(), rows.end(), std::back_inserter(result_.rows));
    result_.tables.push_back(table_of(costs, net));
    figure_.panels.push_back(frontier_of(costs, net));
  }

  static std::vector<FindingRow> rows_of(const std::string& net, const Model& model, const Costs& costs,
                                         const Sampling& sampling) {
    std::vector<FindingRow> rows;
    const std::size_t parameters = model.network.parameter_count();
    LargestZ unbiased;
    for (const CostOfEstimator& e : costs.estimators)
      if (noisy_and_unbiased(e)) unbiased.merge(largest_z(costs, e, 0, parameters));
    const std::string chance =
        "no larger than by chance; noise counts as 1e-4 |truth| or more, and components whose noise rests on "
        "fewer than 20 samples are left out";
    rows.push_back(Rule::below(largest_z_by_chance(unbiased.judged))
                       .because(chance)
                       .judge("F6",
                              net + ": unbiased estimators, largest |z| of any component of any of them",
                              unbiased.z));

    const ParameterBlock& output = model.network.blocks().back();
    const LargestZ pfister =
        largest_z(costs, costs.of("pfister"), output.offset, output.offset + output.size);
    rows.push_back(
        Rule::below(largest_z_by_chance(pfister.judged))
            .because(chance + "; hidden layers get nothing")
            .judge("F6", net + ": pfister, largest |z| in the layer that has the target", pfister.z));
    const Estimate surrogate = relative_bias(costs, costs.of("surrogate")),
                   multilayer = relative_bias(costs, costs.of("multilayer-spiker"));
    rows.push_back(Rule::above(0.0).judge("F6", net + ": surrogate, relative bias", surrogate, sampling));
    rows.push_back(Rule::above(0.0).judge("F6",
                                          net + ": multilayer-spiker, relative bias minus that of surrogate",
                                          difference(multilayer, surrogate), sampling));

    const std::vector<std::string> order = unbiased_by_cost(part_of(costs, 0, costs.blocks / 2));
    std::string score = order.back();
    for (auto name = order.rbegin(); name != order.rend(); ++name)
      if (name->starts_with("score")) score = *name;
    rows.push_back(Rule::above(1.0).of_ratio().judge(
        "F6", net + ": variance × time of " + score + " (the best likelihood ratio) over that of surrogate",
        work_ratio(costs, score, "surrogate"), sampling));
    rows.back().headline = net == "medium net";

    const Costs rest = part_of(costs, costs.blocks / 2, costs.blocks);
    rows.push_back(
        side_question(Rule::below(1.0)
                          .of_ratio()
                          .because("the order was found on half of the blocks, this is the other half")
                          .judge("F6",
                                 net + ": variance × time of " + order[0] +
                                     ", the cheapest unbiased one, over that of " + order[1] + ", the next",
                                 work_ratio(rest, order[0], order[1]), sampling)));
    const double one = costs.quality(costs.of("surrogate")).seconds_per_sample;
    rows.push_back(side_question(
        Rule::above(one)
            .of_ratio()
            .because("longer than one of its samples takes")
            .judge("F6", net + ": computing time up to which surrogate beats every unbiased estimator (s)",
                   crossing_time(costs), sampling)));
    return rows;
  }

  FindingSettings settings_;
  Progress& progress_;
  Stopwatch watch_;
  Figure figure_{
      .id = "f6-frontier",
      .title = "What an estimate of the gradient costs",
      .caption =
          "Relative error of the mean of as many samples as fit in a given computing time, from measured "
          "bias, variance and time per sample. Unbiased estimators fall without end; biased ones come to "
          "rest at their bias. Where a biased curve lies below all unbiased ones, bias is worth its price.",
      .columns = 1};
  FindingResult result_{
      .id = "F6",
      .title = "What each estimator costs",
      .statement =
          "Likelihood-based gradients extend to hidden layers, but with more variance at equal cost, or more "
          "bias, than surrogate gradients.",
      .method =
          "Objective: the log-likelihood of a target spike train in a net of two LIF layers, small "
          "(experiments/estimators-small.toml; truth enumerated) and medium (estimators-medium.toml; truth "
          "sampled). "
          "Every estimator that the model allows takes samples in ten blocks, in turns with the others, and "
          "in "
          "20 or 40 if ten do not decide a claim. Standard errors are jackknives over the blocks; the time "
          "of a sample is processor time, the median over "
          "blocks.\n\n"
          "Error at equal time T: √(bias² + variance · c/T), c the time of a sample. Cost at equal error: "
          "variance × c. "
          "The crossing time solves bias² + V_s c_s/T = V_u c_u/T for the surrogate gradient and each "
          "unbiased "
          "estimator."};
};

}  // namespace

FindingResult measure_estimators(const FindingSettings& settings, Progress& progress) {
  return Estimators(settings, progress).measure();
}

}  // namespace spikegrad
