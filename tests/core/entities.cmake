# What an application holds: types of the tests' own, compiled by ternc.
function(tern_entity_test name)
  tern_test(${name} LABEL unit SOURCES ${name}.c bus.c ${ARGN} INCLUDE ${PROJECT_SOURCE_DIR}/core/src)
  tern_generate(TARGET ${name} FILES types.idl)
endfunction()

tern_entity_test(test_payload)
tern_entity_test(test_waitset)
tern_entity_test(test_route fake.c)
tern_entity_test(test_writer_feed fake.c)
tern_entity_test(test_writer_write fake.c)
tern_entity_test(test_arguments)
