// SPDX-License-Identifier: Apache-2.0
// Models: what a model file says, resolved. An object never changes; what would change it gives another one.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "network.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/network/parameter_name.hpp"

namespace spikegrad::python {
namespace {

/// (channels, positions), or (channels, rows, columns) where there is more than one row.
nb::tuple shape_of(const Shape& shape) {
  return shape.rows > 1 ? nb::make_tuple(shape.channels, shape.rows, shape.columns())
                        : nb::make_tuple(shape.channels, shape.positions);
}

/// (name, kind, shape, output) of each population.
nb::list populations_of(const Network& network) {
  nb::list all;
  for (const Population& p : network.populations())
    all.append(nb::make_tuple(p.name, kind_of(p.unit), shape_of(p.shape),
                              p.spikes() ? names_of(p.output)[static_cast<std::size_t>(p.output)]
                              : output_of(p.unit) == UnitOutput::given ? "given"
                                                                       : "potential"));
  return all;
}

/// (name, shape, offset) of each block of the flat parameters.
nb::list blocks_of(const Network& network) {
  nb::list all;
  for (const ParameterBlock& block : network.blocks())
    all.append(nb::make_tuple(block.name, nb::tuple(nb::cast(block.shape)), block.offset));
  return all;
}

void check_parameters(const Network& network, const Vector<double>& parameters) {
  if (parameters.size() != network.parameter_count())
    throw UserError("parameters: must be " + std::to_string(network.parameter_count()) + " numbers, not " +
                    std::to_string(parameters.size()));
}

template <class Bound>
void def_network(nb::class_<Bound>& bound) {
  bound.def_prop_ro("steps", [](const Bound& b) { return b.network.steps(); })
      .def_prop_ro("dt", [](const Bound& b) { return b.network.time().dt; })
      .def_prop_ro(
          "populations", [](const Bound& b) { return populations_of(b.network); },
          nb::sig("def populations(self) -> list[tuple[str, str, tuple[int, int], str]]"))
      .def_prop_ro(
          "blocks", [](const Bound& b) { return blocks_of(b.network); },
          nb::sig("def blocks(self) -> list[tuple[str, tuple[int, ...], int]]"))
      .def_prop_ro(
          "parameters", [](const Bound& b) { return view_of(b.parameters); },
          nb::rv_policy::reference_internal)
      .def(
          "with_parameters",
          [](const Bound& b, const Vector<double>& parameters) {
            check_parameters(b.network, parameters);
            auto copy = std::make_shared<Bound>(b);
            const auto values = span_of(parameters);
            copy->parameters.assign(values.begin(), values.end());
            return copy;
          },
          nb::arg("parameters"));
}

}  // namespace

void bind_model(nb::module_& m) {
  nb::class_<Net> net(m, "Net", "Populations, connections and parameters, without input and loss.");
  def_network(net);
  nb::class_<Model> model(m, "Model", "What a model file says, resolved. It never changes.");
  def_network(model);
  model
      .def_static(
          "parse",
          [](const std::string& text, const std::string& source, const std::vector<std::string>& overrides) {
            const nb::gil_scoped_release released;
            return std::make_shared<Model>(parse_model(text, source, overrides));
          },
          nb::arg("text"), nb::arg("source"), nb::arg("overrides") = std::vector<std::string>())
      .def_static(
          "load",
          [](const std::string& path, const std::vector<std::string>& overrides) {
            const nb::gil_scoped_release released;
            return std::make_shared<Model>(load_model(path, overrides));
          },
          nb::arg("path"), nb::arg("overrides") = std::vector<std::string>())
      .def("to_toml",
           [](const Model& self) {
             const nb::gil_scoped_release released;
             return to_toml(self);
           })
      .def_ro("source", &Model::source)
      .def_ro("seed", &Model::seed)
      .def_prop_ro("loss_kind", [](const Model& self) { return std::string(kind_of(self.loss)); })
      .def_prop_ro("loss_population", [](const Model& self) { return population_of(self.loss); })
      .def_prop_ro(
          "data",
          [](const Model& self) -> nb::object {
            if (!self.data) return nb::none();
            return nb::make_tuple(self.data->population, self.data->pool, self.data->binary);
          },
          nb::sig("def data(self) -> tuple[int, int, bool] | None"))
      .def("check", [](const Model& self) { check(self); })
      .def(
          "parameter_index",
          [](const Model& self, const std::string& name) { return parameter_index(self.network, name); },
          nb::arg("name"));
}

}  // namespace spikegrad::python
