// SPDX-License-Identifier: Apache-2.0
// spikegrad evaluate: how often a trained network is right on data, and what its units do.
#include <fmt/core.h>

#include <cmath>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/recording.hpp"
#include "spikegrad/train/saved_run.hpp"

namespace spikegrad::cli {
namespace {

struct Options {
  Common common;
  EngineOption engine;
  JsonOption json;
  std::string run, data, spikes, predictions, record;
  std::size_t trials = 1;
};

std::filesystem::path data_file(const Options& options, const RunDescription& info) {
  if (!options.data.empty()) return find_test_file(options.data);
  if (info.data && !info.data->test.empty()) return info.data->test;
  throw UserError("--data is missing: " + options.run + " was not given a test file");
}

/// Without an error where there is one trial of one sample only.
void print_loss(const Evaluation& e) {
  if (!std::isfinite(e.loss))
    fmt::print("loss      not finite: potentials overflow; the weights are too large for this engine\n");
  else if (std::isfinite(e.loss_std_error))
    fmt::print("loss      {:.4f} +- {:.2g}\n", e.loss, e.loss_std_error);
  else
    fmt::print("loss      {:.4f}\n", e.loss);
}

void print_speakers(const Evaluation& e) {
  if (e.speakers.empty()) return;
  fmt::print("\n{:>7}{:>9}{:>10}  95 %, Wilson\n", "speaker", "samples", "accuracy");
  for (const SpeakerAccuracy& s : e.speakers)
    fmt::print("{:>7}{:>9}{:>10.4f}  {:.4f} to {:.4f}\n", s.speaker, s.samples, s.accuracy, s.interval.first,
               s.interval.second);
}

void print_answers(const Evaluation& e, const Task& task) {
  const auto names = task.class_names();
  fmt::print("accuracy  {:.4f}  (95 %: {:.4f} to {:.4f}, Wilson, {} samples)\n", e.accuracy,
             e.accuracy_interval.first, e.accuracy_interval.second, e.samples);
  if (e.trials > 1)
    fmt::print("by vote   {:.4f}  (the class that most trials of a sample name)\n", e.vote_accuracy);
  print_loss(e);
  fmt::print("\n");
  fmt::print("said     ");
  for (std::size_t c = 0; c < e.confusion.columns(); ++c) fmt::print("{:>6}", c);
  for (std::size_t c = 0; c < e.confusion.rows(); ++c) {
    fmt::print("\n{:>2} {:<6}", c, c < names.size() ? names[c].substr(0, 6) : "");
    for (const std::uint64_t n : e.confusion[c]) fmt::print("{:>6}", n);
  }
  fmt::print("\n");
  print_speakers(e);
}

void print(const Evaluation& e, const Task& task) {
  fmt::print("{}: {} sample{}, {} trial{} each\n", task.source(), e.samples, e.samples == 1 ? "" : "s",
             e.trials, e.trials == 1 ? "" : "s");
  if (e.labelled)
    print_answers(e, task);
  else
    print_loss(e);
  const auto number = [](double value, int digits) {
    return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : std::string("-");
  };
  fmt::print("\n{:<12}{:>12}{:>10}{:>10}\n", "population", "rate, Hz", "Fano", "CV");
  for (const PopulationActivity& p : e.populations)
    fmt::print("{:<12}{:>12}{:>10}{:>10}\n", p.name, number(p.statistics.rate, 2),
               number(p.statistics.fano, 3), number(p.statistics.cv, 3));
}

/// The data that the run is judged on, or its model's own input. `data` holds what the task refers to.
std::unique_ptr<Task> task_of(const Options& options, const RunDescription& info, const Model& model,
                              SpikeData& data) {
  if (!model.data) {
    if (!options.data.empty())
      throw UserError("--data " + options.data + ": " + options.run +
                      " has no data set, its model has an input of its own");
    return std::make_unique<ProblemTask>(model);
  }
  std::vector<std::string> notes;
  data = read_test_data(data_file(options, info), model, info.data, notes, Isolation::child);
  for (const std::string& text : notes) warn(text);
  return std::make_unique<DataTask>(model, data, options.common.threads);
}

int run(Options& options) {
  for (std::string* file : {&options.json.path, &options.predictions, &options.record}) first_writes(*file);
  SavedRun saved = load_run(options.run);
  options.json.check_writable();
  for (const std::string& file : {options.predictions, options.record})
    if (!file.empty()) check_file_writable(file);
  for (const std::string& why : saved.refused)
    fmt::print(stderr, "spikegrad: {}; taking the one before it\n", why);
  Model& model = saved.model;
  if (options.spikes == "stochastic")
    model.network = model.network.with_spikes(OutputKind::stochastic);
  else if (options.spikes == "deterministic")
    model.network = model.network.with_spikes(OutputKind::deterministic);
  else if (!options.spikes.empty())
    throw UserError("--spikes " + options.spikes + ": must be stochastic or deterministic");
  SpikeData data;
  const auto task = task_of(options, saved.info, model, data);
  if (!options.predictions.empty() && !label_of(model.loss))
    throw UserError("--predictions: " + options.run + " has no classes that could be predicted");
  EvaluationSettings settings{.engine = options.common.engine(options.engine.kind()),
                              .seed = options.common.seed.value_or(model.seed),
                              .trials = options.trials};

  TerminalProgress progress(options.common.quiet);
  const Evaluation evaluation = evaluate(model, saved.parameters, *task, settings, progress);
  progress.clear();
  Provenance made = provenance();
  made.command = *options.common.line;
  made.model = saved.info.model;
  made.set = saved.info.set;
  made.seed = options.common.seed.value_or(model.seed);
  made.threads = threads_used(options.common);
  options.json.write(to_json(evaluation, *task, options.run, made));
  if (!options.predictions.empty()) write_file(options.predictions, predictions_csv(evaluation, *task));
  if (!options.record.empty()) {
    settings.engine.ranks = nullptr;  // the others have no file to write
    record_spikes(model, saved.parameters, *task, settings, options.record, progress);
    progress.clear();
  }
  if (options.json.to_stdout()) return Exit::done;
  print(evaluation, *task);
  if (model.data) fmt::print("\n{}\n", describe_counts(data));
  return Exit::done;
}

}  // namespace

Command add_evaluate(App& program) {
  auto options = std::make_shared<Options>();
  App* app = program.add_subcommand(
      "evaluate",
      "Judge a trained network: accuracy with its interval, loss, confusion, rates, variability.\n"
      "Example: spikegrad evaluate runs/digits --trials 10 --json evaluation.json");
  app->add_option("RUN", options->run, "Folder that spikegrad train has written")->required();
  app->add_option("--data", options->data, "Data file, or a folder with a *_test.h5 (the run's test file)")
      ->type_name("PATH");
  app->add_option("--trials", options->trials, "Trials of every sample")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str();
  app->add_option("--spikes", options->spikes,
                  "The same weights with these spikes: stochastic | deterministic (as trained)")
      ->type_name("KIND");
  app->add_option("--predictions", options->predictions, "The prediction for each sample, as a table")
      ->type_name("FILE.csv");
  app->add_option("--record", options->record, "All spikes of all samples and trials, as HDF5")
      ->type_name("FILE.h5");
  options->engine.add_to(*app);
  options->json.add_to(*app, "The evaluation");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }, true};
}

}  // namespace spikegrad::cli
