// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/cochlea/file_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

constexpr std::array<std::string_view, 3> fields{"label", "speaker", "index"};

/// Text, then a field; the last piece has none.
struct Piece {
  std::string text;
  std::string field;
};

std::vector<Piece> parse(const std::string& pattern) {
  std::vector<Piece> pieces;
  std::set<std::string> seen;
  std::size_t at = 0;
  for (std::size_t open; (open = pattern.find('{', at)) != std::string::npos;) {
    const std::size_t close = pattern.find('}', open);
    const std::string field = close == std::string::npos ? "" : pattern.substr(open + 1, close - open - 1);
    if (std::find(fields.begin(), fields.end(), field) == fields.end())
      throw UserError(fmt::format(
          "pattern '{}': what stands in braces must be {{label}}, {{speaker}} or {{index}}", pattern));
    if (!seen.insert(field).second)
      throw UserError(fmt::format("pattern '{}': has {{{}}} twice", pattern, field));
    pieces.push_back({pattern.substr(at, open - at), field});
    at = close + 1;
  }
  if (!seen.contains("label"))
    throw UserError(fmt::format("pattern '{}': has no {{label}}, which says what is spoken, as in '{}'",
                                pattern, default_name_pattern));
  pieces.push_back({pattern.substr(at), ""});
  return pieces;
}

/// Whether `name` from `at` on is what the pieces from `piece` on describe; fills `found`.
bool matches(const std::vector<Piece>& pieces, std::size_t piece, std::string_view name,
             std::map<std::string, std::string>& found) {
  const Piece& p = pieces[piece];
  if (!name.starts_with(p.text)) return false;
  name.remove_prefix(p.text.size());
  if (p.field.empty()) return name.empty();
  for (std::size_t length = 1; length <= name.size(); ++length)
    if (matches(pieces, piece + 1, name.substr(length), found)) {
      found[p.field] = std::string(name.substr(0, length));
      return true;
    }
  return false;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The different names, in their order.
std::vector<std::string> in_order(const std::vector<std::string>& names, const char* what) {
  const std::set<std::string> different(names.begin(), names.end());
  std::vector<std::string> sorted(different.begin(), different.end());
  if (std::all_of(sorted.begin(), sorted.end(), is_number))
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return std::stol(a) < std::stol(b); });
  if (sorted.size() > 65536)
    throw UserError(fmt::format("{} {}, must be at most 65536", sorted.size(), what));
  return sorted;
}

std::uint16_t place(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::uint16_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file() && it->path().extension() == ending) files.push_back(it->path());
  if (error) throw UserError(fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  if (files.empty()) throw UserError(fmt::format("{}: holds no files *{}", folder.string(), ending));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

NamedRecordings name_recordings(const std::vector<std::filesystem::path>& paths, const std::string& pattern) {
  const std::vector<Piece> pieces = parse(pattern);
  std::vector<std::filesystem::path> files;
  for (const auto& path : paths) {
    if (std::filesystem::is_directory(path)) {
      const auto inside = files_of(path, std::filesystem::path(pattern).extension().string());
      files.insert(files.end(), inside.begin(), inside.end());
    } else {
      files.push_back(path);
    }
  }
  if (files.empty()) throw UserError("no recordings: name a folder or files");
  std::vector<std::string> labels, speakers;
  std::set<std::string> names;
  for (const auto& file : files) {
    std::map<std::string, std::string> found;
    const std::string name = file.filename().string();
    if (!matches(pieces, 0, name, found))
      throw UserError(fmt::format("{}: the name is not of the pattern '{}'; --pattern takes another",
                                  file.string(), pattern));
    if (!names.insert(name).second)
      throw UserError(fmt::format("{}: a file of this name was given before", file.string()));
    labels.push_back(found["label"]);
    speakers.push_back(found["speaker"]);
  }
  const bool spoken = pattern.find("{speaker}") != std::string::npos;
  NamedRecordings result;
  result.class_names = in_order(labels, "labels");
  if (spoken) result.speaker_names = in_order(speakers, "speakers");
  for (std::size_t n = 0; n < files.size(); ++n)
    result.recordings.push_back({files[n], place(result.class_names, labels[n]),
                                 spoken ? place(result.speaker_names, speakers[n]) : std::uint16_t{0}});
  return result;
}

}  // namespace spikegrad
