/* Turning what the preprocessor and the IDL parser print into ternc's format, with advice. */
#ifndef TERNC_MESSAGES_H
#define TERNC_MESSAGES_H

#include <stdbool.h>

#include <idl/processor.h>

/** @return whether there was no error among them */
bool messages_of_preprocessor(const char *file, const char *printed);

/** `printed` is changed. failed: the last line is the error; else all are warnings. */
void messages_of_parser(const idl_pstate_t *pstate, char *printed, bool failed);

#endif
