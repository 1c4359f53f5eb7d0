// SPDX-License-Identifier: Apache-2.0
// Whole files as text. A reader of a file never sees half of it: it is written aside and renamed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace spikegrad {

/// The bytes of a file (or pipe). Throws UserError, naming it, if it is missing, a directory, unreadable or
/// longer than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit = std::string::npos);

/// Throws UserError, naming it, if `path` is missing, a directory or unreadable.
void check_readable(const std::filesystem::path& path);

/// Is `path` a device or a pipe? It gets what is written as it comes, and no file takes its place.
bool takes_what_comes(const std::filesystem::path& path);

/// Writes beside `path`, then renames: `path` is afterwards either complete or what it was before. Folders
/// that are missing on the way are made. Links are followed, and a device or a pipe gets what is written as
/// it comes. Throws UserError, naming the file and the reason, if that fails.
void write_file(const std::filesystem::path& path, std::string_view content);

/// The two halves of write_file, for whoever writes the file himself: where to write (folders on the way are
/// made), and the step that flushes what was written there to the disk and renames it. Throws UserError, also
/// where `path` is a device or a pipe.
std::filesystem::path begin_beside(const std::filesystem::path& path);
void finish_beside(const std::filesystem::path& aside, const std::filesystem::path& path);

/// Appends to a file (made if it is missing) and waits until the disk has it. Throws UserError; the file is
/// then as long as it was.
void append_file(const std::filesystem::path& path, std::string_view content);

/// Throws UserError if nothing can be written into the folder (made if it is missing).
void check_writable(const std::filesystem::path& folder);

}  // namespace spikegrad
