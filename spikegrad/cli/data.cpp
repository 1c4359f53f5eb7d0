// SPDX-License-Identifier: Apache-2.0
// spikegrad data: what is in a file of spike data, and a picture of a sample; data_make.cpp makes such files.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/data/picture_raster.hpp"
#include "spikegrad/data/shd_file.hpp"
#include "spikegrad/data/summary.hpp"

namespace spikegrad::cli {
namespace {

void print(const DataSummary& s) {
  fmt::print("{}\n", s.source);
  if (!s.official.empty()) fmt::print("  {:<18}{}\n", "recognised", s.official);
  std::string classes, speakers;
  for (const auto& [name, samples] : s.classes)
    classes += fmt::format("{}{} ({})", classes.empty() ? "" : ", ", name, samples);
  for (const auto& [name, samples] : s.speakers)
    speakers += fmt::format("{}{} ({})", speakers.empty() ? "" : ", ", name, samples);
  fmt::print("  {:<18}{}, {} without a spike\n", "samples", s.samples, s.silent_samples);
  fmt::print("  {:<18}{}: {}\n", "classes", s.classes.size(), classes);
  fmt::print("  {:<18}{}\n", "speakers",
             s.speakers.empty() ? "not known" : fmt::format("{}: {}", s.speakers.size(), speakers));
  fmt::print("  {:<18}{}, {} without a spike\n", "channels", s.channels, s.silent_channels);
  fmt::print("  {:<18}{}; a sample {:.1f} on average, {} to {}\n", "spikes", s.spikes, s.mean, s.fewest,
             s.most);
  fmt::print("  {:<18}{:.4g} s to the last spike\n", "duration", s.duration);
  fmt::print("  {:<18}{:.4g} Hz a channel over that time\n", "rate", s.rate);
}

Command add_info(App& data) {
  struct Options {
    Common common;
    JsonOption json;
    std::string file;
  };
  auto options = std::make_shared<Options>();
  App* app = data.add_subcommand("info",
                                 "What is in a file of spike data; the whole file is checked.\n"
                                 "Example: spikegrad data info shd_train.h5");
  app->add_option("FILE.h5", options->file, "Spike data (docs/data.md)")->required();
  options->json.add_to(*app, "The same");
  options->common.line = app->line();
  return {app, [options] {
            check_outputs({options->json.output()}, {options->file});
            const DataSummary summary = summarise_spike_data(options->file, Isolation::child);
            options->json.write(to_json(summary, options->common.provenance(0)));
            if (!options->json.to_stdout()) print(summary);
            return int{Exit::done};
          }};
}

/// A raster as text, at most 100 columns of time and 30 lines of units: the more spikes, the darker.
std::string as_text(const Grid<double>& raster) {
  constexpr std::string_view shades = " .:+*#";
  const std::size_t columns = std::min<std::size_t>(raster.rows(), 100),
                    lines = std::min<std::size_t>(raster.columns(), 30);
  Grid<double> counts(lines, columns);
  double most = 1.0;
  for (std::size_t t = 0; t < raster.rows(); ++t)
    for (std::size_t i = 0; i < raster.columns(); ++i) {
      double& count = counts[lines - 1 - i * lines / raster.columns()][t * columns / raster.rows()];
      most = std::max(most, count += raster[t][i]);
    }
  std::string text;
  for (std::size_t line = 0; line < lines; ++line) {
    for (const double count : counts[line])
      text +=
          shades[static_cast<std::size_t>(std::ceil(count / most * static_cast<double>(shades.size() - 1)))];
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

Command add_show(App& data) {
  struct Options {
    std::string file, output;
    std::size_t sample = 0, steps = 0;
    double dt = 2e-3;
  };
  auto options = std::make_shared<Options>();
  App* app =
      data.add_subcommand("show",
                          "The raster of one sample: as text, or as a PNG of a pixel a step and channel.\n"
                          "Example: spikegrad data show shd_train.h5 --sample 3 -o sample.png");
  app->add_option("FILE.h5", options->file, "Spike data (docs/data.md)")->required();
  app->add_option("--sample", options->sample, "Number of the sample, from 0")->capture_default_str();
  app->add_option("--dt", options->dt, "Step in seconds")->check(positive_number())->capture_default_str();
  app->add_option("--steps", options->steps, "Steps (0: to the last spike of the file)")
      ->capture_default_str();
  app->add_option("-o,--output", options->output, "The picture")->type_name("FILE.png");
  return {
      app, [options] {
        check_outputs({{"-o", options->output}}, {options->file});
        std::size_t steps = options->steps;
        if (steps == 0) {
          const double last = summarise_spike_data(options->file, Isolation::child).duration;
          const double needed = step_at(last, options->dt) + 1.0;
          if (!(needed >= 1.0 && needed < 1e5))
            throw UserError(fmt::format("--dt {}: {:.4g} s would be {:.4g} steps; choose another, or --steps",
                                        options->dt, last, needed));
          steps = static_cast<std::size_t>(needed);
        }
        const SpikeData spikes =
            read_spike_data(options->file, {.dt = options->dt, .steps = steps}, Isolation::child);
        if (options->sample >= spikes.size())
          throw UserError(fmt::format("--sample {}: {} has samples 0 to {}", options->sample, options->file,
                                      spikes.size() - 1));
        Grid<double> raster(steps, spikes.channels);
        for (std::size_t t = 0; t < steps; ++t)
          for (const std::uint16_t unit : spikes.spikes(options->sample, t)) raster[t][unit] = 1.0;
        if (!options->output.empty()) write_file(options->output, encode_png(raster_to_picture(raster)));
        fmt::print("sample {}: class {}, {} spikes in {} steps of {} s, {} channels{}\n", options->sample,
                   spikes.class_names[spikes.labels[options->sample]], spikes.spikes(options->sample).size(),
                   steps, options->dt, spikes.channels,
                   options->output.empty() ? "" : "; " + options->output);
        if (options->output.empty()) fmt::print("{}", as_text(raster));
        return int{Exit::done};
      }};
}

}  // namespace

Command add_data(App& program) {
  App* app = program.add_subcommand(
      "data", "Spike data: what is in a file (info), a picture of a sample (show), new files (make).");
  app->require_subcommand();
  std::vector<Command> commands{add_info(*app), add_show(*app)};
  for (Command& command : add_data_make(*app)) commands.push_back(std::move(command));
  return {app, [commands] {
            for (const Command& command : commands)
              if (command.app->parsed()) return command.action();
            return int{Exit::wrong_input};
          }};
}

}  // namespace spikegrad::cli
