// SPDX-License-Identifier: Apache-2.0
// spikegrad data make: generated spike data, and spikes of recordings, in the layout of SHD.
#include <fmt/format.h>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/data/cochlea/file_names.hpp"
#include "spikegrad/data/patterns.hpp"
#include "spikegrad/data/picture_raster.hpp"
#include "spikegrad/data/png.hpp"
#include "spikegrad/data/randman.hpp"

namespace spikegrad::cli {
namespace {

struct Output {
  Common common;
  std::string file;

  void add_to(App& app) {
    app.add_option("-o,--output", file, "The file to write")->type_name("FILE.h5")->required();
    common.add_to(app);
  }
  /// As check_outputs() does, and makes the folder, as of the data set that the file begins.
  void check(const std::vector<std::filesystem::path>& read = {}) const {
    check_apart({{"-o", file}}, read);
    const auto folder = std::filesystem::path(file).parent_path();
    if (std::filesystem::is_directory(file)) throw UserError(file + ": is a folder, a file is expected");
    check_writable(folder.empty() ? "." : folder);
  }
  int write(const EventSet& events) const {
    write_event_set(events, file);
    fmt::print("{}: {} samples, {} classes, {} channels, {} spikes\n", file, events.size(),
               events.class_names.size(), events.channels, events.times.size());
    return Exit::done;
  }
};

void add_copies(App& app, CopySettings& copies) {
  app.add_option("--samples", copies.samples_per_class, "Samples a class")->capture_default_str();
  app.add_option("--jitter", copies.jitter, "Standard deviation of a spike's displacement, seconds")
      ->capture_default_str();
  app.add_option("--part", copies.part, "Other copies of the same patterns: 0 to train on, 1 to test on, …")
      ->capture_default_str();
}

Command add_randman(App& make) {
  struct Options {
    Output output;
    RandmanSettings settings;
  };
  auto options = std::make_shared<Options>();
  RandmanSettings& s = options->settings;
  App* app =
      make.add_subcommand("randman", "Spike times on smooth random manifolds, one a class; a spike a unit.");
  app->add_option("--classes", s.classes, "Classes")->capture_default_str();
  app->add_option("--samples", s.samples_per_class, "Samples a class")->capture_default_str();
  app->add_option("--units", s.units, "Units")->capture_default_str();
  app->add_option("--dimensions", s.dimensions, "Dimensions of the manifolds")->capture_default_str();
  app->add_option("--smoothness", s.smoothness, "The larger, the smoother")->capture_default_str();
  app->add_option("--duration", s.duration, "Seconds that the spikes are spread over")->capture_default_str();
  app->add_option("--part", s.part, "Other points of the same manifolds: 0 to train on, 1 to test on, …")
      ->capture_default_str();
  options->output.add_to(*app);
  return {app, [options] {
            options->output.check();
            options->settings.seed = options->output.common.seed.value_or(0);
            TerminalProgress progress(options->output.common.quiet);
            const EventSet events = make_randman(options->settings, options->output.common.threads, progress);
            progress.clear();
            return options->output.write(events);
          }};
}

Command add_poisson(App& make) {
  struct Options {
    Output output;
    PoissonSettings settings;
    CopySettings copies;
  };
  auto options = std::make_shared<Options>();
  PoissonSettings& s = options->settings;
  App* app = make.add_subcommand("poisson", "Jittered copies of frozen Poisson patterns, one a class.");
  app->add_option("--classes", s.classes, "Classes")->capture_default_str();
  app->add_option("--units", s.units, "Units")->capture_default_str();
  app->add_option("--rate", s.rate, "Rate of every unit, Hz")->capture_default_str();
  app->add_option("--duration", s.duration, "Seconds")->capture_default_str();
  add_copies(*app, options->copies);
  options->output.add_to(*app);
  return {app, [options] {
            options->output.check();
            options->copies.seed = options->output.common.seed.value_or(0);
            return options->output.write(make_poisson_patterns(options->settings, options->copies));
          }};
}

Command add_raster(App& make) {
  struct Options {
    Output output;
    std::vector<std::string> pictures;
    std::size_t steps = 200, units = 200;
    double dt = 1e-3, threshold = 0.5;
    CopySettings copies{.samples_per_class = 1};
  };
  auto options = std::make_shared<Options>();
  App* app = make.add_subcommand(
      "raster", "Jittered copies of pictures, one a class: a dark pixel is a spike, time runs to the right.");
  app->add_option("--picture", options->pictures, "PNG files (the program's own picture)")
      ->type_name("FILE.png");
  app->add_option("--steps", options->steps, "Steps across")->capture_default_str();
  app->add_option("--units", options->units, "Units up")->capture_default_str();
  app->add_option("--dt", options->dt, "Step in seconds")->capture_default_str();
  app->add_option("--threshold", options->threshold, "Brightness below which a pixel is a spike")
      ->capture_default_str();
  add_copies(*app, options->copies);
  options->output.add_to(*app);
  return {app, [options] {
            constexpr std::size_t most = 65536, most_pixels = std::size_t{1} << 26;
            const std::size_t steps = options->steps, units = options->units;
            if (steps < 1 || units < 1 || steps > most || units > most || steps * units > most_pixels)
              throw UserError(fmt::format("{} steps of {} units, must be at least 1 and at most 2^26 pixels",
                                          steps, units));
            options->output.check({options->pictures.begin(), options->pictures.end()});
            options->copies.seed = options->output.common.seed.value_or(0);
            std::vector<NamedRaster> rasters;
            for (const std::string& file : options->pictures)
              rasters.emplace_back(std::filesystem::path(file).stem().string(),
                                   picture_to_raster(read_png(file), steps, units, options->threshold));
            if (rasters.empty()) rasters.emplace_back("boat", drawn_raster(steps, units));
            return options->output.write(make_raster_patterns(rasters, options->dt, options->copies));
          }};
}

/// The names of the classes in the order of their labels, as asked for.
std::vector<std::string> names_of_classes(const std::vector<std::string>& labels,
                                          const std::vector<std::string>& asked) {
  if (asked.empty()) return labels;
  if (asked.size() != labels.size())
    throw UserError(fmt::format("--names: {} names, must be one for each of the {} labels {}", asked.size(),
                                labels.size(), fmt::join(labels, ", ")));
  return asked;
}

Command add_cochlea(App& make) {
  struct Options {
    Output output;
    CochleaSettings settings;
    std::vector<std::string> paths, names;
    std::string pattern{default_name_pattern};
  };
  auto options = std::make_shared<Options>();
  CochleaSettings& s = options->settings;
  App* app = make.add_subcommand(
      "cochlea",
      "Spikes of recordings, by the artificial cochlea of the Spiking Heidelberg Digits.\n"
      "Example: spikegrad data make cochlea recordings -o digits_train.h5");
  app->add_option("recordings", options->paths,
                  "Files of sound (any format of libsndfile), or folders of them")
      ->type_name("FOLDER|FILE")
      ->required();
  app->add_option("--pattern", options->pattern,
                  "What the names of the files say; only {label} must be there")
      ->capture_default_str();
  app->add_option("--names", options->names, "Names of the classes, in the order of their labels: zero,one,…")
      ->delimiter(',');
  app->add_option("--channels", s.channels, "Channels, from high tones to low ones")->capture_default_str();
  app->add_option("--duration", s.duration, "Seconds of a word: longer ones are cut")->capture_default_str();
  options->output.add_to(*app);
  return {app, [options] {
            const std::vector<std::filesystem::path> paths(options->paths.begin(), options->paths.end());
            for (const auto& path : paths)
              if (!std::filesystem::exists(path))
                throw UserError(path.string() + ": is not there: must be a recording or a folder of them");
            options->output.check(paths);
            const NamedRecordings named = name_recordings(paths, options->pattern);
            const std::vector<std::string> names = names_of_classes(named.class_names, options->names);
            options->settings.seed = options->output.common.seed.value_or(0);
            TerminalProgress progress(options->output.common.quiet);
            EventSet events =
                hear(options->settings, named.recordings, names, options->output.common.threads, progress);
            progress.clear();
            if (named.speaker_names.empty()) events.speakers.clear();
            options->output.write(events);
            std::string speakers;
            for (std::size_t n = 0; n < named.speaker_names.size(); ++n)
              speakers += fmt::format("{}{} {}", n == 0 ? "" : ", ", n, named.speaker_names[n]);
            if (!speakers.empty()) fmt::print("speakers: {}\n", speakers);
            return Exit::done;
          }};
}

}  // namespace

std::vector<Command> add_data_make(App& data) {
  App* app = data.add_subcommand(
      "make",
      "Generated spike data, and spikes of recordings, in the layout of the Spiking Heidelberg Digits.\n"
      "Example: spikegrad data make randman --samples 100 -o randman_train.h5");
  app->require_subcommand();
  return {add_randman(*app), add_poisson(*app), add_raster(*app), add_cochlea(*app)};
}

}  // namespace spikegrad::cli
