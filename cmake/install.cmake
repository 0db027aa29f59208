# SPDX-License-Identifier: Apache-2.0
# cmake --install: programs, service, profiles, drills, documentation.
include(GNUInstallDirs)

# systemd reads these below /usr/local as well as below /usr.
set(MUSTER_UNIT_DIR lib/systemd/system)
set(MUSTER_SYSUSERS_DIR lib/sysusers.d)

configure_file(field-config/musterd.service.in ${CMAKE_BINARY_DIR}/musterd.service @ONLY)
foreach(program musterd muster muster-sim)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(FILES ${CMAKE_BINARY_DIR}/musterd.service DESTINATION ${MUSTER_UNIT_DIR})
install(FILES field-config/muster.sysusers.conf DESTINATION ${MUSTER_SYSUSERS_DIR}
        RENAME muster.conf)
file(GLOB MUSTER_PROFILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/field-config/*.toml)
install(FILES ${MUSTER_PROFILES} DESTINATION ${CMAKE_INSTALL_DATADIR}/muster/profiles)
install(DIRECTORY sim/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/muster
        FILES_MATCHING PATTERN "*.toml")
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.lua")
