# Rings: the writer's side and the reader's, over real segments, peers and registry.

# ring_test(NAME LABEL label SOURCES f.c ... [as tern_test()])
function(ring_test name)
  cmake_parse_arguments(RING "" "" "SOURCES" ${ARGN})
  shm_test(${name} ${RING_UNPARSED_ARGUMENTS}
    SOURCES ${RING_SOURCES} ring_fixture.c shm_fixture.c)
  tern_generate(TARGET ${name} FILES ${PROJECT_SOURCE_DIR}/tests/core/types.idl)
endfunction()

ring_test(test_shm_ring LABEL unit SOURCES test_ring.c)
ring_test(test_shm_ring_history LABEL unit SOURCES test_ring_history.c)
ring_test(test_shm_ring_hostile LABEL unit SOURCES test_ring_hostile.c)
ring_test(test_shm_ring_process LABEL process SOURCES test_ring_process.c)

# Memory is used again at once there, and readers are never far from being lapped, so that what a
# fence is for happens often: so it has these sources once more, with other limits.
# TERN_LITMUS_SECONDS: longer than 2 s each.
ring_test(test_shm_ring_litmus LABEL stress SOURCES test_ring_litmus.c
  ${shm_sources}/ring_reader_take.c ${shm_sources}/ring_writer_reclaim.c)
target_compile_definitions(test_shm_ring_litmus PRIVATE RING_FREE_MIN=2
  RING_LEAD_MAX=0 RING_TRIES_MAX=100000)

# Tests that notice nothing when the code is wrong are none: see mutants/run.sh. Once is enough.
if(NOT TERN_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_test(NAME test_shm_ring_mutants COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/mutants/run.sh
    ${PROJECT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/mutants/ring.list)
  set_tests_properties(test_shm_ring_mutants PROPERTIES LABELS stress TIMEOUT 600)
endif()
