// SPDX-License-Identifier: Apache-2.0
// What the names of recordings say: label and speaker.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/data/cochlea/cochlea.hpp"

namespace spikegrad {

/// The Free Spoken Digit Dataset's.
inline constexpr std::string_view default_name_pattern = "{label}_{speaker}_{index}.wav";

/// Files with their classes and speakers. Labels and speakers are numbered in their own order: that of numbers
/// if all are whole numbers, else that of the alphabet.
struct NamedRecordings {
  std::vector<Recording> recordings = {};
  std::vector<std::string> class_names = {}, speaker_names = {};  ///< no speakers if the pattern has none
};

/// `paths` are files, in this order, and folders, which stand for their files with the ending of the pattern,
/// sorted by name. The pattern is text around {label}, {speaker} and {index}; each stands for one or more
/// characters, as few as possible, and only {label} must be there. Throws UserError for a pattern without
/// {label}, a file whose name is not of the pattern or given twice, a folder without such files.
NamedRecordings name_recordings(const std::vector<std::filesystem::path>& paths, const std::string& pattern);

}  // namespace spikegrad
