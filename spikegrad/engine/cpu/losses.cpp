// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/losses.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"

namespace spikegrad::cpu {
namespace {

/// The populations before the loss population shrink to one unit, those behind it go.
Network view_of(const Plan& plan) {
  std::vector<Population> populations;
  for (std::size_t p = 0; p < plan.loss_population; ++p) {
    Population& one = populations.emplace_back();
    one.name = plan.network.populations()[p].name;
    one.unit = InputUnit{};
  }
  populations.push_back(plan.network.populations()[plan.loss_population]);
  populations.back().bias = false;
  populations.back().learn_time_constants = populations.back().learn_gains =
      populations.back().learn_threshold = LearnTimeConstants::none;
  return Network(plan.network.time(), std::move(populations), {});
}

bool is_cross_entropy(const Loss& loss) {
  return std::holds_alternative<MaxCrossEntropyLoss>(loss) ||
         std::holds_alternative<MeanCrossEntropyLoss>(loss);
}

/// The numbers of `count` slots from `first` on, from a row in the order of the units.
template <class T>
void take_row(const PopulationPlan& p, std::size_t first, std::size_t count, const T* units, float* slots) {
  if (p.unit_of_slot.empty())
    for (std::size_t i = 0; i < count; ++i) slots[i] = static_cast<float>(units[first + i]);
  else
    for (std::size_t i = 0; i < count; ++i) slots[i] = static_cast<float>(units[p.unit(first + i)]);
}

/// The reverse: `number(i)` of slot first + i into a row in the order of the units.
template <class Number>
void give_row(const PopulationPlan& p, std::size_t first, std::size_t count, const Number& number,
              double* units) {
  if (p.unit_of_slot.empty())
    for (std::size_t i = 0; i < count; ++i) units[first + i] = number(i);
  else
    for (std::size_t i = 0; i < count; ++i) units[p.unit(first + i)] = number(i);
}

/// Signals [steps, size] that are as few as those of a loss over the maximum, as events, the last step first; their number,
/// or more than `size` where there are more.
template <class T>
std::size_t list_events(const PopulationPlan& p, std::span<const T> signals, SignalEvent* events) {
  std::size_t count = 0;
  for (std::size_t t = signals.size() / p.size; t-- > 0;) {
    const T* row = signals.data() + t * p.size;
    bool any = false;
    for (std::size_t i = 0; i < p.size; ++i) any |= row[i] != T{0};
    for (std::size_t slot = 0; slot < p.size && any; ++slot)
      if (const auto d = static_cast<float>(row[p.unit(slot)]); d != 0.0f) {
        if (count == p.size) return count + 1;
        events[count++] = {static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(slot), d};
      }
  }
  return count;
}

std::uint32_t largest_of(const std::vector<double>& logits) {
  return static_cast<std::uint32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace

LossEvaluator::LossEvaluator(const Plan& plan)
    : plan_(plan),
      kernels_(weight_gradient_kernels()),
      view_(view_of(plan)),
      logits_(plan.populations[plan.loss_population].size) {
  const std::size_t padded = plan.populations[plan.loss_population].padded;
  largest_.resize(padded);
  largest_at_.resize(padded);
}

SampleOutcome LossEvaluator::evaluate(const Sample& sample, std::size_t s, Workspace& space, bool gradient,
                                      bool value) {
  const PopulationPlan& p = plan_.populations[plan_.loss_population];
  if (is_cross_entropy(*sample.loss) && plan_.takes_signals() && p.layer.fire == Fire::none)
    return cross_entropy(sample, s, space, gradient);
  const auto* loss = std::get_if<LinearLoss>(sample.loss);
  if (loss && plan_.takes_signals()) return linear(*loss, s, space, gradient, value);
  return general(sample, s, space, gradient);
}

/// loss/cross_entropy.hpp on a readout, without the detour by a tape in double precision.
SampleOutcome LossEvaluator::cross_entropy(const Sample& sample, std::size_t s, Workspace& space,
                                           bool gradient) {
  const PopulationPlan& p = plan_.populations[plan_.loss_population];
  PopulationSpace& readout = space.populations[plan_.loss_population];
  const std::size_t steps = plan_.steps, label = *label_of(*sample.loss);
  const bool over_max = std::holds_alternative<MaxCrossEntropyLoss>(*sample.loss);
  const float* potentials = readout.excess_of(s);
  for (std::size_t k = 0; k < p.panels(); ++k) {
    const std::size_t width = p.width(k), first = k * p.panel;
    const float* rows = potentials + first * steps;
    float* best = largest_.data() + first;
    std::uint32_t* at = largest_at_.data() + first;
    if (over_max) {
      kernels_.column_max(
          {.rows = rows, .pitch = width, .steps = steps, .width = width, .largest = best, .at = at});
    } else {
      std::fill_n(best, width, 0.0f);
      kernels_.column_sum({.sum = best, .delta = rows, .delta_pitch = width, .steps = steps, .width = width});
    }
  }
  for (std::size_t slot = 0; slot < p.size; ++slot)
    logits_[p.unit(slot)] =
        over_max ? double{largest_[slot]} : double{largest_[slot]} / static_cast<double>(steps);
  SampleOutcome outcome{detail::cross_entropy(logits_, label), largest_of(logits_)};
  if (!gradient) return outcome;

  const std::vector<double> adjoint = detail::cross_entropy_gradient(logits_, label);
  float* signal = readout.signal_of(s);
  std::fill(signal, signal + readout.stride, 0.0f);
  for (std::size_t slot = 0; slot < p.size; ++slot) {
    const auto d = static_cast<float>(adjoint[p.unit(slot)] / (over_max ? 1.0 : static_cast<double>(steps)));
    if (over_max) {
      signal[p.at(largest_at_[slot], slot, steps)] = d;
      readout.events[s * p.size + slot] = {largest_at_[slot], static_cast<std::uint32_t>(slot), d};
    } else {
      for (std::size_t t = 0; t < steps; ++t) signal[p.at(t, slot, steps)] = d;
    }
  }
  if (over_max) {
    readout.event_counts[s] = p.size;
    SignalEvent* events = readout.events.data() + s * p.size;
    std::sort(events, events + p.size, [](const SignalEvent& a, const SignalEvent& b) {
      return a.step != b.step ? a.step > b.step : a.slot < b.slot;
    });
  }
  return outcome;
}

template <class T>
void LossEvaluator::inject(std::span<const T> signals, std::size_t s, Workspace& space) {
  const PopulationPlan& p = plan_.populations[plan_.loss_population];
  PopulationSpace& judged = space.populations[plan_.loss_population];
  float* rows = judged.signal_of(s);
  if (p.padded > p.size) std::fill_n(rows, judged.stride, 0.0f);
  p.for_panel_rows(plan_.steps, [&](std::size_t t, std::size_t first, std::size_t count, std::size_t place) {
    take_row(p, first, count, signals.data() + t * p.size, rows + place);
  });
  if (p.sparse) judged.event_counts[s] = list_events(p, signals, judged.events.data() + s * p.size);
}

void LossEvaluator::take(const NumberSpan& signals, std::size_t s, Workspace& space) {
  std::visit([&]<class T>(std::span<T> given) { inject(std::span<const T>(given), s, space); }, signals);
}

/// loss/linear.hpp, likewise: the coefficients are the signal.
SampleOutcome LossEvaluator::linear(const LinearLoss& loss, std::size_t s, Workspace& space, bool gradient,
                                    bool value) {
  const PopulationPlan& p = plan_.populations[plan_.loss_population];
  PopulationSpace& judged = space.populations[plan_.loss_population];
  if (gradient) inject(loss.coefficients.flat(), s, space);
  if (!value) return {};
  double sum = 0.0;
  for (std::size_t t = 0; t < plan_.steps; ++t)
    for (std::size_t slot = 0; slot < p.size; ++slot) {
      const double coefficient = loss.coefficients[t][p.unit(slot)];
      if (coefficient != 0.0) sum += coefficient * double{judged.output_at(p, s, t, slot)};
    }
  return {.loss = sum};
}

void LossEvaluator::fill_tape(std::size_t s, Workspace& space) {
  const PopulationPlan& p = plan_.populations[plan_.loss_population];
  PopulationSpace& from = space.populations[plan_.loss_population];
  const std::size_t steps = plan_.steps, first = view_.layout(plan_.loss_population).unit_offset;
  tape_.output.resize(steps, view_.unit_count());
  tape_.excess.resize(steps, view_.unit_count());
  if (p.input) {
    tape_.output.fill(0.0);
    const Activity& dropout_scale = space.activity[s][plan_.loss_population];
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t k = dropout_scale.begin[t]; k < dropout_scale.begin[t + 1]; ++k)
        tape_.output[t][first + dropout_scale.units[k]] +=
            dropout_scale.values ? double{dropout_scale.values[k]} : 1.0;
    return;
  }
  const float* excess = from.excess_of(s);
  const float* numbers = p.layer.fire == Fire::none ? excess
                         : p.valued                 ? from.output.data() + s * from.stride
                                                    : nullptr;
  p.for_panel_rows(steps, [&](std::size_t t, std::size_t slot, std::size_t count, std::size_t place) {
    double *x = tape_.excess[t].data() + first, *y = tape_.output[t].data() + first;
    give_row(
        p, slot, count, [&](std::size_t i) { return double{excess[place + i]}; }, x);
    if (numbers)
      return give_row(
          p, slot, count, [&](std::size_t i) { return double{numbers[place + i]}; }, y);
    const std::uint8_t* mask = from.mask_of(s) + t * from.mask_pitch;
    give_row(
        p, slot, count, [&](std::size_t i) { return double(mask[(slot + i) / 8] >> (slot + i) % 8 & 1); }, y);
  });
}

SampleOutcome LossEvaluator::general(const Sample& sample, std::size_t s, Workspace& space, bool gradient) {
  const std::size_t population = plan_.loss_population;
  const PopulationPlan& p = plan_.populations[population];
  const LearningSignal& signal = plan_.lowering.signal;
  fill_tape(s, space);
  const Loss& loss = loss_of_pass(*sample.loss, signal.forcing, forced_loss_);
  SampleOutcome outcome{loss_value(loss, view_, tape_), prediction_of(*sample.loss, view_, tape_)};
  if (!gradient || p.input) return outcome;

  signals_.reset(plan_.steps, view_.unit_count());
  const std::size_t first = view_.layout(population).unit_offset;
  add_loss_signals(signal, loss, view_, tape_, signals_);
  PopulationSpace& to = space.populations[population];
  const Grid<double>& from = plan_.lowering.at_potential ? signals_.excess : signals_.output;
  float* rows = plan_.lowering.at_potential ? to.direct.data() + s * to.stride : to.signal_of(s);
  std::fill(rows, rows + to.stride, 0.0f);
  p.for_panel_rows(plan_.steps, [&](std::size_t t, std::size_t slot, std::size_t count, std::size_t place) {
    take_row(p, slot, count, from[t].data() + first, rows + place);
  });
  return outcome;
}

}  // namespace spikegrad::cpu
