// SPDX-License-Identifier: Apache-2.0
// Run.compare(): how estimators point along the true gradient during a training.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "engine_kind.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/run_alignment.hpp"
#include "spikegrad/train/run_data.hpp"
#include "spikegrad/train/saved_run.hpp"
#include "supervisor.hpp"

namespace nb = nanobind;

namespace spikegrad::python {
namespace {

struct AlignOptions {
  std::vector<std::size_t> checkpoints;
  RunAlignmentSettings run;
};

RunAlignment align_folder(const std::string& folder, const SpikeData* data, const AlignOptions& options,
                          Progress& progress) {
  SavedRun saved = load_run(folder);
  saved.model.source = folder;
  std::vector<TrainedWeights> weights;
  for (const std::size_t epoch : options.checkpoints.empty() ? saved.checkpoints : options.checkpoints)
    weights.push_back({epoch, parameters_at(folder, epoch)});
  RunAlignmentSettings settings = options.run;
  settings.alignment.estimator = saved.model.estimator;
  if (data) return align_run(saved.model, DataTask(saved.model, *data), weights, settings, progress);
  std::vector<std::string> notes;  // they were told when the run began
  const RunTask task = read_run_task(folder, saved.info, saved.model, std::nullopt, notes);
  return align_run(saved.model, *task.task, weights, settings, progress);
}

}  // namespace

void bind_alignment(nb::module_& m) {
  nb::class_<Estimate>(m, "Measured", "A value and its standard error.")
      .def_ro("value", &Estimate::value)
      .def_ro("std_error", &Estimate::std_error)
      .def("__repr__",
           [](const Estimate& e) { return std::to_string(e.value) + " ± " + std::to_string(e.std_error); });
  nb::class_<GradientDirection>(m, "Direction",
                                "How an estimator's mean points against the truth; NaN: not to be said.")
      .def_ro("cosine", &GradientDirection::cosine)
      .def_ro("length", &GradientDirection::length, "|mean| / |truth|")
      .def_ro("bias", &GradientDirection::bias, "|mean - truth| / |truth|")
      .def_ro("noise", &GradientDirection::noise, "standard deviation of one draw / |truth|");
  nb::class_<EstimatorAlignment>(m, "EstimatorAlignment")
      .def_ro("name", &EstimatorAlignment::name)
      .def_ro("draws", &EstimatorAlignment::draws)
      .def_ro("all", &EstimatorAlignment::all, "of all parameters")
      .def_prop_ro(
          "blocks", [](const EstimatorAlignment& e) { return e.blocks; }, "of each parameter block");
  nb::class_<Alignment>(m, "Alignment")
      .def_ro("truth", &Alignment::truth, "the unbiased estimator that the truth is a mean of")
      .def_ro("truth_draws", &Alignment::truth_draws)
      .def_ro("truth_length", &Alignment::truth_length)
      .def_ro("truth_lengths", &Alignment::truth_lengths, "of each parameter block")
      .def_ro("loss", &Alignment::loss)
      .def_ro("accuracy", &Alignment::accuracy)
      .def_ro("rates", &Alignment::rates, "of each population, Hz a unit")
      .def_prop_ro("estimators", [](const Alignment& a) { return a.estimators; })
      .def_ro("refused", &Alignment::refused);
  nb::class_<CheckpointAlignment>(m, "CheckpointAlignment")
      .def_ro("epoch", &CheckpointAlignment::epoch)
      .def_ro("alignment", &CheckpointAlignment::alignment);
  nb::class_<RunAlignment>(m, "RunAlignment")
      .def_ro("samples", &RunAlignment::samples)
      .def_ro("blocks", &RunAlignment::blocks)
      .def_ro("populations", &RunAlignment::populations)
      .def_prop_ro("checkpoints", [](const RunAlignment& r) { return r.checkpoints; })
      .def("text",
           [](const RunAlignment& r) {
             std::string text;
             for (const CheckpointAlignment& c : r.checkpoints) text += checkpoint_text(r, c) + "\n";
             return text + alignment_notes(r);
           })
      .def("json", [](const RunAlignment& r, std::uint64_t seed) {
        Provenance made = provenance();
        made.model = r.run;
        made.seed = seed;
        return to_json(r, made);
      });
  m.def(
      "align_run",
      [](const std::string& folder, std::shared_ptr<SpikeData> data, std::vector<std::size_t> checkpoints,
         std::vector<std::string> estimators, std::size_t samples, std::size_t draws, std::size_t truth_draws,
         const std::string& truth, std::uint64_t seed, const std::string& engine, unsigned threads,
         nb::object progress) {
        AlignOptions options{.checkpoints = std::move(checkpoints), .run = {.samples = samples}};
        options.run.alignment = {.estimators = std::move(estimators),
                                 .draws = draws,
                                 .truth_draws = truth_draws,
                                 .seed = seed,
                                 .engine = {engine_kind(engine), threads}};
        if (!truth.empty()) options.run.alignment.truth = truth;
        return supervised(std::move(progress),
                          [&](Progress& p) { return align_folder(folder, data.get(), options, p); });
      },
      nb::arg("folder"), nb::arg("data").none(), nb::kw_only(), nb::arg("checkpoints"), nb::arg("estimators"),
      nb::arg("samples"), nb::arg("draws"), nb::arg("truth_draws"), nb::arg("truth"), nb::arg("seed"),
      nb::arg("engine"), nb::arg("threads"), nb::arg("progress").none());
}

}  // namespace spikegrad::python
