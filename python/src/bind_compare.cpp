// SPDX-License-Identifier: Apache-2.0
// compare(): what each estimator's gradient is worth.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/measure/compare.hpp"
#include "spikegrad/measure/comparison_text.hpp"
#include "spikegrad/measure/sweep.hpp"
#include "spikegrad/model/model.hpp"
#include "supervisor.hpp"

namespace spikegrad::python {
namespace {

TruthMethod truth_of(const std::string& name) {
  if (name == "auto") return TruthMethod::automatic;
  if (name == "exact") return TruthMethod::exact;
  if (name == "monte-carlo") return TruthMethod::monte_carlo;
  if (name == "smoothed") return TruthMethod::smoothed;
  throw UserError("truth '" + name + "': must be 'auto', 'exact', 'monte-carlo' or 'smoothed'");
}

/// What compare() and a sweep have in common.
CompareSettings settings_of(std::vector<std::string> estimators, std::size_t samples,
                            const std::string& truth, std::size_t truth_samples, double sigma,
                            bool common_random_numbers, unsigned threads) {
  return {.estimators = std::move(estimators),
          .samples = samples,
          .truth = truth_of(truth),
          .truth_samples = truth_samples,
          .sigma = sigma,
          .common_random_numbers = common_random_numbers,
          .threads = threads};
}

}  // namespace

void bind_compare(nb::module_& m) {
  const auto kept = nb::rv_policy::reference_internal;
  nb::class_<GradientTruth>(m, "GradientTruth", "dE[L]/dw, enumerated or estimated without bias.")
      .def_ro("method", &GradientTruth::method, "'exact' or 'monte-carlo'")
      .def_ro("detail", &GradientTruth::detail, "how many histories, or which estimator and how many samples")
      .def_ro("loss", &GradientTruth::loss, "E[L]")
      .def_prop_ro(
          "gradient", [](const GradientTruth& t) { return view_of(t.gradient); }, kept)
      .def_prop_ro(
          "std_error", [](const GradientTruth& t) { return view_of(t.std_error); }, kept,
          "of the gradient; empty where it is exact");
  nb::class_<SignCount>(m, "SignCount", "Signs of the components that have a derivative.")
      .def_ro("right", &SignCount::right)
      .def_ro("wrong", &SignCount::wrong)
      .def_ro("undecided", &SignCount::undecided);
  nb::class_<GradientQuality>(m, "GradientQuality",
                              "A mean of gradient samples beside the truth; NaN where nothing can be said.")
      .def_ro("bias", &GradientQuality::bias, "|mean - truth|")
      .def_ro("bias_std_error", &GradientQuality::bias_std_error, "the length that noise alone would give it")
      .def_prop_ro(
          "bias_interval",
          [](const GradientQuality& q) { return std::pair(q.bias_interval[0], q.bias_interval[1]); },
          "that holds the bias with 95 %")
      .def_ro("bias_corrected", &GradientQuality::bias_corrected, "the bias with the noise taken out")
      .def_ro("variance", &GradientQuality::variance, "trace, per sample")
      .def_ro("effective_samples", &GradientQuality::effective_samples,
              "how many samples the variance rests on")
      .def_ro("cosine", &GradientQuality::cosine, "of mean and truth")
      .def_ro("signs", &GradientQuality::signs)
      .def_ro("sign_agreement", &GradientQuality::sign_agreement,
              "share of the resolved signs that are right");
  nb::class_<EstimatorQuality, GradientQuality>(m, "EstimatorQuality",
                                                "One estimator's gradient beside the truth.")
      .def_ro("name", &EstimatorQuality::name)
      .def_ro("samples", &EstimatorQuality::samples)
      .def_ro("unbiased", &EstimatorQuality::unbiased, "by construction")
      .def_ro("seconds_per_sample", &EstimatorQuality::seconds_per_sample, "processor time")
      .def_prop_ro(
          "mean", [](const EstimatorQuality& q) { return view_of(q.mean); }, kept)
      .def_prop_ro(
          "std_error", [](const EstimatorQuality& q) { return view_of(q.std_error); }, kept)
      .def_prop_ro(
          "blocks", [](const EstimatorQuality& q) { return q.blocks; }, "the same of each parameter block")
      .def_prop_ro(
          "doubt", [](const EstimatorQuality& q) { return doubt(q, q.samples); },
          "why the standard errors cannot be trusted; empty where they can")
      .def("__repr__", [](const EstimatorQuality& q) {
        return "<" + q.name + ": bias " + std::to_string(q.bias) + ", variance " +
               std::to_string(q.variance) + ">";
      });
  nb::class_<Comparison>(m, "Comparison")
      .def_ro("truth", &Comparison::truth)
      .def_prop_ro("estimators", [](const Comparison& c) { return c.estimators; })
      .def_ro("refused", &Comparison::refused);
  m.def(
      "compare",
      [](const Model& model, std::vector<std::string> estimators, std::size_t samples,
         const std::string& truth, std::size_t truth_samples, double sigma, bool common_random_numbers,
         std::uint64_t seed, unsigned threads, nb::object progress) {
        CompareSettings settings = settings_of(std::move(estimators), samples, truth, truth_samples, sigma,
                                               common_random_numbers, threads);
        settings.seed = seed;
        settings.estimator = model.estimator;
        return supervised(std::move(progress),
                          [&](Progress& p) { return compare(model.problem(), settings, p); });
      },
      nb::arg("model"), nb::kw_only(), nb::arg("estimators"), nb::arg("samples"), nb::arg("truth"),
      nb::arg("truth_samples"), nb::arg("sigma"), nb::arg("common_random_numbers"), nb::arg("seed"),
      nb::arg("threads"), nb::arg("progress").none());
  m.def(
      "comparison_text",
      [](const Comparison& comparison, const Model& model, bool blocks) {
        return comparison_text(comparison, model.network, blocks);
      },
      nb::arg("comparison"), nb::arg("model"), nb::arg("blocks"));
  m.def(
      "comparison_json",
      [](const Comparison& comparison, const Model& model, std::uint64_t seed) {
        Provenance made = provenance();
        made.model = model.source;
        made.seed = seed;
        return to_json(comparison, model.network, made);
      },
      nb::arg("comparison"), nb::arg("model"), nb::arg("seed"));
  nb::class_<SweepPoint>(m, "SweepPoint")
      .def_ro("values", &SweepPoint::values)
      .def_ro("comparison", &SweepPoint::comparison);
  nb::class_<Sweep>(m, "Sweep").def_prop_ro("points", [](const Sweep& s) { return s.points; });
  m.def(
      "sweep",
      [](const std::vector<std::pair<std::string, std::vector<std::string>>>& keys,
         const std::vector<std::shared_ptr<Model>>& at, std::vector<std::string> estimators,
         std::size_t samples, const std::string& truth, std::size_t truth_samples, bool common_random_numbers,
         std::uint64_t seed, unsigned threads, const std::string& file, nb::object progress) {
        const CompareSettings settings = settings_of(std::move(estimators), samples, truth, truth_samples,
                                                     0.0, common_random_numbers, threads);
        std::vector<SweepKey> swept;
        for (const auto& [key, values] : keys) swept.push_back({key, values});
        std::vector<Model> models;
        for (const auto& model : at) {
          models.push_back(*model);
          models.back().seed = seed;
        }
        Provenance made = provenance();
        made.model = models.front().source;
        made.seed = seed;
        return supervised(std::move(progress), [&](Progress& p) {
          std::vector<MeasuredPoint> before;
          if (!file.empty() && std::filesystem::exists(file))
            before = measured_points(read_file(file), file, {.keys = swept, .settings = settings}, made);
          const auto keep = [&](const Sweep& so_far, const SweepPoint&) {
            if (!file.empty()) write_file(file, to_json(so_far, made) + "\n");
          };
          return sweep(swept, models, settings, keep, p, before);
        });
      },
      nb::arg("keys"), nb::arg("models"), nb::kw_only(), nb::arg("estimators"), nb::arg("samples"),
      nb::arg("truth"), nb::arg("truth_samples"), nb::arg("common_random_numbers"), nb::arg("seed"),
      nb::arg("threads"), nb::arg("file"), nb::arg("progress").none());
  m.def(
      "sweep_json",
      [](const Sweep& sweep, const Model& model, std::uint64_t seed) {
        Provenance made = provenance();
        made.model = model.source;
        made.seed = seed;
        return to_json(sweep, made);
      },
      nb::arg("sweep"), nb::arg("model"), nb::arg("seed"));
}

}  // namespace spikegrad::python
