# SPDX-License-Identifier: Apache-2.0
# What our own code is compiled with; nothing of it reaches who links the library.
add_library(spikegrad_compiler_options INTERFACE)
target_compile_options(
  spikegrad_compiler_options
  INTERFACE -Wall -Wextra -Wpedantic -Wconversion
            # In one piece with other files a name may hide one of theirs.
            $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>
            -Wno-sign-conversion # g++ leaves it out of -Wconversion, clang does not
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> # false alarms on "text" + std::string in g++ 12 (PR 105651)
            # With the sanitizers g++ 12 takes members of an empty std::optional or std::function for uninitialised.
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Sanitize>>:-Wno-maybe-uninitialized>
            $<$<BOOL:${SPIKEGRAD_WERROR}>:-Werror>
            -fno-math-errno # nobody reads errno; with it std::sqrt cannot be one instruction
            -ffp-contract=off) # the same numbers on every machine: a fused product is written out where wanted

foreach(tool IN ITEMS ccache mold)
  find_program(SPIKEGRAD_${tool} ${tool})
  mark_as_advanced(SPIKEGRAD_${tool})
endforeach()
if(PROJECT_IS_TOP_LEVEL)
  if(SPIKEGRAD_ccache AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Paths relative to the checkout, so that what one checkout compiled serves the others too.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
                                    CCACHE_NOHASHDIR=1 CCACHE_ABSSTDERR=1 "${SPIKEGRAD_ccache}")
  endif()
  if(SPIKEGRAD_mold)
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=mold SPIKEGRAD_compiler_knows_mold)
    if(SPIKEGRAD_compiler_knows_mold)
      add_link_options(-fuse-ld=mold)
    endif()
  endif()
endif()

# With SPIKEGRAD_UNITY the sources of a folder are compiled in one piece, which reads the standard library's headers once.
# The other builds compile each alone, and hold that it includes what it needs and hides no name (-Wshadow).
function(spikegrad_compile_by_layer target)
  if(NOT SPIKEGRAD_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(folder "${source}" DIRECTORY)
    file(RELATIVE_PATH group "${PROJECT_SOURCE_DIR}" "${folder}")
    string(MAKE_C_IDENTIFIER "${group}" group)
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# The same for a target of one folder, in pieces of about five files: one piece of twenty would keep one processor
# busy after the others are done, and be compiled anew for each change of a file. A new file moves others from piece to
# piece, so no two files of a folder may give one name to different things. CMake leaves a source with definitions or
# options of its own out of the pieces.
function(spikegrad_compile_in_pieces target)
  if(NOT SPIKEGRAD_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources files)
  math(EXPR pieces "(${files} + 2) / 5")
  if(pieces LESS 1)
    set(pieces 1)
  endif()
  math(EXPR files_a_piece "(${files} + ${pieces} - 1) / ${pieces}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE BATCH
                                             UNITY_BUILD_BATCH_SIZE ${files_a_piece})
endfunction()
