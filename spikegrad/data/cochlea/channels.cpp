// SPDX-License-Identifier: Apache-2.0
// A step of the cochlea's 125 µs is half a wave of the highest tone, so that the channels' waves are the real
// parts of a transform of half as many numbers as the sound has samples, of frequencies from 0 on alone. Only
// the part of such a spectrum that is the spectrum of a real wave matters, and two real waves fit into one
// complex transform.
//
// Operations of a word of 0.9 s (7,200 steps, 700 channels), in millions of numbers, of which 8 go side by
// side: 150 for spectra and transforms, 130 for hair cells, about 500 for fibres, 60 for bushy cells.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/data/cochlea/channels.cpp"
#include <hwy/foreach_target.h>
//
#include "spikegrad/data/cochlea/bushy-inl.hpp"
#include "spikegrad/data/cochlea/channels.hpp"
#include "spikegrad/data/cochlea/fourier-inl.hpp"
#include "spikegrad/data/cochlea/hair_cell-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cochlea::HWY_NAMESPACE {

using Wave = Complex<Lanes>;
constexpr std::size_t part = block_channels;

/// What DrawKey gives to neighbouring channels, step after step: ARS-7 on several blocks at once.
class Uniforms {
 public:
  HWY_INLINE Uniforms(const DrawKey& draws, std::size_t first_channel)
      : draws_(draws), first_(static_cast<std::uint32_t>(first_channel / 4)) {
    Block key = draws.key();
    for (int round = 0; round <= ars::rounds; ++round) {
      for (std::size_t i = 0; i < 4; ++i) keys_[round][i] = key[i];
      ars::advance_key(key);
    }
  }
  /// Numbers in (0, 1), with 24 bits.
  HWY_INLINE Lanes at(std::uint32_t step) const {
    const hn::RebindToUnsigned<D> du;
#if HWY_TARGET == HWY_SCALAR
    const auto bits = hn::Set(du, draws_.bits(step, first_ * 4));
#else
    const hn::Repartition<std::uint8_t, decltype(du)> d8;
    HWY_ALIGN std::uint32_t counter[lanes];
    for (std::size_t i = 0; i < lanes; i += 4) {
      counter[i] = first_ + static_cast<std::uint32_t>(i / 4);
      counter[i + 1] = step;
      counter[i + 2] = draws_.sample;
      counter[i + 3] = draws_.trial;
    }
    const auto key = [&](int round) { return hn::BitCast(d8, hn::LoadDup128(du, keys_[round])); };
    auto v = hn::Xor(hn::BitCast(d8, hn::Load(du, counter)), key(0));
    for (int round = 1; round < ars::rounds; ++round) v = hn::AESRound(v, key(round));
    v = hn::AESLastRound(v, key(ars::rounds));
    const auto bits = hn::BitCast(du, v);
#endif
    const hn::RebindToSigned<D> di;
    const Lanes whole = hn::ConvertTo(D(), hn::BitCast(di, hn::ShiftRight<8>(bits)));
    return (whole + Lanes(0.5)) * Lanes(0x1p-24);
  }

 private:
  DrawKey draws_;
  std::uint32_t first_;
  alignas(16) std::uint32_t keys_[ars::rounds + 1][4];
};

HWY_INLINE Wave response_at(const float* row, std::size_t k, std::size_t first) {
  const float* at = row + k * 2 * part + first;
  return {Memory<Lanes>::load(at), Memory<Lanes>::load(at + part)};
}

/// The spectra of two groups of channels, first and second being their places in the block, as the spectrum
/// of first + i second.
void fill_spectrum(const Stimulus& s, const float* response, std::size_t first, std::size_t second,
                   float* out) {
  const std::size_t bins = s.response->bins;
  const auto wave = [&](std::size_t k, std::size_t group) {
    return response_at(response, k, group).rotated(Lanes(s.spectrum[2 * k]), Lanes(s.spectrum[2 * k + 1]));
  };
  const auto put = [&](std::size_t k, Lanes re, Lanes im) {
    Memory<Lanes>::store(re, out + k * 2 * lanes);
    Memory<Lanes>::store(im, out + k * 2 * lanes + lanes);
  };
  const Lanes half = 0.5;
  for (std::size_t k = 0; k <= bins / 2; ++k) {
    const std::size_t mirror = k == 0 ? 0 : bins - k;
    const Wave a = wave(k, first), a_mirror = wave(mirror, first);
    const Wave b = wave(k, second), b_mirror = wave(mirror, second);
    const Wave x{(a.re + a_mirror.re) * half, (a.im - a_mirror.im) * half};
    const Wave y{(b.re + b_mirror.re) * half, (b.im - b_mirror.im) * half};
    put(mirror, x.re + y.im, y.re - x.im);
    put(k, x.re - y.im, x.im + y.re);
  }
}

/// Hair cells, nerve and bushy cells of one group of channels.
struct Group {
  HairCell<Lanes> hair;
  Nerve<Lanes> nerve;
  BushyCell<Lanes> bushy;
  Uniforms uniforms;
  std::size_t channel;

  HWY_INLINE Group(double dt, const DrawKey& draws, std::size_t first)
      : hair(dt), bushy(dt), uniforms(draws, first), channel(first) {}

  HWY_INLINE void step(std::uint32_t t, Lanes velocity, std::vector<ChannelSpike>& spikes) {
    const Lanes arriving = nerve.step(hair.step(velocity), uniforms.at(t));
    const auto fired = bushy.step(arriving);
    if (any(fired)) {
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(D(), fired.raw, bits);
      for (std::size_t i = 0; i < lanes; ++i)
        if (bits[0] >> i & 1) spikes.push_back({t - 1, static_cast<std::uint16_t>(channel + i)});
    }
  }
};

void run_block(const Stimulus& s, std::size_t b, double dt, ChannelWorkspace& workspace,
               std::vector<ChannelSpike>& spikes, float* velocities) {
  const std::size_t bins = s.response->bins;
  workspace.waves.resize(bins * 2 * lanes);
  workspace.spare.resize(bins * 2 * lanes);
  for (std::size_t first = 0; first < part; first += 2 * lanes) {
    fill_spectrum(s, s.response->block(b), first, first + lanes, workspace.waves.data());
    const float* wave = transform<Lanes>(*s.plan, workspace.waves.data(), workspace.spare.data());
    if (velocities != nullptr)
      for (std::size_t t = 0; t < bins; ++t)
        for (std::size_t i = 0; i < 2 * lanes; ++i)
          velocities[(first + i) * bins + t] = wave[t * 2 * lanes + i];
    Group one(dt, s.draws, b * part + first), other(dt, s.draws, b * part + first + lanes);
    for (std::size_t t = 0; t < bins; ++t, wave += 2 * lanes) {
      one.step(static_cast<std::uint32_t>(t), Memory<Lanes>::load(wave), spikes);
      other.step(static_cast<std::uint32_t>(t), Memory<Lanes>::load(wave + lanes), spikes);
    }
  }
}

std::vector<float> spectrum_of(const std::vector<double>& sound, const FourierPlan<double>& plan) {
  std::vector<double> data(2 * sound.size()), spare(2 * sound.size());
  for (std::size_t n = 0; n < sound.size(); ++n) data[2 * n] = sound[n];
  const double* transformed = transform<double>(plan, data.data(), spare.data());
  std::vector<float> spectrum(sound.size());
  const double scale = 2.0 / static_cast<double>(sound.size());
  for (std::size_t k = 0; k < sound.size(); k += 2) {  // conjugate: the transform's sign is the other one
    spectrum[k] = static_cast<float>(scale * transformed[k]);
    spectrum[k + 1] = static_cast<float>(-scale * transformed[k + 1]);
  }
  return spectrum;
}

}  // namespace spikegrad::cochlea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cochlea {
HWY_EXPORT(run_block);
HWY_EXPORT(spectrum_of);

void run_block(const Stimulus& stimulus, std::size_t b, double dt, ChannelWorkspace& workspace,
               std::vector<ChannelSpike>& spikes, float* velocities) {
  HWY_DYNAMIC_DISPATCH(run_block)(stimulus, b, dt, workspace, spikes, velocities);
}
std::vector<float> spectrum_of(const std::vector<double>& sound, const FourierPlan<double>& plan) {
  return HWY_DYNAMIC_DISPATCH(spectrum_of)(sound, plan);
}
}  // namespace spikegrad::cochlea
#endif
