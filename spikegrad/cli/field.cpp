// SPDX-License-Identifier: Apache-2.0
// spikegrad field: what an estimator says along a line, around a closed path, and its local curl.
#include <fmt/core.h>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  ModelOptions model;
  JsonOption json;
  std::string shape;
  std::vector<std::string> estimators = {"surrogate"};
  std::size_t samples = 1000;
  double step = 1e-4;
  std::string parameter, from, to, points;
};

/// The options of this command that the model file can say too become changes to it.
Model load(const Options& options) {
  ModelOptions model = options.model;
  const auto override_with = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) model.overrides.push_back(fmt::format("field.{}.{}={}", options.shape, key, value));
  };
  if (!options.parameter.empty()) override_with("parameter", "\"" + options.parameter + "\"");
  override_with("from", options.from);
  override_with("to", options.to);
  override_with("points", options.points);
  return model.load(options.common);
}

/// The truth first, then every estimator, with each of the file's surrogates where it uses one.
std::vector<GradientField> make_fields(const Options& options, const Model& model) {
  const FieldSampling sampling{.samples = options.samples,
                               .seed = model.seed,
                               .threads = options.common.threads,
                               .estimator = model.estimator};
  std::vector<GradientField> fields;
  fields.push_back(true_field(model.problem(), sampling));
  for (const std::string& name : options.estimators) {
    const auto signal = find_estimator(name).signal;
    const bool uses_surrogate =
        signal && signal(model.estimator, model.objective()).pseudo == PseudoDerivative::surrogate;
    if (uses_surrogate && !model.field.surrogates.empty())
      for (const Surrogate& g : model.field.surrogates)
        fields.emplace_back(model.problem(), name, g, sampling);
    else
      fields.emplace_back(model.problem(), name, std::nullopt, sampling);
  }
  return fields;
}

int run_scan(const Options& options, const Model& model, Progress& progress) {
  if (!model.field.scan)
    throw UserError(model.source +
                    ": has no [field.scan]; say --parameter, --from and --to (e.g. --parameter '" +
                    model.network.blocks().at(0).name + "[0,0]' --from -1 --to 1)");
  const ScanSettings& settings = *model.field.scan;
  auto fields = make_fields(options, model);
  const Scan result = scan(fields, model.parameters, parameter_index(model.network, settings.parameter),
                           settings.from, settings.to, settings.points, progress);
  if (!options.json.to_stdout()) {
    fmt::print("{} from {} to {}, {} points; E[L] is smallest at {:.6g}\n\n", settings.parameter,
               settings.from, settings.to, settings.points, result.minimum_at);
    fmt::print("{:<36}{:>22}   {}\n", "field", "integral smallest at", "opposite sign to the truth in");
    for (const Scan::Curve& c : result.curves) {
      std::string intervals;
      for (const auto& [a, b] : c.opposite_sign) intervals += fmt::format("[{:.6g}, {:.6g}] ", a, b);
      fmt::print("{:<36}{:>22.6g}   {}\n", c.name, c.minimum_at, intervals.empty() ? "nowhere" : intervals);
    }
  }
  options.json.write(to_json(result));
  return Exit::done;
}

int run_loop(const Options& options, const Model& model, Progress& progress) {
  if (!model.field.loop)
    throw UserError(model.source +
                    ": has no [field.loop] with radius, sine and cosine (docs/model-files.md)");
  const LoopSettings& settings = *model.field.loop;
  auto fields = make_fields(options, model);
  const Loop result =
      loop(fields, {settings.radius, settings.sine, settings.cosine}, settings.points, progress);
  if (!options.json.to_stdout()) {
    fmt::print("{:<36}{:>18}{:>12}{:>18}\n", "field", "closed integral", "error", "of |.| in all");
    for (const Loop::Curve& c : result.curves)
      fmt::print("{:<36}{:>18.9g}{:>12.2g}{:>18.6g}\n", c.name, c.closed, c.error, c.absolute);
  }
  options.json.write(to_json(result));
  return Exit::done;
}

int run_curl(const Options& options, const Model& model) {
  std::vector<Curl> curls;
  if (!options.json.to_stdout())
    fmt::print("{:<36}{:>16}{:>12}{:>16}{:>14}\n", "field", "|J - J^T|/2", "+-", "|J + J^T|/2", "largest");
  for (GradientField& field : make_fields(options, model)) {
    const Curl& c = curls.emplace_back(curl(field, model.parameters, options.step));
    if (!options.json.to_stdout())
      fmt::print("{:<36}{:>16.6g}{:>12.2g}{:>16.6g}{:>14.6g}\n", c.name, c.antisymmetric,
                 c.antisymmetric_std_error, c.symmetric, c.largest);
  }
  options.json.write(to_json(curls, options.step));
  return Exit::done;
}

int run(const Options& options) {
  const Model model = load(options);
  options.json.check_writable();
  TerminalProgress progress(options.common.quiet);
  if (options.shape == "scan") return run_scan(options, model, progress);
  if (options.shape == "loop") return run_loop(options, model, progress);
  return run_curl(options, model);
}

}  // namespace

Command add_field(App& program) {
  auto options = std::make_shared<Options>();
  App* app = program.add_subcommand(
      "field",
      "What an estimator says at every point of parameter space, beside the truth: along a line (scan), "
      "around a closed\n"
      "path (loop; a gradient's integral is 0) and locally (curl: the antisymmetric part of its Jacobian).\n"
      "Examples: spikegrad field experiments/sign-flip.toml scan\n"
      "          spikegrad field MODEL.toml scan --parameter 'x->h[0,0]' --from -1 --to 1 --estimators "
      "surrogate,smoothed");
  options->model.add_to(*app);
  app->add_option("SHAPE", options->shape, "scan | loop | curl")
      ->required()
      ->check(one_of({"scan", "loop", "curl"}));
  app->add_option("--estimators", options->estimators, "Names, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  app->add_option("--samples", options->samples,
                  "Samples per point where an expectation cannot be enumerated")
      ->check(in_range(std::uint64_t{2}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  app->add_option("--parameter", options->parameter,
                  "scan: which parameter, as 'x->h[post,pre]' or 'h.bias[unit]'");
  app->add_option("--from", options->from, "scan: first value");
  app->add_option("--to", options->to, "scan: last value");
  app->add_option("--points", options->points, "scan, loop: how many");
  app->add_option("--step", options->step, "curl: h of the central differences")
      ->check(positive_number())
      ->capture_default_str();
  options->json.add_to(*app, "All values");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
