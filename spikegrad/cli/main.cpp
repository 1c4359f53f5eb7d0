// SPDX-License-Identifier: Apache-2.0
// The program: finds the command, runs it, turns exceptions into one line and an exit code.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/cli/mpi.hpp"
#include "spikegrad/cli/shell.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/hdf5.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/version.hpp"

namespace {

using namespace spikegrad;
using namespace spikegrad::cli;

/// Error messages are one line, whatever a library put into them.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// For bug reports: the program, and what it was made with.
std::string version_text() {
  return fmt::format(
      "spikegrad {}\n"
      "commit           {}\n"
      "compiler         {}\n"
      "build type       {}\n"
      "instruction set  {}\n"
      "MPI              {}",
      version_string(), commit(), compiler(), build_type(), CpuEngine::instruction_set(), mpi_version());
}

/// What was printed may first fail where it leaves its buffer.
void flush_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw UserError("standard output: cannot be written" +
                  (errno == 0 ? "" : ": " + std::generic_category().message(errno)));
}

int run(int argc, char** argv) {
  CommandLine line{
      "spikegrad",
      "Trains spiking neural networks, and measures what each gradient estimator is worth.\n"
      "Start with: spikegrad reproduce                      measure the findings of the study, write a "
      "report\n"
      "            spikegrad compare MODEL.toml             all estimators' gradients on a model of yours\n"
      "            spikegrad train MODEL.toml --data FILE   train a network on labelled spike trains\n"
      "            spikegrad data info FILE.h5              what is in a file of spike data\n"
      "            spikegrad list                           what there is",
      version_text};
  App& program = line.program();
  const std::array commands{add_reproduce(program), add_compare(program),    add_train(program),
                            add_evaluate(program),  add_field(program),      add_report(program),
                            add_bench(program),     add_data(program),       add_list(program),
                            add_nir(program),       add_shell(program, line)};
  if (argc <= 1) {
    fmt::print(stderr, "{}", line.help());
    return Exit::wrong_input;
  }
  if (!line.parse(argc, argv)) return Exit::done;
  for (const Command& command : commands)
    if (command.app->parsed()) return command.joint || is_first(ranks()) ? command.action() : int{Exit::done};
  return Exit::wrong_input;
}

/// How a command ended: its exit code, and what is to be said of it, if anything.
struct Ending {
  int code = Exit::done;
  std::string message = {};
};

Ending run_and_explain(const Job& job, int argc, char** argv) {
  try {
    job.check();
    const int code = run(argc, argv);
    flush_output();
    return {code};
  } catch (const Interrupted&) {
    return {Exit::interrupted, "spikegrad: interrupted"};
  } catch (const UserError& error) {
    return {Exit::wrong_input, "spikegrad: " + one_line(error.what())};
  } catch (const std::filesystem::filesystem_error& error) {  // a path that no look at it can be taken of
    return {Exit::wrong_input,
            fmt::format("spikegrad: {}: {}", one_line(error.path1().string()), error.code().message())};
  } catch (const std::bad_alloc&) {
    return {Exit::wrong_input,
            "spikegrad: out of memory: use fewer samples, trials, units, steps or threads"};
  } catch (const std::exception& error) {
    const std::string what = one_line(error.what());
    if (std::ferror(stdout) != 0)  // fmt throws its own
      return {Exit::wrong_input, "spikegrad: standard output: cannot be written: " + what};
    // EX_SOFTWARE of sysexits.h: none of the documented codes, because none of them is true
    return {70, fmt::format("spikegrad: {} (this is a bug of spikegrad; please report it)", what)};
  }
}

}  // namespace

int main(int argc, char** argv) {
  catch_interrupts();
  hdf5::leave_open_at_exit();
  Job job(argc, argv);
  const Ending ending = run_and_explain(job, argc, argv);
  return job.end(ending.code, ending.message);
}
