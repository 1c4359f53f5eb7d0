// SPDX-License-Identifier: Apache-2.0
// Recordings: read from files, and made into what the cochlea hears.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace spikegrad::cochlea {

struct Sound {
  std::vector<double> samples = {};  ///< full scale is 1
  double rate = 0.0;                 ///< samples a second
};

/// Any format of libsndfile; several tracks are averaged. Reads at most `seconds` of it. Throws UserError, one
/// line with the file's name, for what cannot be read, is empty or is not finite.
Sound read_sound(const std::filesystem::path& file, double seconds);

/// The same sound at 16 kHz. A sinc that a Kaiser window (β = 5) ends after ten zeros on either side, cut off
/// at the lower of the two Nyquist frequencies.
std::vector<double> to_16_khz(const Sound& sound);

/// The word at 16 kHz, cut to `length` samples; then its root mean square made 0.3 (unless it is silent), a
/// Hann window laid over it, and zeros added up to `length`.
std::vector<double> prepare_word(std::vector<double> samples, std::size_t length);

}  // namespace spikegrad::cochlea
