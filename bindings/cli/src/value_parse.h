/* A sample from text: YAML, of which JSON is a part, read along the type's table. */
#ifndef TERN_CLI_VALUE_PARSE_H
#define TERN_CLI_VALUE_PARSE_H

#include <stdbool.h>

#include <tern/type.h>

enum { VALUE_ERROR_SIZE_BYTES = 512 };

/**
 * Members that the text does not name have their default.
 * @param type        a structure or union
 * @param ret_sample  tern_sample_destroy()
 * @param ret_error   on false: what is wrong, with line and member: "line 1: pose.x: ..."
 */
bool value_parse(const struct tern_type *type, const char *text, void **ret_sample,
                 char ret_error[VALUE_ERROR_SIZE_BYTES]);

#endif
