// SPDX-License-Identifier: Apache-2.0
// spikegrad evaluate: how often a trained network is right on data, and what its units do.
#include <fmt/core.h>

#include <cmath>
#include <optional>
#include <utility>

#include "spikegrad/cli/engine_option.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/ensemble.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "spikegrad/train/recording.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "spikegrad/train/series.hpp"

namespace spikegrad::cli {
namespace {

struct EvaluateOptions {
  Common common;
  EngineOption engine;
  JsonOption json;
  std::vector<std::string> runs;
  std::string data, spikes, predictions, record;
  std::size_t trials = 1;
};

std::filesystem::path data_file(const EvaluateOptions& options, const std::string& run,
                                const RunDescription& info) {
  if (!options.data.empty()) return find_test_file(options.data);
  if (info.data && !info.data->test.empty()) return info.data->test;
  throw UserError("--data is missing: " + run + " was not given a test file");
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

void print_speakers(const std::vector<SpeakerAccuracy>& speakers) {
  if (speakers.empty()) return;
  fmt::print("\n{:>7}{:>9}{:>10}  95 %, Wilson\n", "speaker", "samples", "accuracy");
  for (const SpeakerAccuracy& s : speakers)
    fmt::print("{:>7}{:>9}{:>10.4f}  {:.4f} to {:.4f}\n", s.speaker, s.samples, s.accuracy, s.interval.first,
               s.interval.second);
}

void print_confusion(const Grid<std::uint64_t>& confusion, const Task& task) {
  const auto names = task.class_names();
  fmt::print("\nsaid     ");
  for (std::size_t c = 0; c < confusion.columns(); ++c) fmt::print("{:>6}", c);
  for (std::size_t c = 0; c < confusion.rows(); ++c) {
    fmt::print("\n{:>2} {:<6}", c, c < names.size() ? names[c].substr(0, 6) : "");
    for (const std::uint64_t n : confusion[c]) fmt::print("{:>6}", n);
  }
  fmt::print("\n");
}

void print_answers(const Evaluation& e, const Task& task) {
  fmt::print("accuracy  {:.4f}  (95 %: {:.4f} to {:.4f}, Wilson, {} samples)\n", e.accuracy,
             e.accuracy_interval.first, e.accuracy_interval.second, e.samples);
  if (std::abs(e.balanced_accuracy - e.accuracy) > 5e-5)
    fmt::print("by class  {:.4f}  (mean over the classes, which have different numbers of samples)\n",
               e.balanced_accuracy);
  if (e.trials > 1)
    fmt::print("by vote   {:.4f}  (the class that most trials of a sample name)\n", e.vote_accuracy);
  print_loss(e);
  print_confusion(e.confusion, task);
  print_speakers(e.speakers);
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
std::unique_ptr<Task> task_of(const EvaluateOptions& options, const std::string& run,
                              const RunDescription& info, const Model& model, SpikeData& data) {
  if (!model.data) {
    if (!options.data.empty())
      throw UserError("--data " + options.data + ": " + run +
                      " has no data set, its model has an input of its own");
    return std::make_unique<ProblemTask>(model);
  }
  std::vector<std::string> notes;
  data = read_test_data(data_file(options, run, info), model, info.data, notes, Isolation::child);
  for (const std::string& text : notes) warn(text);
  return std::make_unique<DataTask>(model, data, options.common.threads);
}

/// The weights that a run keeps, with the spikes that --spikes asks for.
SavedRun load(const EvaluateOptions& options, const std::string& folder) {
  SavedRun saved = load_run(folder);
  for (const std::string& why : saved.refused)
    fmt::print(stderr, "spikegrad: {}; taking the one before it\n", why);
  Model& model = saved.model;
  if (options.spikes == "stochastic")
    model.network = model.network.with_spikes(OutputKind::stochastic);
  else if (options.spikes == "deterministic")
    model.network = model.network.with_spikes(OutputKind::deterministic);
  else if (!options.spikes.empty())
    throw UserError("--spikes " + options.spikes + ": must be stochastic or deterministic");
  return saved;
}

EvaluationSettings settings_for(const EvaluateOptions& options, const Model& model) {
  return {.engine = options.common.engine(options.engine.kind()),
          .seed = options.common.seed.value_or(model.seed),
          .trials = options.trials};
}

/// Several runs on the same samples, by themselves and together.
int run_ensemble(const EvaluateOptions& options, const std::vector<std::string>& runs) {
  for (const auto& [file, name] :
       {std::pair(options.predictions, "--predictions"), {options.record, "--record"}})
    if (!file.empty()) throw UserError(fmt::format("{}: is of one run, and {} are given", name, runs.size()));
  check_outputs({options.json.output()}, {options.data});
  TerminalProgress progress(options.common.quiet);
  std::vector<Grid<double>> probabilities;
  std::optional<SpikeData> data;
  std::optional<Model> model;
  for (const std::string& folder : runs) {
    progress.prefix(folder);
    SavedRun saved = load(options, folder);
    if (!saved.model.data)
      throw UserError(folder + ": has an input of its own; an ensemble is judged on a data set");
    SpikeData own;
    const auto task = task_of(options, folder, saved.info, saved.model, own);
    if (data &&
        (own.source != data->source || own.labels != data->labels || own.class_names != data->class_names))
      throw UserError(
          fmt::format("{}: is judged on other samples or classes than {}; --data FILE gives all the same",
                      folder, runs[0]));
    probabilities.push_back(class_probabilities(saved.model, saved.parameters, *task,
                                                settings_for(options, saved.model), progress));
    if (!data) data = std::move(own), model = std::move(saved.model);
  }
  progress.clear();
  const DataTask task(*model, *data, options.common.threads);
  const EnsembleJudgement judged = judge_ensemble(probabilities, task);
  options.json.write(to_json(judged, task, runs, options.common.provenance(model->seed)));
  if (options.json.to_stdout()) return Exit::done;
  fmt::print("{}: {} samples, {} runs, {} trial{} each\n", task.source(), judged.samples, judged.nets,
             options.trials, options.trials == 1 ? "" : "s");
  for (std::size_t r = 0; r < runs.size(); ++r) fmt::print("{:<40}  {:.4f}\n", runs[r], judged.of_nets[r]);
  fmt::print("{:<40}  {:.4f}  (95 %: {:.4f} to {:.4f}, Wilson, {} samples)\n", "together", judged.accuracy,
             judged.interval.first, judged.interval.second, judged.samples);
  print_confusion(judged.confusion, task);
  print_speakers(judged.speakers);
  return Exit::done;
}

int run(EvaluateOptions& options) {
  std::vector<std::string> runs;
  for (const std::string& folder : options.runs)
    for (const auto& one : runs_of(folder)) runs.push_back(one.string());
  if (runs.size() > 1) return run_ensemble(options, runs);
  for (std::string* file : {&options.predictions, &options.record}) first_writes(*file);
  const std::string& folder = runs.at(0);
  SavedRun saved = load(options, folder);
  const Model& model = saved.model;
  check_outputs({options.json.output(), {"--predictions", options.predictions}, {"--record", options.record}},
                {model.data ? data_file(options, folder, saved.info) : std::filesystem::path()});
  SpikeData data;
  const auto task = task_of(options, folder, saved.info, model, data);
  if (!options.predictions.empty() && !label_of(model.loss))
    throw UserError("--predictions: " + folder + " has no classes that could be predicted");
  EvaluationSettings settings = settings_for(options, model);

  TerminalProgress progress(options.common.quiet);
  const Evaluation evaluation = evaluate(model, saved.parameters, *task, settings, progress);
  progress.clear();
  Provenance made = provenance();
  made.command = *options.common.line;
  made.model = saved.info.model;
  made.set = saved.info.set;
  made.seed = options.common.seed.value_or(model.seed);
  made.threads = threads_used(options.common);
  options.json.write(to_json(evaluation, *task, folder, made));
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
  auto options = std::make_shared<EvaluateOptions>();
  App* app = program.add_subcommand(
      "evaluate",
      "Judge a trained network: accuracy with its interval, loss, confusion, rates, variability.\n"
      "Several runs, or the folder of a series, are judged together too: the class of the largest mean probability.\n"
      "Example: spikegrad evaluate runs/digits --trials 10 --json evaluation.json");
  app->add_option("RUN", options->runs, "Folders that spikegrad train has written")->required();
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
