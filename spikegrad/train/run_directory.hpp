// SPDX-License-Identifier: Apache-2.0
// A run on disk, docs/file-formats.md:
//
//   model.toml                  the resolved model file, initial weights included
//   run.json                    what ran: version, seed, data, engine; there once the run has begun
//   metrics.jsonl               one line for each epoch
//   checkpoint-NUMBER.h5        the newest state and the one before it
//   epoch-NUMBER.h5             the state after an epoch that is to be kept
//
// The process that trains holds a lock on the folder itself (core/folder_lock.hpp).
// Whenever the process is killed, the folder holds a run that can go on, or nothing that looks like one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spikegrad/core/folder_lock.hpp"
#include "spikegrad/model/model.hpp"
#include "spikegrad/train/archive.hpp"
#include "spikegrad/train/metrics.hpp"
#include "spikegrad/train/run_description.hpp"

namespace spikegrad {

/// A checkpoint that was found whole.
struct Checkpoint {
  Archive archive;
  std::filesystem::path file;
  std::vector<std::string> refused;  ///< why newer ones were not taken, one line each
};

class RunDirectory {
 public:
  /// Throws UserError where the folder holds a run already, cannot be written, or is locked. Keeps the lock.
  static RunDirectory create(const std::filesystem::path& folder, const Model& model, RunDescription info);
  /// Throws UserError where the folder holds a run with an epoch or a checkpoint.
  static void check_no_run(const std::filesystem::path& folder);
  /// Is it a file of those above in the folder of a run?
  static bool is_part(const std::filesystem::path& file);
  /// Throws UserError where there is no run.
  static RunDirectory open(const std::filesystem::path& folder);

  /// From here on no other process trains in this folder. Throws UserError where one does already. Readers
  /// need no lock, since every file is whole at any time.
  void lock();
  /// Throws as lock() would, and does not keep it.
  void check_lock();

  const std::filesystem::path& folder() const { return folder_; }
  const RunDescription& info() const { return info_; }
  Model load_model(std::span<const std::string> overrides = {}) const;
  /// Goes on with changed settings of the same model, or on another engine.
  void change(const Model& model, EngineKind engine);

  /// The newest checkpoint that is whole; none before the first. Throws UserError where all are damaged.
  std::optional<Checkpoint> newest() const;
  /// Saves a checkpoint whose number is above all before it, then drops those that are no longer needed: all
  /// but this one and `keep`, the file that was saved or restored before it.
  void save(const Archive& archive, std::uint64_t number, const std::filesystem::path& keep) const;
  std::filesystem::path checkpoint_file(std::uint64_t number) const;

  /// The epochs whose state is to stay, rising and none twice; run.json says them.
  void set_kept(std::vector<std::size_t> epochs);
  bool keeps(std::size_t epoch) const;
  /// Keeps the state after that epoch.
  void keep(const Archive& archive, std::size_t epoch) const;
  /// Those whose state there is, rising.
  std::vector<std::size_t> kept_epochs() const;
  /// Throws UserError where it is not kept, or damaged.
  Archive kept_state(std::size_t epoch) const;
  /// Drops what a run kept after the checkpoint that it goes on from: it comes to these epochs again.
  void drop_kept_after(std::size_t epoch) const;

  /// The lines of metrics.jsonl; what is no line (a kill cut it short) is left out. Throws UserError where one
  /// is of something else.
  std::vector<EpochMetrics> epochs(const Network& network) const;
  void append(const EpochMetrics& epoch, const Network& network) const;
  /// Drops the lines of later epochs, and what is no line: work after the checkpoint that a run goes on from.
  void keep_metrics_until(std::size_t epoch) const;

 private:
  RunDirectory(std::filesystem::path folder, RunDescription info)
      : folder_(std::move(folder)), info_(std::move(info)) {}
  std::filesystem::path folder_;
  RunDescription info_;
  std::optional<FolderLock> lock_;
};

}  // namespace spikegrad
