// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view prefix = "checkpoint-", kept_prefix = "epoch-", suffix = ".h5";

bool is_numbered(const std::string& name, std::string_view begin) {
  return name.starts_with(begin) && name.ends_with(suffix);
}

/// Highest number first; numbers have leading zeros, so that names sort as numbers do.
std::vector<fs::path> numbered_files(const fs::path& folder, std::string_view begin) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (is_numbered(entry.path().filename().string(), begin)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), std::greater<>());
  return files;
}
std::vector<fs::path> checkpoints(const fs::path& folder) {
  return numbered_files(folder, prefix);
}
fs::path kept_file(const fs::path& folder, std::size_t epoch) {
  return folder / fmt::format("{}{:06}{}", kept_prefix, epoch, suffix);
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

bool RunDirectory::is_part(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file.parent_path() / "run.json", error)) return false;
  const std::string name = file.filename().string();
  return name == "model.toml" || name == "run.json" || name == "metrics.jsonl" || is_numbered(name, prefix) ||
         is_numbered(name, kept_prefix);
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
  for (const std::string_view begin : {prefix, kept_prefix})
    for (const fs::path& old : numbered_files(folder, begin))
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

void RunDirectory::set_kept(std::vector<std::size_t> epochs) {
  std::sort(epochs.begin(), epochs.end());
  epochs.erase(std::unique(epochs.begin(), epochs.end()), epochs.end());
  if (epochs == info_.keep_checkpoints) return;
  info_.keep_checkpoints = std::move(epochs);
  write_file(folder_ / "run.json", to_json(info_) + "\n");
}

bool RunDirectory::keeps(std::size_t epoch) const {
  const std::vector<std::size_t>& kept = info_.keep_checkpoints;
  return std::find(kept.begin(), kept.end(), epoch) != kept.end();
}

void RunDirectory::keep(const Archive& archive, std::size_t epoch) const {
  write_file(kept_file(folder_, epoch), to_bytes(archive));
}

std::vector<std::size_t> RunDirectory::kept_epochs() const {
  std::vector<std::size_t> epochs;
  for (const fs::path& file : numbered_files(folder_, kept_prefix)) {
    const std::string number = file.stem().string().substr(kept_prefix.size());
    const char* const last = number.data() + number.size();
    std::size_t epoch = 0;
    if (const auto [end, error] = std::from_chars(number.data(), last, epoch);
        error == std::errc() && end == last)
      epochs.push_back(epoch);
  }
  std::sort(epochs.begin(), epochs.end());
  return epochs;
}

Archive RunDirectory::kept_state(std::size_t epoch) const {
  const fs::path file = kept_file(folder_, epoch);
  if (!fs::exists(file))
    throw UserError(fmt::format("{}: the state after epoch {} is not kept; there are those of: {}",
                                folder_.string(), epoch, fmt::join(kept_epochs(), ", ")));
  return from_bytes(read_file(file), file.string());
}

void RunDirectory::drop_kept_after(std::size_t epoch) const {
  std::error_code ignored;
  for (const std::size_t kept : kept_epochs())
    if (kept > epoch) fs::remove(kept_file(folder_, kept), ignored);
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
