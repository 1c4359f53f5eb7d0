// SPDX-License-Identifier: Apache-2.0
// spikegrad field: what an estimator says along a line, around a closed path, and its local curl.
#include <fmt/core.h>

#include <algorithm>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/measure/model_fields.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad::cli {
namespace {

struct FieldOptions {
  Common common;
  ModelOptions model;
  JsonOption json;
  std::string csv;
  std::string shape;
  std::vector<std::string> estimators = {"surrogate"};
  std::size_t samples = 1000;
  double step = 1e-4;
  std::string parameter, from, to, points;
};

/// What an option of this command says of a [field] table of the model file.
struct FieldOption {
  const char* name;
  const std::string& text;  ///< as given; empty: not
  std::string value;        ///< as TOML
  bool loop;                ///< is it of a loop too?
};

/// The options that the model file can say too become changes to it; what is wrong with one is said of the option.
Model load(const FieldOptions& options) {
  const FieldOption all[] = {{"parameter", options.parameter, "\"" + options.parameter + "\"", false},
                             {"from", options.from, options.from, false},
                             {"to", options.to, options.to, false},
                             {"points", options.points, options.points, true}};
  ModelOptions model = options.model;
  std::vector<std::pair<std::string, std::string>> blamed;  // what a message begins with, and should
  for (const FieldOption& option : all) {
    if (option.text.empty()) continue;
    if (options.shape == "curl" || (options.shape == "loop" && !option.loop))
      throw UserError(fmt::format("--{}: is of {}, not of {}", option.name,
                                  option.loop ? "scan and loop" : "scan", options.shape));
    model.overrides.push_back(fmt::format("field.{}.{}={}", options.shape, option.name, option.value));
    blamed.emplace_back("--set " + model.overrides.back() + ": ",
                        fmt::format("--{} {}: ", option.name, option.text));
  }
  try {
    return model.load(options.common);
  } catch (const UserError& error) {
    const std::string text = error.what();
    for (const auto& [set, option] : blamed)
      if (text.starts_with(set)) {
        const auto after = text.find(": ", set.size());  // "[field.scan] from = …: must be …"
        throw UserError(option + text.substr(after == std::string::npos ? set.size() : after + 2));
      }
    throw;
  }
}

std::vector<GradientField> make_fields(const FieldOptions& options, const Model& model) {
  return model_fields(model, options.estimators,
                      {.samples = options.samples,
                       .seed = model.seed,
                       .threads = options.common.threads,
                       .estimator = model.estimator});
}

/// The curve itself: at most 21 of its points, evenly spaced.
void print_curve(const Scan& scan, const std::string& parameter) {
  constexpr std::size_t most = 21, narrowest = 12;
  const std::size_t last = scan.at.size() - 1, rows = std::min(most, scan.at.size());
  fmt::print(
      "\ndE[L]/d({}) as each field has it{}\n", parameter,
      rows < scan.at.size() ? fmt::format(", {} of {} points (--csv writes all)", rows, scan.at.size()) : "");
  fmt::print("{:>12}{:>14}", "at", "E[L]");
  for (const Scan::Curve& c : scan.curves) fmt::print("  {:>{}}", c.name, std::max(narrowest, c.name.size()));
  fmt::print("\n");
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t k = rows == 1 ? 0 : last * r / (rows - 1);
    fmt::print("{:>12.6g}{:>14.6g}", scan.at[k], scan.loss[k]);
    for (const Scan::Curve& c : scan.curves)
      fmt::print("  {:>{}.5g}", c.derivative[k], std::max(narrowest, c.name.size()));
    fmt::print("\n");
  }
}

int run_scan(const FieldOptions& options, const Model& model, Progress& progress) {
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
    print_curve(result, settings.parameter);
  }
  if (!options.csv.empty()) write_file(options.csv, to_csv(result));
  options.json.write(to_json(result, options.model.provenance_of(model, options.common)));
  return Exit::done;
}

int run_loop(const FieldOptions& options, const Model& model, Progress& progress) {
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
  if (!options.csv.empty()) write_file(options.csv, to_csv(result));
  options.json.write(to_json(result, options.model.provenance_of(model, options.common)));
  return Exit::done;
}

int run_curl(const FieldOptions& options, const Model& model, Progress& progress) {
  std::vector<Curl> curls;
  if (!options.json.to_stdout())
    fmt::print("{:<36}{:>16}{:>12}{:>16}{:>14}\n", "field", "|J - J^T|/2", "+-", "|J + J^T|/2", "largest");
  for (GradientField& field : make_fields(options, model)) {
    const Curl& c = curls.emplace_back(curl(field, model.parameters, options.step, progress));
    if (!options.json.to_stdout())
      fmt::print("{:<36}{:>16.6g}{:>12.2g}{:>16.6g}{:>14.6g}\n", c.name, c.antisymmetric,
                 c.antisymmetric_std_error, c.symmetric, c.largest);
  }
  options.json.write(to_json(curls, options.step, options.model.provenance_of(model, options.common)));
  return Exit::done;
}

int run(const FieldOptions& options) {
  const Model model = load(options);
  if (!options.csv.empty() && options.shape == "curl")
    throw UserError("--csv: is of scan and loop, not of curl");
  check_outputs({options.json.output(), {"--csv", options.csv}}, {options.model.path});
  TerminalProgress progress(options.common.quiet);
  if (options.shape == "scan") return run_scan(options, model, progress);
  if (options.shape == "loop") return run_loop(options, model, progress);
  return run_curl(options, model, progress);
}

}  // namespace

Command add_field(App& program) {
  auto options = std::make_shared<FieldOptions>();
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
      ->check(whole_number(2, 1'000'000'000))
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
  app->add_option("--csv", options->csv, "scan, loop: the curves as CSV to FILE")->type_name("FILE");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
