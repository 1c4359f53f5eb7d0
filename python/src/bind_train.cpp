// SPDX-License-Identifier: Apache-2.0
// Training, new or gone on with, and runs on disk.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "engine_kind.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "spikegrad/train/session.hpp"
#include "supervisor.hpp"

namespace spikegrad::python {
namespace {

/// What training ends with.
struct Trained {
  std::shared_ptr<Model> model;  ///< with the weights that are kept
  std::vector<EpochMetrics> epochs;
  std::vector<std::string> warnings;
  std::size_t epoch = 0;  ///< whose weights these are
};

/// on_epoch: a function of Python, or None.
Trained train(Supervisor& supervisor, TrainingSession& session, double checkpoint_every,
              const nb::object& on_epoch) {
  Trained trained;
  trained.warnings = session.refused();
  for (const std::string& text : session.trainer().warnings()) trained.warnings.push_back(text);
  session.run({.checkpoint_every = checkpoint_every}, supervisor, [&](const EpochMetrics& epoch) {
    trained.epochs.push_back(epoch);
    if (!on_epoch.is_none()) supervisor.call([&] { on_epoch(epoch); });
  });
  trained.model = std::make_shared<Model>(session.model());
  const auto best = session.trainer().best_parameters();
  trained.model->parameters.assign(best.begin(), best.end());
  const TrainingState& state = session.trainer().state();
  const bool chosen = selects(session.model()) && !session.trainer().split().validation.empty();
  trained.epoch = static_cast<std::size_t>(chosen ? state.best_epoch : state.epoch);
  return trained;
}

void bind_metrics(nb::module_& m) {
  nb::class_<SampleMetrics>(m, "SampleMetrics", "Means over samples.")
      .def_ro("loss", &SampleMetrics::loss, "without penalties")
      .def_ro("accuracy", &SampleMetrics::accuracy)
      .def_ro("penalty", &SampleMetrics::penalty);
  nb::class_<EpochMetrics>(m, "EpochMetrics", "What an epoch of training says of itself.")
      .def_ro("epoch", &EpochMetrics::epoch, "1 for the first")
      .def_ro("training", &EpochMetrics::training, "before each sample's update")
      .def_ro("validation", &EpochMetrics::validation)
      .def_ro("labelled", &EpochMetrics::labelled, "is there a class to be right about?")
      .def_ro("validated", &EpochMetrics::validated, "are there samples that validate?")
      .def_ro("regularised", &EpochMetrics::regularised, "has the model penalties?")
      .def_ro("best", &EpochMetrics::best, "of all epochs so far")
      .def_ro("learning_rate", &EpochMetrics::learning_rate, "factor of the rates, in the last update")
      .def_ro("gradient_norm", &EpochMetrics::gradient_norm, "mean over updates, before clipping")
      .def_ro("rates", &EpochMetrics::rates, "of each population, Hz a unit")
      .def_ro("seconds", &EpochMetrics::seconds);
}

}  // namespace

void bind_train(nb::module_& m) {
  bind_metrics(m);
  nb::class_<Trained>(m, "Trained", "What training ends with.")
      .def_ro("model", &Trained::model)
      .def_ro("epochs", &Trained::epochs)
      .def_ro("warnings", &Trained::warnings)
      .def_ro("epoch", &Trained::epoch);
  m.def(
      "train",
      [](const Model& model, std::shared_ptr<SpikeData> data, const std::string& folder,
         const std::string& engine, unsigned threads, double checkpoint_every,
         std::vector<std::size_t> keep_checkpoints, const std::string& training_file,
         const std::string& validation_file, const std::string& test_file, const nb::object& on_epoch,
         nb::object progress) {
        Supervisor supervisor(std::move(progress));
        Trained trained;
        const EngineSettings settings{engine_kind(engine), threads};
        supervisor.run([&] {
          TrainingSession session =
              TrainingSession::begin(model, data, settings, folder, [&](RunDescription& info) {
                info.model = model.source;
                info.threads = threads;
                info.keep_checkpoints = std::move(keep_checkpoints);
                if (!info.data) return;
                info.data->training = training_file;
                info.data->validation = validation_file;
                info.data->test = test_file;
              });
          trained = train(supervisor, session, checkpoint_every, on_epoch);
        });
        return trained;
      },
      nb::arg("model"), nb::arg("data").none(), nb::kw_only(), nb::arg("folder"), nb::arg("engine"),
      nb::arg("threads"), nb::arg("checkpoint_every"), nb::arg("keep_checkpoints"), nb::arg("training_file"),
      nb::arg("validation_file"), nb::arg("test_file"), nb::arg("on_epoch").none(),
      nb::arg("progress").none());
  m.def(
      "read_training_data",
      [](const std::string& path, const Model& model) {
        const nb::gil_scoped_release released;
        std::vector<std::string> notes;
        const DataFiles files = find_data_files(path);
        auto data = std::make_shared<SpikeData>(read_training_data(files, model, notes));
        const auto text = [](const std::filesystem::path& file) {
          return std::filesystem::absolute(file).string();
        };
        return std::tuple(data, text(files.training),
                          data->validation_samples > 0 ? text(*files.validation) : std::string(),
                          files.test ? text(*files.test) : std::string(), notes);
      },
      nb::arg("path"), nb::arg("model"),
      "Data of a file or folder, with the files of training, validation and test, and what there is to say of them.");
  m.def(
      "resume",
      [](const std::string& folder, std::shared_ptr<SpikeData> data,
         const std::vector<std::string>& overrides, unsigned threads, double checkpoint_every,
         const std::optional<std::vector<std::size_t>>& keep_checkpoints, const nb::object& on_epoch,
         nb::object progress) {
        Supervisor supervisor(std::move(progress));
        Trained trained;
        supervisor.run([&] {
          TrainingSession session = TrainingSession::resume(
              folder, overrides, threads,
              [&](const Model& model, const RunData& given) -> TrainingSession::Data {
                if (data || !model.data) return data;
                if (given.training.empty())
                  throw UserError(folder + ": began with data from memory, so that they are needed again");
                DataFiles files{given.training, std::nullopt, std::nullopt};
                if (!given.validation.empty()) files.validation = given.validation;
                std::vector<std::string> notes;  // they were told when the run began
                return std::make_shared<SpikeData>(read_training_data(files, model, notes));
              },
              {}, keep_checkpoints);
          trained = train(supervisor, session, checkpoint_every, on_epoch);
        });
        return trained;
      },
      nb::arg("folder"), nb::arg("data").none(), nb::kw_only(), nb::arg("overrides"), nb::arg("threads"),
      nb::arg("checkpoint_every"), nb::arg("keep_checkpoints").none(), nb::arg("on_epoch").none(),
      nb::arg("progress").none());

  nb::class_<SavedRun>(m, "SavedRun", "A run from its folder.")
      .def_prop_ro("model",
                   [](const SavedRun& run) {
                     auto model = std::make_shared<Model>(run.model);
                     model->parameters = run.parameters;
                     return model;
                   })
      .def_prop_ro("initial", [](const SavedRun& run) { return std::make_shared<Model>(run.model); })
      .def_ro("epoch", &SavedRun::epoch)
      .def_ro("epochs", &SavedRun::epochs)
      .def_ro("checkpoints", &SavedRun::checkpoints)
      .def_ro("refused", &SavedRun::refused)
      .def_prop_ro("training_file",
                   [](const SavedRun& run) { return run.info.data ? run.info.data->training : ""; })
      .def_prop_ro("test_file", [](const SavedRun& run) { return run.info.data ? run.info.data->test : ""; })
      .def_prop_ro("description", [](const SavedRun& run) { return to_json(run.info); });
  m.def(
      "read_run_model",
      [](const std::string& folder) {
        const nb::gil_scoped_release released;
        return std::make_shared<Model>(RunDirectory::open(folder).load_model());
      },
      nb::arg("folder"), "The model of a run, with the weights of the beginning.");
  m.def(
      "read_run_model_at",
      [](const std::string& folder, std::size_t epoch) {
        const nb::gil_scoped_release released;
        auto model = std::make_shared<Model>(RunDirectory::open(folder).load_model());
        model->parameters = parameters_at(folder, epoch);
        return model;
      },
      nb::arg("folder"), nb::arg("epoch"), "The same with the weights after an epoch that was kept.");
  m.def(
      "load_run",
      [](const std::string& folder) {
        const nb::gil_scoped_release released;
        return load_run(folder);
      },
      nb::arg("folder"));
}

}  // namespace spikegrad::python
