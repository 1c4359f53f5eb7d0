// SPDX-License-Identifier: Apache-2.0
// spikegrad nir: nets from and to other tools by NIR. The Python package does it, which reads the format by the package
// of its authors; this command runs it, by the Python beside the program (where a wheel puts both) or the one of the path.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"

namespace spikegrad::cli {
namespace {

struct NirOptions {
  std::string file, output, input = "held", decay = "exact", reset = "nir", gain = "unit";
  double dt = 0.0, time_unit = 1.0;
  std::size_t steps = 100;
};

/// The Python beside the program, where there is one.
std::string python() {
  std::error_code missing;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", missing);
  const auto beside = program.parent_path() / "python3";
  return !missing && std::filesystem::exists(beside, missing) ? beside.string() : "python3";
}

/// Becomes `python -m spikegrad.nir …`.
int become_python(const std::vector<std::string>& arguments) {
  static const std::string code =
      "import sys\n"
      "try:\n"
      "    from spikegrad.nir import main\n"
      "except ImportError as error:\n"
      "    sys.exit(print(f'spikegrad: nir needs the Python package spikegrad in {sys.executable}: {error}',\n"
      "                   file=sys.stderr) or 2)\n"
      "sys.exit(main())\n";
  std::vector<std::string> all{python(), "-c", code};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> words;
  for (std::string& word : all) words.push_back(word.data());
  words.push_back(nullptr);
  std::fflush(nullptr);
  execvp(words[0], words.data());
  throw UserError("nir needs the Python package spikegrad, and there is no python3");
}

Command add_import(App& nir) {
  auto options = std::make_shared<NirOptions>();
  App* app = nir.add_subcommand("import",
                                "A model file of a NIR file, and what became of each node (docs/python.md).\n"
                                "Example: spikegrad nir import net.nir -o net.toml --dt 1e-3 --steps 100");
  app->add_option("FILE.nir", options->file, "The graph")->required();
  app->add_option("-o,--output", options->output, "The model file")->type_name("FILE.toml")->required();
  app->add_option("--dt", options->dt, "Time step in seconds, which NIR does not say")
      ->check(positive_number())
      ->required();
  app->add_option("--steps", options->steps, "Time steps of the model")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  app->add_option("--time-unit", options->time_unit, "The graph's unit of time, in seconds")
      ->check(positive_number())
      ->capture_default_str();
  app->add_option("--input", options->input, "What a spike is: held for a step, or impulse")
      ->check(one_of({"held", "impulse"}))
      ->capture_default_str();
  app->add_option("--decay", options->decay, "exact, or euler: tau of tools that decay by 1 - dt/tau")
      ->check(one_of({"exact", "euler"}))
      ->capture_default_str();
  app->add_option("--reset", options->reset, "That of the file (nir), or another in its place")
      ->check(one_of({"nir", "multiplicative", "multiplicative-leak", "subtractive", "subtractive-leak"}))
      ->capture_default_str();
  return {
      app, [options] {
        check_apart({{"-o", options->output}}, {options->file});
        return become_python({"import", options->file, "-o", options->output, "--dt",
                              fmt::format("{}", options->dt), "--steps", fmt::format("{}", options->steps),
                              "--time-unit", fmt::format("{}", options->time_unit), "--input", options->input,
                              "--decay", options->decay, "--reset", options->reset});
      }};
}

Command add_export(App& nir) {
  auto options = std::make_shared<NirOptions>();
  App* app = nir.add_subcommand("export",
                                "A NIR file of a model file, and what became of each node.\n"
                                "Example: spikegrad nir export net.toml -o net.nir");
  app->add_option("MODEL.toml", options->file, "The model (docs/model-files.md)")->required();
  app->add_option("-o,--output", options->output, "The graph")->type_name("FILE.nir")->required();
  app->add_option("--dt", options->dt, "The reader's time step in its unit of time (the model's, in seconds)")
      ->check(positive_number());
  app->add_option("--decay", options->decay, "exact, or euler: for readers that decay by 1 - dt/tau")
      ->check(one_of({"exact", "euler"}))
      ->capture_default_str();
  app->add_option("--gain", options->gain, "unit, or step: for readers whose units have no gain")
      ->check(one_of({"unit", "step"}))
      ->capture_default_str();
  return {app, [options] {
            check_apart({{"-o", options->output}}, {options->file});
            std::vector<std::string> arguments{"export",  options->file,  "-o",     options->output,
                                               "--decay", options->decay, "--gain", options->gain};
            if (options->dt > 0.0)
              arguments.insert(arguments.end(), {"--dt", fmt::format("{}", options->dt)});
            return become_python(arguments);
          }};
}

}  // namespace

Command add_nir(App& program) {
  App* app = program.add_subcommand(
      "nir", "Nets from (import) and to (export) other tools by NIR; needs the Python package.");
  app->require_subcommand();
  const std::array commands{add_import(*app), add_export(*app)};
  return {app, [commands] {
            for (const Command& command : commands)
              if (command.app->parsed()) return command.action();
            return int{Exit::wrong_input};
          }};
}

}  // namespace spikegrad::cli
