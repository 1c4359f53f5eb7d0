// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/cochlea/membrane.hpp"

#include <algorithm>
#include <boost/math/special_functions/bessel.hpp>
#include <cmath>
#include <numbers>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/data/cochlea/hankel.hpp"

namespace spikegrad::cochlea {
namespace {

using Complex = std::complex<double>;
using namespace std::complex_literals;

/// √ρ stands in the wave number; the closed form of its integral is that of ρ = 1 times it.
Complex tail(const Membrane& m, double omega, double x, Complex root) {
  const double d = std::sqrt(m.mass * omega * omega + m.a);
  const double damping = m.delta * std::sqrt(m.c0 * m.mass) * std::exp(-0.5 * m.alpha * x);
  return -root + 1i * d - omega * damping / (2.0 * d);
}

/// What is the same at every place for one frequency.
struct AtFrequency {
  double omega = 0.0, integral_scale = 0.0;
  Complex start, tail0, scale;  ///< 2 g(0)/α, T(0), 2ω Z / p(0)

  AtFrequency() = default;
  AtFrequency(const Membrane& m, double w) : omega(w) {
    const Complex g0 = m.wave_number(w, 0.0);
    start = 2.0 / m.alpha * g0;
    tail0 = tail(m, w, 0.0, std::sqrt(m.impedance(w, 0.0)));
    integral_scale = 2.0 * w * std::sqrt(m.rho / m.height) / (m.alpha * std::sqrt(m.mass * w * w + m.a));
    const double s = 2.0 * w / m.alpha * std::sqrt(2.0 / (m.height * m.c0));
    using boost::math::cyl_bessel_j, boost::math::cyl_neumann;
    const Complex input = std::sqrt(2.0 * m.c0 / m.height) * (cyl_neumann(0, s) + 1i * cyl_bessel_j(0, s)) /
                          (cyl_bessel_j(1, s) - 1i * cyl_neumann(1, s));
    scale = 2.0 * w * input / (std::sqrt(start / g0) * hankel0(start));
  }

  Complex phase(const Membrane& m, double x, Complex root) const {
    const Complex ratio = std::exp(-0.5 * m.alpha * x) * tail0 / tail(m, omega, x, root);
    return start - 1i * integral_scale * std::log(ratio);
  }
  Complex velocity(const Membrane& m, double x) const {
    const Complex xi = m.impedance(omega, x), root = std::sqrt(xi);
    const Complex g = omega * std::sqrt(m.rho / m.height) / root, big_g = phase(m, x, root);
    if (big_g.imag() > 60.0) return 0.0;  // the wave has died away
    return scale / xi * std::sqrt(big_g / g) * hankel0(big_g);
  }
};

}  // namespace

Complex Membrane::impedance(double omega, double x) const {
  const double stiffness = c0 * std::exp(-alpha * x) - a;
  const double damping = delta * std::sqrt(c0 * mass) * std::exp(-0.5 * alpha * x);
  return {stiffness - mass * omega * omega, -omega * damping};
}

Complex Membrane::wave_number(double omega, double x) const {
  return omega * std::sqrt(rho / (height * impedance(omega, x)));
}

Complex Membrane::phase(double omega, double x) const {
  return AtFrequency(*this, omega).phase(*this, x, std::sqrt(impedance(omega, x)));
}

Complex Membrane::velocity(double omega, double x) const {
  return AtFrequency(*this, omega).velocity(*this, x);
}

double Membrane::resonance(double x) const {
  return std::sqrt(std::max(0.0, c0 * std::exp(-alpha * x) - a) / mass) / (2.0 * std::numbers::pi);
}

double bin_frequency(std::size_t k, std::size_t bins) {
  return 1.0 + 7999.0 * static_cast<double>(k) / static_cast<double>(bins);
}

Response make_response(const Membrane& membrane, std::size_t channels, std::size_t bins, unsigned threads) {
  std::vector<AtFrequency> frequencies(bins);
  parallel_for(bins, threads, [&](std::size_t k) {
    frequencies[k] = AtFrequency(membrane, 2.0 * std::numbers::pi * bin_frequency(k, bins));
  });
  Response response{channels, bins, (channels + block_channels - 1) / block_channels, {}};
  response.values.resize(response.blocks * bins * 2 * block_channels);
  parallel_for(channels, threads, [&](std::size_t channel) {
    const double x = membrane.place(channel, channels);
    std::vector<Complex> values(bins);
    double largest = 0.0;
    for (std::size_t k = 0; k < bins; ++k) {
      values[k] = frequencies[k].velocity(membrane, x);
      largest = std::max(largest, std::norm(values[k]));
    }
    float* row = response.values.data() + channel / block_channels * bins * 2 * block_channels +
                 channel % block_channels;
    for (std::size_t k = 0; k < bins; ++k, row += 2 * block_channels)
      if (std::norm(values[k]) > 1e-24 * largest) {
        row[0] = static_cast<float>(values[k].real());
        row[block_channels] = static_cast<float>(values[k].imag());
      }
  });
  return response;
}

}  // namespace spikegrad::cochlea
