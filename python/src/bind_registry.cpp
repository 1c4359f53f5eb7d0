// SPDX-License-Identifier: Apache-2.0
// What exists: the members of the families with their settings, as the structs themselves describe them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "spikegrad/data/augmentation.hpp"
#include "spikegrad/estimator/estimator.hpp"
#include "spikegrad/loss/loss.hpp"
#include "spikegrad/loss/regulariser.hpp"
#include "spikegrad/model/settings.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/network/network.hpp"
#include "spikegrad/optimiser/optimiser.hpp"

namespace nb = nanobind;

namespace spikegrad::python {
namespace {

/// {name: (type, default, what)}; the type is the name of a Python type, or "choice" with the words there are.
template <class Settings>
nb::dict fields_of() {
  nb::dict fields;
  if constexpr (requires(Settings & s) { Settings::fields(s, [](auto&&...) {}); }) {
    const Settings settings{};
    Settings::fields(
        settings, [&]<class T>(std::string_view name, const T& value, Range, std::string_view what) {
          const nb::str key(name.data(), name.size());
          if constexpr (std::is_same_v<T, bool>)
            fields[key] = nb::make_tuple("bool", value, what);
          else if constexpr (std::is_integral_v<T>)
            fields[key] = nb::make_tuple("int", value, what);
          else if constexpr (std::is_floating_point_v<T>)
            fields[key] = nb::make_tuple("float", value, what);
          else if constexpr (std::is_enum_v<T>)
            fields[key] = nb::make_tuple("str", names_of(T{})[static_cast<std::size_t>(value)], what);
          else if constexpr (std::is_same_v<T, std::string>)
            fields[key] = nb::make_tuple("str", value, what);
          else if constexpr (std::is_same_v<T, Sides>)
            fields[key] = nb::make_tuple("sides", std::vector<std::size_t>{value.rows, value.columns}, what);
          else
            fields[key] = nb::make_tuple("list", value, what);
        });
  }
  return fields;
}

template <class... Members>
nb::dict members(const std::variant<Members...>*) {
  nb::dict kinds;
  ((kinds[nb::str(Members::kind.data(), Members::kind.size())] =
        nb::make_tuple(Members::summary, fields_of<Members>())),
   ...);
  return kinds;
}
template <class Variant>
nb::dict family() {
  return members(static_cast<const Variant*>(nullptr));
}

}  // namespace

void bind_registry(nb::module_& m) {
  m.def(
      "families",
      [] {
        nb::dict all;
        all["unit"] = family<Unit>();
        all["escape"] = family<Escape>();
        all["surrogate"] = family<Surrogate>();
        all["connection"] = family<ConnectionKind>();
        all["initialiser"] = family<Initialiser>();
        all["loss"] = family<Loss>();
        all["regulariser"] = family<Regulariser>();
        return all;
      },
      nb::sig("def families() -> dict[str, dict[str, tuple[str, dict[str, tuple[str, object, str]]]]]"),
      "The members of each family: {family: {kind: (summary, {setting: (type, default, what)})}}");
  m.def(
      "sections",
      [] {
        nb::dict all;
        all["estimator"] = fields_of<EstimatorSettings>();
        all["training"] = fields_of<TrainingSettings>();
        all["augmentation"] = fields_of<AugmentationSettings>();
        all["data"] = fields_of<DataSettings>();
        return all;
      },
      nb::sig("def sections() -> dict[str, dict[str, tuple[str, object, str]]]"),
      "The settings of a model file's sections: {section: {setting: (type, default, what)}}");
  m.def("estimators", [] {
    std::map<std::string, std::string> all;
    for (const EstimatorInfo& info : estimators()) all.emplace(info.name, info.summary);
    return all;
  });
  m.def("optimisers", [] {
    std::map<std::string, std::string> all;
    for (const OptimiserInfo& info : optimisers()) all.emplace(info.name, info.summary);
    return all;
  });
}

}  // namespace spikegrad::python
