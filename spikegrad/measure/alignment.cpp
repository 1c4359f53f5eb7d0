// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/alignment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_blocks = 32;  // of draws, whose spread gives the errors

/// Gradients of an estimator: means over blocks of draws and over the samples.
struct DrawnGradients {
  std::vector<std::vector<double>> blocks = {};
  std::size_t draws = 0;
  double seconds = 0.0;

  double draws_each() const { return static_cast<double>(draws) / static_cast<double>(blocks.size()); }
};

std::size_t passes_of(const EstimatorInfo& info, const AlignmentSettings& settings,
                      const Objective& objective) {
  const PassCount passes = info.passes(settings.estimator, objective);
  return static_cast<std::size_t>(std::ceil(passes.forward + passes.backward));
}

class Aligner {
 public:
  Aligner(const Objective& objective, std::span<const double> parameters, std::span<const Sample> samples,
          const AlignmentSettings& settings, Progress& progress)
      : objective_(objective),
        parameters_(parameters),
        samples_(samples),
        settings_(settings),
        progress_(progress),
        engine_(make_engine(objective, settings.engine)) {}

  Alignment measure(const EstimatorInfo& truth, const std::vector<const EstimatorInfo*>& chosen) {
    result_.truth = truth.name;
    result_.samples = samples_.size();
    result_.truth_draws = settings_.truth_draws;
    const DrawnGradients of_truth = draw(truth, settings_.truth_draws, 0, true);
    result_.seconds = of_truth.seconds;
    const auto blocks = objective_.network.blocks();
    truth_products_ = products(of_truth, of_truth);
    result_.truth_length = length_of(truth_products_.back());
    for (std::size_t b = 0; b < blocks.size(); ++b)
      result_.truth_lengths.push_back(length_of(truth_products_[b]));
    tell();
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const EstimatorInfo& info = *chosen[k];
      const DrawnGradients own =
          draw(info, info.deterministic ? 1 : settings_.draws, static_cast<std::uint32_t>(1 + k), false);
      const auto own_products = products(own, own), cross = products(own, of_truth);
      EstimatorAlignment aligned{.name = std::string(info.name),
                                 .unbiased = info.unbiased,
                                 .draws = own.draws,
                                 .seconds_per_draw = own.seconds / static_cast<double>(own.draws)};
      for (std::size_t b = 0; b <= blocks.size(); ++b) {
        GradientDirection direction = direction_of({truth_products_[b], own_products[b], cross[b]});
        direction.noise *= std::sqrt(own.draws_each());
        if (b < blocks.size())
          aligned.blocks.push_back(direction);
        else
          aligned.all = direction;
      }
      result_.estimators.push_back(std::move(aligned));
      tell();
    }
    return std::move(result_);
  }

  Alignment& result() { return result_; }

 private:
  void tell() const {
    if (settings_.on_measured) settings_.on_measured(result_);
  }

  /// `identity`: no two estimators share a number. `watch`: loss, accuracy and rates come from these trials.
  DrawnGradients draw(const EstimatorInfo& info, std::size_t count, std::uint32_t identity, bool watch) {
    const auto start = Clock::now();
    const auto estimator = info.make(settings_.estimator, *engine_);
    DrawnGradients drawn{.draws = count};
    const std::size_t size = parameters_.size(), blocks = std::min(count, most_blocks);
    std::vector<Sample> batch(samples_.begin(), samples_.end());
    std::vector<SampleOutcome> outcomes(batch.size());
    ActivityTable activity;
    std::vector<double> spikes(objective_.network.populations().size(), 0.0);
    double loss = 0.0, right = 0.0;
    const std::size_t work = samples_.size() * passes_of(info, settings_, objective_);
    for (std::size_t b = 0; b < blocks; ++b) {
      std::vector<double>& gradient = drawn.blocks.emplace_back(size, 0.0);
      const std::size_t first = count * b / blocks, last = count * (b + 1) / blocks;
      for (std::size_t d = first; d < last; ++d) {
        for (std::size_t k = 0; k < batch.size(); ++k) {
          batch[k].sample = identity << 16 | static_cast<std::uint32_t>(k);
          batch[k].trial = static_cast<std::uint32_t>(d);
        }
        estimator->gradient(
            {.parameters = parameters_, .samples = batch, .seed = settings_.seed},
            {.gradient = gradient, .outcomes = outcomes, .activity = watch ? &activity : nullptr});
        for (std::size_t k = 0; watch && k < batch.size(); ++k) {
          loss += outcomes[k].total();
          right += outcomes[k].prediction == label_of(*batch[k].loss);
          for (std::size_t p = 0; p < spikes.size(); ++p) spikes[p] += activity[k][p];
        }
        progress_.advance(work);
      }
      for (double& g : gradient) g /= static_cast<double>((last - first) * batch.size());
    }
    if (watch) note(loss, right, spikes, static_cast<double>(count * batch.size()));
    drawn.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return drawn;
  }

  void note(double loss, double right, const std::vector<double>& spikes, double trials) {
    const Network& network = objective_.network;
    result_.loss = loss / trials;
    result_.accuracy = label_of(objective_.loss) ? right / trials : std::nan("");
    for (std::size_t p = 0; p < spikes.size(); ++p)
      result_.rates.push_back(
          spikes[p] / trials /
          (static_cast<double>(network.steps() * network.populations()[p].size()) * network.time().dt));
  }

  /// Of each block of parameters, and at the end of all of them.
  std::vector<Grid<double>> products(const DrawnGradients& a, const DrawnGradients& b) const {
    std::vector<Grid<double>> all;
    for (const ParameterBlock& block : objective_.network.blocks())
      all.push_back(products_of(a.blocks, b.blocks, block.offset, block.size));
    all.push_back(products_of(a.blocks, b.blocks, 0, parameters_.size()));
    return all;
  }

  const Objective& objective_;
  std::span<const double> parameters_;
  std::span<const Sample> samples_;
  AlignmentSettings settings_;
  Progress& progress_;
  std::unique_ptr<Engine> engine_;
  std::vector<Grid<double>> truth_products_;
  Alignment result_;
};

AlignmentSettings with_defaults(AlignmentSettings settings) {
  if (settings.truth_draws == 0) settings.truth_draws = 10 * settings.draws;
  if (std::min(settings.draws, settings.truth_draws) < fewest_draws)
    throw UserError(fmt::format(
        "the error of a direction needs {} draws or more, of estimators and of the truth", fewest_draws));
  return settings;
}

/// Named ones must be allowed; of all, those that are not go to `refused`.
std::vector<const EstimatorInfo*> choose(const Objective& objective, const AlignmentSettings& settings,
                                         std::vector<std::pair<std::string, std::string>>& refused) {
  std::vector<const EstimatorInfo*> chosen;
  for (const std::string& name : settings.estimators) {
    const EstimatorInfo& info = find_estimator(name);
    if (const std::string why = info.refuse(objective, settings.estimator); !why.empty())
      throw UserError("estimator '" + name + "' cannot be used on this net: " + why);
    if (std::find(chosen.begin(), chosen.end(), &info) == chosen.end()) chosen.push_back(&info);
  }
  if (!settings.estimators.empty()) return chosen;
  for (const EstimatorInfo& info : estimators()) {
    if (info.unbiased || !info.signal) continue;
    if (std::string why = info.refuse(objective, settings.estimator); why.empty())
      chosen.push_back(&info);
    else
      refused.emplace_back(info.name, std::move(why));
  }
  return chosen;
}

const EstimatorInfo& truth_of(const Objective& objective, const AlignmentSettings& settings) {
  const EstimatorInfo& info = find_estimator(settings.truth);
  if (!info.unbiased)
    throw UserError("the truth must be an unbiased estimator, not '" + settings.truth + "'");
  if (const std::string why = info.refuse(objective, settings.estimator); !why.empty())
    throw UserError("estimator '" + settings.truth + "' cannot be the truth of this net: " + why);
  if (free_spike_count(objective) == 0)
    throw UserError(
        "its units draw no spikes, so that the loss has no derivative that could be estimated without bias: must have "
        "stochastic units");
  return info;
}

}  // namespace

Alignment align(const Objective& objective, std::span<const double> parameters,
                std::span<const Sample> samples, const AlignmentSettings& given, Progress& progress) {
  const AlignmentSettings settings = with_defaults(given);
  if (samples.empty() || samples.size() > 0xFFFF)
    throw UserError("the gradient must be on 1 to 65535 samples");
  const EstimatorInfo& truth = truth_of(objective, settings);
  Aligner aligner(objective, parameters, samples, settings, progress);
  const auto chosen = choose(objective, settings, aligner.result().refused);
  return aligner.measure(truth, chosen);
}

std::size_t alignment_work(const Objective& objective, std::size_t samples, const AlignmentSettings& given) {
  const AlignmentSettings settings = with_defaults(given);
  const auto of = [&](const EstimatorInfo& info, std::size_t draws) {
    return draws * samples * passes_of(info, settings, objective);
  };
  std::vector<std::pair<std::string, std::string>> refused;
  std::size_t work = of(truth_of(objective, settings), settings.truth_draws);
  for (const EstimatorInfo* info : choose(objective, settings, refused))
    work += of(*info, info->deterministic ? 1 : settings.draws);
  return work;
}

}  // namespace spikegrad
