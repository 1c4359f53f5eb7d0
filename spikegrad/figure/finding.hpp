// SPDX-License-Identifier: Apache-2.0
// What one finding of the study came to: the quantities measured, what is concluded of each, and the figures
// that show it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/export.hpp"
#include "spikegrad/figure/figure.hpp"

namespace spikegrad {

/// How often a row's verdict may be wrong: the probability that its interval misses the true value, all looks
/// at the data together. A run has about 80 rows, half of them without noise, so that one run in 200 has a
/// wrong verdict.
inline constexpr double false_alarm_rate = 1e-4;

/// Of a rule and a measurement: the interval of the value lies within what the rule allows, outside of it, or
/// across its bound. A value without noise is never undecided.
enum class Verdict { holds, contradicted, undecided };

/// One measured quantity: a row of findings.json and of the printed table.
struct FindingRow {
  std::string id = {};        ///< of the finding: "F3"
  std::string quantity = {};  ///< plain Unicode, one line, with the unit if there is one
  double value = 0.0;
  std::optional<double> std_error = {};                ///< absent: no noise, or only a bound of the error
  std::optional<std::array<double, 2>> interval = {};  ///< that holds the true value; absent: value is exact
  std::string rule = {};  ///< when it holds, e.g. "above 0 by more than 4.2 standard errors (100 nets)"
  Verdict verdict = Verdict::undecided;  ///< of rule, value and interval, never of a stored answer
  bool claim = true;                     ///< part of what the study claims; false: a side question
  bool headline = false;    ///< the one that the overview shows; without one it is the first claim
  std::string remark = {};  ///< of an undecided row: what would decide it
  double needed =
      0.0;  ///< repetitions in all that would decide it, as it looks now; 0: not known; not stored
  double seconds = 0.0;  ///< wall time of this quantity; what is measured together is counted once
};

/// A table beside the figures, its cells already formatted. Text as in figure.hpp. All rows have the header's
/// length.
struct Table {
  std::string caption = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};
};

/// A section of the report. Without rows it is shown as a section that claims nothing.
struct FindingResult {
  std::string id = {};         ///< "F3"
  std::string title = {};      ///< "Opposite sign"
  std::string statement = {};  ///< what the study claims
  /// What was measured, on which nets, how; paragraphs are separated by an empty line.
  std::string method = {};
  std::vector<FindingRow> rows = {};
  std::vector<Table> tables = {};
  std::vector<Figure> figures = {};
  std::string notes = {};  ///< what to keep in mind reading it; paragraphs as in `method`
};

/// Rows that are claims (or side questions) and have this verdict.
SPIKEGRAD_EXPORT std::size_t count_rows(std::span<const FindingRow> rows, Verdict verdict, bool claim = true);

/// Of the claims together: contradicted if one is, else undecided if one is. Nothing without claims.
SPIKEGRAD_EXPORT std::optional<Verdict> verdict_of(std::span<const FindingRow> rows);
SPIKEGRAD_EXPORT std::optional<Verdict> verdict_of(const FindingResult& result);

/// The row for the overview; null without rows.
SPIKEGRAD_EXPORT const FindingRow* headline_of(const FindingResult& result);

/// Is no claim of any of them contradicted, and, where that is asked for, none undecided?
SPIKEGRAD_EXPORT bool passes(std::span<const FindingResult> results, bool strict);

/// Sum over the rows, in seconds.
SPIKEGRAD_EXPORT double seconds(const FindingResult& result);

/// Of the run that made the results; shown at the head of the report.
struct RunInfo {
  std::string title = "spikegrad: what each gradient estimator is worth";
  std::string version = {};
  std::uint64_t seed = 0;
  std::string date = {};     ///< ISO 8601
  std::string command = {};  ///< that repeats the run
  std::string machine = {};  ///< processor, cores, compiler
  double seconds = 0.0;      ///< wall time of the whole run
};

/// What one result directory holds.
struct Results {
  RunInfo info;
  std::vector<FindingResult> findings = {};
};

}  // namespace spikegrad
