// SPDX-License-Identifier: Apache-2.0
// The command line as the commands see it: subcommands with options. CLI11 stands behind it in app.cpp alone,
// because its headers and what they instantiate take longer to compile than any command.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the name is CLI11's
class App;
class Option;
}  // namespace CLI

namespace spikegrad::cli {

/// A word as a POSIX shell reads it back.
std::string shell_word(const std::string& word);

/// What is wrong with the text of an option; empty: nothing.
using Check = std::function<std::string(const std::string&)>;

/// One of these words.
Check one_of(const std::vector<std::string>& words);

class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option* required(bool yes = true);
  Option* check(const Check& check);
  /// What the help calls its value.
  Option* type_name(const std::string& name);
  /// What the help says in place of type and default.
  Option* option_text(const std::string& text);
  /// The values of a list may stand in one word, with this between them.
  Option* delimiter(char between);
  /// The help shows the value that the variable has now.
  Option* capture_default_str();

 private:
  CLI::Option* option_;
};

class App {
 public:
  explicit App(CLI::App& app, std::shared_ptr<std::string> line = std::make_shared<std::string>())
      : app_(&app), line_(std::move(line)) {}

  App* add_subcommand(const std::string& name, const std::string& what);
  /// One of its subcommands must be named.
  void require_subcommand();
  /// T: std::string, double, an unsigned integer, std::optional of a number, or a std::vector of strings.
  template <class T>
  Option* add_option(const std::string& name, T& value, const std::string& what);
  /// The text of the option goes to a function.
  Option* add_option_function(const std::string& name, const std::function<void(const std::string&)>& use,
                              const std::string& what);
  Option* add_flag(const std::string& name, bool& value, const std::string& what);
  /// The whole command line, as a shell takes it, once it has been parsed.
  std::shared_ptr<const std::string> line() const { return line_; }
  /// True once the command line has named it.
  bool parsed() const;

 private:
  Option* keep(CLI::Option* option);

  CLI::App* app_;
  std::shared_ptr<std::string> line_;  ///< one for all commands
  std::vector<std::unique_ptr<App>> below_;
  std::vector<std::unique_ptr<Option>> options_;
};

/// A command with its options and those below it, for manual pages and shells.
struct CommandText {
  struct OptionText {
    std::vector<std::string> names;  ///< with their dashes; empty: given by its place
    std::string value, what;         ///< what the help calls its value, empty for a flag; and its text
  };
  std::string name, what;
  std::vector<OptionText> options;
  std::vector<CommandText> commands;
};

/// The program, and the line it was called with.
class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& what, std::function<std::string()> version);
  ~CommandLine();

  App& program() { return root_; }
  std::string help() const;
  CommandText text() const;
  /// False where --help or --version was asked for, which is printed then. Throws UserError, one line that
  /// says what is wrong and where the help is.
  bool parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> program_;
  std::shared_ptr<std::string> line_ = std::make_shared<std::string>();
  App root_;
};

}  // namespace spikegrad::cli
