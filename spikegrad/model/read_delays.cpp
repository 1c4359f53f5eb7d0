// SPDX-License-Identifier: Apache-2.0
// The keys of a connection's delays.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "spikegrad/model/read_sections.hpp"
#include "spikegrad/model/toml_numbers.hpp"
#include "spikegrad/network/initialiser.hpp"

namespace spikegrad {
namespace {

/// Of each unit of the source or each weight, s: an array, or drawn. Drawn ones that are not learned are whole steps.
std::vector<double> read_each(TomlTable& table, const toml::node& node, const DelayContext& context,
                              double longest, DelayPer per) {
  const bool by_synapse = per == DelayPer::synapse;
  const std::vector<std::size_t> shape =
      by_synapse ? context.weight_shape : std::vector<std::size_t>{context.source.size()};
  double size = 1.0;  // that cannot overflow
  for (const std::size_t side : shape) size *= static_cast<double>(side);
  if (size > static_cast<double>(ModelLimits::parameters))
    table.fail(
        "delays", node,
        fmt::format("makes {:.0f} delays, more than the {} that are allowed", size, ModelLimits::parameters));
  std::vector<double> delays(static_cast<std::size_t>(size));
  if (!node.is_table()) {
    if (!node.is_array())
      table.fail("delays", node,
                 fmt::format("must be an array of one number for each {} or {{ kind = \"uniform\", … }}; one "
                             "for all is delay = 10e-3",
                             by_synapse ? "weight" : "unit of the source"));
    read_nested(table, "delays", node, shape, by_synapse ? order_of(shape) : "[unit of the source]", delays);
    return delays;
  }
  const auto initialiser = read_member<Initialiser>(table, "delays", node);
  try {
    draw_delays(initialiser, context.connection, context.seed, delays);
  } catch (const UserError& error) {
    table.fail("delays", node, error.what());
  }
  const double dt = context.time.dt, run = dt * static_cast<double>(context.time.steps);
  for (double& delay : delays) {
    if (longest == 0.0) delay = std::round(delay / dt) * dt;
    if (!(delay >= 0.0) || (longest > 0.0 ? delay > longest : !(delay < run - 0.5 * dt)))
      table.fail("delays", node,
                 fmt::format("draws a delay of {:g} s: must be from 0 to {}", delay,
                             longest > 0.0 ? fmt::format("max_delay = {:g} s", longest)
                                           : fmt::format("below the {:g} s of the run", run)));
  }
  return delays;
}

}  // namespace

ConnectionDelays read_delays(TomlTable& table, const DelayContext& context) {
  ConnectionDelays delays;
  bool learned = false;
  table.read("learn_delays", learned, Range::any);
  if (learned)
    table.read_needed("max_delay", delays.longest, Range::positive, "the longest delay of learned ones, s");
  for (const std::string_view key : {"max_delay", "delay_steps"})
    if (const toml::node* node = table.find(key); node && !learned)
      table.fail(key, *node, "is for learn_delays = true");
  const toml::node *one = table.find("delay"), *each = table.find("delays"),
                   *steps = table.find("delay_steps");
  if ((one != nullptr) + (each != nullptr) + (steps != nullptr) > 1)
    table.fail("has more than one of delay, delays and delay_steps; must have one of them");
  table.read("delay_per", delays.per, Range::any);
  if (const toml::node* per = table.find("delay_per"); per && !learned && !each)
    table.fail("delay_per", *per, "is for delays that differ: delays = … or learn_delays = true");
  if (const toml::node* sigma = table.find("delay_sigma")) {
    if (!learned || delays.per != DelayPer::synapse)
      table.fail("delay_sigma", *sigma, "is for learn_delays = true with delay_per = \"synapse\"");
    table.convert("delay_sigma", *sigma, delays.spread.sigma, Range::positive);
    table.read("delay_sigma_end", delays.spread.sigma_end, Range::positive);
    table.read("delay_sigma_part", delays.spread.part, Range::positive);
  }
  for (const std::string_view key : {"delay_sigma_end", "delay_sigma_part"})
    if (const toml::node* node = table.find(key); node && delays.spread.sigma == 0.0)
      table.fail(key, *node, "is for delay_sigma");
  if (one) table.convert("delay", *one, delays.seconds.emplace_back(), Range::non_negative);
  if (each) delays.seconds = read_each(table, *each, context, delays.longest, delays.per);
  return delays;
}

void check_delay_steps(const TomlTable& table, const toml::node& node, double longest,
                       std::span<const double> steps) {
  const auto wrong =
      std::find_if(steps.begin(), steps.end(), [&](double d) { return !(d >= 0.0 && d <= longest); });
  if (wrong != steps.end())
    table.fail("delay_steps", node,
               fmt::format("has {:g}: must be from 0 to the {:g} steps of max_delay", *wrong, longest));
}

}  // namespace spikegrad
