// SPDX-License-Identifier: Apache-2.0
// The end of an error message about a name that is not known.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spikegrad {

/// Levenshtein distance: insertions, deletions and replacements that turn a into b.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// The candidate that is nearest to the name; empty where none is near.
inline std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
  std::string_view found;
  std::size_t distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : known)
    if (const auto d = edit_distance(name.substr(0, 64), candidate); d < distance)
      distance = d, found = candidate;
  return found;
}

/// "did you mean 'x'? ", or nothing where there is no x.
inline std::string question(std::string_view found) {
  return found.empty() ? "" : "did you mean '" + std::string(found) + "'? ";
}

/// " (did you mean 'x'? there are: …)", or without the question when nothing is near.
inline std::string suggestion(std::string_view name, std::span<const std::string_view> known) {
  std::string list;
  for (const std::string_view candidate : known) list += (list.empty() ? "" : ", ") + std::string(candidate);
  return " (" + question(nearest(name, known)) + "there are: " + list + ")";
}

}  // namespace spikegrad
