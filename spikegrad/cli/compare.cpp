// SPDX-License-Identifier: Apache-2.0
// spikegrad compare: gradients of all estimators on one model and loss.
#include "spikegrad/measure/compare.hpp"

#include <fmt/core.h>

#include <map>
#include <optional>

#include "spikegrad/cli/compare_run.hpp"
#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/measure/comparison_text.hpp"
#include "spikegrad/measure/sweep.hpp"

namespace spikegrad::cli {
namespace {

const std::map<std::string, TruthMethod> methods{{"auto", TruthMethod::automatic},
                                                 {"exact", TruthMethod::exact},
                                                 {"monte-carlo", TruthMethod::monte_carlo},
                                                 {"smoothed", TruthMethod::smoothed}};

struct CompareOptions {
  Common common;
  ModelOptions model;
  CompareOutputs outputs;
  CompareRunOptions run;
  std::vector<std::string> sweep, sigmas;
  bool blocks = false, resume = false;
  std::string truth = "auto";
  std::optional<std::size_t> samples, truth_samples;
  CompareSettings compare;
};

void show(const CompareOptions& options, const Comparison& comparison, const Model& model) {
  options.outputs.write(
      to_json(comparison, model.network, options.model.provenance_of(model, options.common)),
      to_csv(comparison, model.network, options.blocks));
  if (!options.outputs.json.to_stdout())
    fmt::print("{}", comparison_text(comparison, model.network, options.blocks));
}

void show(const CompareOptions& options, const Sweep& sweep, const Model& model) {
  options.outputs.write(to_json(sweep, options.model.provenance_of(model, options.common)),
                        to_csv(sweep, options.blocks));
}

/// The keys of --sweep, and sigma where it has several values.
std::vector<SweepKey> sweep_keys(const CompareOptions& options) {
  std::vector<SweepKey> keys;
  for (const std::string& text : options.sweep) keys.push_back(parse_sweep_key(text));
  if (options.sigmas.size() > 1) keys.push_back({std::string(sigma_key), options.sigmas});
  if (keys.size() > 2)
    throw UserError("--sweep takes one or two keys, --sigma with several values among them");
  return keys;
}

/// What was measured before, of the same sweep.
std::vector<MeasuredPoint> points_before(const CompareOptions& options, const Sweep& sweep,
                                         const Provenance& made) {
  const std::string& file = options.outputs.json.path;
  if (!options.resume) return {};
  if (file.empty() || options.outputs.json.to_stdout())
    throw UserError("--resume: goes on with the points in the file of --json FILE, which is missing");
  if (!std::filesystem::exists(file)) return {};
  return measured_points(read_file(file), file, sweep, made);
}

/// --seed takes the place of the model's, and so of the values of a sweep over it.
void check_seeds(const CompareOptions& options, const std::vector<SweepKey>& keys) {
  for (const SweepKey& key : keys)
    if (key.key == "seed" && options.common.seed) throw UserError("--seed: --sweep gives the seeds");
}

/// Each point is printed when it is measured, and what is measured is in the file of --json at any time.
int run_sweep(const CompareOptions& options, const std::vector<SweepKey>& keys) {
  check_seeds(options, keys);
  std::vector<Model> models;
  for (const auto& point : points_of(keys)) {
    ModelOptions model = options.model;
    model.overrides.insert(model.overrides.end(), point.begin(), point.end());
    models.push_back(model.load(options.common));
  }
  const Model& first = models.front();
  options.outputs.check({options.model.path});
  CompareSettings settings = options.compare;
  settings.threads = threads_used(options.common);
  const auto before = points_before(options, {.keys = keys, .settings = settings},
                                    options.model.provenance_of(first, options.common));
  if (ranks()) ranks()->any(false);  // all have read the file before the first writes it
  TerminalProgress progress(options.common.quiet || !is_first(ranks()));
  std::optional<Sweep> measured;
  const auto on_point = [&](const Sweep& so_far, const SweepPoint& point) {
    measured = so_far;
    if (options.outputs.json.to_stdout()) return;
    options.outputs.json.write(to_json(so_far, options.model.provenance_of(first, options.common)));
    progress.clear();
    for (std::size_t k = 0; k < keys.size(); ++k)
      fmt::print("{}{} = {}", k > 0 ? ", " : "", keys[k].key, point.values[k]);
    fmt::print("\n{}\n", comparison_text(point.comparison, point.network, options.blocks));
  };
  try {
    measured = sweep(keys, models, settings, on_point, progress, before);
  } catch (const Interrupted&) {
    progress.clear();
    if (!measured) throw;
    show(options, *measured, first);
    fmt::print(stderr, "spikegrad: interrupted; the points measured before are kept{}\n",
               options.outputs.json.path.empty() ? "" : ", and --resume goes on");
    return Exit::interrupted;
  }
  progress.clear();
  if (!before.empty() && !options.outputs.json.to_stdout())
    fmt::print("{} of {} points were measured before\n", before.size(), measured->points.size());
  show(options, *measured, first);
  return Exit::done;
}

/// What was said of a run cannot be meant of a model, and the other way round.
int run_on_run(const CompareOptions& options) {
  const std::string given = !options.sweep.empty()                  ? "--sweep"
                            : options.truth != "auto"               ? "--truth"
                            : !options.sigmas.empty()               ? "--sigma"
                            : options.resume                        ? "--resume"
                            : options.compare.common_random_numbers ? "--common-random-numbers"
                            : options.blocks                        ? "--blocks"
                                                                    : "";
  if (!given.empty())
    throw UserError(given + ": is for a model file; " + options.model.path +
                    " is a run, whose table always has the blocks and whose truth is sampled");
  return compare_run({.run = options.model.path,
                      .overrides = options.model.overrides,
                      .estimators = options.compare.estimators,
                      .draws = options.samples,
                      .truth_draws = options.truth_samples},
                     options.run, options.outputs, options.common);
}

int run(CompareOptions& options) {
  if (std::filesystem::is_directory(options.model.path)) return run_on_run(options);
  if (const std::string given = options.run.given(); !given.empty())
    throw UserError(given + ": is for the folder of a run; " + options.model.path + " is a model file");
  options.compare.ranks = ranks();
  options.compare.samples = options.samples.value_or(options.compare.samples);
  options.compare.truth_samples = options.truth_samples.value_or(0);
  options.compare.truth = methods.at(options.truth);
  if ((options.compare.truth == TruthMethod::smoothed) != !options.sigmas.empty())
    throw UserError(
        "--truth smoothed and --sigma S belong together: the loss is smoothed over the weights at scale S");
  if (options.sigmas.size() == 1) options.compare.sigma = number_above_zero("--sigma", options.sigmas[0]);
  if (const auto keys = sweep_keys(options); !keys.empty()) return run_sweep(options, keys);
  if (options.resume) throw UserError("--resume: is for a --sweep");
  const Model model = options.model.load(options.common);
  options.outputs.check({options.model.path});
  CompareSettings settings = options.compare;
  settings.seed = model.seed;
  settings.threads = threads_used(options.common);
  settings.estimator = model.estimator;
  TerminalProgress progress(options.common.quiet || !is_first(ranks()));
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
  if (options.truth_samples && measured->truth.method == "exact")
    warn("--truth-samples has no effect: the truth is exact, " + measured->truth.detail +
         "; --truth monte-carlo samples it");
  show(options, *measured, model);
  return Exit::done;
}

}  // namespace

Command add_compare(App& program) {
  auto options = std::make_shared<CompareOptions>();
  App* app = program.add_subcommand(
      "compare",
      "Gradients of all estimators on one model and loss: bias, variance, direction, cost.\n"
      "The truth is enumerated over all spike histories where there are at most 2^20; else it is estimated "
      "without bias.\n"
      "Of the folder of a run: how estimators point along the true gradient at its checkpoints, on samples of its\n"
      "data, block by block.\n"
      "Examples: spikegrad compare experiments/quickstart.toml --samples 5000 --json compare.json\n"
      "          spikegrad compare runs/digits --checkpoints 0,1,10 --report alignment.html");
  options->model.add_to(*app);
  app->add_option("--estimators", options->compare.estimators, "Names, separated by commas (all that apply)")
      ->delimiter(',');
  app->add_option("--samples", options->samples,
                  "Samples of each estimator (1000); of a run: draws on each of its samples (32)")
      ->check(whole_number(1, 1'000'000'000));
  app->add_option(
         "--truth", options->truth,
         "auto | exact | monte-carlo | smoothed: of the loss smoothed over the weights, for nets whose spikes "
         "are not drawn")
      ->check(one_of({"auto", "exact", "monte-carlo", "smoothed"}))
      ->option_text("METHOD");
  app->add_option(
         "--sigma", options->sigmas,
         "Scale of --truth smoothed, in units of the parameters; several, as 0.1,0.03,0.01, make a sweep")
      ->delimiter(',')
      ->type_name("S");
  app->add_option("--truth-samples", options->truth_samples, "Samples of a sampled truth (10 x samples)")
      ->check(whole_number(0, 10'000'000'000));
  app->add_option(
         "--sweep", options->sweep,
         "Compare at each value of a key of the file, e.g. --sweep population.h.escape.beta=2,5,10; with two "
         "keys at each pair")
      ->type_name("KEY=A,B,C");
  app->add_flag("--resume", options->resume,
                "A sweep: take the points that are in the file of --json already, and measure the others");
  app->add_flag("--common-random-numbers", options->compare.common_random_numbers,
                "Give all estimators the same draws");
  app->add_flag("--blocks", options->blocks,
                "Also a row for each block of parameters (each connection's weights)");
  options->run.add_to(*app);
  options->outputs.json.add_to(*app, "The comparison");
  app->add_option("--csv", options->outputs.csv, "The table as CSV to FILE")->type_name("FILE");
  app->add_option("--report", options->outputs.report,
                  "A page with pictures of bias, variance and cost to FILE")
      ->type_name("FILE.html");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }, true};
}

}  // namespace spikegrad::cli
