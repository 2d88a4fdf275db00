# bin/bench_transfer: Tern over DDS against plain Cyclone DDS, a process for each side of each.
set(transfer_idlc ${CMAKE_CURRENT_BINARY_DIR}/transfer_idlc)
file(MAKE_DIRECTORY ${transfer_idlc})
add_custom_command(OUTPUT ${transfer_idlc}/transfer.c ${transfer_idlc}/transfer.h
  COMMAND idlc -o ${transfer_idlc} ${CMAKE_CURRENT_SOURCE_DIR}/transfer.idl
  DEPENDS transfer.idl
  COMMENT "Compiling transfer.idl by idlc")

tern_program(bench_transfer NO_TERN SOURCES transfer.c LINK tern_test_support)
tern_program(bench_transfer_tern SOURCES transfer_node.c bus_tern.c)
tern_generate(TARGET bench_transfer_tern FILES transfer.idl)
tern_program(bench_transfer_cyclone NO_TERN
  SOURCES transfer_node.c bus_cyclone.c ${transfer_idlc}/transfer.c
  LINK PkgConfig::CycloneDDS THIRD_PARTY cyclonedds)
set_source_files_properties(${transfer_idlc}/transfer.c PROPERTIES COMPILE_OPTIONS -w)
target_include_directories(bench_transfer_cyclone PRIVATE ${transfer_idlc})
add_dependencies(bench_transfer bench_transfer_tern bench_transfer_cyclone)
