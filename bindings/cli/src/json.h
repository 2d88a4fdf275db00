/* The tern command's JSON: one object a line, each with "version". Escaping is json-c's; this
 * adds what json-c does not do, which is to keep broken UTF-8 out. */
#ifndef TERN_CLI_JSON_H
#define TERN_CLI_JSON_H

#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include <tern/guid.h>

/** Changes when a member changes its meaning or goes; new members do not change it. */
#define JSON_FORMAT_VERSION 1

/** An object with the version as its first member. Aborts without memory, as all here does. */
json_object *json_line_create(void);
/** Write it as one line and free it. */
void json_line_print(FILE *out, json_object *line);

/** A string object; bytes that are not UTF-8 become U+FFFD. */
json_object *json_text(const char *text);

void json_add(json_object *object, const char *name, json_object *value);
void json_add_text(json_object *object, const char *name, const char *text);
void json_add_number(json_object *object, const char *name, int64_t number);
void json_add_boolean(json_object *object, const char *name, int boolean);
void json_add_guid(json_object *object, const char *name, const struct tern_guid *guid);

#endif
