// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/compare_run.hpp"

#include <fmt/format.h>

#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/core/embedded.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/report/report.hpp"
#include "spikegrad/train/run_alignment.hpp"
#include "spikegrad/train/run_data.hpp"
#include "spikegrad/train/run_directory.hpp"
#include "spikegrad/train/saved_run.hpp"

namespace spikegrad::cli {

void CompareRunOptions::add_to(App& command) {
  command
      .add_option(
          "--checkpoints", checkpoints,
          "Of a run: epochs to look at, e.g. 0,1,10; 0: before training (all that train --keep-checkpoints "
          "kept)")
      ->delimiter(',')
      ->type_name("EPOCHS");
  command
      .add_option("--data-samples", data_samples,
                  "Of a run: samples of its training data that the gradient is on (64)")
      ->check(whole_number(1, 65535));
  command.add_option("--data", data, "Of a run: other data than its own, a file or a folder")
      ->type_name("PATH");
  command
      .add_option("--spikes", spikes, "Of a run: the same weights with these spikes: stochastic (as trained)")
      ->type_name("KIND");
  command
      .add_option("--truth-estimator", truth_estimator,
                  fmt::format("Of a run: the unbiased estimator that the truth is a mean of ({})",
                              unbiased_estimator))
      ->type_name("NAME");
  engine.add_to(command);
}

std::string CompareRunOptions::given() const {
  if (!checkpoints.empty()) return "--checkpoints";
  if (data_samples) return "--data-samples";
  if (!data.empty()) return "--data";
  if (!spikes.empty()) return "--spikes";
  if (!truth_estimator.empty()) return "--truth-estimator";
  if (!engine.name.empty()) return "--engine";
  return {};
}

void CompareOutputs::check(const std::vector<std::filesystem::path>& read) const {
  check_outputs({json.output(), {"--csv", csv}, {"--report", report}}, read);
  // throws here rather than after the work where the build has none
  if (!report.empty()) embedded_file("plotly.min.js");
}

void CompareOutputs::write(const std::string& json_text, const std::string& csv_text) const {
  if (!is_first(ranks())) return;
  json.write(json_text);
  if (!csv.empty()) write_file(csv, csv_text);
  if (!report.empty()) write_file(report, render_report({comparison_results(json_text, report)}));
}

namespace {

/// The run's model with what --set and --spikes say; its weights must still fit.
Model model_of(const CompareRunTask& task, const CompareRunOptions& options) {
  Model model = RunDirectory::open(task.run).load_model(task.overrides);
  model.source = task.run;
  if (options.spikes == "stochastic")
    model.network = model.network.with_spikes(OutputKind::stochastic);
  else if (!options.spikes.empty())
    throw UserError("--spikes " + options.spikes +
                    ": must be stochastic, since spikes that are not drawn have no true gradient");
  return model;
}

std::vector<TrainedWeights> weights_of(const CompareRunTask& task, const CompareRunOptions& options,
                                       const SavedRun& saved, const Model& model) {
  std::vector<std::size_t> epochs = saved.checkpoints;
  if (!options.checkpoints.empty())
    epochs = epochs_of("--checkpoints", fmt::format("{}", fmt::join(options.checkpoints, ",")), 0);
  std::vector<TrainedWeights> weights;
  for (const std::size_t epoch : epochs) {
    weights.push_back({epoch, parameters_at(task.run, epoch)});
    if (weights.back().parameters.size() != model.network.parameter_count())
      throw UserError(task.run +
                      ": with --set its net has another number of parameters than it was trained with");
  }
  return weights;
}

Provenance provenance_of(const SavedRun& saved, const CompareRunTask& task, std::uint64_t seed,
                         const Common& common) {
  Provenance made = provenance();
  made.command = *common.line;
  made.model = saved.info.model;
  made.set = saved.info.set;
  made.set.insert(made.set.end(), task.overrides.begin(), task.overrides.end());
  made.seed = seed;
  made.threads = threads_used(common);
  return made;
}

/// Prints each checkpoint once all of it is measured, and keeps what is measured.
class Printer {
 public:
  Printer(bool silent, TerminalProgress& progress) : silent_(silent), progress_(progress) {}

  void see(const RunAlignment& so_far) {
    measured_ = so_far;
    if (so_far.checkpoints.size() > 1) print_until(so_far.checkpoints.size() - 1);
  }
  void finish() {
    if (!measured_) return;
    print_until(measured_->checkpoints.size());
    if (!silent_) fmt::print("{}", alignment_notes(*measured_));
  }
  const std::optional<RunAlignment>& measured() const { return measured_; }

 private:
  void print_until(std::size_t count) {
    for (; printed_ < count; ++printed_) {
      if (silent_) continue;
      progress_.clear();
      fmt::print("{}\n", checkpoint_text(*measured_, measured_->checkpoints[printed_]));
      std::fflush(stdout);
    }
  }

  bool silent_;
  TerminalProgress& progress_;
  std::optional<RunAlignment> measured_;
  std::size_t printed_ = 0;
};

}  // namespace

int compare_run(const CompareRunTask& task, const CompareRunOptions& options, const CompareOutputs& outputs,
                const Common& common) {
  const SavedRun saved = load_run(task.run);
  for (const std::string& why : saved.refused) warn(why + "; taking the one before it");
  const Model model = model_of(task, options);
  outputs.check({options.data, saved.info.data ? saved.info.data->training : ""});
  const auto weights = weights_of(task, options, saved, model);
  std::vector<std::string> notes;
  const RunTask data =
      read_run_task(task.run, saved.info, model,
                    options.data.empty() ? std::nullopt : std::optional<std::filesystem::path>(options.data),
                    notes, Isolation::child);
  for (const std::string& text : notes) warn(text);

  TerminalProgress progress(common.quiet);
  Printer printer(outputs.json.to_stdout(), progress);
  RunAlignmentSettings settings;
  if (options.data_samples) settings.samples = *options.data_samples;
  AlignmentSettings& alignment = settings.alignment;
  alignment.estimators = task.estimators;
  if (!options.truth_estimator.empty()) alignment.truth = options.truth_estimator;
  if (task.draws) alignment.draws = *task.draws;
  if (task.truth_draws) alignment.truth_draws = *task.truth_draws;
  alignment.seed = common.seed.value_or(model.seed);
  alignment.engine = {options.engine.kind(), common.threads};
  alignment.estimator = model.estimator;
  settings.on_measured = [&](const RunAlignment& so_far) { printer.see(so_far); };

  const auto show = [&] {
    progress.clear();
    printer.finish();
    const RunAlignment& measured = *printer.measured();
    outputs.write(to_json(measured, provenance_of(saved, task, alignment.seed, common)), to_csv(measured));
  };
  try {
    align_run(model, *data.task, weights, settings, progress);
  } catch (const Interrupted&) {
    progress.clear();
    if (!printer.measured()) throw;
    show();
    fmt::print(stderr, "spikegrad: interrupted; what was measured before is shown\n");
    return Exit::interrupted;
  }
  show();
  return Exit::done;
}

}  // namespace spikegrad::cli
