// SPDX-License-Identifier: Apache-2.0
// Judging a net.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "engine_kind.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/evaluation.hpp"
#include "spikegrad/train/problem_task.hpp"
#include "supervisor.hpp"

namespace spikegrad::python {
namespace {

/// The same net with these spikes; empty: its own.
Model with_spikes(const Model& model, const std::string& spikes) {
  Model copy = model;
  if (spikes.empty()) return copy;
  if (spikes != "stochastic" && spikes != "deterministic")
    throw UserError("spikes '" + spikes + "': must be 'stochastic' or 'deterministic'");
  copy.network =
      copy.network.with_spikes(spikes == "stochastic" ? OutputKind::stochastic : OutputKind::deterministic);
  return copy;
}

std::unique_ptr<Task> task_of(const Model& model, const SpikeData* data, unsigned threads) {
  if (!data) return std::make_unique<ProblemTask>(model);
  return std::make_unique<DataTask>(model, *data, threads);
}

}  // namespace

void bind_evaluation(nb::module_& m) {
  nb::class_<ActivityStatistics>(m, "ActivityStatistics")
      .def_ro("rate", &ActivityStatistics::rate, "Hz")
      .def_ro("cv", &ActivityStatistics::cv, "of the intervals between spikes")
      .def_ro("fano", &ActivityStatistics::fano, "variance over mean of spike counts over trials");
  nb::class_<PopulationActivity>(m, "PopulationActivity")
      .def_ro("name", &PopulationActivity::name)
      .def_ro("statistics", &PopulationActivity::statistics, "means over samples")
      .def_ro("units", &PopulationActivity::units, "the same of each unit");
  nb::class_<SpeakerAccuracy>(m, "SpeakerAccuracy")
      .def_ro("speaker", &SpeakerAccuracy::speaker, "number in the file")
      .def_ro("samples", &SpeakerAccuracy::samples)
      .def_ro("accuracy", &SpeakerAccuracy::accuracy, "of a single trial")
      .def_ro("interval", &SpeakerAccuracy::interval, "95 %, Wilson, of the number of samples");
  nb::class_<Evaluation>(m, "Evaluation")
      .def_ro("samples", &Evaluation::samples)
      .def_ro("trials", &Evaluation::trials)
      .def_ro("labelled", &Evaluation::labelled)
      .def_ro("accuracy", &Evaluation::accuracy)
      .def_ro("accuracy_interval", &Evaluation::accuracy_interval)
      .def_ro("vote_accuracy", &Evaluation::vote_accuracy)
      .def_prop_ro(
          "confusion",
          [](const Evaluation& e) {
            return to_array(e.confusion.flat(), {e.confusion.rows(), e.confusion.columns()});
          },
          nb::rv_policy::reference)
      .def_ro("speakers", &Evaluation::speakers)
      .def_ro("loss", &Evaluation::loss)
      .def_ro("loss_std_error", &Evaluation::loss_std_error)
      .def_ro("populations", &Evaluation::populations);
  m.def(
      "evaluate",
      [](const Model& model, std::shared_ptr<SpikeData> data, const std::string& spikes,
         const std::string& engine, unsigned threads, std::uint64_t seed, std::size_t trials,
         const std::string& run, nb::object progress) {
        const EvaluationSettings settings{
            .engine = {engine_kind(engine), threads}, .seed = seed, .trials = trials};
        return supervised(std::move(progress), [&](Supervisor& supervisor) {
          const Model judged = with_spikes(model, spikes);
          const auto task = task_of(judged, data.get(), threads);
          Evaluation evaluation = evaluate(judged, judged.parameters, *task, settings, supervisor);
          std::string json = to_json(evaluation, *task, run);
          return std::pair(std::move(evaluation), std::move(json));
        });
      },
      nb::arg("model"), nb::arg("data").none(), nb::kw_only(), nb::arg("spikes"), nb::arg("engine"),
      nb::arg("threads"), nb::arg("seed"), nb::arg("trials"), nb::arg("run"), nb::arg("progress").none());
}

}  // namespace spikegrad::python
