// SPDX-License-Identifier: Apache-2.0
// F9. Where the bias of local learning rules comes from: from the tangent that they share with the surrogate gradient, or
// from what they leave out of it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/findings/bias_parts.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/findings/looks.hpp"
#include "spikegrad/findings/measurements.hpp"
#include "spikegrad/findings/random_stack.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t recurrent_nets = 40, layered_nets = 100;
const std::vector<double> recurrent_gains{0.0, 0.5, 1.0, 2.0}, slopes{1.0, 2.0, 4.0, 8.0};
constexpr std::size_t usual_gain = 2, usual_beta = 2;  // 1 and 4, of both lists

/// The net of a seed with its recurrent weights times `gain`.
Model recurrent_net(double gain, double beta, std::uint64_t seed, std::size_t net) {
  Model model = load_experiment("local-rules", std::vector{fmt::format("seed={}", (seed << 20) + net),
                                                           fmt::format("population.h.escape.beta={}", beta)});
  const ParameterBlock& recurrent = model.network.blocks().back();
  for (std::size_t k = 0; k < recurrent.size; ++k) model.parameters[recurrent.offset + k] *= gain;
  return model;
}

struct NetKind {
  double x = 0.0;  ///< place on the axis
  std::function<Model(std::size_t)> make;
};

class LocalRules {
 public:
  LocalRules(const FindingSettings& settings, Progress& progress)
      : settings_(settings), progress_(progress) {}

  FindingResult measure() {
    recurrent();
    layered();
    return std::move(result_);
  }

 private:
  std::size_t times() const { return settings_.full ? 4 : 1; }

  std::vector<PartsCell> cells(const std::vector<NetKind>& kinds, const std::string& rule, std::size_t nets) {
    return parts_cells(
        kinds.size(), [&](std::size_t cell, std::size_t net) { return kinds[cell].make(net); }, rule,
        {.nets = nets, .threads = settings_.threads, .task = "F9 " + rule}, progress_);
  }

  void add(FindingRow row) {
    row.seconds = watch_.lap();
    result_.rows.push_back(std::move(row));
  }

  /// Judges one kind of net, with more nets until the claims on it are decided.
  void judge(const std::string& net, const std::string& rule, const std::string& left_out,
             const NetKind& kind, std::size_t nets, const PartsCell& first, bool headline) {
    const Looks looks = doubling(times() * nets, "nets");
    auto rows = measure_until_decided(looks, [&](std::size_t n) {
      const PartsCell cell = n == looks.repetitions[0] ? first : cells({kind}, rule, n)[0];
      const Sampling sampling = looks.sampling();
      const std::string of = net + ", " + rule + ": ";
      std::vector<FindingRow> judged{
          Rule::above(0.0).judge("F9", of + "linearisation, relative to the truth", cell.linearisation,
                                 sampling),
          Rule::above(0.0).judge("F9", of + left_out + ", relative to the truth", cell.truncation, sampling),
          Rule::above(1.0).of_ratio().judge("F9", of + left_out + " over linearisation", cell.ratio,
                                            sampling),
          side_question(
              Rule::above(0.0).judge("F9", of + "cosine of the two parts", cell.between_parts, sampling)),
          side_question(Rule::above(0.0).judge("F9", of + "cosine with the truth", cell.cosine, sampling))};
      judged[2].headline = headline;
      return judged;
    });
    rows[0].seconds = watch_.lap();
    for (FindingRow& row : rows) result_.rows.push_back(std::move(row));
  }

  void recurrent() {
    const auto kind = [&](double x, double gain, double beta) {
      return NetKind{
          x, [this, gain, beta](std::size_t net) { return recurrent_net(gain, beta, settings_.seed, net); }};
    };
    std::vector<NetKind> by_gain, by_beta;
    for (const double gain : recurrent_gains) by_gain.push_back(kind(gain, gain, slopes[usual_beta]));
    for (const double beta : slopes) by_beta.push_back(kind(beta, recurrent_gains[usual_gain], beta));
    const std::size_t nets = times() * recurrent_nets;
    const auto of_gain = cells(by_gain, "e-prop", nets);
    add(Rule::within(rounding)
            .because("it leaves out paths through recurrent weights alone")
            .judge("F9",
                   "recurrent net without recurrent weights: e-prop less surrogate, relative to the truth",
                   of_gain[0].largest_truncation));
    judge("recurrent net", "e-prop", "truncation", by_gain[usual_gain], recurrent_nets, of_gain[usual_gain],
          true);
    const auto of_beta = cells(by_beta, "e-prop", nets);
    result_.figures.push_back(
        {.id = "f9-recurrent",
         .title = "e-prop in a recurrent net",
         .caption =
             "Lengths of the two parts of the bias and of the whole, relative to the true gradient; mean over "
             "random nets, with one standard error. Linearisation is the surrogate gradient's own bias.",
         .panels = {panel("truncation", by_gain, of_gain, "gain of the recurrent weights", false),
                    panel("truncation", by_beta, of_beta, "slope β of the escape function", true)}});
  }

  void layered() {
    const Model base =
        load_experiment("layers-binary", std::vector<std::string>{"estimator.feedback_scale=2"});
    const auto kind = [&](double x, const StackSettings& stack) {
      return NetKind{x, [this, base, stack](std::size_t net) {
                       return random_stack(base, stack, settings_.seed, static_cast<std::uint32_t>(net));
                     }};
    };
    std::vector<NetKind> by_depth, by_beta;
    for (const std::size_t depth : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}})
      by_depth.push_back(kind(static_cast<double>(depth), {.depth = depth}));
    for (const double beta : slopes) by_beta.push_back(kind(beta, {.depth = 2, .beta = beta}));
    const std::size_t nets = times() * layered_nets;
    const std::string rule = "feedback-alignment";
    const auto of_depth = cells(by_depth, rule, nets), of_beta = cells(by_beta, rule, nets);
    add(Rule::within(rounding)
            .because("there is no way back for wrong weights")
            .judge("F9", "one layer: feedback-alignment less surrogate, relative to the truth",
                   of_depth[0].largest_truncation));
    judge("two binary layers", rule, "wrong weights", by_depth[1], layered_nets, of_depth[1], false);
    result_.figures.push_back(
        {.id = "f9-layers",
         .title = "Feedback alignment in layers",
         .caption =
             "The same for random weights on the way back, as long as the true ones, in binary nets of three "
             "units a layer.",
         .panels = {panel("wrong weights", by_depth, of_depth, "spiking layers", false),
                    panel("wrong weights", by_beta, of_beta, "slope β of the escape function", true)}});
  }

  static Panel panel(const std::string& left_out, const std::vector<NetKind>& kinds,
                     const std::vector<PartsCell>& cells, const std::string& x_label, bool log) {
    Panel panel{.x = {.label = x_label, .log = log}, .y = {.label = "length / |truth|"}};
    for (const auto& [name, member] : {std::pair{std::string("linearisation"), &PartsCell::linearisation},
                                       {left_out, &PartsCell::truncation},
                                       {std::string("bias of the rule"), &PartsCell::total}}) {
      Series series{.name = name, .style = Style::line_markers};
      for (std::size_t k = 0; k < kinds.size(); ++k) {
        series.x.push_back(kinds[k].x);
        series.y.push_back((cells[k].*member).value);
        series.std_error.push_back((cells[k].*member).std_error);
      }
      panel.series.push_back(std::move(series));
    }
    return panel;
  }

  FindingSettings settings_;
  Progress& progress_;
  Stopwatch watch_;
  FindingResult result_{
      .id = "F9",
      .title = "Where the bias of local rules comes from",
      .statement =
          "What local rules leave out of the surrogate gradient biases them more than the tangent that they share "
          "with it.",
      .method =
          "With T the true gradient, S the expected surrogate gradient (g = f′) and R the expectation of a local "
          "rule, R − T = (S − T) + (R − S): linearisation, and what the rule leaves out or does not know. All three "
          "are enumerated over all spike histories, so that a net's parts are exact; standard errors are those over "
          "random nets. Lengths are summed over nets and divided by the sum of |T|.\n\n"
          "e-prop leaves out the paths through recurrent weights (two LIF units that drive each other and themselves, "
          "experiments/local-rules.toml, six steps, loss: spikes of the last one). Feedback alignment has random "
          "weights on the way back, N(0, 4/fan-in) like the true ones (experiments/layers-binary.toml)."};
};

}  // namespace

FindingResult measure_local_rules(const FindingSettings& settings, Progress& progress) {
  return LocalRules(settings, progress).measure();
}

}  // namespace spikegrad
