// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
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

/// The lines that are JSON objects; none where there is no file.
std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  if (!fs::exists(file)) return lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);)
    if (nlohmann::json::parse(line, nullptr, false).is_object()) lines.push_back(std::move(line));
  return lines;
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

RunDirectory RunDirectory::create(const fs::path& folder, const Model& model, RunDescription info) {
  RunDirectory directory(folder, std::move(info));
  begin_beside(folder / "run.json");  // makes the folder
  check_no_run(folder);
  directory.lock();
  check_no_run(folder);  // that came in between
  for (const fs::path& old : checkpoints(folder))
    throw UserError(old.string() + ": is in the way of a new run; give another -o FOLDER");
  write_file(folder / "model.toml", to_toml(model));
  write_file(folder / "metrics.jsonl", "");
  write_file(folder / "run.json", to_json(directory.info_) + "\n");
  return directory;
}

RunDirectory RunDirectory::open(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  if (!fs::exists(file))
    throw UserError(folder.string() + ": holds no run: must be a folder that spikegrad train has written");
  return {folder, description_from_json(read_file(file), file.string())};
}

Model RunDirectory::load_model(std::span<const std::string> overrides) const {
  return spikegrad::load_model(folder_ / "model.toml", overrides);
}

void RunDirectory::change(const Model& model, EngineKind engine) {
  write_file(folder_ / "model.toml", to_toml(model));
  if (info_.engine == engine) return;
  info_.engine = engine;
  write_file(folder_ / "run.json", to_json(info_) + "\n");
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

void RunDirectory::append(const EpochMetrics& epoch, const Network& network) const {
  append_file(folder_ / "metrics.jsonl", to_json(epoch, network) + "\n");
}

std::vector<EpochMetrics> RunDirectory::epochs(const Network& network) const {
  std::vector<EpochMetrics> epochs;
  for (const std::string& line : lines_of(folder_ / "metrics.jsonl"))
    epochs.push_back(epoch_from_json(line, network, (folder_ / "metrics.jsonl").string()));
  return epochs;
}

void RunDirectory::keep_metrics_until(std::size_t epoch) const {
  std::string kept;
  for (const std::string& line : lines_of(folder_ / "metrics.jsonl")) {
    const auto parsed = nlohmann::json::parse(line);
    if (parsed.contains("epoch") && parsed["epoch"].is_number_unsigned() && parsed["epoch"] <= epoch)
      kept += line + "\n";
  }
  write_file(folder_ / "metrics.jsonl", kept);
}

}  // namespace spikegrad
