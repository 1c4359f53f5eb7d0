// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/tile.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/dropout.hpp"

namespace spikegrad::cpu {
namespace {

Workspace make_workspace(const Plan& plan) {
  Allocator make;
  return Workspace(plan, make);
}

/// A workspace with a tape that is kept in place of its own. What need not be kept stays its own, and so in cache: x of
/// a readout, which no backward pass looks at where the loss does not (backward.cpp); and D̄, while x is read from the tape.
class BorrowedTape {
 public:
  BorrowedTape(const Plan& plan, Workspace& space, KeptTape& tape, bool backward)
      : plan_(plan), space_(space), tape_(tape), backward_(backward) {
    swap();
    for (std::size_t p = 0; p < plan.populations.size(); ++p)
      if (backward && stays(plan.populations[p]))
        space.populations[p].kept_excess = tape.populations[p].excess.data();
  }
  BorrowedTape(const BorrowedTape&) = delete;
  BorrowedTape& operator=(const BorrowedTape&) = delete;
  ~BorrowedTape() {
    swap();
    for (PopulationSpace& population : space_.populations) population.kept_excess = nullptr;
  }

 private:
  bool stays(const PopulationPlan& population) const {
    const bool silent = population.layer.fire == Fire::none && population.layer.loop == LoopKind::uniform;
    return !plan_.asks_for_loss() && (backward_ || silent);
  }
  void swap() {
    for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
      PopulationTape &own = space_.populations[p], &kept = tape_.populations[p];
      std::swap(own, kept);
      if (stays(plan_.populations[p])) std::swap(own.excess, kept.excess);
    }
    for (std::size_t c = 0; c < plan_.connections.size(); ++c)
      std::swap(static_cast<DelayTape&>(space_.delays[c]), tape_.delays[c]);
  }

  const Plan& plan_;
  Workspace& space_;
  KeptTape& tape_;
  bool backward_;
};

}  // namespace

Tile::Tile(const Plan& plan)
    : plan_(plan),
      kernels_(kernels()),
      space_(make_workspace(plan)),
      losses_(plan),
      penalties_(plan),
      advantage_(plan.tile),
      sorted_(plan.populations.size()) {
  std::size_t largest = 0;
  for (const PopulationPlan& p : plan.populations)
    if (p.drops) largest = std::max(largest, p.size);
  of_units_.resize(largest);
}

void Tile::take_values(std::size_t s, std::size_t p, const DenseValues& dense) {
  PopulationSpace& space = space_.populations[p];
  const std::size_t size = plan_.populations[p].size;
  check_values(dense.values, plan_.steps * size);
  const auto [begin, units, values] = space.indices_of(s);
  std::uint32_t count = 0;
  for (std::size_t t = 0; t < plan_.steps; ++t) {
    begin[t] = count;
    const double* row = dense.values.data() + t * size;
    // Written in any case, kept if it is not 0: a branch on rare spikes is often mispredicted.
    for (std::size_t i = 0; i < size; ++i) {
      const auto value = static_cast<float>(row[i]);
      units[count] = static_cast<std::uint16_t>(i);
      values[count] = value;
      count += value != 0.0f;
    }
  }
  begin[plan_.steps] = count;
}

namespace {

/// Without a processor that is known to count bits, a table is faster than std::popcount.
constexpr std::array<std::uint8_t, 256> count_of_byte = [] {
  std::array<std::uint8_t, 256> counts{};
  for (unsigned byte = 0; byte < 256; ++byte) counts[byte] = static_cast<std::uint8_t>(std::popcount(byte));
  return counts;
}();

}  // namespace

void Tile::take_inputs(std::span<const Sample> samples, bool checked) {
  for (std::size_t s = 0; s < samples.size(); ++s) {
    require(samples[s].inputs.size() == plan_.input_count,
            "a sample needs one input for each input population");
    for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
      const PopulationPlan& population = plan_.populations[p];
      if (!population.input) {
        space_.activity[s][p] = population.sends ? space_.populations[p].activity_of(s) : Activity{};
        if (!population.valued && !drops_out(p)) space_.activity[s][p].values = nullptr;
        continue;
      }
      const SampleInput& input = samples[s].inputs[*population.input];
      if (const auto* events = std::get_if<EventList>(&input)) {
        if (!checked) check_events(*events, plan_.steps, population.size);
        space_.activity[s][p] = {events->begin.data(), events->units.data(), nullptr};
      } else if (population.sends) {
        take_values(s, p, std::get<DenseValues>(input));
        space_.activity[s][p] = space_.populations[p].activity_of(s);
      } else {
        space_.activity[s][p] = Activity{};
      }
    }
  }
}

/// Draws the factors m of the tile's samples.
void Tile::drop_out(const Run& run, std::span<const Sample> samples) {
  dropout_ = run.dropout;
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const PopulationPlan& population = plan_.populations[p];
    if (!drops_out(p)) continue;
    for (std::size_t s = 0; s < samples.size(); ++s)
      for (std::size_t t = 0; t < population.drop_rows; ++t) {
        float* dropout_scale = space_.populations[p].dropout_scale_of(population, s, t);
        draw_dropout(plan_.network, p, run.seed, samples[s].sample, samples[s].trial, t,
                     std::span(of_units_).first(population.size));
        for (std::size_t slot = 0; slot < population.size; ++slot)
          dropout_scale[slot] = of_units_[population.unit(slot)];
        std::fill(dropout_scale + population.size, dropout_scale + population.padded, 0.0f);
      }
  }
}

void Tile::run(const Run& run, std::span<const Sample> samples, const TileResults& results) {
  begin(run, samples);
  finish(run, samples, results);
}

void Tile::run_forward(const Run& run, std::span<const Sample> samples, const TileResults& results,
                       KeptTape& kept) {
  const BorrowedTape borrowed(plan_, space_, kept, false);
  begin(run, samples);
  for (std::size_t s = 0; s < results.outputs.size(); ++s) give_outputs(s, results.outputs[s]);
}

void Tile::run_backward(const Run& run, std::span<const Sample> samples, const TileResults& results,
                        KeptTape& kept) {
  const BorrowedTape borrowed(plan_, space_, kept, true);
  drop_out(run, samples);
  take_inputs(samples, true);
  finish(run, samples, results);
}

void Tile::begin(const Run& run, std::span<const Sample> samples) {
  drop_out(run, samples);
  take_inputs(samples);
  forward(run, samples);
}

void Tile::finish(const Run& run, std::span<const Sample> samples, const TileResults& results) {
  for (std::size_t s = 0; s < samples.size(); ++s) {
    SampleOutcome& outcome = results.outcomes[s];
    if (run.signals.empty()) {
      outcome = losses_.evaluate(samples[s], s, space_, run.gradient, run.value);
    } else {
      outcome = {};
      losses_.take(run.signals[results.first + s], s, space_);
    }
    outcome.penalty = penalties_.evaluate(s, space_, run.gradient);
    advantage_[s] = outcome.total() - samples[s].baseline;
    if (run.gradient && plan_.lowering.signal.credit) take_credits(s, samples[s]);
    if (results.activity) count_activity(s, (*results.activity)[results.first + s]);
    if (!results.records.empty()) record(s, results.records[s]);
    if (!results.outputs.empty()) give_outputs(s, results.outputs[s]);
  }
  if (!run.gradient) return;
  backward(run, samples.size(), results.input_gradients);
  add_weight_gradients(run, samples.size());
  add_filter_gradients(run, samples.size());
}

void Tile::count_activity(std::size_t s, std::span<double> sums) {
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const PopulationPlan& population = plan_.populations[p];
    sums[p] = 0.0;
    if (population.valued && drops_out(p)) {
      PopulationSpace& space = space_.populations[p];
      for (std::size_t t = 0; t < plan_.steps; ++t)
        for (std::size_t slot = 0; slot < population.size; ++slot)
          sums[p] += double{space.output[s * space.stride + population.at(t, slot, plan_.steps)]};
    } else if (!drops_out(p) && (population.sends || population.input || population.valued)) {
      const Activity& dropout_scale = space_.activity[s][p];
      if (!dropout_scale.begin) continue;
      if (!dropout_scale.values) {
        sums[p] = dropout_scale.begin[plan_.steps] - dropout_scale.begin[0];
        continue;
      }
      for (std::size_t k = dropout_scale.begin[0]; k < dropout_scale.begin[plan_.steps]; ++k)
        sums[p] += double{dropout_scale.values[k]};
    } else if (population.layer.fire != Fire::none) {
      PopulationSpace& space = space_.populations[p];
      const std::uint8_t* mask = space.mask_of(s);
      std::size_t spikes = 0;
      for (std::size_t t = 0; t < plan_.steps; ++t)
        for (std::size_t slot = 0; slot < population.size; slot += 8) {
          const unsigned valid = population.size - slot >= 8 ? 0xFFu : (1u << (population.size - slot)) - 1u;
          spikes += static_cast<std::size_t>(count_of_byte[mask[t * space.mask_pitch + slot / 8] & valid]);
        }
      sums[p] = static_cast<double>(spikes);
    }
  }
}

void Tile::record(std::size_t s, SampleRecord& record) {
  record.output.assign(plan_.populations.size(), {});
  record.excess.assign(plan_.populations.size(), {});
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
    const PopulationPlan& population = plan_.populations[p];
    PopulationSpace& space = space_.populations[p];
    Grid<float>& output = record.output[p];
    output.resize(plan_.steps, population.size);
    output.fill(0.0f);
    if (population.input) {
      const Activity& dropout_scale = space_.activity[s][p];
      if (!dropout_scale.begin) continue;
      for (std::size_t t = 0; t < plan_.steps; ++t)
        for (std::size_t k = dropout_scale.begin[t]; k < dropout_scale.begin[t + 1]; ++k)
          output[t][dropout_scale.units[k]] += dropout_scale.values ? dropout_scale.values[k] : 1.0f;
      continue;
    }
    record.excess[p].resize(plan_.steps, population.size);
    for (std::size_t t = 0; t < plan_.steps; ++t)
      for (std::size_t slot = 0; slot < population.size; ++slot) {
        const std::size_t at = population.at(t, slot, plan_.steps), unit = population.unit(slot);
        record.excess[p][t][unit] = space.excess_of(s)[at];
        output[t][unit] = space.output_at(population, s, t, slot);
      }
  }
}

void Tile::give_outputs(std::size_t s, const NumberSpan& to) {
  const PopulationPlan& p = plan_.populations[plan_.loss_population];
  PopulationSpace& space = space_.populations[plan_.loss_population];
  const bool numbers = p.layer.fire == Fire::none || p.valued;
  const float* rows = (p.layer.fire == Fire::none ? space.excess : space.output).data() + s * space.stride;
  const auto give = [&]<class T>(std::span<T> values) {
    if (values.empty()) return;
    p.for_panel_rows(
        plan_.steps, [&](std::size_t t, std::size_t first, std::size_t count, std::size_t place) {
          T* row = values.data() + t * p.size;
          if (numbers && p.unit_of_slot.empty())
            std::copy_n(rows + place, count, row + first);
          else
            for (std::size_t i = 0; i < count; ++i)
              row[p.unit(first + i)] = T{numbers ? rows[place + i] : space.output_at(p, s, t, first + i)};
        });
  };
  std::visit(give, to);
}

}  // namespace spikegrad::cpu
