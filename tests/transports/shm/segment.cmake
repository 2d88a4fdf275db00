# Our own memory, samples in it, and peers' memory.
set(shm_segment_sources segment.c segment_array.c segment_extent.c segment_piece.c segment_run.c
  segment_span.c)
set(shm_peer_sources peer.c peer_extent.c)
set(shm_segment_test_sources segment_fixture.c shm_fixture.c)

shm_test(test_shm_segment LABEL unit SOURCES test_segment.c ${shm_segment_test_sources}
  SHM ${shm_segment_sources} files.c files_directory.c)
shm_test(test_shm_segment_limits LABEL process
  SOURCES test_segment_limits.c ${shm_segment_test_sources}
  SHM ${shm_segment_sources} files.c files_directory.c)
shm_test(test_shm_chunk LABEL unit SOURCES test_chunk.c ${shm_segment_test_sources}
  SHM chunk.c ${shm_segment_sources} files.c files_directory.c)
foreach(test peer peer_hostile)
  shm_test(test_shm_${test} LABEL process SOURCES test_${test}.c peer_fixture.c shm_fixture.c
    SHM ${shm_peer_sources} ${shm_segment_sources} ${shm_registry_sources})
endforeach()
