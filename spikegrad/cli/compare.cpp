// SPDX-License-Identifier: Apache-2.0
// spikegrad compare: gradients of all estimators on one model and loss.
#include "spikegrad/measure/compare.hpp"

#include <fmt/core.h>

#include <map>
#include <optional>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/measure/comparison_text.hpp"
#include "spikegrad/measure/sweep.hpp"
#include "spikegrad/report/report.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  ModelOptions model;
  JsonOption json;
  std::string csv, report;
  std::vector<std::string> sweep;
  bool blocks = false;
  CompareSettings compare;
};

void check_outputs(const Options& options) {
  options.json.check_writable();
  if (!options.csv.empty()) check_file_writable(options.csv);
  if (options.report.empty()) return;
  check_file_writable(options.report);
  embedded_file("plotly.min.js");  // throws here rather than after the work where the build has none
}

void show(const Options& options, const Comparison& comparison, const Model& model) {
  const std::string json =
      to_json(comparison, model.network, options.model.provenance_of(model, options.common));
  options.json.write(json);
  if (!options.csv.empty()) write_file(options.csv, to_csv(comparison, model.network, options.blocks));
  if (!options.report.empty())
    write_file(options.report, render_report({comparison_results(json, options.report)}));
  if (!options.json.to_stdout()) fmt::print("{}", comparison_text(comparison, model.network, options.blocks));
}

void show(const Options& options, const Sweep& sweep, const Model& model) {
  const std::string json = to_json(sweep, options.model.provenance_of(model, options.common));
  options.json.write(json);
  if (!options.csv.empty()) write_file(options.csv, to_csv(sweep, options.blocks));
  if (!options.report.empty())
    write_file(options.report, render_report({comparison_results(json, options.report)}));
}

/// Each point is printed when it is measured, and what is measured is kept when the run is interrupted.
int run_sweep(const Options& options) {
  std::vector<SweepKey> keys;
  for (const std::string& text : options.sweep) keys.push_back(parse_sweep_key(text));
  if (keys.size() > 2) throw UserError("--sweep takes one or two keys");
  const auto load = [&](const std::vector<std::string>& point) {
    ModelOptions model = options.model;
    model.overrides.insert(model.overrides.end(), point.begin(), point.end());
    return model.load(options.common);
  };
  const Model first = load(points_of(keys).front());
  check_outputs(options);
  CompareSettings settings = options.compare;
  settings.threads = options.common.threads;
  TerminalProgress progress(options.common.quiet);
  std::optional<Sweep> measured;
  const auto on_point = [&](const Sweep& so_far) {
    measured = so_far;
    if (options.json.to_stdout()) return;
    progress.clear();
    const SweepPoint& point = so_far.points.back();
    for (std::size_t k = 0; k < keys.size(); ++k)
      fmt::print("{}{} = {}", k > 0 ? ", " : "", keys[k].key, point.values[k]);
    fmt::print("\n{}\n", comparison_text(point.comparison, point.network, options.blocks));
  };
  try {
    sweep(keys, load, settings, on_point, progress);
  } catch (const Interrupted&) {
    progress.clear();
    if (!measured) throw;
    show(options, *measured, first);
    fmt::print(stderr, "spikegrad: interrupted; the points measured before are kept\n");
    return Exit::interrupted;
  }
  progress.clear();
  show(options, *measured, first);
  return Exit::done;
}

int run(const Options& options) {
  if (!options.sweep.empty()) return run_sweep(options);
  const Model model = options.model.load(options.common);
  check_outputs(options);
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
    show(options, *measured, model);
    fmt::print(stderr, "spikegrad: interrupted; what was measured before is shown\n");
    return Exit::interrupted;
  } catch (const NotFinite& error) {
    throw UserError(model.source + ": " + error.what());
  }
  progress.clear();
  show(options, *measured, model);
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
  app->add_option(
         "--sweep", options->sweep,
         "Compare at each value of a key of the file, e.g. --sweep population.h.escape.beta=2,5,10; with two "
         "keys at each pair")
      ->type_name("KEY=A,B,C");
  app->add_flag("--common-random-numbers", options->compare.common_random_numbers,
                "Give all estimators the same draws");
  app->add_flag("--blocks", options->blocks,
                "Also a row for each block of parameters (each connection's weights)");
  options->json.add_to(*app, "The comparison");
  app->add_option("--csv", options->csv, "The table as CSV to FILE")->type_name("FILE");
  app->add_option("--report", options->report, "A page with pictures of bias, variance and cost to FILE")
      ->type_name("FILE.html");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
