# SPDX-License-Identifier: Apache-2.0
# Files carried inside the library, so that the program needs nothing beside it.
#
#   spikegrad_embed(target NAME file)     spikegrad::embedded_file("NAME") is the file's content
#   spikegrad_write_embedded(target)      once, after the last spikegrad_embed of that target
#
# The bytes enter by the assembler's .incbin: no megabytes of array initialisers for the compiler to read. The
# object depends on every embedded file, so a changed file is embedded anew.
include_guard()

function(spikegrad_embed target name file)
  get_filename_component(file "${file}" ABSOLUTE)
  set_property(TARGET ${target} APPEND PROPERTY SPIKEGRAD_EMBEDDED_NAMES "${name}")
  set_property(TARGET ${target} APPEND PROPERTY SPIKEGRAD_EMBEDDED_FILES "${file}")
endfunction()

function(spikegrad_write_embedded target)
  get_target_property(names ${target} SPIKEGRAD_EMBEDDED_NAMES)
  get_target_property(files ${target} SPIKEGRAD_EMBEDDED_FILES)
  if(NOT names)
    set(names "")
    set(files "")
  endif()
  set(EMBEDDED_SYMBOLS "")
  set(EMBEDDED_ENTRIES "")
  set(index 0)
  foreach(name file IN ZIP_LISTS names files)
    set(symbol "spikegrad_embedded_${index}")
    string(APPEND EMBEDDED_SYMBOLS "SPIKEGRAD_INCBIN(${symbol}, R\"(${file})\")\n")
    string(APPEND EMBEDDED_ENTRIES "      entry(\"${name}\", ${symbol}_begin, ${symbol}_end),\n")
    math(EXPR index "${index} + 1")
  endforeach()
  set(EMBEDDED_COUNT ${index})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/generated/embedded_files.cpp")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_files.cpp.in" "${source}" @ONLY)
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE "${source}")
endfunction()
