// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/cli/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>
#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"

namespace spikegrad::cli {
namespace {

Check check_of(const CLI::Validator& validator) {
  return [validator](const std::string& text) { return validator(text); };
}

std::vector<const CLI::App*> below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// Checks every option of the app, and of those below it, that takes a natural number: CLI11 reads -1 as 2^64
/// - 1.
void refuse_minus_signs(CLI::App& app) {
  const auto check = [](std::string& text) {
    return text.starts_with('-') ? text + " must be a whole number of 0 or more" : std::string();
  };
  for (CLI::Option* option : app.get_options())
    if (option->get_type_name() == "UINT") option->check({check, ""});
  for (CLI::App* command : app.get_subcommands({})) refuse_minus_signs(*command);
}

/// An empty text is what a shell makes of a variable that is not set; it is not the same as no option.
std::string refuse_empty(std::string& text) {
  return text.empty() ? "'' must not be empty" : "";
}

bool has_command(const CLI::App& group, std::string_view name) {
  const auto commands = below(group);
  return std::any_of(commands.begin(), commands.end(),
                     [&](const CLI::App* command) { return command->get_name() == name; });
}

std::string without_dashes(std::string_view word) {
  return std::string(word.substr(std::min(word.find_first_not_of('-'), word.size())));
}

/// The option of the command that a word with dashes comes closest to; a single letter may stand for the only
/// option that begins with it. Empty: none.
std::string nearest_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  const std::string wanted = without_dashes(word);
  std::vector<std::string_view> known(names.begin(), names.end());
  if (wanted.size() == 1) std::erase_if(known, [&](std::string_view name) { return name[0] != wanted[0]; });
  const std::string_view found = wanted.size() > 1   ? nearest(wanted, known)
                                 : known.size() == 1 ? known[0]
                                                     : std::string_view();
  return found.empty() ? "" : "--" + std::string(found);
}

/// `words`: the commands before it, each followed by a space.
UserError unknown_command(const CLI::App& group, const std::string& words, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::App* command : below(group)) names.push_back(command->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string option = nearest_option(group, name);  // `help`, `version`
  std::string found(option == "--" + name ? option : nearest(name, known));
  if (found.empty()) found = option;
  return UserError(fmt::format("there is no command '{}{}' ({}there are: {}; see spikegrad {}--help)", words,
                               name, question(found), fmt::join(names, ", "), words));
}

CommandText text_of(const CLI::App& app) {
  CommandText text{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    CommandText::OptionText entry;
    for (const std::string& name : option->get_snames()) entry.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) entry.names.push_back("--" + name);
    entry.value = option->get_items_expected_max() == 0 ? "" : option->get_type_name();
    entry.what = option->get_description();
    text.options.push_back(std::move(entry));
  }
  for (const CLI::App* command : below(app)) text.commands.push_back(text_of(*command));
  return text;
}

/// What is wrong with the command line, and where its help is.
UserError complaint(const CLI::App& program, const CLI::ParseError& error) {
  std::string words;
  const CLI::App* chosen = &program;
  while (!chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
    words += chosen->get_name() + " ";
  }
  // Words that nobody took are the likelier cause of what is missing elsewhere.
  const std::vector<std::string> left = program.remaining(true);
  for (const std::string& word : left)
    if (word.size() > 1 && word[0] == '-' && !std::isdigit(static_cast<unsigned char>(word[1])) &&
        word[1] != '.') {
      const std::string name = word.substr(0, word.find('='));
      return UserError(fmt::format("there is no option {} ({}see spikegrad {}--help)", name,
                                   question(nearest_option(*chosen, name)), words));
    }
  if (chosen->get_require_subcommand_min() > 0 && !left.empty())
    return unknown_command(*chosen, words, left.front());
  std::string there_are;
  if (chosen->get_require_subcommand_min() > 0)
    for (const CLI::App* command : below(*chosen))
      there_are += (there_are.empty() ? ", one of: " : ", ") + command->get_name();
  return UserError(fmt::format("{}{} (see spikegrad {}--help)", error.what(), there_are, words));
}

}  // namespace

std::string shell_word(const std::string& word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-_=./,:+@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Check one_of(const std::vector<std::string>& words) {
  return check_of(CLI::IsMember(words));
}

Option* Option::required(bool yes) {
  option_->required(yes);
  return this;
}
Option* Option::check(const Check& check) {
  option_->check({[check](std::string& text) { return check(text); }, ""});
  return this;
}
Option* Option::type_name(const std::string& name) {
  option_->type_name(name);
  return this;
}
Option* Option::option_text(const std::string& text) {
  option_->option_text(text);
  return this;
}
Option* Option::delimiter(char between) {
  option_->delimiter(between);
  return this;
}
Option* Option::capture_default_str() {
  option_->capture_default_str();
  return this;
}

Option* App::keep(CLI::Option* option) {
  return options_.emplace_back(std::make_unique<Option>(*option)).get();
}
App* App::add_subcommand(const std::string& name, const std::string& what) {
  return below_.emplace_back(std::make_unique<App>(*app_->add_subcommand(name, what), line_)).get();
}
void App::require_subcommand() {
  app_->require_subcommand(1);
}
template <class T>
Option* App::add_option(const std::string& name, T& value, const std::string& what) {
  CLI::Option* option = app_->add_option(name, value, what);
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::vector<std::string>>)
    option->check({refuse_empty, ""});
  return keep(option);
}
template Option* App::add_option(const std::string&, std::string&, const std::string&);
template Option* App::add_option(const std::string&, double&, const std::string&);
template Option* App::add_option(const std::string&, unsigned&, const std::string&);
template Option* App::add_option(const std::string&, unsigned long&, const std::string&);
template Option* App::add_option(const std::string&, unsigned long long&, const std::string&);
template Option* App::add_option(const std::string&, std::optional<double>&, const std::string&);
template Option* App::add_option(const std::string&, std::optional<unsigned long>&, const std::string&);
template Option* App::add_option(const std::string&, std::optional<unsigned long long>&, const std::string&);
template Option* App::add_option(const std::string&, std::vector<std::string>&, const std::string&);

Option* App::add_option_function(const std::string& name, const std::function<void(const std::string&)>& use,
                                 const std::string& what) {
  return keep(app_->add_option_function<std::string>(name, use, what));
}
Option* App::add_flag(const std::string& name, bool& value, const std::string& what) {
  return keep(app_->add_flag(name, value, what));
}
bool App::parsed() const {
  return app_->parsed();
}

CommandLine::CommandLine(const std::string& name, const std::string& what,
                         std::function<std::string()> version)
    : program_(std::make_unique<CLI::App>(what, name)), root_(*program_, line_) {
  program_->set_version_flag("--version", std::move(version));
  program_->require_subcommand(1);
  program_->get_formatter()->column_width(34);
}
CommandLine::~CommandLine() = default;

std::string CommandLine::help() const {
  return program_->help();
}

CommandText CommandLine::text() const {
  return text_of(*program_);
}

bool CommandLine::parse(int argc, const char* const* argv) {
  refuse_minus_signs(*program_);
  *line_ = program_->get_name();
  for (int i = 1; i < argc; ++i) *line_ += " " + shell_word(argv[i]);
  try {
    program_->parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      program_->exit(error, text, text);
      fmt::print("{}", text.str());  // which throws where a stream would keep the reason to itself
      return false;
    }
    if (argv[1][0] != '-' && !has_command(*program_, argv[1])) throw unknown_command(*program_, "", argv[1]);
    throw complaint(*program_, error);
  }
}

}  // namespace spikegrad::cli
