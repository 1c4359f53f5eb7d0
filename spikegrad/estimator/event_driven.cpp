// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/event_driven.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "spikegrad/engine/dropout.hpp"

namespace spikegrad {
namespace {

/// V(s) = e^{-s/τ_m} V + κ(s) I.
double kappa(double tau_mem, double tau_syn, double s) {
  const double rate = 1.0 / tau_mem - 1.0 / tau_syn;
  // κ = (e^{-s/τ_s} - e^{-s/τ_m})/(τ_m rate) = e^{-s/τ_s} (1 - e^{-s rate})/(τ_m rate)
  const double x = s * rate;
  const double part = x == 0.0 ? 1.0 : -std::expm1(-x) / x;
  return std::exp(-s / tau_syn) * s / tau_mem * part;
}

/// The first time within `length` at which V reaches θ, if it does.
template <class F>
std::optional<double> first_crossing(const F& f, double v, double current, double length) {
  const auto at = [&](double s) {
    return std::exp(-s / f.tau_mem) * v + kappa(f.tau_mem, f.tau_syn, s) * current;
  };
  const auto slope = [&](double s) { return (current * std::exp(-s / f.tau_syn) - at(s)) / f.tau_mem; };
  if (slope(0.0) <= 0.0)
    return std::nullopt;  // V has one extremum: from here it falls, and comes back to 0 at most
  const auto bisect = [](double low, double high, const auto& beyond) {
    for (int k = 0; k < 200 && low < high; ++k) {
      const double middle = low + 0.5 * (high - low);
      if (middle == low || middle == high) break;
      (beyond(middle) ? high : low) = middle;
    }
    return high;
  };
  const double top =
      slope(length) >= 0.0 ? length : bisect(0.0, length, [&](double s) { return slope(s) < 0.0; });
  if (at(top) < f.threshold) return std::nullopt;
  return bisect(0.0, top, [&](double s) { return at(s) >= f.threshold; });
}

}  // namespace

std::string EventDrivenTrial::refuse(const Objective& objective) {
  const Network& network = objective.network;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    const auto no = [&](const std::string& why) {
      return "needs deterministic lif units whose potential a spike sets to 0, and population '" +
             population.name + "' " + why;
    };
    if (network.layout(p).learns_filter()) return no("learns its time constants or its threshold");
    if (population.refractory_steps > 0) return no("has a refractory period");
    if (!population.spikes()) continue;
    const auto* lif = std::get_if<Lif>(&population.unit);
    if (!lif) return no("is not of lif units");
    if (population.output != OutputKind::deterministic) return no("is not deterministic");
    if (lif->reset != Reset::multiplicative && lif->reset != Reset::subtractive)
      return no("has another reset");
    if (!(lif->threshold > 0.0)) return no("has no threshold above 0");
  }
  if (drops_by_step(network)) return "takes no dropout step by step: its spikes lie between steps";
  if (network.has_delays()) return "takes no delays of connections";
  if (output_of(network.populations()[population_of(objective.loss)].unit) != UnitOutput::potential)
    return "needs a loss of a readout's potentials";
  if (!objective.regularisers.empty())
    return "takes no regularisers: counts of spikes do not move with their times";
  return {};
}

/// What a spike (or value) of a unit brings to its targets.
void EventDrivenTrial::send(const Problem& problem, std::size_t population, std::size_t unit, double time,
                            double value, std::size_t spike, std::vector<std::vector<Arrival>>& to) {
  const Network& network = problem.network;
  const std::size_t u = network.layout(population).unit_offset + unit;
  const double sent = problem.dropout_scale.empty() ? value : value * problem.dropout_scale[u];
  if (sent == 0.0) return;
  for (std::size_t c = 0; c < network.connections().size(); ++c) {
    const Connection& connection = network.connections()[c];
    if (connection.from != population) continue;
    const Shape &from = network.populations()[population].shape,
                &target = network.populations()[connection.to].shape;
    const std::size_t first = network.layout(connection.to).unit_offset, offset = network.blocks()[c].offset;
    std::visit(
        [&](const auto& kind) {
          kind.for_each_target(from, target, unit, [&](std::size_t i, std::size_t k) {
            to[first + i].push_back({time, sent, offset + k, spike});
          });
        },
        connection.kind);
  }
}

/// Spikes of the inputs in step t, and biases: they arrive at (t+1) dt.
void EventDrivenTrial::send_inputs(const Problem& problem, std::size_t t,
                                   std::vector<std::vector<Arrival>>& to) {
  const Network& network = problem.network;
  const double time = static_cast<double>(t + 1) * network.time().dt;
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const PopulationLayout& layout = network.layout(p);
    for (std::size_t i = 0; i < network.populations()[p].size(); ++i) {
      if (output_of(network.populations()[p].unit) == UnitOutput::given) {
        tape_.output[t][layout.unit_offset + i] = problem.input.values[p][t][i];
        send(problem, p, i, time, problem.input.values[p][t][i], none, to);
      } else if (layout.bias_block) {
        to[layout.unit_offset + i].push_back(
            {time, 1.0, network.blocks()[*layout.bias_block].offset + network.populations()[p].bias_place(i),
             none});
      }
    }
  }
}

/// One unit from t dt to (t+1) dt.
void EventDrivenTrial::run_unit(const Problem& problem, std::size_t t, std::size_t population,
                                std::size_t unit, std::vector<Arrival>& arrivals) {
  const Network& network = problem.network;
  const Filter& f = filters_[population];
  const bool spikes = network.populations()[population].spikes();
  const double end = static_cast<double>(t + 1) * network.time().dt;
  const std::size_t u = network.layout(population).unit_offset + unit;
  double &v = potential_[u], &current = current_[u];
  double now = static_cast<double>(t) * network.time().dt;
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& a, const Arrival& b) { return a.time < b.time; });
  std::vector<Event>& events = events_[t][u];
  const auto pass = [&](double s) {
    v = std::exp(-s / f.tau_mem) * v + kappa(f.tau_mem, f.tau_syn, s) * current;
    current *= std::exp(-s / f.tau_syn);
    now += s;
  };
  for (std::size_t k = 0; k <= arrivals.size(); ++k) {
    const double until = k < arrivals.size() ? std::max(arrivals[k].time, now) : end;
    while (spikes) {
      const auto crossing = first_crossing(f, v, current, until - now);
      if (!crossing) break;
      pass(*crossing);
      v = 0.0;
      events.push_back({{}, spikes_.size()});
      spikes_.push_back({population, unit, now, current});
    }
    pass(until - now);
    now = until;
    if (k == arrivals.size()) break;
    current += arrivals[k].value * problem.parameters[arrivals[k].weight];
    events.push_back({arrivals[k], none});
  }
}

double EventDrivenTrial::forward(const Problem& problem) {
  const Network& network = problem.network;
  const std::size_t steps = network.steps(), units = network.unit_count();
  tape_.output.resize(steps, units);
  tape_.excess.resize(steps, units);
  tape_.output.fill(0.0);
  tape_.excess.fill(0.0);
  potential_.assign(units, 0.0);
  current_.assign(units, 0.0);
  spikes_.clear();
  events_.assign(steps, std::vector<std::vector<Event>>(units));
  filters_.assign(network.populations().size(), {});
  for (std::size_t p = 0; p < filters_.size(); ++p)
    std::visit(
        [&](const auto& unit) {
          if constexpr (requires { unit.tau_syn; }) filters_[p] = {unit.tau_mem, unit.tau_syn, 0.0};
          if constexpr (requires { unit.reset; }) filters_[p].threshold = unit.threshold;
        },
        network.populations()[p].unit);

  // Of the step now and the next: what arrives at its end belongs to the next one's beginning.
  std::vector<std::vector<Arrival>> now(units), next(units);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t p = 0; p < filters_.size(); ++p) {
      if (output_of(network.populations()[p].unit) == UnitOutput::given) continue;
      const std::size_t first = network.layout(p).unit_offset;
      for (std::size_t i = 0; i < network.populations()[p].size(); ++i) {
        const std::size_t u = first + i;
        tape_.excess[t][u] = potential_[u] - filters_[p].threshold;
        if (!network.populations()[p].spikes()) tape_.output[t][u] = potential_[u];
        const std::size_t before = spikes_.size();
        run_unit(problem, t, p, i, now[u]);
        for (std::size_t s = before; s < spikes_.size(); ++s)
          send(problem, p, i, spikes_[s].time + network.time().dt, 1.0, s, next);
      }
    }
    send_inputs(problem, t, next);
    std::swap(now, next);
    for (auto& arrivals : next) arrivals.clear();
  }
  return loss_value(problem.loss, network, tape_);
}

void EventDrivenTrial::backward(const Problem& problem, std::span<double> gradient) {
  const Network& network = problem.network;
  const std::size_t steps = network.steps(), units = network.unit_count();
  Signals signals;
  signals.reset(steps, units);
  add_loss_gradient(problem.loss, network, tape_, signals);
  std::vector<double> adj_v(units, 0.0), adj_i(units, 0.0);
  for (Spike& spike : spikes_) spike.of_arrivals = 0.0;
  for (std::size_t t = steps; t-- > 0;)
    for (std::size_t p = network.populations().size(); p-- > 0;) {
      const Filter& f = filters_[p];
      const std::size_t first = network.layout(p).unit_offset;
      if (output_of(network.populations()[p].unit) == UnitOutput::given) continue;
      for (std::size_t u = first; u < first + network.populations()[p].size(); ++u) {
        double now = static_cast<double>(t + 1) * network.time().dt;
        const auto back_to = [&](double time) {
          const double s = now - time;
          adj_i[u] = kappa(f.tau_mem, f.tau_syn, s) * adj_v[u] + std::exp(-s / f.tau_syn) * adj_i[u];
          adj_v[u] *= std::exp(-s / f.tau_mem);
          now = time;
        };
        const std::vector<Event>& events = events_[t][u];
        for (auto event = events.rbegin(); event != events.rend(); ++event) {
          if (event->own_spike != none) {
            const Spike& spike = spikes_[event->own_spike];
            back_to(spike.time);
            adj_v[u] =
                (adj_v[u] * spike.current - f.tau_mem * spike.of_arrivals) / (spike.current - f.threshold);
            continue;
          }
          const Arrival& arrival = event->arrival;
          back_to(arrival.time);
          gradient[arrival.weight] += arrival.value * adj_i[u];
          if (arrival.spike != none)
            spikes_[arrival.spike].of_arrivals += arrival.value * problem.parameters[arrival.weight] *
                                                  (adj_i[u] / f.tau_syn - adj_v[u] / f.tau_mem);
        }
        back_to(static_cast<double>(t) * network.time().dt);
        adj_v[u] += signals.output[t][u];
      }
    }
}

}  // namespace spikegrad
