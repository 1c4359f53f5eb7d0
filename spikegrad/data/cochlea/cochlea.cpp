// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/cochlea/cochlea.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/data/cochlea/sound.hpp"
#include "spikegrad/data/generator_checks.hpp"

namespace spikegrad {
namespace {

constexpr double longest = 60.0;

/// `replica` of the draws.
constexpr std::uint32_t nerve = 16;

std::size_t steps_of(const CochleaSettings& s) {
  check_count("channels", s.channels, most_channels);
  check_number("duration", s.duration, false);
  if (s.duration > longest)
    throw UserError(fmt::format("duration is {}, must be at most {} seconds", s.duration, longest));
  return cochlea::smooth_length(
      std::max<std::size_t>(2, static_cast<std::size_t>(std::ceil(s.duration / Cochlea::dt - 1e-6))));
}

/// FNV-1a.
std::uint64_t hash(const std::string& text) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h;
}

}  // namespace

Cochlea::Cochlea(const CochleaSettings& settings, unsigned threads)
    : settings_(settings),
      response_(cochlea::make_response({}, settings.channels, steps_of(settings), threads)),
      plan_(response_.bins),
      sound_plan_(2 * response_.bins) {}

std::vector<cochlea::ChannelSpike> Cochlea::listen(const std::vector<double>& sound, std::uint64_t word,
                                                   cochlea::ChannelWorkspace& workspace,
                                                   std::vector<float>* velocities) const {
  if (sound.size() != samples())
    throw UserError(fmt::format("a sound of {} samples, must have {}", sound.size(), samples()));
  cochlea::Stimulus stimulus{&response_, &plan_, cochlea::spectrum_of(sound, sound_plan_), {}};
  stimulus.draws = {.seed = settings_.seed,
                    .stream = Stream::events,
                    .replica = nerve,
                    .trial = static_cast<std::uint32_t>(word >> 32),
                    .sample = static_cast<std::uint32_t>(word)};
  if (velocities) velocities->resize(response_.blocks * cochlea::block_channels * steps());
  std::vector<cochlea::ChannelSpike> spikes;
  for (std::size_t b = 0; b < response_.blocks; ++b)
    run_block(stimulus, b, dt, workspace, spikes,
              velocities ? velocities->data() + b * cochlea::block_channels * steps() : nullptr);
  // Channels that only fill the last block have a hair cell as well, and spikes of their own.
  std::erase_if(spikes,
                [&](const cochlea::ChannelSpike& spike) { return spike.channel >= settings_.channels; });
  std::sort(spikes.begin(), spikes.end(), [](const auto& a, const auto& b) {
    return a.step != b.step ? a.step < b.step : a.channel < b.channel;
  });
  return spikes;
}

EventSet hear(const CochleaSettings& settings, const std::vector<Recording>& recordings,
              std::vector<std::string> class_names, unsigned threads, Progress& progress) {
  const Cochlea cochlea(settings, threads);
  const auto wanted = static_cast<std::size_t>(std::llround(settings.duration * 16000.0));
  std::vector<std::vector<cochlea::ChannelSpike>> words(recordings.size());
  progress.start("cochlea", recordings.size());
  parallel_for(recordings.size(), threads, [&](std::size_t n) {
    cochlea::ChannelWorkspace workspace;
    const std::filesystem::path& file = recordings[n].file;
    std::vector<double> word =
        cochlea::prepare_word(cochlea::to_16_khz(cochlea::read_sound(file, settings.duration + 0.1)), wanted);
    word.resize(cochlea.samples());
    words[n] = cochlea.listen(word, hash(file.filename().string()), workspace);
    progress.advance();
  });
  EventSet events;
  events.channels = settings.channels;
  events.class_names = std::move(class_names);
  for (std::size_t n = 0; n < recordings.size(); ++n) {
    for (const cochlea::ChannelSpike& spike : words[n]) {
      events.times.push_back(static_cast<float>(spike.step * Cochlea::dt));
      events.units.push_back(spike.channel);
    }
    words[n] = {};
    events.end_sample(recordings[n].label);
    events.speakers.push_back(recordings[n].speaker);
  }
  return events;
}

}  // namespace spikegrad
