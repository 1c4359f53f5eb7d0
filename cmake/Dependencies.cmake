# SPDX-License-Identifier: Apache-2.0
# Every dependency, one line each; docs/dependencies.md says why each is there, ./run installs the packages.
#
#   spikegrad_dependency(GROUP package target...)
#
# GROUP is what uses it:
#   LIBRARY  the library links it, privately; whoever links the installed static library needs it too
#   HEADERS  the library needs it only while it is compiled
#   PROGRAM  the command line alone
#   TEST     the tests alone
include_guard()

macro(spikegrad_dependency group package)
  find_package(${package} REQUIRED)
  list(APPEND SPIKEGRAD_${group}_PACKAGES ${package})
  list(APPEND SPIKEGRAD_${group}_DEPENDENCIES ${ARGN})
endmacro()

spikegrad_dependency(LIBRARY fmt fmt::fmt)
spikegrad_dependency(LIBRARY tomlplusplus tomlplusplus::tomlplusplus)
spikegrad_dependency(LIBRARY Threads Threads::Threads)
spikegrad_dependency(LIBRARY PNG PNG::PNG)
spikegrad_dependency(LIBRARY HDF5C HDF5C::HDF5C)
spikegrad_dependency(LIBRARY SndfileC SndfileC::SndfileC)
spikegrad_dependency(LIBRARY hwy hwy::hwy)
spikegrad_dependency(HEADERS Boost Boost::headers)
spikegrad_dependency(HEADERS nlohmann_json nlohmann_json::nlohmann_json)
if(SPIKEGRAD_BUILD_PROGRAM)
  spikegrad_dependency(PROGRAM CLI11 CLI11::CLI11)
  if(SPIKEGRAD_MPI)  # linked by CMakeLists.txt, which gives its headers to the two sources that include them
    find_package(MPI REQUIRED COMPONENTS CXX)
  endif()
endif()
if(SPIKEGRAD_BUILD_TESTS)
  spikegrad_dependency(TEST GTest GTest::gtest GTest::gtest_main)
  spikegrad_dependency(TEST rapidcheck rapidcheck)
endif()

# What our own code is compiled and linked with; only the LIBRARY part of it is exported.
add_library(spikegrad_internal INTERFACE)
target_link_libraries(spikegrad_internal INTERFACE ${SPIKEGRAD_LIBRARY_DEPENDENCIES} ${SPIKEGRAD_HEADERS_DEPENDENCIES}
                                                   spikegrad_compiler_options)
