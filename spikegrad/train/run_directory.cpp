// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view prefix = "checkpoint-", suffix = ".h5";

/// Newest first; numbers have leading zeros, so that names sort as numbers do.
std::vector<fs::path> checkpoints(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(suffix)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), std::greater<>());
  return files;
}

/// Is it of the form that whoever reads run.json relies on?
bool says_what_ran(const nlohmann::json& info) {
  const auto is_text = [](const nlohmann::json& in, const char* key) {
    return in.contains(key) && in[key].is_string();
  };
  for (const char* key : {"version", "build", "model", "engine"})
    if (!is_text(info, key)) return false;
  if (!info.contains("data")) return true;  // a model with an input of its own
  const nlohmann::json& data = info["data"];
  return is_text(data, "training") && (!data.contains("test") || is_text(data, "test")) &&
         data.contains("checksum") && data["checksum"].is_number_unsigned();
}

}  // namespace

void RunDirectory::check_no_run(const fs::path& folder) {
  // One that ended before its first epoch and checkpoint left nothing to go on with.
  const fs::path metrics = folder / "metrics.jsonl";
  const bool begun = !checkpoints(folder).empty() || (fs::exists(metrics) && fs::file_size(metrics) > 0);
  if (fs::exists(folder / "run.json") && begun)
    throw UserError(folder.string() + ": holds a run already; --resume " + folder.string() +
                    " goes on with it, -o OTHER begins a new one");
}

void RunDirectory::lock() {
  lock_ = FolderLock::try_lock(folder_);
  if (!lock_)
    throw UserError(folder_.string() +
                    ": another spikegrad train works in it; wait until it ends, or give another -o FOLDER");
}

void RunDirectory::check_lock() {
  lock();
  lock_.reset();
}

RunDirectory RunDirectory::create(const fs::path& folder, const Model& model, nlohmann::json info) {
  RunDirectory directory(folder, std::move(info));
  begin_beside(folder / "run.json");  // makes the folder
  check_no_run(folder);
  directory.lock();
  check_no_run(folder);  // that came in between
  for (const fs::path& old : checkpoints(folder))
    throw UserError(old.string() + ": is in the way of a new run; give another -o FOLDER");
  write_file(folder / "model.toml", to_toml(model));
  write_file(folder / "metrics.jsonl", "");
  write_file(folder / "run.json", directory.info_.dump(2) + "\n");
  return directory;
}

RunDirectory RunDirectory::open(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  if (!fs::exists(file))
    throw UserError(folder.string() + ": holds no run: must be a folder that spikegrad train has written");
  nlohmann::json info = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!says_what_ran(info))
    throw UserError(file.string() + ": is damaged: must be what spikegrad train has written");
  return {folder, std::move(info)};
}

Model RunDirectory::load_model(std::span<const std::string> overrides) const {
  return spikegrad::load_model(folder_ / "model.toml", overrides);
}

void RunDirectory::save_model(const Model& model) const {
  write_file(folder_ / "model.toml", to_toml(model));
}

fs::path RunDirectory::checkpoint_file(std::uint64_t number) const {
  return folder_ / fmt::format("{}{:012}{}", prefix, number, suffix);
}

std::optional<Checkpoint> RunDirectory::newest() const {
  const std::vector<fs::path> files = checkpoints(folder_);
  Checkpoint found;
  for (const fs::path& file : files) {
    try {
      found.archive = from_bytes(read_file(file), file.string());
      found.file = file;
      return found;
    } catch (const UserError& error) {
      found.refused.emplace_back(error.what());
    }
  }
  if (!files.empty()) throw UserError(found.refused.back() + "; no other checkpoint is left");
  return std::nullopt;
}

void RunDirectory::save(const Archive& archive, std::uint64_t number, const fs::path& keep) const {
  const fs::path file = checkpoint_file(number);
  write_file(file, to_bytes(archive));
  std::error_code ignored;
  for (const fs::path& old : checkpoints(folder_))
    if (old != file && old != keep) fs::remove(old, ignored);
}

void RunDirectory::append_metrics(const nlohmann::json& line) const {
  append_file(folder_ / "metrics.jsonl", line.dump() + "\n");
}

std::vector<nlohmann::json> RunDirectory::metrics() const {
  std::vector<nlohmann::json> lines;
  const fs::path file = folder_ / "metrics.jsonl";
  if (!fs::exists(file)) return lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) {
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (parsed.is_object()) lines.push_back(std::move(parsed));
  }
  return lines;
}

void RunDirectory::keep_metrics_until(std::size_t epoch) const {
  std::string kept;
  for (const nlohmann::json& line : metrics())
    if (line.contains("epoch") && line["epoch"].is_number_unsigned() && line["epoch"] <= epoch)
      kept += line.dump() + "\n";
  write_file(folder_ / "metrics.jsonl", kept);
}

}  // namespace spikegrad
