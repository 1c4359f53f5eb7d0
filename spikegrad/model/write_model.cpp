// SPDX-License-Identifier: Apache-2.0
// The resolved model file. Numbers are written with the fewest digits that read back as the same bits.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/model/toml_text.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {
namespace {

std::string toml(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}
std::string toml(std::size_t value) {
  return fmt::format("{}", value);
}
std::string toml(const Sides& sides) {
  return fmt::format("[{}, {}]", sides.rows, sides.columns);
}
std::string toml(bool value) {
  return value ? "true" : "false";
}
std::string toml(const std::string& value) {
  return toml_text(value);
}
template <class Enum>
requires std::is_enum_v<Enum> std::string toml(Enum value) {
  return fmt::format("\"{}\"", names_of(value)[static_cast<std::size_t>(value)]);
}

/// Nested arrays of that shape; the inmost two axes with a line for each row.
std::string nested(std::span<const double> values, std::span<const std::size_t> shape) {
  std::string out = "[";
  const std::size_t part = values.size() / shape[0];
  for (std::size_t i = 0; i < shape[0]; ++i) {
    out += i == 0 ? "" : shape.size() > 1 ? ",\n  " : ", ";
    out += shape.size() > 1 ? nested(values.subspan(i * part, part), shape.subspan(1)) : toml(values[i]);
  }
  return out + "]";
}
std::string toml(const std::vector<double>& values) {
  return values.empty() ? "[]" : nested(values, std::array{values.size()});
}

template <class Settings>
void for_each_field(const Settings& settings, auto&& take) {
  if constexpr (requires { Settings::fields(settings, take); }) Settings::fields(settings, take);
}

/// One line for each field.
template <class Settings>
std::string lines(const Settings& settings) {
  std::string out;
  for_each_field(settings, [&](std::string_view name, const auto& value, Range, std::string_view) {
    out += fmt::format("{} = {}\n", name, toml(value));
  });
  return out;
}

/// { kind = "…", … }
template <class Variant>
std::string inline_member(const Variant& variant) {
  std::string out = fmt::format("{{ kind = \"{}\"", kind_of(variant));
  std::visit(
      [&](const auto& settings) {
        for_each_field(settings, [&](std::string_view name, const auto& value, Range, std::string_view) {
          out += fmt::format(", {} = {}", name, toml(value));
        });
      },
      variant);
  return out + " }";
}

/// A pattern's kind and content: the list of its spikes where it has nothing but those.
std::pair<std::string_view, std::string> pattern(const Grid<double>& grid) {
  const auto numbers = grid.flat();
  if (!std::all_of(numbers.begin(), numbers.end(), [](double x) { return x == 0.0 || x == 1.0; }))
    return {"values", nested(numbers, std::array{grid.rows(), grid.columns()})};
  std::string list;
  for (std::size_t t = 0; t < grid.rows(); ++t)
    for (std::size_t i = 0; i < grid.columns(); ++i)
      if (grid[t][i] != 0.0) list += fmt::format("{}[{}, {}]", list.empty() ? "" : ", ", t, i);
  return {"spikes", "[" + list + "]"};
}

void write_population(std::string& out, const Model& model, std::size_t p) {
  const Population& population = model.network.populations()[p];
  out += fmt::format("\n[[population]]\nname = {}\nkind = \"{}\"\n", toml(population.name),
                     kind_of(population.unit));
  const Shape& shape = population.shape;
  out += shape.rows > 1 ? fmt::format("shape = [{}, {}, {}]\n", shape.channels, shape.rows, shape.columns())
         : shape.channels == 1 ? fmt::format("size = {}\n", shape.positions)
                               : fmt::format("shape = [{}, {}]\n", shape.channels, shape.positions);
  std::visit(
      [&](const auto& unit) {
        out += lines(unit);
        if (!population.spikes()) return;
        out += fmt::format("output = {}\nescape = {}\n", toml(population.output),
                           inline_member(population.escape));
        if (population.surrogate)
          out += fmt::format("surrogate = {}\n", inline_member(*population.surrogate));
        out += fmt::format("dropout = {}\n", toml(population.dropout));
        if (population.dropout > 0.0) out += fmt::format("dropout_per = {}\n", toml(population.dropout_per));
        if (population.refractory_steps > 0)
          out += fmt::format("refractory_steps = {}\n", population.refractory_steps);
        if (unit.resets)
          out += fmt::format("differentiate_reset = {}\n", toml(population.differentiate_reset));
      },
      population.unit);
  if (const auto block = model.network.layout(p).bias_block) {
    const ParameterBlock& layout = model.network.blocks()[*block];
    out += fmt::format("bias = {}\n",
                       nested(std::span(model.parameters).subspan(layout.offset, layout.size), layout.shape));
    if (population.bias_per != BiasPer::unit)
      out += fmt::format("bias_per = {}\n", toml(population.bias_per));
  }
  if (population.learn_time_constants != LearnTimeConstants::none)
    out += fmt::format("learn_time_constants = {}\n", toml(population.learn_time_constants));
  if (population.learn_gains != LearnTimeConstants::none)
    out += fmt::format("learn_gains = {}\n", toml(population.learn_gains));
  if (population.learn_threshold != LearnTimeConstants::none)
    out += fmt::format("learn_threshold = {}\n", toml(population.learn_threshold));
  for (std::size_t k = 0; k < filter_size_of(population.unit); ++k) {
    if (!model.network.layout(p).learned[k]) continue;
    const ParameterBlock& layout = model.network.blocks()[*model.network.layout(p).learned[k]];
    out += fmt::format("{} = {}\n", start_key(population.unit, k),
                       nested(std::span(model.parameters).subspan(layout.offset, layout.size), layout.shape));
  }
}

void write_delays(std::string& out, const Model& model, std::size_t c) {
  const ConnectionDelays& delays = model.network.connections()[c].delays;
  if (model.network.delays(c).by_synapse()) out += fmt::format("delay_per = {}\n", toml(delays.per));
  if (const auto block = model.network.delays(c).block) {
    const ParameterBlock& layout = model.network.blocks()[*block];
    if (const DelaySpread& spread = delays.spread; spread.sigma > 0.0) {
      out += fmt::format("delay_sigma = {}\ndelay_sigma_part = {}\n", toml(spread.sigma), toml(spread.part));
      if (spread.sigma_end > 0.0) out += fmt::format("delay_sigma_end = {}\n", toml(spread.sigma_end));
    }
    out += fmt::format("learn_delays = true\nmax_delay = {}\ndelay_steps = {}\n", toml(delays.longest),
                       nested(std::span(model.parameters).subspan(layout.offset, layout.size), layout.shape));
  } else if (delays.seconds.size() == 1) {
    out += fmt::format("delay = {}\n", toml(delays.seconds[0]));
  } else if (!delays.seconds.empty()) {
    const std::vector<std::size_t> shape = delays.per == DelayPer::synapse
                                               ? model.network.blocks()[c].shape
                                               : std::vector<std::size_t>{delays.seconds.size()};
    out += fmt::format("delays = {}\n", nested(delays.seconds, shape));
  }
}

void write_connection(std::string& out, const Model& model, std::size_t c) {
  const Connection& connection = model.network.connections()[c];
  const auto& populations = model.network.populations();
  const ParameterBlock& layout = model.network.blocks()[c];
  out += fmt::format("\n[[connection]]\nfrom = {}\nto = {}\nkind = \"{}\"\n",
                     toml(populations[connection.from].name), toml(populations[connection.to].name),
                     kind_of(connection.kind));
  std::visit([&](const auto& kind) { out += lines(kind); }, connection.kind);
  write_delays(out, model, c);
  out += fmt::format("weights = {}\n",
                     nested(std::span(model.parameters).subspan(layout.offset, layout.size), layout.shape));
}

void write_loss(std::string& out, const Model& model) {
  out += fmt::format("\n[loss]\nkind = \"{}\"\n", kind_of(model.loss));
  std::visit(
      [&](const auto& loss) {
        out += fmt::format("population = {}\n", toml(model.network.populations()[loss.population].name));
        out += lines(loss);
        if constexpr (requires { loss.coefficients; })
          out += fmt::format("coefficients = {}\n",
                             nested(loss.coefficients.flat(),
                                    std::array{loss.coefficients.rows(), loss.coefficients.columns()}));
        if constexpr (requires { loss.label; })
          if (!model.data) out += fmt::format("label = {}\n", loss.label);
        if constexpr (requires { loss.target; }) {
          const auto [kind, content] = pattern(loss.target);
          out += fmt::format("\n[loss.target]\nkind = \"{}\"\n{} = {}\n", kind, kind, content);
        }
      },
      model.loss);
}

void write_regularisers(std::string& out, const Model& model) {
  for (const Regulariser& regulariser : model.regularisers) {
    out += fmt::format("\n[[regulariser]]\nkind = \"{}\"\npopulation = {}\n", kind_of(regulariser),
                       toml(model.network.populations()[population_of(regulariser)].name));
    std::visit([&](const auto& r) { out += lines(r); }, regulariser);
  }
}

void write_field(std::string& out, const FieldSettings& field) {
  if (!field.surrogates.empty()) {
    out += "\n[field]\nsurrogates = [\n";
    for (const Surrogate& surrogate : field.surrogates) out += "  " + inline_member(surrogate) + ",\n";
    out += "]\n";
  }
  if (field.scan) out += "\n[field.scan]\n" + lines(*field.scan);
  if (field.loop) out += "\n[field.loop]\n" + lines(*field.loop);
}

}  // namespace

std::string to_toml(const Model& model) {
  check(model);
  if (model.seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw UserError(fmt::format("seed {}: must be at most {} to be written to a model file", model.seed,
                                std::numeric_limits<std::int64_t>::max()));
  const Network& network = model.network;
  std::string out = fmt::format("seed = {}\n\n[time]\ndt = {}\nsteps = {}\n", model.seed,
                                toml(network.time().dt), network.steps());
  for (std::size_t p = 0; p < network.populations().size(); ++p) write_population(out, model, p);
  for (std::size_t c = 0; c < network.connections().size(); ++c) write_connection(out, model, c);
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    if (output_of(network.populations()[p].unit) != UnitOutput::given) continue;
    if (model.data && model.data->population == p) {
      out += fmt::format("\n[[input]]\npopulation = {}\nkind = \"data\"\n{}",
                         toml(network.populations()[p].name), lines(*model.data));
      continue;
    }
    const auto [kind, content] = pattern(model.input.values[p]);
    out += fmt::format("\n[[input]]\npopulation = {}\nkind = \"{}\"\n{} = {}\n",
                       toml(network.populations()[p].name), kind, kind, content);
  }
  write_loss(out, model);
  write_regularisers(out, model);
  out += "\n[estimator]\n" + lines(model.estimator) + "\n[training]\n" + lines(model.training);
  if (model.data) out += "\n[augmentation]\n" + lines(model.augmentation);
  write_field(out, model.field);
  return out;
}

}  // namespace spikegrad
