# SPDX-License-Identifier: Apache-2.0
# cmake --install: headers, library, program, and the package that find_package(spikegrad) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/spikegrad")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/spikegrad" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp"
        PATTERN "cli" EXCLUDE PATTERN "assets" EXCLUDE
        # What only our own sources include: it needs headers of private dependencies.
        PATTERN "hdf5_handle.hpp" EXCLUDE PATTERN "*-inl.hpp" EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(TARGETS spikegrad EXPORT spikegrad_targets)
if(TARGET spikegrad_cli)
  install(TARGETS spikegrad_cli)
endif()
install(EXPORT spikegrad_targets NAMESPACE spikegrad:: DESTINATION "${package_dir}")

set(FIND_DEPENDENCIES "")
foreach(package IN LISTS SPIKEGRAD_PUBLIC_PACKAGES SPIKEGRAD_LIBRARY_PACKAGES)
  string(APPEND FIND_DEPENDENCIES "find_dependency(${package})\n")
endforeach()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/spikegradConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/generated/spikegradConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/spikegradConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/generated/spikegradConfig.cmake"
              "${PROJECT_BINARY_DIR}/generated/spikegradConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindHDF5C.cmake"
        DESTINATION "${package_dir}")
