// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/finding.hpp"

#include <algorithm>

namespace spikegrad {

std::size_t count_rows(std::span<const FindingRow> rows, Verdict verdict, bool claim) {
  return static_cast<std::size_t>(std::ranges::count_if(
      rows, [=](const FindingRow& row) { return row.claim == claim && row.verdict == verdict; }));
}

std::optional<Verdict> verdict_of(std::span<const FindingRow> rows) {
  for (const Verdict v : {Verdict::contradicted, Verdict::undecided, Verdict::holds})
    if (count_rows(rows, v) > 0) return v;
  return std::nullopt;
}

std::optional<Verdict> verdict_of(const FindingResult& result) {
  return verdict_of(result.rows);
}

const FindingRow* headline_of(const FindingResult& result) {
  auto row = std::ranges::find(result.rows, true, &FindingRow::headline);
  if (row == result.rows.end()) row = std::ranges::find(result.rows, true, &FindingRow::claim);
  if (row == result.rows.end()) row = result.rows.begin();
  return row == result.rows.end() ? nullptr : &*row;
}

bool passes(std::span<const FindingResult> results, bool strict) {
  return std::ranges::none_of(results, [strict](const FindingResult& result) {
    const auto verdict = verdict_of(result);
    return verdict == Verdict::contradicted || (strict && verdict == Verdict::undecided);
  });
}

double seconds(const FindingResult& result) {
  double sum = 0.0;
  for (const auto& row : result.rows) sum += row.seconds;
  return sum;
}

}  // namespace spikegrad
