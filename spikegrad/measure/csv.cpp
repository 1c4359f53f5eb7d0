// SPDX-License-Identifier: Apache-2.0
// Comparisons and curves as CSV (RFC 4180): docs/file-formats.md lists the columns.
#include "spikegrad/core/csv.hpp"

#include <fmt/format.h>

#include <cmath>

#include "spikegrad/measure/compare.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {
namespace {

std::string cell(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

std::string line(const EstimatorQuality& of, const std::string& block, const GradientQuality& q) {
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(of.name),
                     csv_cell(block), of.unbiased ? "true" : "false", of.samples, cell(q.bias),
                     cell(q.bias_std_error), cell(q.bias_interval[0]), cell(q.bias_interval[1]),
                     cell(q.bias_corrected), cell(q.variance), cell(q.effective_samples), cell(q.cosine),
                     q.signs.right, q.signs.wrong, q.signs.undecided, cell(of.seconds_per_sample),
                     csv_cell(doubt(q, of.samples)));
}

}  // namespace

std::string to_csv(const Comparison& comparison, const Network& network, bool blocks) {
  std::string csv =
      "estimator,block,unbiased,samples,bias,bias_std_error,bias_low,bias_high,bias_corrected,variance,"
      "effective_samples,cosine,signs_right,signs_wrong,signs_undecided,seconds_per_sample,doubt\n";
  for (const EstimatorQuality& q : comparison.estimators) {
    csv += line(q, "all", q);
    if (!blocks) continue;
    for (std::size_t b = 0; b < q.blocks.size(); ++b) csv += line(q, network.blocks()[b].name, q.blocks[b]);
  }
  return csv;
}

std::string to_csv(const Scan& scan) {
  std::string csv = "field,at,loss,derivative,std_error,integral\n";
  for (const Scan::Curve& c : scan.curves)
    for (std::size_t k = 0; k < scan.at.size(); ++k)
      csv += fmt::format("{},{},{},{},{},{}\n", csv_cell(c.name), cell(scan.at[k]), cell(scan.loss[k]),
                         cell(c.derivative[k]), c.std_error.empty() ? "" : cell(c.std_error[k]),
                         cell(c.integral[k]));
  return csv;
}

std::string to_csv(const Loop& loop) {
  std::string csv = "field,angle,loss,along,integral\n";
  for (const Loop::Curve& c : loop.curves)
    for (std::size_t k = 0; k < loop.angle.size(); ++k)
      csv += fmt::format("{},{},{},{},{}\n", csv_cell(c.name), cell(loop.angle[k]), cell(loop.loss[k]),
                         cell(c.along[k]), cell(c.integral[k]));
  return csv;
}

}  // namespace spikegrad
