# Installs the library: find_package(seawall) gives seawall::seawall, pkg-config gives seawall.
include(CMakePackageConfigHelpers)

install(TARGETS seawall EXPORT seawall-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/seawall" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")

set(SEAWALL_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/seawall")
install(EXPORT seawall-targets NAMESPACE seawall:: DESTINATION "${SEAWALL_CMAKE_DIR}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/seawall-config.cmake.in"
  "${PROJECT_BINARY_DIR}/seawall-config.cmake" INSTALL_DESTINATION "${SEAWALL_CMAKE_DIR}")
# Before 1.0 a minor version may break a consumer.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/seawall-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/seawall-config.cmake"
  "${PROJECT_BINARY_DIR}/seawall-config-version.cmake" DESTINATION "${SEAWALL_CMAKE_DIR}")

# A static archive brings nothing along, so whoever links it must name what it needs.
if(BUILD_SHARED_LIBS)
  set(SEAWALL_PC_REQUIRES "Requires.private: libisal")
  set(SEAWALL_PC_LIBS "")
else()
  set(SEAWALL_PC_REQUIRES "Requires: libisal")
  set(SEAWALL_PC_LIBS " -pthread")
endif()
file(RELATIVE_PATH SEAWALL_PC_INCLUDEDIR
  "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/seawall.pc.in" "${PROJECT_BINARY_DIR}/seawall.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/seawall.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
