// SPDX-License-Identifier: Apache-2.0
// spikegrad report: the HTML report of one or several result directories.
#include "spikegrad/report/report.hpp"

#include <fmt/core.h>

#include "spikegrad/cli/command.hpp"

namespace spikegrad::cli {

Command add_report(CLI::App& program) {
  struct Options {
    Common common;
    std::vector<std::string> directories;
    std::string output;
  };
  auto options = std::make_shared<Options>();
  CLI::App* app = program.add_subcommand("report",
                                         "One self-contained HTML page from result directories: those that "
                                         "reproduce wrote, or any with a compare.json.\n"
                                         "Example: spikegrad report results");
  app->add_option("RUN", options->directories, "Result directories")->required();
  app->add_option("-o,--output", options->output, "The page (report.html in the first directory)")
      ->type_name("FILE");
  options->common.add_to(*app);
  return {app, [options] {
            const std::vector<std::filesystem::path> directories(options->directories.begin(),
                                                                 options->directories.end());
            const std::filesystem::path page = options->output.empty()
                                                   ? directories[0] / "report.html"
                                                   : std::filesystem::path(options->output);
            write_report(directories, page);
            fmt::print("{}\n", page.string());
            return int{Exit::done};
          }};
}

}  // namespace spikegrad::cli
