// SPDX-License-Identifier: Apache-2.0
// The artificial cochlea: its membrane against other ways of computing it, what it does with tones, levels and
// silence, and what it says of bad files.
#include "spikegrad/data/cochlea/cochlea.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <numbers>

#include "spikegrad/core/error.hpp"
#include "spikegrad/data/cochlea/bushy-inl.hpp"
#include "spikegrad/data/cochlea/file_names.hpp"
#include "spikegrad/data/cochlea/hair_cell-inl.hpp"
#include "spikegrad/data/cochlea/hankel.hpp"
#include "spikegrad/data/cochlea/sound.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;
namespace one = cochlea::HWY_NAMESPACE;  // the equations, for the number type double

std::vector<double> tone(double frequency, double level, std::size_t samples) {
  std::vector<double> sound(samples);
  for (std::size_t n = 0; n < samples; ++n)
    sound[n] = level * std::sin(2.0 * pi * frequency * static_cast<double>(n) / 16000.0);
  return sound;
}

std::vector<double> spikes_by_channel(const Cochlea& cochlea, const std::vector<double>& sound) {
  cochlea::ChannelWorkspace workspace;
  std::vector<double> counts(cochlea.response().channels);
  for (const auto& spike : cochlea.listen(sound, 1, workspace)) counts.at(spike.channel) += 1.0;
  return counts;
}

double sum(const std::vector<double>& values) {
  double total = 0.0;
  for (const double value : values) total += value;
  return total;
}

// Values of another library's Hankel functions (SciPy 1.17.1, scipy.special.hankel1).
TEST(CochleaHankel, AgreesWithKnownValues) {
  const std::vector<std::pair<Complex, Complex>> known{
      {{0.01, 0.0}, {0.9999750001562496, -3.0054556370836463}},
      {{1.5, 0.2}, {0.4324422876214206, 0.2834494257288376}},
      {{3.35, 0.01}, {-0.3508853204732408, 0.24752459271554572}},
      {{8.9, 0.1}, {-0.05771899189006851, 0.23477703026823685}},
      {{9.1, 0.1}, {-0.10216710380713932, 0.2161796797262931}},
      {{5.0, 7.0}, {-0.00020376609597344097, -0.00013643319101399394}},
      {{6.0, 8.0}, {2.6489405257610054e-06, -8.377361267929742e-05}},
      {{40.0, 3.0}, {0.000600023241400554, 0.006241691776285965}}};
  for (const auto& [z, value] : known)
    EXPECT_LT(std::abs(cochlea::hankel0(z) - value), 1e-7 * std::abs(value)) << z;
}

/// The closed form against Simpson's rule on the wave number.
TEST(CochleaMembrane, PhaseIsTheIntegralOfTheWaveNumber) {
  const cochlea::Membrane m;
  for (const double frequency : {1.0, 100.0, 440.0, 2000.0, 7999.0})
    for (const double x : {0.0, 0.3, 1.0, 2.2, 3.5}) {
      const double omega = 2.0 * pi * frequency;
      constexpr int n = 4000;
      Complex integral = 2.0 / m.alpha * m.wave_number(omega, 0.0);
      for (int k = 0; k <= n; ++k)
        integral += m.wave_number(omega, x * k / n) * (x / n / 3.0) *
                    (k == 0 || k == n ? 1.0
                     : k % 2 == 1     ? 4.0
                                      : 2.0);
      EXPECT_LT(std::abs(m.phase(omega, x) - integral), 1e-5 * std::abs(integral)) << frequency << " " << x;
    }
}

/// The vectors of floats against plain sums in double precision, of a noisy sound of 15 ms.
TEST(CochleaMembrane, VelocitiesAreThoseOfThePlainSum) {
  const Cochlea cochlea({.channels = 40, .duration = 0.015}, 1);
  const std::size_t steps = cochlea.steps();
  EXPECT_EQ(steps, 120u);
  std::vector<double> sound(2 * steps);
  SequentialRng random(3);
  for (double& sample : sound) sample = random.normal();
  cochlea::ChannelWorkspace workspace;
  std::vector<float> velocities;
  cochlea.listen(sound, 0, workspace, &velocities);
  const cochlea::Membrane membrane;
  const auto turn = [&](std::size_t k, std::size_t n, std::size_t length) {
    return std::polar(1.0, 2.0 * pi * static_cast<double>(k * n % length) / static_cast<double>(length));
  };
  std::vector<Complex> spectrum(steps);
  for (std::size_t k = 0; k < steps; ++k)
    for (std::size_t n = 0; n < 2 * steps; ++n) spectrum[k] += sound[n] * std::conj(turn(k, n, 2 * steps));
  for (const std::size_t channel : {0u, 7u, 13u, 22u, 31u, 39u}) {
    std::vector<Complex> response(steps);
    for (std::size_t k = 0; k < steps; ++k)
      response[k] =
          membrane.velocity(2.0 * pi * cochlea::bin_frequency(k, steps), membrane.place(channel, 40));
    double wrong = 0.0, all = 0.0;
    for (std::size_t t = 0; t < steps; ++t) {
      Complex velocity = 0.0;
      for (std::size_t k = 0; k < steps; ++k) velocity += spectrum[k] * response[k] * turn(k, t, steps);
      const double expected = velocity.real() / static_cast<double>(steps);
      wrong += std::pow(velocities[channel * steps + t] - expected, 2);
      all += expected * expected;
    }
    EXPECT_LT(std::sqrt(wrong / all), 1e-6) << channel;
  }
}

/// Pools at rest stay there: Meddis's constants give 64.8 Hz a fibre.
TEST(CochleaHairCell, RestsAtItsSpontaneousRate) {
  one::HairCell<double> cell(Cochlea::dt);
  one::HairCell<one::Lanes> cells(Cochlea::dt);
  float lanes[8] = {};
  for (int t = 0; t < 7200; ++t) {
    EXPECT_NEAR(cell.step(0.0) / Cochlea::dt, 64.768, 1e-3);
    one::Memory<one::Lanes>::store(cells.step(one::Lanes(0.0)), lanes);
  }
  EXPECT_NEAR(lanes[0] / Cochlea::dt, 64.768, 1e-2);
}

/// Every k comes for as long a stretch of u as its probability says.
TEST(CochleaNerve, BinomialNumbersHaveTheirProbabilities) {
  for (const auto& [n, p] :
       std::vector<std::pair<int, double>>{{40, 0.008}, {33, 0.3}, {5, 0.7}, {40, 0.95}, {0, 0.5}}) {
    constexpr int draws = 200000;
    std::vector<double> share(42);
    for (int i = 0; i < draws; ++i)
      share.at(static_cast<std::size_t>(one::binomial<double>(n, p, (i + 0.5) / draws))) += 1.0 / draws;
    for (int k = 0; k <= n; ++k) {
      const double probability =
          std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0)) * std::pow(p, k) *
          std::pow(1.0 - p, n - k);
      EXPECT_NEAR(share[static_cast<std::size_t>(k)], probability, 1.0 / draws + 1e-12)
          << n << " " << p << " " << k;
    }
  }
}

/// A probability of one: all fibres fire at once, then none for seven steps of 125 µs.
TEST(CochleaNerve, FibresAreRefractoryForAMillisecond) {
  one::Nerve<double> nerve;
  for (int t = 0; t < 40; ++t) EXPECT_EQ(nerve.step(1.0, 0.5), t % 8 == 0 ? 40.0 : 0.0) << t;
}

/// 10 words of 0.9 s in 700 channels: the shared spoken digits are silent in their last 0.1 s, and their channels
/// fire at 4.8 Hz there, as single fibres drawn one by one do (4.88 Hz without the first 0.1 s, 4.74 Hz within).
/// 44,000 spikes are within 5 % with a false-alarm rate below 1e-20, at one fixed seed.
TEST(CochleaSlow, SilenceGivesTheSpontaneousRate) {
  const Cochlea cochlea({.channels = 350}, 1);
  cochlea::ChannelWorkspace workspace;
  std::size_t spikes = 0;
  for (std::uint64_t word = 0; word < 10; ++word)
    spikes += cochlea.listen(std::vector<double>(cochlea.samples()), word, workspace).size();
  EXPECT_NEAR(static_cast<double>(spikes) / (10 * 350 * 0.9), 4.87, 0.2);
}

TEST(Cochlea, ATonePeaksWhereTheMembraneResonates) {
  const Cochlea cochlea({.channels = 140, .duration = 0.3}, 1);
  const cochlea::Membrane membrane;
  std::size_t before = 0;
  for (const double frequency : {3000.0, 1000.0, 300.0}) {
    const std::vector<double> counts = spikes_by_channel(cochlea, tone(frequency, 0.3, cochlea.samples()));
    double weight = 0.0, centre = 0.0;
    const std::vector<double> rest = spikes_by_channel(cochlea, std::vector<double>(cochlea.samples()));
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 10.0 + rest[i]) weight += counts[i], centre += counts[i] * static_cast<double>(i);
    ASSERT_GT(weight, 0.0) << frequency;
    const auto channel = static_cast<std::size_t>(std::lround(centre / weight));
    EXPECT_GT(channel, before);  // lower tones lie further inside
    before = channel;
    const double resonance = membrane.resonance(membrane.place(channel, 140));
    EXPECT_GT(resonance, frequency) << "waves break before they reach the place of their resonance";
    EXPECT_LT(resonance, 2.0 * frequency);
  }
}

TEST(Cochlea, LouderIsMoreSpikes) {
  const Cochlea cochlea({.channels = 100, .duration = 0.2}, 1);
  double before = sum(spikes_by_channel(cochlea, std::vector<double>(cochlea.samples())));
  for (const double level : {0.1, 0.3, 1.0}) {
    const double now = sum(spikes_by_channel(cochlea, tone(500.0, level, cochlea.samples())));
    EXPECT_GT(now, 1.1 * before) << level;
    before = now;
  }
}

/// A WAV file of 16 bits a sample.
void write_wav(const std::filesystem::path& path, const std::vector<double>& sound, std::uint32_t rate) {
  std::ofstream file(path, std::ios::binary);
  const auto number = [&](std::uint32_t value, int bytes) {
    for (int k = 0; k < bytes; ++k) file.put(static_cast<char>(value >> (8 * k) & 0xff));
  };
  const auto bytes = static_cast<std::uint32_t>(2 * sound.size());
  file << "RIFF", number(36 + bytes, 4), file << "WAVEfmt ", number(16, 4), number(1, 2), number(1, 2);
  number(rate, 4), number(2 * rate, 4), number(2, 2), number(16, 2), file << "data", number(bytes, 4);
  for (const double sample : sound) number(static_cast<std::uint32_t>(std::lround(sample * 32767.0)), 2);
}

TEST(Cochlea, TheSameSeedGivesTheSameBitsForAnyThreads) {
  const Scratch scratch;
  std::vector<std::filesystem::path> paths;
  for (const char* name : {"1_b_0.wav", "0_a_0.wav", "0_b_0.wav"}) {
    write_wav(scratch / name, tone(400.0, 0.5, 800), 8000);
    paths.push_back(scratch / name);
  }
  const NamedRecordings named = name_recordings(paths, std::string(default_name_pattern));
  const auto run = [&](std::uint64_t seed, unsigned threads, const std::vector<Recording>& recordings) {
    return hear({.channels = 50, .duration = 0.1, .seed = seed}, recordings, named.class_names, threads);
  };
  const EventSet a = run(1, 1, named.recordings), b = run(1, 2, named.recordings),
                 c = run(2, 1, named.recordings);
  EXPECT_EQ(a.times, b.times);
  EXPECT_EQ(a.units, b.units);
  EXPECT_EQ(a.begin, b.begin);
  EXPECT_NE(a.units, c.units);
  EXPECT_EQ(a.labels, (std::vector<std::uint16_t>{1, 0, 0}));
  EXPECT_EQ(a.speakers, (std::vector<std::uint16_t>{1, 0, 1}));
  // Words of the same sound differ; a word alone is what it is among others.
  const EventSet alone = run(1, 1, {named.recordings[1]});
  EXPECT_EQ(alone.units,
            std::vector<std::uint16_t>(a.units.begin() + static_cast<std::ptrdiff_t>(a.begin[1]),
                                       a.units.begin() + static_cast<std::ptrdiff_t>(a.begin[2])));
  EXPECT_NE(alone.units, run(1, 1, {named.recordings[2]}).units);
}

TEST(CochleaSound, IsResampledCutScaledAndWindowed) {
  // A tone below both Nyquist frequencies is the same tone, away from the ends.
  for (const double rate : {8000.0, 11025.0, 44100.0}) {
    cochlea::Sound sound{{}, rate};
    for (int n = 0; n < rate / 10; ++n) sound.samples.push_back(std::sin(2.0 * pi * 700.0 * n / rate));
    const std::vector<double> out = cochlea::to_16_khz(sound);
    EXPECT_EQ(out.size(), std::ceil(static_cast<double>(sound.samples.size()) * 16000.0 / rate));
    for (std::size_t n = 100; n < 1500; ++n)
      EXPECT_NEAR(out[n], std::sin(2.0 * pi * 700.0 * static_cast<double>(n) / 16000.0), 5e-3)
          << rate << " " << n;
  }
  const std::vector<double> word = cochlea::prepare_word({1.0, -1.0, 1.0, -1.0, 9.0, 9.0}, 4);
  EXPECT_NEAR(word[0], 0.0, 1e-12);
  EXPECT_NEAR(word[1], -0.3 * 0.75, 1e-12);
  EXPECT_NEAR(word[2], 0.3 * 0.75, 1e-12);
  EXPECT_EQ(cochlea::prepare_word({0.0, 0.0}, 3), (std::vector<double>{0.0, 0.0, 0.0}));
  EXPECT_EQ(cochlea::prepare_word({0.5}, 3)[0], 0.3);
  EXPECT_THROW(Cochlea({.channels = 0}), UserError);
  EXPECT_THROW(Cochlea({.duration = -1.0}), UserError);
  EXPECT_THROW(Cochlea({.duration = 1e9}), UserError);
}

TEST(CochleaSound, BadFilesAreOneLine) {
  const Scratch scratch;
  const auto says = [&](const std::filesystem::path& path, const std::string& word) {
    try {
      cochlea::read_sound(path, 1.0);
      ADD_FAILURE() << path;
    } catch (const UserError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(path.filename().string()), std::string::npos) << text;
      EXPECT_NE(text.find(word), std::string::npos) << text;
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    }
  };
  says(scratch / "none.wav", "none.wav");
  std::ofstream(scratch / "text.wav") << "no sound at all";
  says(scratch / "text.wav", "libsndfile");
  write_wav(scratch / "empty.wav", {}, 8000);
  says(scratch / "empty.wav", "no sound");
  write_wav(scratch / "slow.wav", tone(1.0, 0.5, 20), 10);
  says(scratch / "slow.wav", "samples a second");
}

TEST(CochleaNames, LabelsAndSpeakersAreRead) {
  const Scratch scratch;
  for (const char* name : {"10_amy_3.wav", "9_zoe_1.wav", "9_amy_1.wav", "notes.txt"})
    std::ofstream(scratch / name) << "x";
  const NamedRecordings named = name_recordings({scratch / ""}, std::string(default_name_pattern));
  EXPECT_EQ(named.class_names, (std::vector<std::string>{"9", "10"}));
  EXPECT_EQ(named.speaker_names, (std::vector<std::string>{"amy", "zoe"}));
  ASSERT_EQ(named.recordings.size(), 3u);
  EXPECT_EQ(named.recordings[0].file.filename(), "10_amy_3.wav");
  EXPECT_EQ(named.recordings[0].label, 1);
  EXPECT_EQ(named.recordings[2].speaker, 1);
  EXPECT_EQ(name_recordings({"lang-german_speaker-04_trial-7_digit-3.flac"},
                            "lang-german_speaker-{speaker}_trial-{index}_digit-{label}.flac")
                .class_names[0],
            "3");
  const auto refused = [&](const std::vector<std::filesystem::path>& paths, const std::string& pattern) {
    EXPECT_THROW(name_recordings(paths, pattern), UserError) << pattern;
  };
  refused({"1_a_2.wav"}, "{speaker}.wav");
  refused({"1_a_2.wav"}, "{label}_{label}_2.wav");
  refused({"1_a_2.wav"}, "{label}_{name}_2.wav");
  refused({"1_a_2.wav"}, "{label");
  refused({"1a.wav"}, std::string(default_name_pattern));
  refused({"1_a_2.wav", "other/1_a_2.wav"}, std::string(default_name_pattern));
  refused({scratch / ""}, "{label}.flac");
  refused({}, std::string(default_name_pattern));
}

}  // namespace
}  // namespace spikegrad
