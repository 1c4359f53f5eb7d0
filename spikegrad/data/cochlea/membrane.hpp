// SPDX-License-Identifier: Apache-2.0
// The basilar membrane: how fast it moves at each of its places when sound comes in.
//
// The hydrodynamic model of N. Sieroka, H. G. Dosch & A. Rupp, Semirealistic models of the cochlea, JASA 120,
// 2006, in the approximation of shallow water, as [C] uses it; the constants are those of its published
// program (electronicvisions/lauscher). At a distance x cm from the oval window and an angular frequency ω,
//
//   stiffness  S = C0 e^{-αx} - a,   damping  R = R0 e^{-αx/2},   R0 = δ √(C0 m)
//   impedance  ξ = S - m ω² - i ω R
//   wave number  g = ω √(ρ / (h ξ)),   phase  G(x) = 2 g(0) / α + ∫_0^x g dx'
//   pressure  p = √(G/g) H0(G)
//   velocity  v = 2ω/ξ · p(x)/p(0) · Z,   Z = √(2 C0/h) (i J0(s) + Y0(s)) / (J1(s) - i Y1(s)),
//             s = (2ω/α) √(2 / (h C0))
//
// with Bessel functions J, Y and H0 = J0 + i Y0. The integral has a closed form: with D = √(mω² + a) and
// T(x) = -√ξ(x) + i D - ω R(x) / (2D),
//
//   ∫_0^x g dx' = -2iω/(α √h D) · log(e^{-αx/2} T(0) / T(x)).
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace spikegrad::cochlea {

/// In units of cm, g, s.
struct Membrane {
  double length = 3.5;
  double c0 = 1e9, a = 3500.0, alpha = 3.0;  ///< stiffness
  double delta = 0.15;                       ///< damping
  double mass = 0.05, rho = 1.0, height = 0.1;

  std::complex<double> impedance(double omega, double x) const;
  std::complex<double> wave_number(double omega, double x) const;
  std::complex<double> phase(double omega, double x) const;  ///< G
  std::complex<double> velocity(double omega, double x) const;

  /// Where in the membrane channel i of n lies, from the window (high tones) to the apex (low tones).
  double place(std::size_t channel, std::size_t channels) const {
    return channels > 1 ? length * static_cast<double>(channel) / static_cast<double>(channels - 1) : 0.0;
  }
  /// The frequency in Hz at which stiffness and mass cancel out.
  double resonance(double x) const;
};

/// Frequency k of `bins`, Hz: the published grid, from 1 Hz to the highest frequency of 16 kHz sound.
double bin_frequency(std::size_t k, std::size_t bins);

/// Channels in a block of Response.
inline constexpr std::size_t block_channels = 16;

/// v of every frequency and channel: what a spectrum is multiplied with.
/// values: [block][bin][re, im][channel of the block]; channels beyond the last are 0, and so is what is below
/// 1e-12 of a channel's largest.
struct Response {
  std::size_t channels = 0, bins = 0, blocks = 0;
  std::vector<float> values;

  const float* block(std::size_t b) const { return values.data() + b * bins * 2 * block_channels; }
};

Response make_response(const Membrane& membrane, std::size_t channels, std::size_t bins, unsigned threads);

}  // namespace spikegrad::cochlea
