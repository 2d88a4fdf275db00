/* Values for people and spreadsheets: as indented text, and as CSV. What strangers sent is made
 * harmless. */
#ifndef TERN_CLI_VALUE_TEXT_H
#define TERN_CLI_VALUE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

/** Like YAML, with long lists shortened. Ends with a newline. */
void value_text_print(FILE *out, json_object *value);

/** The columns are the fields of the first value. Zero-initialise. */
struct value_csv {
	char **columns;
	size_t count;
	bool has_header;
};

void value_csv_print(FILE *out, struct value_csv *csv, json_object *value);
void value_csv_fini(struct value_csv *csv);

#endif
