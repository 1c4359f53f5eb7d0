// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/cochlea/sound.hpp"

#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <boost/math/special_functions/bessel.hpp>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"

namespace spikegrad::cochlea {
namespace {

constexpr double rate = 16000.0;
constexpr double zeros = 10.0, beta = 5.0;
using std::numbers::pi;

/// Windowed sinc at a distance of x zeros.
double kernel(double x) {
  if (std::abs(x) >= zeros) return 0.0;
  const double edge = x / zeros;
  const double window =
      boost::math::cyl_bessel_i(0, beta * std::sqrt(1.0 - edge * edge)) / boost::math::cyl_bessel_i(0, beta);
  return window * (x == 0.0 ? 1.0 : std::sin(pi * x) / (pi * x));
}

}  // namespace

Sound read_sound(const std::filesystem::path& path, double seconds) {
  const std::string name = path.string();
  check_readable(path);
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(name.c_str(), SFM_READ, &info), sf_close);
  if (!file) {
    std::string reason = sf_strerror(nullptr);
    while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
    throw UserError(fmt::format("{}: is no sound that libsndfile reads: {}", name, reason));
  }
  if (info.samplerate < 1000 || info.samplerate > 1'000'000 || info.channels < 1)
    throw UserError(fmt::format("{}: has {} samples a second in {} tracks, must have 1,000 to 1,000,000",
                                name, info.samplerate, info.channels));
  const auto tracks = static_cast<std::size_t>(info.channels);
  const auto most = static_cast<sf_count_t>(std::ceil(seconds * info.samplerate));
  // The header may promise more than there is.
  std::vector<double> frames(static_cast<std::size_t>(std::clamp<sf_count_t>(info.frames, 0, most)) * tracks);
  const sf_count_t read =
      sf_readf_double(file.get(), frames.data(), static_cast<sf_count_t>(frames.size() / tracks));
  if (read < 1) throw UserError(name + ": holds no sound");
  Sound sound{{}, static_cast<double>(info.samplerate)};
  for (std::size_t n = 0; n < static_cast<std::size_t>(read); ++n) {
    double sum = 0.0;
    for (std::size_t k = 0; k < tracks; ++k) sum += frames[n * tracks + k];
    if (!std::isfinite(sum)) throw UserError(fmt::format("{}: sample {} is not a finite number", name, n));
    sound.samples.push_back(sum / static_cast<double>(tracks));
  }
  return sound;
}

std::vector<double> to_16_khz(const Sound& sound) {
  if (sound.rate == rate) return sound.samples;
  const double ratio = rate / sound.rate, cut = std::min(1.0, ratio);  // of the recording's Nyquist frequency
  const auto size = static_cast<std::ptrdiff_t>(sound.samples.size());
  const auto reach = static_cast<std::ptrdiff_t>(std::ceil(zeros / cut));
  std::vector<double> out(static_cast<std::size_t>(std::ceil(static_cast<double>(size) * ratio)));
  // Times on the recording's grid repeat after a whole number of samples; so do the weights.
  const auto whole = static_cast<std::size_t>(std::lround(sound.rate));
  const std::size_t phases = 16000 / std::gcd(whole, std::size_t{16000});
  std::vector<std::vector<double>> weights(phases);
  for (std::size_t j = 0; j < out.size(); ++j) {
    const std::size_t scaled = j * whole;
    const auto nearest = static_cast<std::ptrdiff_t>(scaled / 16000);
    auto& w = weights[j % phases];
    if (w.empty())
      for (std::ptrdiff_t d = -reach; d <= reach + 1; ++d)
        w.push_back(cut *
                    kernel(cut * (static_cast<double>(scaled % 16000) / 16000.0 - static_cast<double>(d))));
    for (std::ptrdiff_t d = -reach; d <= reach + 1; ++d)
      if (const auto i = nearest + d; i >= 0 && i < size)
        out[j] += w[static_cast<std::size_t>(d + reach)] * sound.samples[static_cast<std::size_t>(i)];
  }
  return out;
}

std::vector<double> prepare_word(std::vector<double> x, std::size_t length) {
  if (x.size() > length) x.resize(length);
  double squares = 0.0;
  for (const double value : x) squares += value * value;
  const double level = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(x.size(), 1)));
  const std::size_t n = x.size(), half = n / 2;
  for (double& value : x) value *= level > 0.0 ? 0.3 / level : 0.0;
  for (std::size_t k = 0; k < half && half > 0; ++k) {
    const double w =
        0.5 - 0.5 * std::cos(2.0 * pi * static_cast<double>(k) / static_cast<double>(2 * half - 1));
    x[k] *= w;
    x[n - 1 - k] *= w;
  }
  x.resize(length);
  return x;
}

}  // namespace spikegrad::cochlea
