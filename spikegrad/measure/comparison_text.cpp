// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/comparison_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace spikegrad {
namespace {

constexpr const char* row_format = "{:<28}{:>9}{:>11}{:>11}{:<2}{:>10}{:>9}{:>9}{:>9}{:>7}{:>11}\n";

/// A dash for what cannot be said.
std::string number(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}g}", value, digits) : "-";
}

std::string fixed(double value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

std::string row(const std::string& name, const GradientQuality& q, std::size_t samples, double seconds) {
  const std::size_t resolved = q.signs.right + q.signs.wrong;
  const double us = 1e6 * seconds;
  return fmt::format(fmt::runtime(row_format), name, samples, number(q.bias, 3), number(q.bias_std_error, 2),
                     doubt(q, samples).empty() ? "" : " !", number(q.variance, 3),
                     fixed(q.effective_samples, q.effective_samples < 10.0 ? 1 : 0), fixed(q.cosine, 4),
                     fmt::format("{}/{}", q.signs.right, resolved), q.signs.undecided,
                     us < 1000.0 ? number(us, 4) : fixed(us, 0));
}

}  // namespace

std::string comparison_text(const Comparison& comparison, const Network& network, bool blocks) {
  const GradientTruth& truth = comparison.truth;
  std::string text = fmt::format("truth: {} ({}), E[L] = {:.6g}, |dE[L]/dw| = {:.4g}", truth.method,
                                 truth.detail, truth.loss, norm(truth.gradient));
  if (!truth.std_error.empty()) text += " +- " + number(norm(truth.std_error), 2);
  text += "\n\n";
  text += fmt::format(fmt::runtime(row_format), "estimator", "samples", "bias", "+-", "", "variance", "n_eff",
                      "cosine", "signs", "undec.", "time");
  text += fmt::format(fmt::runtime(row_format), "", "", "[L/w]", "[L/w]", "", "[L/w]^2", "", "", "right", "",
                      "[us]");
  std::string doubts;
  for (const EstimatorQuality& q : comparison.estimators) {
    text += row(q.name, q, q.samples, q.seconds_per_sample);
    if (const std::string why = doubt(q, q.samples); !why.empty())
      doubts += fmt::format("! {}: {}\n", q.name, why);
    if (!blocks) continue;
    for (std::size_t b = 0; b < q.blocks.size(); ++b)
      text += row("  " + network.blocks()[b].name, q.blocks[b], q.samples, NAN);
  }
  text +=
      "\nL: loss, w: parameter. bias: |mean - truth|; +-: the length that noise alone would give it (95 %: twice\n"
      "that); variance: trace, of a sample; n_eff: how many samples the variance rests on; cosine: of the mean\n"
      "against the truth; signs: right of those resolved, where truth and mean are beyond two standard errors;\n"
      "undec.: signs not resolved (derivatives of 0 do not count); time: of one sample, one thread\n";
  if (!doubts.empty())
    text += "\nStandard errors not to be trusted; more samples may change them much:\n" + doubts;
  for (const auto& [name, why] : comparison.refused) text += fmt::format("left out: {}: {}\n", name, why);
  return text;
}

}  // namespace spikegrad
