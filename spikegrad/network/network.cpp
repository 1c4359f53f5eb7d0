// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/network.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/kinds.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t largest_side = std::size_t{1} << 31;  ///< so that no product of two overflows

std::string describe(const Shape& shape) {
  if (shape.channels == 1 && shape.rows == 1) return std::to_string(shape.positions);
  return "[" + std::to_string(shape.channels) + ", " +
         (shape.rows > 1 ? std::to_string(shape.rows) + ", " : "") + std::to_string(shape.columns()) + "]";
}

std::string describe_number(double value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

/// Where a convolution's kernel, stride, dilation or groups are 0, its padding is beyond reason, or it does not take
/// the one shape to the other.
void check_shapes(const Window& w, const std::string& where, const Shape& from, const Shape& to) {
  for (const WindowAxis& axis : {w.rows, w.columns}) {
    if (axis.kernel == 0 || axis.stride == 0) throw UserError(where + "kernel and stride must be 1 or more");
    if (axis.dilation == 0) throw UserError(where + "dilation must be 1 or more");
    if (std::max({axis.kernel, axis.stride, axis.padding, axis.dilation}) > largest_side)
      throw UserError(where + "kernel, stride, padding and dilation must be at most " +
                      std::to_string(largest_side));
  }
  if (w.groups == 0) throw UserError(where + "groups must be 1 or more");
  for (const auto& [channels, whose] : {std::pair{from.channels, "source"}, std::pair{to.channels, "target"}})
    if (channels % w.groups != 0)
      throw UserError(where + std::to_string(w.groups) + " groups do not divide the " +
                      std::to_string(channels) + " channels of its " + whose);
  const std::size_t rows = w.rows.targets(from.rows), columns = w.columns.targets(from.columns());
  const auto refuse_wide = [&](const WindowAxis& axis, std::size_t places, const std::string& what) {
    throw UserError(where + "kernel " + std::to_string(axis.kernel) +
                    (axis.dilation > 1 ? ", dilation " + std::to_string(axis.dilation) + "," : "") +
                    " is wider than the " + std::to_string(places) + " padded " + what + " of its source");
  };
  const bool flat = from.rows == 1 && w.rows.kernel == 1;
  if (rows == 0) refuse_wide(w.rows, from.rows + 2 * w.rows.padding, "rows");
  if (columns == 0)
    refuse_wide(w.columns, from.columns() + 2 * w.columns.padding, flat ? "positions" : "columns");
  if (to.rows == rows && to.columns() == columns) return;
  const Shape right{to.channels, rows * columns, rows};
  const std::string channels = std::to_string(to.channels);
  throw UserError(
      where + "its target has shape " + describe(to) + ", but from shape " + describe(from) +
      " this convolution gives " +
      (rows > 1 ? std::to_string(rows) + " rows and " + std::to_string(columns) + " columns"
                : std::to_string(columns) + " positions") +
      ": shape = " +
      (right.channels == 1 && rows == 1 ? "[1, " + std::to_string(columns) + "]" : describe(right)));
}

void check_shapes(const Dense&, const std::string&, const Shape&, const Shape&) {}
void check_shapes(const Conv1d& conv, const std::string& where, const Shape& from, const Shape& to) {
  for (const Shape& shape : {from, to})
    if (shape.rows > 1)
      throw UserError(where + "'conv1d' is for shapes [channels, positions], not " + describe(shape) +
                      ": 'conv2d' is for those");
  check_shapes(conv.window(), where, from, to);
}
void check_shapes(const Conv2d& conv, const std::string& where, const Shape& from, const Shape& to) {
  check_shapes(conv.window(), where, from, to);
}

void check_population(const Population& p, const std::vector<Population>& all) {
  if (p.name.empty()) throw UserError("a population has no name");
  if (p.size() == 0) throw UserError("population '" + p.name + "': size must be 1 or more");
  if (p.shape.rows == 0 || p.shape.positions % p.shape.rows != 0)
    throw UserError("population '" + p.name + "': its " + std::to_string(p.shape.positions) +
                    " positions are not those of " + std::to_string(p.shape.rows) + " rows");
  std::size_t same = 0;
  for (const auto& other : all) same += other.name == p.name;
  const std::string where = "population '" + p.name + "': ";
  if (same > 1) throw UserError(where + "the name is used twice");
  if (!(p.dropout >= 0.0 && p.dropout < 1.0)) throw UserError(where + "dropout must be from 0 to below 1");
  if (p.dropout > 0.0 && !p.spikes())
    throw UserError(where + "dropout is for units that spike, which '" + std::string(kind_of(p.unit)) +
                    "' units do not");
  if (p.refractory_steps > 0 && !(p.spikes() && timing_of(p.unit) == DriveTiming::next_step))
    throw UserError(where + "a refractory period is for units with a memory that spike, which '" +
                    std::string(kind_of(p.unit)) + "' units are not");
  if (p.refractory_steps > 0 && p.output == OutputKind::analog)
    throw UserError(where +
                    "a refractory period is for units that spike or do not: analog outputs have none");
  std::visit([&](const auto& unit) { check_fields(unit, where); }, p.unit);
  if (!p.spikes()) return;
  std::visit([&](const auto& f) { check_fields(f, where + "escape."); }, p.escape);
  if (p.surrogate) std::visit([&](const auto& g) { check_fields(g, where + "surrogate."); }, *p.surrogate);
}

void check_connection(const Connection& c, const std::string& name,
                      const std::vector<Population>& populations) {
  const Population &from = populations[c.from], &to = populations[c.to];
  if (timing_of(to.unit) == DriveTiming::none)
    throw UserError("connection '" + name + "': '" + to.name + "' is an input and takes no connections");
  if (output_of(from.unit) == UnitOutput::potential)
    throw UserError("connection '" + name + "': '" + from.name +
                    "' is a readout and has no outgoing connections");
  if (timing_of(to.unit) == DriveTiming::same_step && c.from >= c.to)
    throw UserError("connection '" + name + "': the binary unit '" + to.name +
                    "' reads the same step's output of '" + from.name +
                    "', which must therefore come before it in the file");
  std::visit(
      [&](const auto& kind) { check_shapes(kind, "connection '" + name + "': ", from.shape, to.shape); },
      c.kind);
}

/// Whole numbers of steps are exact, whatever the rounding of seconds.
double in_steps(double seconds, double dt) {
  const double steps = seconds / dt, whole = std::round(steps);
  return std::abs(steps - whole) <= 1e-9 * std::max(1.0, whole) ? whole : steps;
}

/// Of a tenth of a step and below, what the Gaussian has beside its delay's nearest step is nothing.
DelaySpread spread_in_steps(const ConnectionDelays& delays, const std::string& where, const TimeGrid& time) {
  const DelaySpread& given = delays.spread;
  if (given.sigma == 0.0) return {};
  if (!(delays.longest > 0.0 && delays.per == DelayPer::synapse))
    throw UserError(where + "only learned delays of synapses can be spread by a Gaussian");
  const double first = given.sigma / time.dt, last = given.sigma_end == 0.0 ? 0.5 : given.sigma_end / time.dt;
  if (!(last >= 0.1 && first >= last && std::isfinite(first)))
    throw UserError(where + "widths of the Gaussian from " + describe_number(first) + " to " +
                    describe_number(last) +
                    " steps: the last must be 0.1 steps or more, and the first no less than that");
  if (!(given.part > 0.0 && given.part <= 1.0))
    throw UserError(where + "the part of the training in which the Gaussian shrinks must be above 0, to 1");
  return {first, last, given.part};
}

/// A delay as long as the run would let nothing arrive.
void check_delay(double seconds, const std::string& where, const char* what, const TimeGrid& time) {
  if (!contains(Range::non_negative, seconds))
    throw UserError(where + what + ": must be " + std::string(describe(Range::non_negative)));
  if (!(in_steps(seconds, time.dt) < static_cast<double>(time.steps)))
    throw UserError(where + what + " is " + describe_number(seconds) +
                    " s: must be shorter than the run of " +
                    describe_number(time.dt * static_cast<double>(time.steps)) + " s");
}

}  // namespace

Network::Network(TimeGrid time, std::vector<Population> populations, std::vector<Connection> connections)
    : time_(time), populations_(std::move(populations)), connections_(std::move(connections)) {
  if (populations_.empty()) throw UserError("the network has no population");
  if (!contains(Range::positive, time_.dt))
    throw UserError("the network's time step [time] dt must be " + std::string(describe(Range::positive)));
  if (time_.steps == 0) throw UserError("the network runs for no steps: [time] steps must be 1 or more");

  for (auto& p : populations_) {
    check_population(p, populations_);
    if (auto* hazard = std::get_if<ExponentialHazardEscape>(&p.escape)) hazard->dt = time_.dt;
    PopulationLayout layout;
    layout.unit_offset = unit_count_;
    layout.state_offset = state_count_;
    layout.state_size = state_size_of(p.unit);
    std::visit(
        [&](const auto& unit) {
          const auto decays = decays_of(unit, time_.dt);
          std::copy(decays.begin(), decays.end(), layout.decay.begin());
        },
        p.unit);
    unit_count_ += p.size();
    state_count_ += p.size() * layout.state_size;
    layouts_.push_back(layout);
  }

  for (std::size_t c = 0; c < connections_.size(); ++c) {
    const Connection& connection = connections_[c];
    if (connection.from >= populations_.size() || connection.to >= populations_.size())
      throw UserError("connection " + std::to_string(connection.from) + "->" + std::to_string(connection.to) +
                      ": there are " + std::to_string(populations_.size()) +
                      " populations; their numbers begin with 0");
    const Population &from = populations_[connection.from], &to = populations_[connection.to];
    std::string name = from.name + "->" + to.name;
    check_connection(connection, name, populations_);
    for (const auto& block : blocks_)
      if (block.name == name) throw UserError("connection '" + name + "': there are two of them");
    layouts_[connection.to].incoming.push_back(c);
    add_block(ParameterKind::weight, std::move(name),
              std::visit([&](const auto& kind) { return kind.weight_shape(from.shape, to.shape); },
                         connection.kind));
  }
  for (std::size_t p = 0; p < populations_.size(); ++p) {
    if (!populations_[p].bias) continue;
    if (timing_of(populations_[p].unit) == DriveTiming::none)
      throw UserError("population '" + populations_[p].name + "': an input has no bias");
    layouts_[p].bias_block = blocks_.size();
    add_block(ParameterKind::bias, populations_[p].name + ".bias",
              {populations_[p].bias_per == BiasPer::channel ? populations_[p].shape.channels
                                                            : populations_[p].size()});
  }
  for (std::size_t p = 0; p < populations_.size(); ++p) {
    const Population& population = populations_[p];
    const auto names = time_constants_of(population.unit);
    const auto gains = gains_of(population.unit);
    const std::size_t thresholds = has_learnable_threshold(population.unit) ? 1 : 0;
    const auto need = [&](LearnTimeConstants learn, std::size_t count, const char* what) {
      if (learn != LearnTimeConstants::none && count == 0)
        throw UserError("population '" + population.name + "': '" + std::string(kind_of(population.unit)) +
                        "' units have no " + what + " to learn");
    };
    need(population.learn_time_constants, names.size(), "time constants");
    need(population.learn_gains, gains.size() - thresholds, "gains");
    need(population.learn_threshold, thresholds, "threshold");
    for (std::size_t k = 0; k < names.size() + gains.size(); ++k) {
      const LearnTimeConstants learn = population.learning(k);
      if (learn == LearnTimeConstants::none) continue;
      layouts_[p].learned[k] = blocks_.size();
      const std::vector<std::size_t> sides = {learn == LearnTimeConstants::unit ? population.size() : 1};
      if (k < names.size()) {
        add_block(ParameterKind::log_tau, population.name + ".log_" + std::string(names[k]), sides);
        continue;
      }
      const Gain& gain = gains[k - names.size()];
      add_block(ParameterKind::gain, population.name + "." + std::string(gain.name), sides);
      blocks_.back().lowest = gain.lowest;
      blocks_.back().highest = gain.highest;
    }
  }
  for (std::size_t c = 0; c < connections_.size(); ++c) add_delays(c);
}

void Network::add_delays(std::size_t connection) {
  const ConnectionDelays& given = connections_[connection].delays;
  const std::string name = blocks_[connection].name;
  const std::string where = "connection '" + name + "': ";
  const Population& source = populations_[connections_[connection].from];
  const bool by_synapse = given.per == DelayPer::synapse;
  const std::size_t size = by_synapse ? blocks_[connection].size : source.size();
  DelayLayout& layout = delays_.emplace_back();
  layout.per = given.per;
  check_delay(given.longest, where, "its longest delay", time_);
  if (given.seconds.size() > 1 && given.seconds.size() != size)
    throw UserError(where + std::to_string(given.seconds.size()) + " delays: must be one for each of the " +
                    std::to_string(size) + (by_synapse ? " weights" : " units of '" + source.name + "'"));
  for (const double seconds : given.seconds) check_delay(seconds, where, "a delay", time_);
  layout.spread = spread_in_steps(given, where, time_);
  const bool learned = given.longest > 0.0;
  if (!learned) {
    for (const double seconds : given.seconds) layout.steps.push_back(in_steps(seconds, time_.dt));
    return;
  }
  for (const double seconds : given.seconds)
    if (seconds > given.longest)
      throw UserError(where + "a delay is " + describe_number(seconds) + " s: must be at most the longest, " +
                      describe_number(given.longest) + " s");
  layout.longest = in_steps(given.longest, time_.dt);
  layout.block = blocks_.size();
  add_block(ParameterKind::delay, name + ".delays",
            by_synapse ? blocks_[connection].shape : std::vector<std::size_t>{size});
  blocks_.back().lowest = 0.0;
  blocks_.back().highest = layout.longest;
}

bool Network::has_delays() const {
  return std::any_of(delays_.begin(), delays_.end(), [](const DelayLayout& d) { return d.any(); });
}

std::string Network::spread_connection() const {
  for (std::size_t c = 0; c < delays_.size(); ++c)
    if (delays_[c].spread.sigma > 0.0) return blocks_[c].name;
  return {};
}

void Network::add_block(ParameterKind kind, std::string name, std::vector<std::size_t> shape) {
  const auto size = std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
  blocks_.push_back({.kind = kind,
                     .name = std::move(name),
                     .shape = std::move(shape),
                     .offset = parameter_count_,
                     .size = size});
  parameter_count_ += size;
}

Network Network::with_surrogate(const Surrogate& g) const {
  std::visit([](const auto& member) { check_fields(member, "surrogate: "); }, g);
  Network other = *this;
  for (auto& p : other.populations_)
    if (p.spikes()) p.surrogate = g;
  return other;
}

Network Network::with_spikes(OutputKind output) const {
  Network other = *this;
  for (auto& p : other.populations_)
    if (p.spikes() && p.output != OutputKind::analog) p.output = output;
  return other;
}

std::size_t Network::stochastic_spike_count() const {
  std::size_t units = 0;
  for (const auto& p : populations_)
    if (p.is_stochastic()) units += p.size();
  return units * time_.steps;
}

std::size_t Network::find(const std::string& population_name) const {
  std::string names;
  for (std::size_t p = 0; p < populations_.size(); ++p) {
    if (populations_[p].name == population_name) return p;
    names += (p ? ", " : "") + populations_[p].name;
  }
  throw UserError("there is no population '" + population_name + "' (there are: " + names + ")");
}

}  // namespace spikegrad
