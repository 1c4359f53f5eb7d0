// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/ranks/pass.hpp"

#include <algorithm>
#include <cstring>

namespace spikegrad {
namespace {

/// Of the running sum, sent from rank to rank at a time: small enough that many ranks work at once and that it needs no
/// word with the receiver first (Open MPI: below 64 KB), large enough that its way takes longer than its start.
constexpr std::size_t sum_piece = std::size_t{32} << 10;
static_assert(sum_piece % GroupedPass::piece == 0);

/// Grids of the sizes that a pass gives them, to be written into.
void shape(const Network& network, SampleRecord& record) {
  record.output.resize(network.populations().size());
  record.excess.resize(network.populations().size());
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    record.output[p].resize(network.steps(), population.size());
    if (output_of(population.unit) != UnitOutput::given)
      record.excess[p].resize(network.steps(), population.size());
  }
}

/// visit(bytes) for all that is said of sample k, of `inputs` input populations.
template <class Visit>
void for_each_result(const BatchResults& results, std::size_t k, std::size_t inputs, Visit&& visit) {
  const auto numbers = [&](const NumberSpan& span) {
    std::visit([&](auto values) { visit(std::as_writable_bytes(values)); }, span);
  };
  if (!results.outcomes.empty()) visit(std::as_writable_bytes(results.outcomes.subspan(k, 1)));
  if (results.activity) visit(std::as_writable_bytes((*results.activity)[k]));
  if (!results.records.empty())
    for (auto* grids : {&results.records[k].output, &results.records[k].excess})
      for (Grid<float>& grid : *grids) visit(std::as_writable_bytes(std::span(grid.flat())));
  if (!results.outputs.empty()) numbers(results.outputs[k]);
  for (const NumberSpan& span : of_sample(results.input_gradients, k, inputs)) numbers(span);
}

}  // namespace

std::size_t RanksPass::working(std::size_t samples) const {
  return std::min(groups(samples), ranks_.count());
}

RanksPass::Part RanksPass::part_of(std::size_t samples, std::size_t rank) const {
  const std::size_t ranks = working(samples);
  if (rank >= ranks) return {samples, samples};
  const auto [first, last] = share_of(groups(samples), rank, ranks);
  return {first * group_size_, std::min(samples, last * group_size_)};
}

std::size_t RanksPass::bytes(std::size_t samples) const {
  if (groups(samples) < 2) return inner_->bytes(samples);
  return inner_->grouped_bytes(part_of(samples, ranks_.rank()).size());
}

void RanksPass::run_part(const Batch& batch, const BatchResults& results, Part part) {
  const auto cut = [&](auto span, std::size_t each) {
    return span.empty() ? span : span.subspan(part.first * each, part.size() * each);
  };
  const std::size_t inputs = batch.samples.front().inputs.size();
  const Batch own{batch.parameters, cut(batch.samples, 1), batch.seed, batch.dropout, batch.done};
  const BatchResults into{.gradient = results.gradient,
                          .outcomes = cut(results.outcomes, 1),
                          .activity = results.activity ? &part_activity_ : nullptr,
                          .records = cut(results.records, 1),
                          .outputs = cut(results.outputs, 1),
                          .input_gradients = cut(results.input_gradients, inputs)};
  if (results.gradient.empty())
    inner_->run(own, into);
  else
    inner_->run_groups(own, into);
  if (!results.activity) return;
  results.activity->resize(batch.samples.size(), objective_.network.populations().size());
  for (std::size_t k = 0; k < part.size(); ++k)
    std::copy(part_activity_[k].begin(), part_activity_[k].end(),
              (*results.activity)[part.first + k].begin());
}

void RanksPass::share(std::size_t samples, const BatchResults& results) {
  const std::size_t inputs = results.input_gradients.size() / samples;
  for (SampleRecord& record : results.records) shape(objective_.network, record);
  sizes_.assign(ranks_.count(), 0);
  for (std::size_t r = 0; r < sizes_.size(); ++r)
    for (std::size_t k = part_of(samples, r).first; k < part_of(samples, r).last; ++k)
      for_each_result(results, k, inputs, [&](std::span<std::byte> bytes) { sizes_[r] += bytes.size(); });
  std::size_t all = 0;
  for (const std::size_t size : sizes_) all += size;
  if (all == 0) return;
  exchanged_.resize(all);
  // visit(bytes of a result, their place in the exchange) for the samples of some ranks
  const auto for_parts = [&](auto&& wanted, auto&& visit) {
    std::size_t at = 0;
    for (std::size_t r = 0; r < sizes_.size(); ++r) {
      const Part part = part_of(samples, r);
      if (!wanted(r)) {
        at += sizes_[r];
        continue;
      }
      for (std::size_t k = part.first; k < part.last; ++k)
        for_each_result(results, k, inputs, [&](std::span<std::byte> bytes) {
          if (!bytes.empty()) visit(bytes, exchanged_.data() + at);
          at += bytes.size();
        });
    }
  };
  const std::size_t own = ranks_.rank();
  for_parts([&](std::size_t r) { return r == own; },
            [](std::span<std::byte> from, std::byte* to) { std::memcpy(to, from.data(), from.size()); });
  ranks_.gather(exchanged_, sizes_);
  for_parts([&](std::size_t r) { return r != own; },
            [](std::span<std::byte> to, const std::byte* from) { std::memcpy(to.data(), from, to.size()); });
}

void RanksPass::run(const Batch& batch, const BatchResults& results) {
  const std::size_t samples = batch.samples.size();
  if (groups(samples) < 2) return inner_->run(batch, results);  // the same on every rank
  check(objective_, batch, results);
  run_part(batch, results, part_of(samples, ranks_.rank()));
  share(samples, results);
  if (results.gradient.empty()) return;
  ranks_.pass_through(inner_->sum(), sum_piece, working(samples),
                      [&](std::size_t first, std::size_t size) { inner_->add_groups(first, size); });
  inner_->give_sum(results.gradient);
}

}  // namespace spikegrad
