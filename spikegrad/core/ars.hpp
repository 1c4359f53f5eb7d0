// SPDX-License-Identifier: Apache-2.0
// ARS-7: a counter-based generator, four 32-bit words per call.
//
// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011, section 4.1 (ARS: AES rounds with a Weyl sequence for a key schedule); rounds and
// constants as in Random123, whose known answers the tests check. The AES round is that of FIPS-197.
//
//   v = counter ^ key;  r = 1 … 6: v = AESENC(v, key + r W);  v = AESENCLAST(v, key + 7 W)
//
// with W = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B) added to the two 64-bit halves. Words are
// little-endian: word 0 is the low one.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <wmmintrin.h>  // AES and SSE2: all of <immintrin.h> takes 0.2 s to compile, in every file
#define SPIKEGRAD_ARS_X86 1
#endif

namespace spikegrad {

using Block = std::array<std::uint32_t, 4>;  ///< 128 bits, word 0 lowest

namespace ars {

inline constexpr int rounds = 7;  ///< Random123's default: two more than pass BigCrush
inline constexpr std::uint64_t weyl_low = 0x9E3779B97F4A7C15u;
inline constexpr std::uint64_t weyl_high = 0xBB67AE8584CAA73Bu;

/// x · a in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS-197, 4.2.1).
constexpr std::uint8_t times_x(std::uint8_t a) {
  return static_cast<std::uint8_t>((a << 1) ^ ((a & 0x80) ? 0x1B : 0));
}

/// The AES S-box, built from its definition (FIPS-197, 5.1.1): the inverse in GF(2^8), then an affine map.
/// p runs through all powers of the generator 3 while q runs through those of its inverse.
constexpr std::array<std::uint8_t, 256> make_sbox() {
  std::array<std::uint8_t, 256> sbox{};
  std::uint8_t p = 1, q = 1;
  do {
    p = static_cast<std::uint8_t>(p ^ times_x(p));
    q = static_cast<std::uint8_t>(q ^ (q << 1));
    q = static_cast<std::uint8_t>(q ^ (q << 2));
    q = static_cast<std::uint8_t>(q ^ (q << 4));
    if (q & 0x80) q ^= 0x09;
    sbox[p] = static_cast<std::uint8_t>(q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^ std::rotl(q, 3) ^
                                        std::rotl(q, 4) ^ 0x63);
  } while (p != 1);
  sbox[0] = 0x63;
  return sbox;
}
inline constexpr std::array<std::uint8_t, 256> sbox = make_sbox();

/// One S-box output times the first column (2, 1, 1, 3) of MixColumns; rotations give the other columns.
constexpr std::array<std::uint32_t, 256> make_column_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    const std::uint8_t s = sbox[i], s2 = times_x(s);
    table[i] = std::uint32_t{s2} | std::uint32_t{s} << 8 | std::uint32_t{s} << 16 |
               std::uint32_t{static_cast<std::uint8_t>(s2 ^ s)} << 24;
  }
  return table;
}
inline constexpr std::array<std::uint32_t, 256> column_table = make_column_table();

constexpr void advance_key(Block& key) {
  const std::uint64_t low = (std::uint64_t{key[1]} << 32 | key[0]) + weyl_low;
  const std::uint64_t high = (std::uint64_t{key[3]} << 32 | key[2]) + weyl_high;
  key = {static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32),
         static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(high >> 32)};
}

/// ARS-7 in portable C++; the oracle of the faster paths.
constexpr Block portable(Block counter, Block key) {
  Block v{};
  for (std::size_t i = 0; i < 4; ++i) v[i] = counter[i] ^ key[i];
  for (int round = 1; round <= rounds; ++round) {
    advance_key(key);
    Block next{};
    for (std::size_t c = 0; c < 4; ++c) {
      for (std::size_t row = 0; row < 4; ++row) {  // ShiftRows: row r comes from column c + r
        const std::size_t byte = (v[(c + row) % 4] >> (8 * row)) & 0xFF;
        next[c] ^= round < rounds ? std::rotl(column_table[byte], static_cast<int>(8 * row))
                                  : std::uint32_t{sbox[byte]} << (8 * row);
      }
      next[c] ^= key[c];
    }
    v = next;
  }
  return v;
}

#ifdef SPIKEGRAD_ARS_X86
__attribute__((target("aes,sse2"))) inline Block with_aes_instructions(const Block& counter,
                                                                       const Block& key) {
  const auto load = [](const Block& b) __attribute__((target("aes,sse2"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(b.data()));
  };
  const __m128i weyl = _mm_set_epi64x(static_cast<long long>(weyl_high), static_cast<long long>(weyl_low));
  __m128i k = load(key);
  __m128i v = _mm_xor_si128(load(counter), k);
  for (int round = 1; round < rounds; ++round) {
    k = _mm_add_epi64(k, weyl);
    v = _mm_aesenc_si128(v, k);
  }
  v = _mm_aesenclast_si128(v, _mm_add_epi64(k, weyl));
  Block out;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.data()), v);
  return out;
}
#endif

}  // namespace ars

/// ARS-7 of (counter, key), with the processor's AES instructions where it has them.
inline Block ars4x32(const Block& counter, const Block& key) {
#ifdef SPIKEGRAD_ARS_X86
  static const bool has_aes = __builtin_cpu_supports("aes");
  if (has_aes) return ars::with_aes_instructions(counter, key);
#endif
  return ars::portable(counter, key);
}

}  // namespace spikegrad
