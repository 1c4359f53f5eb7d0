// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/f2_bias_map.hpp"

#include <fmt/format.h>

#include <limits>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/statistics.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/measure/compare.hpp"

namespace spikegrad {
namespace {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

struct NetQuality {
  double bias = not_measured, truth = not_measured;  // lengths
  double cosine = not_measured, sign_agreement = not_measured, rate = not_measured;
};

/// Expected spikes per unit and step of all hidden layers.
double hidden_rate(const Model& model) {
  double spikes = 0.0;
  std::size_t slots = 0;
  for (std::size_t p = 1; p < population_of(model.loss); ++p) {
    const std::size_t size = model.network.populations()[p].size(), steps = model.network.steps();
    const Loss count = LinearLoss{p, Grid<double>(steps, size, 1.0)};
    spikes += expected_loss(Problem{model.network, model.parameters, model.input, count});
    slots += size * steps;
  }
  return spikes / static_cast<double>(slots);
}

NetQuality quality(const Model& model) {
  const EstimatorInfo& surrogate = find_estimator("surrogate");
  GradientTruth truth;
  truth.gradient = exact_gradient(model.problem()).gradient;
  const double length = norm(truth.gradient);
  for (double& g : truth.gradient)
    if (std::abs(g) < rounding * length) g = 0.0;  // what the sum over histories left of a 0 has no sign
  SampledGradient expectation{.gradient = VectorMoments(truth.gradient.size()), .noisy = false};
  expectation.gradient.add(enumerate(model.problem(), surrogate, model.estimator).gradient);
  const EstimatorQuality q = judge(surrogate, expectation, truth);
  return {q.bias, length, q.cosine, q.sign_agreement, not_measured};
}

/// Of the nets that have one: a gradient of 0 has no direction.
Estimate mean_of_finite(const std::vector<NetQuality>& nets, double NetQuality::*member) {
  std::vector<double> values;
  for (const NetQuality& net : nets)
    if (std::isfinite(net.*member)) values.push_back(net.*member);
  return values.empty() ? Estimate{} : mean_of(values);
}

BiasCell summarise(const std::vector<NetQuality>& nets) {
  std::vector<double> bias, truth;
  for (const NetQuality& net : nets)
    if (std::isfinite(net.bias)) bias.push_back(net.bias), truth.push_back(net.truth);
  return {bias.empty() ? Estimate{} : ratio_of_sums(bias, truth), mean_of_finite(nets, &NetQuality::cosine),
          mean_of_finite(nets, &NetQuality::sign_agreement), mean_of_finite(nets, &NetQuality::rate)};
}

Panel map_panel(const BiasGrid& grid, const std::vector<BiasCell>& cells, std::size_t most_spikes,
                const std::string& name, Estimate BiasCell::*member, std::array<double, 2> range) {
  Map map{.label = name, .range = range, .missing = fmt::format("more than 2^{} histories", most_spikes)};
  for (std::size_t c = 0; c < grid.columns.size(); ++c) map.x.push_back(static_cast<double>(c));
  for (std::size_t r = 0; r < grid.rows.size(); ++r) map.y.push_back(static_cast<double>(r));
  for (const BiasCell& cell : cells) {
    const Estimate& e = cell.*member;
    map.z.push_back(e.value);
    map.text.push_back(std::isfinite(e.value) ? fmt::format("{:.2f}", e.value) : "");
  }
  return {.title = name,
          .x = {.label = grid.x_label, .categories = grid.columns},
          .y = {.label = grid.y_label, .categories = grid.rows},
          .map = std::move(map)};
}

}  // namespace

std::vector<BiasCell> bias_cells(const Model& base, const std::vector<StackSettings>& stacks,
                                 const BiasMapSettings& settings, const std::string& task,
                                 Progress& progress) {
  std::vector<std::vector<NetQuality>> nets(stacks.size(), std::vector<NetQuality>(settings.nets));
  progress.start(task, stacks.size() * settings.nets);
  // The last stacks of a map are the largest; taken first, they keep all threads busy to the end.
  parallel_for(stacks.size() * settings.nets, settings.threads, [&](std::size_t i) {
    const std::size_t cell = stacks.size() - 1 - i / settings.nets, net = i % settings.nets;
    const Model model = random_stack(base, stacks[cell], settings.seed, static_cast<std::uint32_t>(net));
    if (free_spike_count(model.problem()) <= settings.most_spikes) {
      nets[cell][net] = quality(model);
      if (settings.rates) nets[cell][net].rate = hidden_rate(model);
    }
    progress.advance();
  });
  std::vector<BiasCell> cells;
  for (const auto& of_cell : nets) cells.push_back(summarise(of_cell));
  return cells;
}

Figure bias_map_figure(const BiasGrid& grid, const std::vector<BiasCell>& cells, std::size_t most_spikes,
                       std::string id, std::string title, std::string caption) {
  double largest = 0.0;
  for (const BiasCell& cell : cells)
    if (std::isfinite(cell.relative_bias.value)) largest = std::max(largest, cell.relative_bias.value);
  return {.id = std::move(id),
          .title = std::move(title),
          .caption = std::move(caption),
          .panels = {
              map_panel(grid, cells, most_spikes, "relative bias", &BiasCell::relative_bias, {0.0, largest}),
              map_panel(grid, cells, most_spikes, "cosine", &BiasCell::cosine, {0.0, 1.0}),
              map_panel(grid, cells, most_spikes, "sign agreement", &BiasCell::sign_agreement, {0.5, 1.0})}};
}

}  // namespace spikegrad
