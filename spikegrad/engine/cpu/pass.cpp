// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/pass.hpp"

#include <algorithm>
#include <exception>
#include <thread>

#include "spikegrad/core/random.hpp"
#include "spikegrad/engine/check_signals.hpp"
#include "spikegrad/engine/cpu/flush_denormals.hpp"
#include "spikegrad/engine/cpu/packing.hpp"

namespace spikegrad::cpu {
namespace {

/// The key of a population's spikes (DrawKey::key) and what ars::portable adds to it, round by round.
RoundKeys round_keys(std::uint64_t seed, std::size_t population) {
  DrawKey draw;
  draw.seed = seed;
  draw.population = static_cast<std::uint32_t>(population);
  Block key = draw.key();
  RoundKeys keys{};
  for (std::size_t r = 0; r <= ars::rounds; ++r, ars::advance_key(key))
    std::copy(key.begin(), key.end(), keys.begin() + static_cast<std::ptrdiff_t>(4 * r));
  return keys;
}

std::size_t groups_of(std::size_t samples) {
  return (samples + samples_a_group - 1) / samples_a_group;
}

/// Those of the samples first … first + count - 1.
TileResults results_of(const BatchResults& all, std::span<SampleOutcome> outcomes, std::size_t first,
                       std::size_t count, std::size_t inputs) {
  const auto part = [&]<class T>(std::span<T> of, std::size_t each) {
    return of.empty() ? of : of.subspan(first * each, count * each);
  };
  return {.outcomes = outcomes,
          .activity = all.activity,
          .first = first,
          .records = part(all.records, 1),
          .outputs = part(all.outputs, 1),
          .input_gradients = part(all.input_gradients, inputs)};
}

}  // namespace

CpuPass::CpuPass(const Objective& objective, const LearningSignal& signal, unsigned threads)
    : objective_(objective),
      plan_(objective, signal),
      threads_(threads),
      packed_(zeros(plan_.packed_count + lane_block)),
      transposed_(zeros(plan_.transposed_count + lane_block)),
      total_(zeros(plan_.packed_count + lane_block)),
      decays_(zeros(plan_.decay_count)),
      delay_steps_(plan_.delay_count),
      delay_numbers_(3 * plan_.delay_count) {}

std::size_t CpuPass::threads_for(std::size_t samples) const {
  return std::clamp<std::size_t>(threads_, 1, std::max<std::size_t>(groups_of(samples), 1));
}

std::size_t CpuPass::bytes(std::size_t samples) const {
  return (packed_.size() + transposed_.size() + total_.size() + decays_.size() + delay_numbers_.size()) *
             sizeof(float) +
         delay_steps_.size() * sizeof(std::int32_t) + threads_for(samples) * workspace_bytes(plan_) +
         synapse_bytes(plan_);
}

void CpuPass::run_tile(const Run& run, std::span<const Sample> samples, const TileResults& results,
                       Tile& tile, Half half) {
  if (half == Half::both) return tile.run(run, samples, results);
  std::unique_ptr<KeptTape>& kept = kept_[results.first / plan_.tile];
  if (half == Half::backward) return tile.run_backward(run, samples, results, *kept);
  if (!kept) {
    Allocator make;
    kept = std::make_unique<KeptTape>(plan_, make);
  }
  tile.run_forward(run, samples, results, *kept);
}

/// Takes one group after another, tile by tile, and adds each to the total when its turn has come.
void CpuPass::work(const Batch& batch, const BatchResults& results, const Run& run, Tile& tile,
                   std::atomic<std::size_t>& next, Turnstile& turnstile, Half half, bool keep) {
  const FlushDenormals flush;
  const std::size_t size = batch.samples.size();
  std::vector<SampleOutcome> outcomes(plan_.tile);
  try {
    for (std::size_t group; (group = next++) * samples_a_group < size;) {
      const std::size_t end = std::min(size, (group + 1) * samples_a_group);
      for (std::size_t first = group * samples_a_group; first < end; first += plan_.tile) {
        const std::size_t count = std::min(plan_.tile, end - first);
        run_tile(run, batch.samples.subspan(first, count),
                 results_of(results, outcomes, first, count, plan_.input_count), tile, half);
        if (!results.outcomes.empty()) std::copy_n(outcomes.begin(), count, results.outcomes.begin() + first);
      }
      if (!run.gradient) continue;
      if (keep) {
        kernels().add_and_clear(group_sums_[group].data(), tile.gradient(), plan_.packed_count);
        continue;
      }
      if (!turnstile.wait_for(group)) return;
      kernels().add_and_clear(total_.data(), tile.gradient(), plan_.packed_count);
      turnstile.advance();
    }
  } catch (...) {
    turnstile.fail(std::current_exception());
    next = groups_of(size);
  }
}

void CpuPass::pack_parameters(const Batch& batch, const BatchResults& results, Run& run, bool packed) {
  if (!packed) {
    pack(plan_, batch.parameters, packed_.data());
    synapses_.assign(plan_, batch.parameters, batch.done);
    pack_synapses(plan_, synapses_, packed_.data());
    pack_decays(plan_, batch.parameters, decays_.data());
    pack_delays(plan_, batch.parameters, delay_steps_.data(), delay_numbers_.data());
  }
  run.packed = packed_.data();
  run.decays = decays_.data();
  run.delay_steps = delay_steps_.data();
  run.delay_numbers = delay_numbers_.data();
  if (!run.gradient) return;
  pack_transposed(plan_, plan_.lowering.back_through(batch.parameters), synapses_, transposed_.data());
  run.transposed = transposed_.data();
  const bool fresh =
      std::all_of(results.gradient.begin(), results.gradient.end(), [](double g) { return g == 0.0; });
  if (fresh || !synapses_.parameters.empty()) std::fill_n(total_.data(), plan_.packed_count, 0.0f);
  if (!fresh) pack(plan_, results.gradient, total_.data());
}

CpuPass::Key CpuPass::key_of(const Batch& batch) {
  return {batch.samples.empty() ? nullptr : batch.samples[0].inputs.data(),
          batch.parameters.data(),
          batch.samples.size(),
          batch.seed,
          batch.dropout,
          batch.done};
}

void CpuPass::forward(const Batch& batch, const BatchResults& results) {
  kept_key_.reset();
  const std::size_t tiles = (batch.samples.size() + plan_.tile - 1) / plan_.tile;
  const bool outputs_alone = results.outcomes.empty() && !results.activity && results.records.empty();
  if (!outputs_alone || tiles * tape_bytes(plan_) > most_kept) {
    kept_.clear();
    return Pass::forward(batch, results);
  }
  kept_.resize(std::max(kept_.size(), tiles));
  run(batch, {.outputs = results.outputs}, Half::forward);
  kept_key_ = key_of(batch);
}

void CpuPass::backward(const Batch& batch, const BatchResults& results) {
  const bool takes = batch.signals.empty() || plan_.takes_signals();
  if (results.gradient.empty() || !takes || kept_key_ != key_of(batch)) return Pass::backward(batch, results);
  kept_key_.reset();  // what it refers to may be gone by the next time
  run(batch, {.gradient = results.gradient, .input_gradients = results.input_gradients}, Half::backward);
}

void CpuPass::run(const Batch& batch, const BatchResults& results) {
  kept_key_.reset();  // a backward() that follows is of this batch, which may lie where the kept one lay
  run(batch, results, Half::both);
}

void CpuPass::run_groups(const Batch& batch, const BatchResults& results) {
  kept_key_.reset();
  group_count_ = groups_of(batch.samples.size());
  while (group_sums_.size() < group_count_) group_sums_.push_back(zeros(plan_.packed_count + lane_block));
  try {
    run(batch, results, Half::both, true);
  } catch (...) {
    group_sums_.clear();
    throw;
  }
}

std::span<std::byte> CpuPass::sum() {
  return std::as_writable_bytes(std::span(total_.data(), plan_.packed_count));
}

void CpuPass::add_groups(std::size_t first, std::size_t size) {
  const FlushDenormals flush;
  for (std::size_t g = 0; g < group_count_; ++g)
    kernels().add_and_clear(total_.data() + first / sizeof(float),
                            group_sums_[g].data() + first / sizeof(float), size / sizeof(float));
}

void CpuPass::give_sum(std::span<double> gradient) const {
  unpack(plan_, total_.data(), gradient);
  unpack_synapses(plan_, synapses_, total_.data(), gradient);
}

std::size_t CpuPass::grouped_bytes(std::size_t samples) const {
  return bytes(samples) + groups_of(samples) * (plan_.packed_count + lane_block) * sizeof(float);
}

void CpuPass::run(const Batch& batch, const BatchResults& results, Half half, bool keep) {
  Batch without = batch;
  if (half == Half::backward) {
    check_signals(objective_, batch);
    without.signals = {};
  }
  check(objective_, without, results);
  Run run;
  run.seed = batch.seed;
  run.dropout = batch.dropout;
  run.gradient = !results.gradient.empty();
  run.value = half != Half::backward || plan_.asks_for_loss();
  run.signals = batch.signals;
  pack_parameters(batch, results, run, half == Half::backward);
  for (std::size_t p = 0; p < plan_.populations.size(); ++p) run.keys.push_back(round_keys(batch.seed, p));
  if (results.activity) results.activity->resize(batch.samples.size(), plan_.populations.size());

  const std::size_t threads = threads_for(batch.samples.size());
  while (tiles_.size() < threads) tiles_.push_back(std::make_unique<Tile>(plan_));
  std::atomic<std::size_t> next{0};
  Turnstile turnstile;
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < threads; ++i)
      helpers.emplace_back([&, i] { work(batch, results, run, *tiles_[i], next, turnstile, half, keep); });
    work(batch, results, run, *tiles_[0], next, turnstile, half, keep);
  }
  try {
    turnstile.rethrow();
  } catch (...) {
    kept_.clear();
    tiles_.clear();  // what they hold of unfinished groups must not enter the next run
    throw;
  }
  if (run.gradient && !keep) give_sum(results.gradient);
}

}  // namespace spikegrad::cpu
