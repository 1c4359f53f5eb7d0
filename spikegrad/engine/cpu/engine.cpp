// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/cpu/engine.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/engine/cpu/packing.hpp"
#include "spikegrad/engine/cpu/tile.hpp"

namespace spikegrad {
namespace {

/// The key of a population's spikes (DrawKey::key) and what ars::portable adds to it, round by round.
cpu::RoundKeys round_keys(std::uint64_t seed, std::size_t population) {
  DrawKey draw;
  draw.seed = seed;
  draw.population = static_cast<std::uint32_t>(population);
  Block key = draw.key();
  cpu::RoundKeys keys{};
  for (std::size_t r = 0; r <= ars::rounds; ++r, ars::advance_key(key))
    std::copy(key.begin(), key.end(), keys.begin() + static_cast<std::ptrdiff_t>(4 * r));
  return keys;
}

/// Lets threads through in the order of their numbers, and ends them all when one fails.
class Turnstile {
 public:
  /// False: another thread has failed.
  bool wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return next_ == number || failure_; });
    return !failure_;
  }
  void advance() {
    const std::lock_guard lock(mutex_);
    ++next_;
    moved_.notify_all();
  }
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    moved_.notify_all();
  }
  void rethrow() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::size_t next_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

struct CpuEngine::State {
  State(const Network& net, const LearningSignal& signal, const Loss& loss, CpuSettings given,
        std::span<const Regulariser> regularisers)
      : network(net),
        plan(network, signal, loss, regularisers),
        settings(given),
        packed(cpu::zeros(plan.packed_count + cpu::lane_block)),
        pulls(cpu::zeros(plan.pull_count + cpu::lane_block)),
        total(cpu::zeros(plan.packed_count + cpu::lane_block)),
        rates(cpu::zeros(plan.rate_count)) {
    if (settings.threads == 0) settings.threads = std::max(1u, std::thread::hardware_concurrency());
  }

  void check(const CpuRun& run) const;
  void work(const CpuRun& run, const cpu::Run& shared, cpu::Tile& tile, std::atomic<std::size_t>& next,
            Turnstile& turnstile);

  Network network;  ///< the plan refers to it
  cpu::Plan plan;
  CpuSettings settings;
  cpu::Buffer<float> packed, pulls, total, open, rates;
  std::size_t waiting = 0;  ///< samples whose sum is in `open`: the group that the last run did not fill
  std::vector<std::unique_ptr<cpu::Tile>> tiles;  ///< one a thread
};

void CpuEngine::State::check(const CpuRun& run) const {
  require(run.parameters.size() == network.parameter_count(), "parameters have the wrong size");
  require(run.gradient.empty() || run.gradient.size() == run.parameters.size(),
          "the gradient has the wrong size");
  require(run.outcomes.empty() || run.outcomes.size() == run.batch.size(), "outcomes have the wrong size");
  require(run.records.empty() || run.records.size() == run.batch.size(), "records have the wrong size");
  for (const BatchSample& sample : run.batch)
    require(sample.loss && sample.loss->index() == plan.loss_kind &&
                population_of(*sample.loss) == plan.loss_population,
            "a sample's loss is not of the kind or population the engine was made for");
}

/// Takes one group after another, tile by tile, and adds each to the total when its turn has come.
void CpuEngine::State::work(const CpuRun& run, const cpu::Run& shared, cpu::Tile& tile,
                            std::atomic<std::size_t>& next, Turnstile& turnstile) {
  const std::size_t before = shared.gradient ? waiting : 0, size = before + run.batch.size();
  std::vector<SampleOutcome> outcomes(plan.tile);
  try {
    for (std::size_t group; (group = next++) * plan.group < size;) {
      const std::size_t begin = std::max(group * plan.group, before) - before,
                        end = std::min(size, (group + 1) * plan.group) - before;
      if (group == 0 && before > 0)
        cpu::kernels().add_and_clear(tile.gradient(), open.data(), plan.packed_count);
      for (std::size_t first = begin; first < end; first += plan.tile) {
        const std::size_t count = std::min(plan.tile, end - first);
        tile.run(shared, run.batch.subspan(first, count), outcomes, run.activity, first,
                 run.records.empty() ? run.records : run.records.subspan(first, count));
        if (!run.outcomes.empty()) std::copy_n(outcomes.begin(), count, run.outcomes.begin() + first);
      }
      if (!shared.gradient) continue;
      if (!turnstile.wait_for(group)) return;
      const bool waits = run.more && (group + 1) * plan.group > size;
      cpu::kernels().add_and_clear(waits ? open.data() : total.data(), tile.gradient(), plan.packed_count);
      turnstile.advance();
    }
  } catch (...) {
    turnstile.fail(std::current_exception());
    next = size;
  }
}

CpuEngine::CpuEngine(const Network& network, const LearningSignal& signal, const Loss& loss,
                     CpuSettings settings, std::span<const Regulariser> regularisers)
    : state_(std::make_unique<State>(network, signal, loss, settings, regularisers)) {}
CpuEngine::~CpuEngine() = default;

std::string CpuEngine::instruction_set() {
  return cpu::kernels().instruction_set;
}

std::size_t CpuEngine::group_size() const {
  return state_->plan.group;
}

void CpuEngine::run(const CpuRun& run) {
  State& state = *state_;
  const cpu::Plan& plan = state.plan;
  state.check(run);
  cpu::pack(plan, run.parameters, state.packed.data());
  cpu::Run shared;
  shared.packed = state.packed.data();
  cpu::pack_rates(plan, run.parameters, state.rates.data());
  shared.rates = state.rates.data();
  shared.baseline = run.baseline;
  shared.seed = run.seed;
  shared.dropout = run.dropout;
  shared.gradient = !run.gradient.empty();
  if (shared.gradient) {
    cpu::pack_pulls(plan, run.parameters, state.pulls.data());
    shared.pulls = state.pulls.data();
    if (std::all_of(run.gradient.begin(), run.gradient.end(), [](float g) { return g == 0.0f; }))
      std::fill_n(state.total.data(), plan.packed_count, 0.0f);
    else
      cpu::pack(plan, run.gradient, state.total.data());
  }
  for (std::size_t p = 0; p < plan.populations.size(); ++p) shared.keys.push_back(round_keys(run.seed, p));
  if (run.more && state.open.size() == 0) state.open = cpu::zeros(plan.packed_count + cpu::lane_block);
  if (run.activity) run.activity->resize(run.batch.size(), plan.populations.size());

  const std::size_t size = (shared.gradient ? state.waiting : 0) + run.batch.size();
  const std::size_t groups = (size + plan.group - 1) / plan.group;
  const std::size_t threads =
      std::clamp<std::size_t>(state.settings.threads, 1, std::max<std::size_t>(groups, 1));
  while (state.tiles.size() < threads) state.tiles.push_back(std::make_unique<cpu::Tile>(plan));
  std::atomic<std::size_t> next{0};
  Turnstile turnstile;
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < threads; ++i)
      helpers.emplace_back([&, i] { state.work(run, shared, *state.tiles[i], next, turnstile); });
    state.work(run, shared, *state.tiles[0], next, turnstile);
  }
  try {
    turnstile.rethrow();
  } catch (...) {
    state.tiles.clear();  // what they hold of unfinished groups must not enter the next run
    state.open = {};
    state.waiting = 0;
    throw;
  }
  if (!shared.gradient) return;
  state.waiting = run.more ? size % plan.group : 0;
  cpu::unpack(plan, state.total.data(), run.gradient);
}

}  // namespace spikegrad
