// SPDX-License-Identifier: Apache-2.0
// spikegrad shell: what a shell and man(1) want to know of the program, made from the options themselves.
#include "spikegrad/cli/shell.hpp"

#include <fmt/format.h>

#include <string_view>

namespace spikegrad::cli {
namespace {

/// `case` of one command: its options and the commands below it.
void add_words(const CommandText& command, const std::string& path, std::string& out) {
  std::string words;
  for (const CommandText& below : command.commands) words += below.name + " ";
  for (const CommandText::OptionText& option : command.options)
    for (const std::string& name : option.names)
      if (name.starts_with("--")) words += name + " ";
  out += fmt::format("    '{}') words='{}' ;;\n", path, words);
  for (const CommandText& below : command.commands)
    add_words(below, path.empty() ? below.name : path + " " + below.name, out);
}

/// Text in roff: backslashes and dashes are its own signs, as are dots and quotes where a line begins.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool first = out.empty() || out.back() == '\n';
    if (first && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

void add_options(const CommandText& command, std::string& out) {
  for (const CommandText::OptionText& option : command.options) {
    const std::string names = fmt::format("{}", fmt::join(option.names, ", "));
    out += fmt::format(".TP\n.B {}{}\n{}\n", roff(names),
                       option.value.empty() ? "" : (names.empty() ? "" : " ") + roff(option.value),
                       roff(option.what));
  }
}

void add_commands(const CommandText& command, const std::string& path, std::string& out) {
  for (const CommandText& below : command.commands) {
    const std::string name = path + " " + below.name;
    out += fmt::format(".SS {}\n.nf\n{}\n.fi\n", roff(name), roff(below.what));
    add_options(below, out);
    add_commands(below, name, out);
  }
}

}  // namespace

std::string bash_completion(const CommandText& program) {
  std::string cases;
  add_words(program, "", cases);
  return fmt::format(R"(# bash completion of spikegrad: commands, options, else names of files.
_spikegrad() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path='' word words=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == [a-z]* && $word != *[./]* ]] && path+="${{path:+ }}$word"
  done
  case "$path" in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _spikegrad spikegrad
)",
                     cases);
}

std::string manual_page(const CommandText& program, std::string_view version) {
  std::string out = fmt::format(
      ".TH SPIKEGRAD 1 \"\" \"spikegrad {}\"\n.SH NAME\nspikegrad \\- train spiking neural networks, measure "
      "gradient estimators\n.SH SYNOPSIS\n.B spikegrad\n.I COMMAND\n[OPTIONS]\n.SH DESCRIPTION\n.nf\n{}\n.fi\n",
      version, roff(program.what));
  out += ".SH OPTIONS\n";
  add_options(program, out);
  out += ".SH COMMANDS\n";
  add_commands(program, program.name, out);
  out +=
      ".SH EXIT STATUS\n0: done. 1: a check failed or a finding is contradicted. 2: the input is wrong. 130: "
      "interrupted.\n";
  return out;
}

Command add_shell(App& program, const CommandLine& line) {
  App* shell = program.add_subcommand("shell",
                                      "Text for shells: completion of commands and options, manual page.\n"
                                      "Examples: source <(spikegrad shell completion)\n"
                                      "          spikegrad shell man | man -l -");
  shell->require_subcommand();
  const App* completion =
      shell->add_subcommand("completion", "Completion for bash (and zsh, after bashcompinit)");
  shell->add_subcommand("man", "The manual page");
  return {shell, [completion, &line] {
            fmt::print("{}", completion->parsed() ? bash_completion(line.text())
                                                  : manual_page(line.text(), version_string()));
            return Exit::done;
          }};
}

}  // namespace spikegrad::cli
