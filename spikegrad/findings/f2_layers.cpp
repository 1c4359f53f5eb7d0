// SPDX-License-Identifier: Apache-2.0
// F2. In nets of two and more layers the surrogate gradient is no longer the derivative of the expected
// output: maps of its bias, cosine and sign agreement against exact truth.
#include <fmt/format.h>

#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/f2_bias_map.hpp"
#include "spikegrad/findings/f2_two_units.hpp"
#include "spikegrad/findings/looks.hpp"
#include "spikegrad/findings/measurements.hpp"

namespace spikegrad {
namespace {

constexpr double lif_gain = 5.0;
constexpr std::size_t binary_nets = 100, lif_nets = 24;  // 100 also of one LIF layer
const std::vector<double> betas{0.5, 1.0, 2.0, 4.0, 8.0, 16.0};

std::vector<std::string> names_of_values(const std::vector<double>& values) {
  std::vector<std::string> names;
  for (const double v : values) names.push_back(fmt::format("{}", v));
  return names;
}

BiasGrid depth_grid() {
  BiasGrid grid{
      "slope β of the escape function", "spiking layers", names_of_values(betas), {"1", "2", "3", "4"}, {}};
  for (std::size_t depth = 1; depth <= 4; ++depth)
    for (const double beta : betas) grid.stacks.push_back({.depth = depth, .beta = beta});
  return grid;
}

BiasGrid width_grid() {
  BiasGrid grid{"units in each hidden layer", "spiking layers", {}, {"2", "3", "4"}, {}};
  for (std::size_t depth = 2; depth <= 4; ++depth)
    for (std::size_t width = 1; width <= 6; ++width) grid.stacks.push_back({.depth = depth, .width = width});
  for (std::size_t width = 1; width <= 6; ++width) grid.columns.push_back(std::to_string(width));
  return grid;
}

BiasGrid step_grid(bool full) {
  BiasGrid grid{"slope β of the escape function", "steps", names_of_values(betas), {}, {}};
  for (std::size_t steps = 5; steps <= (full ? 8 : 7); ++steps) {
    grid.rows.push_back(std::to_string(steps));
    for (const double beta : betas)
      grid.stacks.push_back({.width = 1, .gain = lif_gain, .beta = beta, .steps = steps});
  }
  return grid;
}

/// Relative bias and cosine over the hidden layer's firing rate, which its threshold sets.
Figure rate_figure(const std::vector<std::pair<std::string, std::vector<BiasCell>>>& curves) {
  Panel bias{.title = "Relative bias",
             .x = {.label = "spikes per hidden unit and step"},
             .y = {.label = "relative bias"}},
      cosine{.title = "Cosine", .x = bias.x, .y = {.label = "cosine with the truth"}};
  for (const auto& [name, cells] : curves)
    for (auto [panel, member] : {std::pair{&bias, &BiasCell::relative_bias}, {&cosine, &BiasCell::cosine}}) {
      Series series{.name = name, .style = Style::line_markers};
      for (const BiasCell& cell : cells) {
        series.x.push_back(cell.rate.value);
        series.y.push_back((cell.*member).value);
        series.std_error.push_back((cell.*member).std_error);
      }
      panel->series.push_back(std::move(series));
    }
  return {
      .id = "f2-rate",
      .title = "Bias and firing rate",
      .caption =
          "Nets of two layers whose hidden threshold is moved, so that their hidden units spike rarely or in "
          "almost every step. Mean over random nets, with one standard error.",
      .panels = {bias, cosine}};
}

/// What the map says of the steps: the slopes at which the longest run has more bias than the shortest.
std::string longer_runs_text(const BiasGrid& grid, const std::vector<BiasCell>& cells) {
  const std::size_t columns = grid.columns.size(), last = (grid.rows.size() - 1) * columns;
  std::string more, less;
  for (std::size_t c = 0; c < columns; ++c) {
    const double first = cells[c].relative_bias.value, longest = cells[last + c].relative_bias.value;
    if (!std::isfinite(first) || !std::isfinite(longest)) continue;
    std::string& text = longest > first ? more : less;
    text += (text.empty() ? "" : ", ") + grid.columns[c];
  }
  const auto at = [](const std::string& betas_text) {
    return betas_text.empty() ? std::string("no β") : "β = " + betas_text;
  };
  return fmt::format("From {} to {} steps the bias grows at {}, and does not at {}.", grid.rows.front(),
                     grid.rows.back(), at(more), at(less));
}

class Layers {
 public:
  Layers(const FindingSettings& settings, Progress& progress)
      : settings_(settings), progress_(progress), full_(settings.full) {}

  FindingResult measure() {
    controls();
    depth_map();
    width_map();
    lif_map();
    one_scale_of_bias();
    rates();
    TwoUnits two = measure_two_units(settings_, progress_);
    result_.rows.push_back(two.row);
    result_.figures.insert(result_.figures.begin(), two.figure);
    return std::move(result_);
  }

 private:
  BiasMapSettings map(std::size_t nets, bool rates = false) const {
    return {.nets = full_ ? 3 * nets : nets,
            .most_spikes = full_ ? std::size_t{16} : std::size_t{14},
            .rates = rates,
            .seed = settings_.seed,
            .threads = settings_.threads};
  }
  std::vector<BiasCell> cells(const Model& base, const std::vector<StackSettings>& stacks, std::size_t nets,
                              const std::string& task, bool rates = false) {
    return bias_cells(base, stacks, map(nets, rates), "F2 " + task, progress_);
  }
  void add(FindingRow row) {
    row.seconds = watch_.lap();
    result_.rows.push_back(std::move(row));
  }

  /// A mean over nets of one kind, of which there are more where `first`, of a map, does not decide.
  void add_mean(const Rule& rule, const std::string& quantity, Estimate BiasCell::*member, const Model& base,
                const StackSettings& stack, std::size_t nets, const BiasCell& first, bool claim = true) {
    const Looks looks = doubling(map(nets).nets, "nets");
    const auto rows = measure_until_decided(looks, [&](std::size_t n) {
      BiasMapSettings more = map(nets);
      more.nets = n;
      const BiasCell cell =
          n == looks.repetitions[0] ? first : bias_cells(base, {stack}, more, "F2 more nets", progress_)[0];
      return std::vector{rule.judge("F2", quantity, cell.*member, looks.sampling())};
    });
    add(claim ? rows[0] : side_question(rows[0]));
  }
  void add_bias(const std::string& net, const Model& base, const StackSettings& stack, std::size_t nets,
                const BiasCell& first, bool claim = true) {
    add_mean(Rule::above(0.0), net + ": relative bias", &BiasCell::relative_bias, base, stack, nets, first,
             claim);
  }
  void add_control(const std::string& net, const std::vector<BiasCell>& cells) {
    double worst = 0.0;
    for (const BiasCell& cell : cells) worst = std::max(worst, cell.relative_bias.value);
    add(Rule::within(rounding)
            .because("one layer is unbiased")
            .judge("F2", net + ": relative bias, largest of all β", worst));
  }

  void controls() {
    std::vector<StackSettings> one_layer, lif_no_reset;
    for (const double beta : betas) {
      one_layer.push_back({.depth = 1, .beta = beta});
      lif_no_reset.push_back({.depth = 1, .gain = lif_gain, .beta = beta, .reset = Reset::none});
    }
    add_control("one binary layer", cells(binary_, one_layer, binary_nets, "one binary layer"));
    add_control("one LIF layer without reset", cells(lif_, lif_no_reset, binary_nets, "one LIF layer"));
    // The study speaks of layers; that a reset is a layer in time is our own question.
    const std::vector<StackSettings> resets{{.depth = 1, .gain = lif_gain, .differentiate_reset = false},
                                            {.depth = 1, .gain = lif_gain, .differentiate_reset = true}};
    const auto with_reset = cells(lif_, resets, binary_nets, "one LIF layer with reset");
    add_bias("one LIF layer with reset, not differentiated", lif_, resets[0], binary_nets, with_reset[0],
             false);
    add_bias("one LIF layer with reset, differentiated", lif_, resets[1], binary_nets, with_reset[1], false);
  }

  void depth_map() {
    const BiasGrid grid = depth_grid();
    const auto map_cells = cells(binary_, grid.stacks, binary_nets, "depth and slope");
    const std::size_t columns = grid.columns.size(), beta_4 = 3;
    for (std::size_t depth = 2; depth <= 4; ++depth) {
      const std::size_t cell = (depth - 1) * columns + beta_4;
      add_bias(fmt::format("{} binary layers, β = 4", depth), binary_, grid.stacks[cell], binary_nets,
               map_cells[cell]);
      result_.rows.back().headline = depth == 2;
    }
    const auto add_last = [&](const std::string& quantity, Estimate BiasCell::*member) {
      add_mean(Rule::below(1.0), "4 binary layers, β = 16: " + quantity, member, binary_, grid.stacks.back(),
               binary_nets, map_cells.back());
    };
    add_last("cosine of the expected surrogate gradient and the truth", &BiasCell::cosine);
    add_last("share of components with the right sign", &BiasCell::sign_agreement);
    result_.figures.push_back(
        bias_map_figure(grid, map_cells, map(1).most_spikes, "f2-depth", "Bias over depth and slope",
                        "Binary nets of three units a layer. One layer has no bias; from two layers on it "
                        "grows with the slope of the "
                        "escape function, that is with the curvature over one spike, and with depth."));
  }

  void width_map() {
    const BiasGrid grid = width_grid();
    const auto map_cells = cells(binary_, grid.stacks, binary_nets, "depth and width");
    result_.figures.push_back(bias_map_figure(
        grid, map_cells, map(1).most_spikes, "f2-width", "Bias over depth and width",
        "Binary nets, β = 4, weights of variance 4/fan-in: in wider layers a single spike moves the next "
        "layer less, and its curvature counts for less."));
    add_bias("2 binary layers of 6 units, β = 4", binary_, grid.stacks[5], binary_nets, map_cells[5]);
  }

  void lif_map() {
    const BiasGrid grid = step_grid(full_);
    const auto map_cells = cells(lif_, grid.stacks, lif_nets, "LIF, steps and slope");
    const std::size_t columns = grid.columns.size(), beta_4 = 3;
    const std::size_t cell = 2 * columns + beta_4;
    add_bias("2 LIF layers, 7 steps, β = 4", lif_, grid.stacks[cell], lif_nets, map_cells[cell]);
    result_.figures.push_back(bias_map_figure(
        grid, map_cells, map(1).most_spikes, "f2-steps", "Bias of LIF nets over steps and slope",
        "Two LIF units in a row, with multiplicative reset, not differentiated. " +
            longer_runs_text(grid, map_cells)));
  }

  /// The maps are read side by side: one colour is one bias in all of them.
  void one_scale_of_bias() {
    double largest = 0.0;
    for (const Figure& figure : result_.figures)
      for (const double z : figure.panels.at(0).map->z)
        if (std::isfinite(z)) largest = std::max(largest, z);
    for (Figure& figure : result_.figures) figure.panels[0].map->range = {{0.0, largest}};
  }

  void rates() {
    std::vector<StackSettings> binary, lif;
    for (const double threshold : {-2.0, -1.0, -0.4, 0.0, 0.4, 0.8, 1.4, 2.4, 4.0}) {
      binary.push_back({.hidden_threshold = threshold});
      lif.push_back({.width = 1, .gain = lif_gain, .hidden_threshold = threshold, .steps = 6});
    }
    const auto of_binary = cells(binary_, binary, binary_nets, "firing rate, binary", true),
               of_lif = cells(lif_, lif, lif_nets, "firing rate, LIF", true);
    result_.figures.push_back(rate_figure({{"binary, 3 hidden units", of_binary}, {"LIF, 6 steps", of_lif}}));
    const auto lowest =
        std::min_element(of_binary.begin(), of_binary.end(),
                         [](const auto& a, const auto& b) { return a.rate.value < b.rate.value; });
    add_bias(
        fmt::format("2 binary layers at the lowest hidden rate measured ({:.3f} a step)", lowest->rate.value),
        binary_, binary[static_cast<std::size_t>(lowest - of_binary.begin())], binary_nets, *lowest, false);
  }

  FindingSettings settings_;
  Progress& progress_;
  bool full_;
  Stopwatch watch_;
  Model binary_ = load_experiment("layers-binary"), lif_ = load_experiment("layers-lif");
  FindingResult result_{
      .id = "F2",
      .title = "Two and more layers",
      .statement =
          "In multilayer networks the surrogate gradient is not the derivative of the expected output.",
      .method =
          "Random nets made of the populations of experiments/layers-binary.toml and layers-lif.toml, "
          "weights "
          "N(0, gain²/fan-in). The truth dE[L]/dw and the expectation of the surrogate gradient (g = f′) are "
          "both "
          "enumerated over all spike histories, so that a net's bias is exact; the standard errors are those "
          "over "
          "nets.\n\n"
          "Relative bias: the sum over nets of |E[surrogate] − truth| divided by the sum of |truth|, the "
          "lengths of the vectors of all weights of a net. Cosine and sign agreement: means over nets. Cells "
          "with too many histories are left empty. Where the nets of the maps do not decide a claim, there "
          "are twice, then four times as many.\n\n"
          "Two units (experiments/two-units.toml): the measured bias against the formula of the theory."};
};

}  // namespace

FindingResult measure_layers(const FindingSettings& settings, Progress& progress) {
  return Layers(settings, progress).measure();
}

}  // namespace spikegrad
