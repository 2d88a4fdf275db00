/* Samples as JSON, along the type's table: numbers exactly, enums by name, bitmasks as "A|B", an
 * absent @optional as null, a union as its discriminator "_d" and the case that it selects. */
#ifndef TERN_CLI_VALUE_JSON_H
#define TERN_CLI_VALUE_JSON_H

#include <json-c/json.h>

#include <tern/type.h>

/** @param at  a value of the type. Aborts without memory. */
json_object *value_json(const struct tern_type *type, const void *at);

/**
 * A part of what value_json() made: "pose.wheels[2].name".
 * @return borrowed; NULL: there is no such part, and ret_found is false
 */
json_object *value_json_part(json_object *value, const char *path, bool *ret_found);

#endif
