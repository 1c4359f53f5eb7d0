// SPDX-License-Identifier: Apache-2.0
// What one finding of the study came to: the quantities measured, whether each holds, and the figures that
// show it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/figure/figure.hpp"

namespace spikegrad {

/// One measured quantity: a row of findings.json and of the printed table.
struct FindingRow {
  std::string id = {};        ///< of the finding: "F3"
  std::string quantity = {};  ///< plain Unicode, one line, with the unit if there is one
  double value = 0.0;
  std::optional<double> std_error = {};  ///< absent: the value is exact to rounding
  bool holds = false;                    ///< decided from value and std_error, never from a stored answer
  double seconds = 0.0;          ///< wall time of this quantity; what is measured together is counted once
  std::string expectation = {};  ///< when it holds, e.g. "differs from 0 by more than 5 standard errors"
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

/// True if every row holds.
bool holds(const FindingResult& result);

/// Sum over the rows, in seconds.
double seconds(const FindingResult& result);

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
