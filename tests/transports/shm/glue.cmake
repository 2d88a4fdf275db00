# The transport as a whole: announcements, discovery, pairs.
shm_test(test_shm_record LABEL unit SOURCES test_record.c)
set(verdicts ${PROJECT_SOURCE_DIR}/tests/interop)
shm_test(test_shm_type_record LABEL unit SOURCES test_type_record.c
  INCLUDE ${PROJECT_SOURCE_DIR}/core/src ${verdicts})
tern_generate(TARGET test_shm_type_record FILES ${verdicts}/verdicts.idl)

add_executable(shm_routing_peer routing_peer.c)
set_target_properties(shm_routing_peer PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
tern_target_sees(shm_routing_peer)
target_link_libraries(shm_routing_peer PRIVATE tern_static)
tern_generate(TARGET shm_routing_peer FILES routing.idl)

shm_test(test_shm_transport LABEL process SOURCES test_transport.c TIMEOUT 120)
tern_generate(TARGET test_shm_transport FILES routing.idl)
add_dependencies(test_shm_transport shm_routing_peer)

foreach(pairs pairs pairs_short)
  shm_test(test_shm_${pairs} LABEL unit SOURCES test_${pairs}.c pair_fixture.c shm_fixture.c)
  tern_generate(TARGET test_shm_${pairs} FILES routing.idl)
endforeach()
if(NOT TERN_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "GNU") # see mutants/run.sh
  add_test(NAME test_shm_pairs_mutants COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/mutants/run.sh
    ${PROJECT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/mutants/pairs.list)
  set_tests_properties(test_shm_pairs_mutants PROPERTIES LABELS stress TIMEOUT 600)
endif()

# Sanitizers take too much memory for each of so many processes.
if(NOT TERN_SANITIZE)
  shm_test(test_shm_crowd LABEL stress SOURCES test_crowd.c shm_fixture.c TIMEOUT 600)
  tern_generate(TARGET test_shm_crowd FILES routing.idl)
endif()

if(TERN_WITH_DDS)
  shm_test(test_shm_fallback LABEL process SOURCES test_fallback.c TIMEOUT 180)
  tern_generate(TARGET test_shm_fallback FILES routing.idl)
  add_dependencies(test_shm_fallback shm_routing_peer)
  shm_test(test_shm_users LABEL process SOURCES test_users.c TIMEOUT 180)
  add_dependencies(test_shm_users shm_routing_peer)
  shm_test(test_shm_routing LABEL stress SOURCES test_routing.c TIMEOUT 180)
  add_dependencies(test_shm_routing shm_routing_peer)
endif()
