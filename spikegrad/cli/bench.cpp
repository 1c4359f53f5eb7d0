// SPDX-License-Identifier: Apache-2.0
// spikegrad bench: how long the CPU engine takes for forward and backward pass of one batch.
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <tuple>

#include "spikegrad/cli/command.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/engine/shapes.hpp"

namespace spikegrad::cli {
namespace {

struct BenchOptions {
  Common common;
  JsonOption json;
  std::string shape = "A";
  std::optional<std::size_t> steps, batch, width, layers;
  std::optional<double> rate;
  bool stochastic = false;
  std::size_t repeat = 0;
  double seconds = 2.0;
};

ShapeSettings settings_of(const BenchOptions& options) {
  ShapeSettings settings = shape_settings(options.shape);
  if (settings.convolutional && (options.width || options.layers))
    throw UserError("shape " + options.shape + " has layers of its own: leave out --width and --layers");
  settings.steps = options.steps.value_or(settings.steps);
  settings.batch = options.batch.value_or(settings.batch);
  settings.width = options.width.value_or(settings.width);
  settings.layers = options.layers.value_or(settings.layers);
  settings.rate = options.rate.value_or(settings.rate);
  settings.stochastic = options.stochastic;
  return settings;
}

/// Refuses what would take the machine's memory, or hours to find weights for.
void check_size(const ShapeSettings& s) {
  constexpr double most = 1 << 28;
  constexpr std::size_t most_layers = 1000;
  if (s.layers > most_layers)
    throw UserError(fmt::format("--layers {}: must be from 1 to {}", s.layers, most_layers));
  const auto product = [](auto... sizes) { return (1.0 * ... * static_cast<double>(sizes)); };
  const double width = static_cast<double>(s.width);
  const double weights = width * (static_cast<double>(s.inputs + s.classes) +
                                  width * static_cast<double>(s.layers - 1 + (s.recurrent ? s.layers : 0)));
  const double units = static_cast<double>(s.inputs + s.classes) + product(s.width, s.layers);
  // Two bytes an event, four a step.
  const double batch_bytes = product(s.batch, s.steps) * (4.0 + 2.0 * s.rate * static_cast<double>(s.inputs));
  for (const auto& [what, value, limit] : {std::tuple{"weights", weights, most},
                                           {"units x steps", units * static_cast<double>(s.steps), most},
                                           {"bytes of input", batch_bytes, 16.0 * most}})
    if (value > limit)
      throw UserError(fmt::format(
          "{} {:.3g}: must be at most {:.3g}; give a smaller --width, --layers, --steps or --batch", what,
          value, limit));
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/// Processor time of all threads, in seconds: unlike the clock, it hardly sees what else the machine is
/// doing.
double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Of this process, in MB of 10^6 bytes. Linux's own line comes first: ru_maxrss begins with the memory of
/// the process that started this one, 15 MB of a Python.
double peak_rss_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024e-6;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024e-6;
}

int run(const BenchOptions& options) {
  using Clock = std::chrono::steady_clock;
  const ShapeSettings settings = settings_of(options);
  check_size(settings);
  check_outputs({options.json.output()});
  const std::uint64_t seed = options.common.seed.value_or(1);
  const unsigned threads =
      options.common.threads ? options.common.threads : std::max(1u, std::thread::hardware_concurrency());
  TerminalProgress progress(options.common.quiet);
  const ShapeProblem problem = make_shape(settings, seed, progress);
  CpuEngine engine(problem.objective(), threads);
  const auto pass = engine.prepare(problem.signal);
  std::vector<double> gradient(problem.parameters.size());
  std::vector<SampleOutcome> outcomes(problem.samples.size());
  ActivityTable activity;
  std::vector<double> times, processor_times;
  const auto begin = Clock::now();
  const auto elapsed = [&](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  progress.clear();
  // The first run touches the memory for the first time and does not count.
  for (std::size_t i = 0; i <= std::max<std::size_t>(options.repeat, 1) ||
                          (options.repeat == 0 && elapsed(begin) < options.seconds);
       ++i) {
    const auto start = Clock::now();
    const double used = processor_seconds();
    std::fill(gradient.begin(), gradient.end(), 0.0);
    pass->run({.parameters = problem.parameters, .samples = problem.samples, .seed = seed},
              {.gradient = gradient, .outcomes = outcomes, .activity = &activity});
    if (interrupt_requested()) throw Interrupted();
    if (i == 0) continue;
    times.push_back(1e3 * elapsed(start));
    processor_times.push_back(1e3 * (processor_seconds() - used));
  }

  nlohmann::json rates = nlohmann::json::object(), sizes = nlohmann::json::object();
  for (std::size_t p = 0; p < problem.network.populations().size(); ++p) {
    const Population& population = problem.network.populations()[p];
    sizes[population.name] = population.size();
    if (output_of(population.unit) == UnitOutput::potential) continue;
    double spikes = 0.0;
    for (std::size_t s = 0; s < problem.samples.size(); ++s) spikes += activity[s][p];
    rates[population.name] =
        spikes / static_cast<double>(problem.samples.size() * population.size() * problem.network.steps());
  }
  double loss = 0.0;
  for (const SampleOutcome& outcome : outcomes) loss += outcome.loss;
  const double typical = median(times);
  const double samples_per_second = 1e3 * static_cast<double>(problem.samples.size()) / typical;
  const nlohmann::json result = {
      {"shape", options.shape},
      {"batch", settings.batch},
      {"steps", settings.steps},
      {"sizes", sizes},
      {"parameters", problem.parameters.size()},
      {"spikes", settings.stochastic ? "stochastic" : "deterministic"},
      {"threads", threads},
      {"instruction_set", CpuEngine::instruction_set()},
      {"runs", times.size()},
      {"median_ms", typical},
      {"min_ms", *std::min_element(times.begin(), times.end())},
      {"processor_ms", median(processor_times)},
      {"samples_per_second", samples_per_second},
      {"peak_rss_mb", peak_rss_mb()},
      {"rates", rates},
      {"mean_loss", loss / static_cast<double>(outcomes.size())},
      {"provenance", provenance_json<nlohmann::json>(options.common.provenance(seed))}};
  options.json.write(result.dump(2));
  if (options.json.to_stdout()) return Exit::done;
  fmt::print("shape {}: {} samples x {} steps, {} parameters, {} spikes, {} threads, {}\n", options.shape,
             settings.batch, settings.steps, problem.parameters.size(),
             settings.stochastic ? "stochastic" : "deterministic", threads, CpuEngine::instruction_set());
  fmt::print(
      "forward + backward: median {:.3f} ms of {} runs (least {:.3f}, processor time {:.3f}), {:.0f} "
      "samples/s\n",
      typical, times.size(), *std::min_element(times.begin(), times.end()), median(processor_times),
      samples_per_second);
  fmt::print("peak memory of the process: {:.1f} MB\nspikes a unit and step:", peak_rss_mb());
  for (const auto& [name, rate] : rates.items()) fmt::print(" {} {:.4f}", name, rate.get<double>());
  fmt::print("\n");
  return Exit::done;
}

}  // namespace

Command add_bench(App& program) {
  auto options = std::make_shared<BenchOptions>();
  App* app = program.add_subcommand(
      "bench",
      "Time of forward and backward pass of one batch, from event lists to the gradient of every weight.\n"
      "Shapes: A 700-128-20, B the same with a recurrent layer, C 700-128-128-128-20, D 700-512-20,\n"
      "E three recurrent convolutions on 700 inputs, F 140-128-20 recurrent SE-adLIF, G 140-128-128-20 with learned\n"
      "delays (docs/benchmarks.md).\n"
      "Example: spikegrad bench --shape A --threads 2 --json -");
  const auto count = whole_number(1, std::uint64_t{1} << 32);
  app->add_option("--shape", options->shape, "A to G")->capture_default_str()->type_name("NAME");
  app->add_option("--steps", options->steps, "Time steps, in place of the shape's own")->check(count);
  app->add_option("--batch", options->batch, "Samples")->check(count);
  app->add_option("--width", options->width, "Units of a hidden layer (not E)")->check(count);
  app->add_option("--layers", options->layers, "Hidden layers (not E)")->check(count);
  app->add_option("--rate", options->rate, "Spikes a unit and step (0.04)")->check(number_from(0.0, 1.0));
  app->add_flag("--stochastic", options->stochastic, "Draw the spikes (sigmoid escape, beta 10)");
  app->add_option("--repeat", options->repeat, "Timed runs; without it, as many as fit into --seconds");
  app->add_option("--seconds", options->seconds, "Time to measure for")
      ->check(number_from(0.0, 1e6))
      ->capture_default_str();
  options->json.add_to(*app, "The result");
  options->common.add_to(*app);
  return {app, [options] { return run(*options); }};
}

}  // namespace spikegrad::cli
