// SPDX-License-Identifier: Apache-2.0
// What two models differ in, independent of the writer.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// All fields of a settings struct as text; numbers with all their bits.
template <class Settings>
std::string fields_of(const Settings& settings) {
  std::string text;
  const auto take = [&](std::string_view name, const auto& value, Range, std::string_view) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_enum_v<T>)
      text += fmt::format(" {}={}", name, static_cast<int>(value));
    else if constexpr (std::is_same_v<T, Sides>)
      text += fmt::format(" {}={}x{}", name, value.rows, value.columns);
    else
      text += fmt::format(" {}={}", name, value);
  };
  if constexpr (requires { Settings::fields(settings, take); }) Settings::fields(settings, take);
  return text;
}

template <class... T>
std::string fields_of(const std::variant<T...>& variant) {
  return std::visit([](const auto& member) { return std::string(member.kind) + fields_of(member); }, variant);
}

/// The name of the first thing in which they differ; empty: nothing.
inline std::string difference(const Model& a, const Model& b) {
  const auto &p = a.network.populations(), &q = b.network.populations();
  const auto &c = a.network.connections(), &d = b.network.connections();
  if (a.seed != b.seed) return "seed";
  if (a.network.time().dt != b.network.time().dt || a.network.steps() != b.network.steps()) return "time";
  if (p.size() != q.size()) return "populations";
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i].name != q[i].name || !(p[i].shape == q[i].shape) || p[i].bias != q[i].bias ||
        p[i].bias_per != q[i].bias_per || p[i].learn_time_constants != q[i].learn_time_constants ||
        p[i].learn_gains != q[i].learn_gains || p[i].learn_threshold != q[i].learn_threshold ||
        p[i].refractory_steps != q[i].refractory_steps || fields_of(p[i].unit) != fields_of(q[i].unit))
      return "population " + p[i].name;
    if (!p[i].spikes()) continue;
    if (p[i].output != q[i].output) return p[i].name + ".output";
    if (p[i].dropout != q[i].dropout || p[i].dropout_per != q[i].dropout_per) return p[i].name + ".dropout";
    if (fields_of(p[i].escape) != fields_of(q[i].escape)) return p[i].name + ".escape";
    if (p[i].surrogate.has_value() != q[i].surrogate.has_value() ||
        (p[i].surrogate && fields_of(*p[i].surrogate) != fields_of(*q[i].surrogate)))
      return p[i].name + ".surrogate";
    if (lif_of(p[i].unit) && p[i].differentiate_reset != q[i].differentiate_reset)
      return p[i].name + ".differentiate_reset";
  }
  if (c.size() != d.size()) return "connections";
  for (std::size_t i = 0; i < c.size(); ++i)
    if (c[i].from != d[i].from || c[i].to != d[i].to || fields_of(c[i].kind) != fields_of(d[i].kind))
      return "connection " + std::to_string(i);
  // Learned delays are parameters, whatever they began with.
  for (std::size_t i = 0; i < c.size(); ++i)
    if (c[i].delays.spread.sigma != d[i].delays.spread.sigma ||
        c[i].delays.spread.sigma_end != d[i].delays.spread.sigma_end ||
        c[i].delays.spread.part != d[i].delays.spread.part || c[i].delays.longest != d[i].delays.longest ||
        a.network.delays(i).by_synapse() != b.network.delays(i).by_synapse() ||
        (c[i].delays.longest == 0.0 && c[i].delays.seconds != d[i].delays.seconds))
      return "delays of connection " + std::to_string(i);
  if (a.parameters != b.parameters) return "parameters";
  if (a.data.has_value() != b.data.has_value() ||
      (a.data && (fields_of(*a.data) != fields_of(*b.data) || a.data->population != b.data->population)))
    return "data";
  if (a.input.values != b.input.values) return "input";
  if (fields_of(a.loss) != fields_of(b.loss) || population_of(a.loss) != population_of(b.loss)) return "loss";
  const bool same_content = std::visit(
      [](const auto& l, const auto& m) {
        if constexpr (std::is_same_v<decltype(l), decltype(m)>) {
          if constexpr (requires { l.coefficients; }) return l.coefficients == m.coefficients;
          if constexpr (requires { l.target; }) return l.target == m.target;
          if constexpr (requires { l.label; }) return l.label == m.label;
          return true;  // nothing beyond its settings
        }
        return false;
      },
      a.loss, b.loss);
  if (!same_content) return "loss content";
  if (a.regularisers.size() != b.regularisers.size()) return "regularisers";
  for (std::size_t i = 0; i < a.regularisers.size(); ++i)
    if (population_of(a.regularisers[i]) != population_of(b.regularisers[i]) ||
        fields_of(a.regularisers[i]) != fields_of(b.regularisers[i]))
      return "regulariser " + std::to_string(i);
  if (fields_of(a.estimator) != fields_of(b.estimator)) return "estimator";
  if (fields_of(a.training) != fields_of(b.training)) return "training";
  if (fields_of(a.augmentation) != fields_of(b.augmentation)) return "augmentation";
  const FieldSettings &f = a.field, &g = b.field;
  if (f.scan.has_value() != g.scan.has_value() || (f.scan && fields_of(*f.scan) != fields_of(*g.scan)))
    return "scan";
  if (f.loop.has_value() != g.loop.has_value() || (f.loop && fields_of(*f.loop) != fields_of(*g.loop)))
    return "loop";
  if (f.surrogates.size() != g.surrogates.size()) return "surrogates";
  for (std::size_t i = 0; i < f.surrogates.size(); ++i)
    if (fields_of(f.surrogates[i]) != fields_of(g.surrogates[i])) return "surrogates";
  return "";
}

}  // namespace spikegrad
