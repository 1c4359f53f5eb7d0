// SPDX-License-Identifier: Apache-2.0
// What the commands share. A command is one file with one add_NAME function, called in main.cpp: it declares
// its options and leaves a callback that does the work and says how it ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spikegrad/cli/app.hpp"
#include "spikegrad/cli/output_files.hpp"
#include "spikegrad/cli/terminal_progress.hpp"
#include "spikegrad/core/provenance.hpp"
#include "spikegrad/engine/engine.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad::cli {

/// Exit codes.
enum Exit : int { done = 0, check_failed = 1, wrong_input = 2, interrupted = 130 };

/// What an option takes, for check(): a whole number, or any number, from least to most; a finite number of 0 or
/// more, or above 0.
Check whole_number(std::uint64_t least, std::uint64_t most);
Check number_from(double least, double most);
Check non_negative_number();
Check positive_number();

/// Options of every command that computes.
struct Common {
  std::optional<std::uint64_t> seed;
  unsigned threads = 0;
  bool quiet = false;
  std::shared_ptr<const std::string> line = {};  ///< the command line

  void add_to(App& command);
  TerminalProgress progress() const { return TerminalProgress(quiet); }
  /// The engine, with the threads and the processes of this command line.
  EngineSettings engine(EngineKind kind) const;
  /// Of a result of this command line, with the default seed of the command.
  Provenance provenance(std::uint64_t default_seed) const;
};

/// The model file and changes to it.
struct ModelOptions {
  std::string path;
  std::vector<std::string> overrides;

  void add_to(App& command, bool required = true);
  /// The model, with --seed in place of the file's own seed.
  Model load(const Common& common) const;
  /// Of a result of this command line on this model.
  Provenance provenance_of(const Model& model, const Common& common) const;
};

/// How many threads --threads stands for.
unsigned threads_used(const Common& common);

/// Where a command puts its JSON: a file, "-" for standard output, or nowhere.
struct JsonOption {
  std::string path;

  void add_to(App& command, const std::string& what);
  bool to_stdout() const { return path == "-"; }
  /// Of check_outputs(): none where it goes to standard output.
  OutputFile output() const { return {"--json", to_stdout() ? "" : path}; }
  void write(const std::string& json) const;
};

/// Throws UserError, naming the option, where the text is none.
double number_above_zero(const std::string& option, const std::string& text);

/// Of "1,2,5": rising, none twice. Throws UserError, naming the option, where it is no list of whole numbers from `least` on.
std::vector<std::size_t> epochs_of(const std::string& option, const std::string& text, std::size_t least);

/// A line on standard error for what is suspicious and not refused.
void warn(const std::string& text);

/// A file that the first of several processes writes: the others forget its name.
void first_writes(std::string& file);

/// Registers a command; main runs the returned App's chosen callback.
using Action = std::function<int()>;
struct Command {
  App* app;
  Action action;
  bool joint = false;  ///< all processes that mpirun has started run it together; else the first alone does
};

Command add_bench(App& program);
Command add_compare(App& program);
Command add_data(App& program);
std::vector<Command> add_data_make(App& data);
Command add_field(App& program);
Command add_list(App& program);
Command add_nir(App& program);
Command add_reproduce(App& program);
Command add_report(App& program);
Command add_train(App& program);
Command add_evaluate(App& program);

}  // namespace spikegrad::cli
