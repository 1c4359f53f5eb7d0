// SPDX-License-Identifier: Apache-2.0
// Model files as Python's own tables, and the part of one that makes a net.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "network.hpp"
#include "spikegrad/model/overrides.hpp"
#include "spikegrad/model/parse_document.hpp"
#include "spikegrad/model/read_sections.hpp"

namespace nb = nanobind;

namespace spikegrad::python {
namespace {

nb::object to_python(const toml::node& node);

nb::object to_python(const toml::table& table) {
  nb::dict made;
  for (const auto& [key, value] : table) made[nb::str(key.str().data(), key.str().size())] = to_python(value);
  return made;
}

nb::object to_python(const toml::array& array) {
  nb::list made;
  for (const toml::node& node : array) made.append(to_python(node));
  return made;
}

nb::object to_python(const toml::node& node) {
  if (const auto* table = node.as_table()) return to_python(*table);
  if (const auto* array = node.as_array()) return to_python(*array);
  if (const auto* text = node.as_string()) return nb::str(text->get().data(), text->get().size());
  if (const auto* whole = node.as_integer()) return nb::int_(whole->get());
  if (const auto* number = node.as_floating_point()) return nb::float_(number->get());
  if (const auto* truth = node.as_boolean()) return nb::bool_(truth->get());
  throw UserError(place_of(node) + ": dates have no use in a model file");
}

}  // namespace

void bind_document(nb::module_& m) {
  m.def(
      "read_document",
      [](const std::string& text, const std::string& source, const std::vector<std::string>& overrides) {
        toml::table document = parse_document(text, source);
        for (const std::string& change : overrides) apply_override(document, change);
        return to_python(document);
      },
      nb::arg("text"), nb::arg("source"), nb::arg("overrides"),
      nb::sig("def read_document(text: str, source: str, overrides: Sequence[str]) -> dict[str, object]"),
      "A model file as tables and lists, without a look at what they mean.");
  m.def(
      "read_network",
      [](const std::string& text, const std::string& source, std::uint64_t seed) {
        const nb::gil_scoped_release released;
        const toml::table document = parse_document(text, source);
        TomlTable root(document, "");
        NetworkSection section = read_network(root, seed);
        return std::make_shared<Net>(Net{std::move(section.network), std::move(section.parameters)});
      },
      nb::arg("text"), nb::arg("source"), nb::arg("seed"),
      "[time], [[population]] and [[connection]] of a model file.");
}

}  // namespace spikegrad::python
