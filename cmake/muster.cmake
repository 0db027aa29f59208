# SPDX-License-Identifier: Apache-2.0
# How Muster's folders become targets.

# muster_proto(NAME DIR): the .proto files of DIR as one library, included only by *_codec.cpp.
function(muster_proto name dir)
  file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.proto)
  if(NOT protos)
    add_library(${name} INTERFACE)
    return()
  endif()
  add_library(${name} STATIC)
  target_compile_options(${name} PRIVATE -w)
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
  protobuf_generate(TARGET ${name} PROTOS ${protos} IMPORT_DIRS ${CMAKE_SOURCE_DIR}
                    PROTOC_OUT_DIR ${CMAKE_BINARY_DIR}/generated)
endfunction()

# muster_library(NAME DIR [DEPENDS ...] [WIRE ...]): every .cpp below DIR, but for io/ folders and
# mains, as one static library. An empty folder gives an interface target.
function(muster_library name dir)
  cmake_parse_arguments(ARG "" "" "DEPENDS;WIRE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cpp)
  if(NOT dir MATCHES "/io$")
    list(FILTER sources EXCLUDE REGEX "/io/")
  endif()
  list(FILTER sources EXCLUDE REGEX "/main_[^/]*\\.cpp$")
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPENDS} ${ARG_WIRE})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_WIRE})
  if(dir MATCHES "/io$" AND EXISTS ${CMAKE_SOURCE_DIR}/core/io/asio.hpp AND NOT dir STREQUAL "security/io")
    target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/core/io/asio.hpp)
  endif()
endfunction()

# muster_program(NAME MAIN LIBRARY): a program, once its main exists.
function(muster_program name main library)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${main})
    add_executable(${name} ${main})
    target_link_libraries(${name} PRIVATE ${library})
  endif()
endfunction()

# muster_tests(NAME DIR LIBRARIES...): every *_test.cpp of DIR (not below it) as one gtest program.
function(muster_tests name dir)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gmock_main)
  target_compile_definitions(${name} PRIVATE MUSTER_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             MUSTER_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_precompile_headers(${name} REUSE_FROM muster_test_pch)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()
