/* Turning what the preprocessor and the IDL parser print into ternc's format, with advice. */
#ifndef TERNC_MESSAGES_H
#define TERNC_MESSAGES_H

#include <stdbool.h>

/** @return whether there was no error among them */
bool messages_of_preprocessor(const char *file, const char *printed);

/** `printed` is changed. failed: the last line is the error; else all are warnings. */
void messages_of_parser(const char *file, char *printed, bool failed);

/** The same of a parser that crashed: lines without a place are the C library's last words. */
void messages_of_crash(const char *file, char *printed);

#endif
