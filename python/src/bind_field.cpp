// SPDX-License-Identifier: Apache-2.0
// Gradient fields: along a line, around a closed path, and their curl.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "spikegrad/measure/gradient_field.hpp"
#include "spikegrad/measure/model_fields.hpp"
#include "spikegrad/network/parameter_name.hpp"
#include "supervisor.hpp"

namespace spikegrad::python {
namespace {

FieldSampling sampling_of(const Model& model, std::size_t samples, std::uint64_t seed, unsigned threads) {
  return {.samples = samples, .seed = seed, .threads = threads, .estimator = model.estimator};
}

}  // namespace

void bind_field(nb::module_& m) {
  const auto kept = nb::rv_policy::reference_internal;
  nb::class_<Scan::Curve>(m, "ScanCurve", "One field along a line.")
      .def_ro("name", &Scan::Curve::name)
      .def_prop_ro(
          "derivative", [](const Scan::Curve& c) { return view_of(c.derivative); }, kept)
      .def_prop_ro(
          "std_error", [](const Scan::Curve& c) { return view_of(c.std_error); }, kept)
      .def_prop_ro(
          "integral", [](const Scan::Curve& c) { return view_of(c.integral); }, kept)
      .def_ro("opposite_sign", &Scan::Curve::opposite_sign, "intervals where the sign is not the truth's")
      .def_ro("minimum_at", &Scan::Curve::minimum_at, "where the integral is smallest");
  nb::class_<Scan>(m, "Scan", "Gradient fields along a line; the first curve is the truth.")
      .def_prop_ro(
          "at", [](const Scan& s) { return view_of(s.at); }, kept)
      .def_prop_ro(
          "loss", [](const Scan& s) { return view_of(s.loss); }, kept)
      .def_ro("minimum_at", &Scan::minimum_at, "where E[L] is smallest")
      .def_prop_ro("curves", [](const Scan& s) { return s.curves; })
      .def("to_json", [](const Scan& s) { return to_json(s); });
  nb::class_<Loop::Curve>(m, "LoopCurve", "One field around a closed path.")
      .def_ro("name", &Loop::Curve::name)
      .def_prop_ro(
          "along", [](const Loop::Curve& c) { return view_of(c.along); }, kept)
      .def_prop_ro(
          "integral", [](const Loop::Curve& c) { return view_of(c.integral); }, kept)
      .def_ro("closed", &Loop::Curve::closed, "over the whole path; 0 for a gradient")
      .def_ro("error", &Loop::Curve::error)
      .def_ro("absolute", &Loop::Curve::absolute, "of the absolute value: the scale of `closed`");
  nb::class_<Loop>(m, "Loop", "Gradient fields around a closed path; the first curve is the truth.")
      .def_prop_ro(
          "angle", [](const Loop& l) { return view_of(l.angle); }, kept)
      .def_prop_ro(
          "loss", [](const Loop& l) { return view_of(l.loss); }, kept)
      .def_prop_ro("curves", [](const Loop& l) { return l.curves; })
      .def("to_json", [](const Loop& l) { return to_json(l); });
  nb::class_<Curl>(m, "Curl", "The Jacobian of a gradient field; a gradient's is symmetric.")
      .def_ro("name", &Curl::name)
      .def_prop_ro(
          "jacobian",
          [](const Curl& c) {
            return to_array(c.jacobian.flat(), {c.jacobian.rows(), c.jacobian.columns()});
          },
          nb::rv_policy::reference)
      .def_ro("antisymmetric", &Curl::antisymmetric, "|J - J^T|/2")
      .def_ro("antisymmetric_std_error", &Curl::antisymmetric_std_error)
      .def_ro("symmetric", &Curl::symmetric, "|J + J^T|/2")
      .def_ro("largest", &Curl::largest);
  m.def(
      "scan",
      [](const Model& model, const std::vector<std::string>& estimators, const std::string& parameter,
         double from, double to, std::size_t points, std::size_t samples, std::uint64_t seed,
         unsigned threads, nb::object progress) {
        return supervised(std::move(progress), [&](Progress& p) {
          auto fields = model_fields(model, estimators, sampling_of(model, samples, seed, threads));
          return scan(fields, model.parameters, parameter_index(model.network, parameter), from, to, points,
                      p);
        });
      },
      nb::arg("model"), nb::arg("estimators"), nb::kw_only(), nb::arg("parameter"), nb::arg("start"),
      nb::arg("stop"), nb::arg("points"), nb::arg("samples"), nb::arg("seed"), nb::arg("threads"),
      nb::arg("progress").none());
  m.def(
      "loop",
      [](const Model& model, const std::vector<std::string>& estimators, double radius,
         const Vector<double>& sine, const Vector<double>& cosine, std::size_t points, std::size_t samples,
         std::uint64_t seed, unsigned threads, nb::object progress) {
        const auto s = span_of(sine), c = span_of(cosine);
        const LoopPath path{radius, {s.begin(), s.end()}, {c.begin(), c.end()}};
        return supervised(std::move(progress), [&](Progress& p) {
          auto fields = model_fields(model, estimators, sampling_of(model, samples, seed, threads));
          return loop(fields, path, points, p);
        });
      },
      nb::arg("model"), nb::arg("estimators"), nb::kw_only(), nb::arg("radius"), nb::arg("sine"),
      nb::arg("cosine"), nb::arg("points"), nb::arg("samples"), nb::arg("seed"), nb::arg("threads"),
      nb::arg("progress").none());
  m.def(
      "curl",
      [](const Model& model, const std::vector<std::string>& estimators, double step, std::size_t samples,
         std::uint64_t seed, unsigned threads, nb::object progress) {
        return supervised(std::move(progress), [&](Progress& p) {
          std::vector<Curl> curls;
          auto fields = model_fields(model, estimators, sampling_of(model, samples, seed, threads));
          for (GradientField& field : fields) curls.push_back(curl(field, model.parameters, step, p));
          return curls;
        });
      },
      nb::arg("model"), nb::arg("estimators"), nb::kw_only(), nb::arg("step"), nb::arg("samples"),
      nb::arg("seed"), nb::arg("threads"), nb::arg("progress").none());
}

}  // namespace spikegrad::python
