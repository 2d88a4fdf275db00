# Rings: the writer's side and the reader's, over real segments, peers and registry.
set(shm_ring_sources ring_history.c ring_reader.c ring_reader_claim.c ring_reader_open.c
  ring_reader_resync.c ring_reader_take.c ring_writer.c ring_writer_connect.c
  ring_writer_forms.c ring_writer_publish.c ring_writer_reclaim.c)

# ring_test(NAME LABEL label SOURCES f.c ... [as tern_test()])
function(ring_test name)
  cmake_parse_arguments(RING "" "" "SOURCES" ${ARGN})
  shm_test(${name} ${RING_UNPARSED_ARGUMENTS}
    SOURCES ${RING_SOURCES} ring_fixture.c shm_fixture.c
    SHM ${shm_ring_sources} chunk.c ${shm_peer_sources} ${shm_segment_sources}
      ${shm_registry_sources})
  tern_generate(TARGET ${name} FILES ${PROJECT_SOURCE_DIR}/tests/core/types.idl)
endfunction()

ring_test(test_shm_ring LABEL unit SOURCES test_ring.c)
ring_test(test_shm_ring_history LABEL unit SOURCES test_ring_history.c)
ring_test(test_shm_ring_hostile LABEL unit SOURCES test_ring_hostile.c)
ring_test(test_shm_ring_process LABEL process SOURCES test_ring_process.c)

# Memory is used again at once there, and readers are never far from being lapped, so that what a
# fence is for happens often. TERN_LITMUS_SECONDS: longer than 2 s each.
ring_test(test_shm_ring_litmus LABEL stress SOURCES test_ring_litmus.c)
target_compile_definitions(test_shm_ring_litmus PRIVATE RING_FREE_MIN=2
  RING_LEAD_MAX=0 RING_TRIES_MAX=100000)
