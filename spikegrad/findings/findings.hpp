// SPDX-License-Identifier: Apache-2.0
// The findings of the study (docs/findings.md), each measured anew. A finding is one file that loads its
// model files (experiments/, embedded in the library), measures, decides what holds from measured value and
// uncertainty, and describes its figures; and one line in the registry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "spikegrad/core/isolation.hpp"
#include "spikegrad/core/progress.hpp"
#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

struct FindingSettings {
  bool full = false;  ///< the paper's sizes instead of those of the default run
  std::uint64_t seed = 1;
  unsigned threads = 0;  ///< 0: all
  /// Picture for spike-train matching; none: the program's own
  std::optional<std::filesystem::path> target = {};
  /// Labelled spike trains for the classification of F7, a file or a folder; none: randman
  std::optional<std::filesystem::path> data = {};
  Isolation isolation = Isolation::none;  ///< of the reading of `data`
};

struct FindingInfo {
  std::string_view id;     ///< "F1"
  std::string_view title;  ///< one line for `list`
  FindingResult (*measure)(const FindingSettings&, Progress&);
  /// Throws UserError for files in the settings that the finding cannot use; absent: it uses none.
  void (*check)(const FindingSettings&) = nullptr;
};

/// In the order of the study.
std::span<const FindingInfo> findings();

/// Throws UserError that lists the findings there are.
const FindingInfo& find_finding(std::string_view id);

}  // namespace spikegrad
