// SPDX-License-Identifier: Apache-2.0
// spikegrad compare: gradients of all estimators on one model and loss.
#include "spikegrad/measure/compare.hpp"

#include <fmt/core.h>

#include <map>
#include <optional>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  ModelOptions model;
  JsonOption json;
  CompareSettings compare;
};

void print_table(const Comparison& comparison) {
  const GradientTruth& truth = comparison.truth;
  fmt::print("truth: {} ({}), E[L] = {:.6g}, |dE[L]/dw| = {:.4g}\n\n", truth.method, truth.detail, truth.loss,
             norm(truth.gradient));
  fmt::print("{:<28}{:>9}{:>12}{:>12}{:>12}{:>9}{:>7}{:>13}\n", "estimator", "samples", "bias", "+-",
             "variance", "cosine", "signs", "us/sample");
  for (const EstimatorQuality& q : comparison.estimators)
    fmt::print("{:<28}{:>9}{:>12.3g}{:>12.2g}{:>12.3g}{:>9.4f}{:>6.0f}%{:>13.4g}\n", q.name, q.samples,
               q.bias, q.bias_std_error, q.variance, q.cosine, 100.0 * q.sign_agreement,
               1e6 * q.seconds_per_sample);
  fmt::print(
      "\nbias: |mean - truth|; +-: the length that noise alone would give it; variance: trace, per sample;\n"
      "cosine and signs: of the mean against the truth\n");
  for (const auto& [name, why] : comparison.refused) fmt::print("left out: {}: {}\n", name, why);
}

void show(const Options& options, const Comparison& comparison, const Network& network) {
  options.json.write(to_json(comparison, network));
  if (!options.json.to_stdout()) print_table(comparison);
}

int run(const Options& options) {
  const Model model = options.model.load(options.common);
  options.json.check_writable();
  CompareSettings settings = options.compare;
  settings.seed = model.seed;
  settings.threads = options.common.threads;
  settings.estimator = model.estimator;
  TerminalProgress progress(options.common.quiet);
  std::optional<Comparison> measured;
  settings.on_measured = [&](const Comparison& so_far) { measured = so_far; };
  try {
    compare(model.problem(), settings, progress);
  } catch (const Interrupted&) {
    progress.clear();
    if (!measured) throw;
    show(options, *measured, model.network);
    fmt::print(stderr, "spikegrad: interrupted; what was measured before is shown\n");
    return Exit::interrupted;
  } catch (const NotFinite& error) {
    throw UserError(model.source + ": " + error.what());
  }
  progress.clear();
  show(options, *measured, model.network);
  return Exit::done;
}

}  // namespace

Command add_compare(App& program) {
  auto options = std::make_shared<Options>();
  App* app = program.add_subcommand(
      "compare",
      "Gradients of all estimators on one model and loss: bias, variance, direction, cost.\n"
      "The truth is enumerated over all spike histories where there are at most 2^20; else it is estimated "
      "without bias.\n"
      "Example: spikegrad compare experiments/quickstart.toml --samples 5000 --json compare.json");
  options->model.add_to(*app);
  app->add_option("--estimators", options->compare.estimators, "Names, separated by commas (all that apply)")
      ->delimiter(',');
  app->add_option("--samples", options->compare.samples, "Samples of each estimator")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str();
  const std::map<std::string, TruthMethod> methods{{"auto", TruthMethod::automatic},
                                                   {"exact", TruthMethod::exact},
                                                   {"monte-carlo", TruthMethod::monte_carlo}};
  app->add_option_function(
         "--truth",
         [options, methods](const std::string& name) { options->compare.truth = methods.at(name); },
         "auto | exact | monte-carlo")
      ->check(one_of({"auto", "exact", "monte-carlo"}))
      ->option_text("METHOD");
  app->add_option("--truth-samples", options->compare.truth_samples,
                  "Samples of a Monte Carlo truth (10 x samples)")
      ->check(whole_number(0, 10'000'000'000));
  app->add_flag("--common-random-numbers", options->compare.common_random_numbers,
                "Give all estimators the same draws");
  options->json.add_to(*app, "The comparison");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
