# seawall_module(NAME LINK targets...): one folder of src/ as an object library, seawall_NAME.
# seawall_simulation(): src/storage/file/simulated_*, for tests only.
# seawall_library(): all modules as the one library consumers link, seawall::seawall.
# seawall_archive(FILE): the same, from a libseawall.a that is there already.

function(seawall_warnings target)
  if(SEAWALL_DEVELOPER)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
      -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
      # libstdc++ 12's own stable_sort uses what C++17 deprecated; clang says so.
      $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
  endif()
endfunction()

function(seawall_module name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/simulated_[a-z_]+\\.cc$")
  if(NOT sources)  # A module not written yet.
    add_library(seawall_${name} INTERFACE)
    target_link_libraries(seawall_${name} INTERFACE ${ARG_LINK})
    return()
  endif()
  add_library(seawall_${name} OBJECT ${sources})
  target_include_directories(seawall_${name} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>")
  # Objects are gathered by seawall_library(), so modules pass on usage requirements only.
  target_link_libraries(seawall_${name} PUBLIC ${ARG_LINK})
  set_target_properties(seawall_${name} PROPERTIES UNITY_BUILD ${SEAWALL_UNITY} UNITY_BUILD_BATCH_SIZE 6)
  seawall_warnings(seawall_${name})
  set_property(GLOBAL APPEND PROPERTY SEAWALL_MODULES seawall_${name})
endfunction()

# The simulated file system stands beside the real one and belongs to the tests alone.
function(seawall_simulation)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/storage/file/simulated_*.cc")
  add_library(seawall_simulation STATIC ${sources})
  target_include_directories(seawall_simulation PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(seawall_simulation PUBLIC seawall)
  seawall_warnings(seawall_simulation)
endfunction()

function(seawall_library)
  get_property(modules GLOBAL PROPERTY SEAWALL_MODULES)
  list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_library(seawall ${objects})
  add_library(seawall::seawall ALIAS seawall)
  target_compile_features(seawall PUBLIC cxx_std_23)
  target_include_directories(seawall PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(seawall PRIVATE PkgConfig::ISAL Threads::Threads)
  set_target_properties(seawall PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION} SOVERSION 0)
endfunction()

function(seawall_archive archive)
  add_library(seawall_prebuilt STATIC IMPORTED)
  set_target_properties(seawall_prebuilt PROPERTIES IMPORTED_LOCATION "${archive}")
  add_library(seawall INTERFACE)
  add_library(seawall::seawall ALIAS seawall)
  target_compile_features(seawall INTERFACE cxx_std_23)
  target_include_directories(seawall INTERFACE "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(seawall INTERFACE seawall_prebuilt PkgConfig::ISAL Threads::Threads)
endfunction()
