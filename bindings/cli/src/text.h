/* Text from peers, made harmless: topic, type and process names are whatever bytes a stranger
 * sent, and may try to steer the terminal or break a line. */
#ifndef TERN_CLI_TEXT_H
#define TERN_CLI_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Take one character from valid or invalid UTF-8.
 * @param text  advanced by at least one byte, never beyond the terminator
 * @return the code point, or -1 for a byte that belongs to none
 */
int32_t text_next(const char **text);

/** Does this character steer a terminal or the direction of text? */
bool text_steers(int32_t code);

/**
 * Print for people: letters of all languages as they are, everything that steers (control
 * characters, direction marks, line separators) and broken bytes escaped: \x1b, \u{202e}.
 */
void text_print(FILE *out, const char *text);

#endif
