/* The emitters: each writes one kind of generated code. */
#ifndef TERNC_EMIT_H
#define TERNC_EMIT_H

#include "model.h"
#include "options.h"
#include "plan.h"

/** The whole header and the whole source file. */
void emit_header(const struct schema *schema, const struct options *options,
                 struct text *out);
void emit_source(struct schema *schema, struct text *out);

/** `static bool put_TYPE(struct tern_cdr_writer *w, const TYPE *s)` */
void emit_put_function(struct text *out, const struct type *type);

/** `static bool default_TYPE(struct tern_cdr_reader *r, TYPE *s)`, if the default is not zeroes */
void emit_default_function(struct text *out, const struct type *type);
/** Statements that give a member its default; nothing if that is zero. */
void emit_default_member(struct text *out, const struct wire_member *member);

/** `static bool get_TYPE(struct tern_cdr_reader *r, TYPE *s)` */
void emit_get_function(struct text *out, const struct type *type);

/** `static tern_status copy_TYPE(const TYPE *s, TYPE *d)`, `static void fini_TYPE(TYPE *s)` */
void emit_copy_function(struct text *out, const struct type *type);
void emit_fini_function(struct text *out, const struct type *type);

/** Everything about the key of a type; marks the types whose skip functions it calls. */
void emit_key_functions(struct text *out, const struct type *type);

/** `static bool skip_TYPE(struct tern_cdr_reader *r)` */
void emit_skip_function(struct text *out, const struct type *type);
/** Statements that step over a value. */
void emit_skip_value(struct text *out, const struct type *type, const char *name,
                     int depth);
void emit_skip_step(struct text *out, const struct step *step);

/** Tables and codecs. */
void emit_codec(struct text *out, const struct type *type);
void emit_tables(struct text *out, const struct schema *schema);

/* ---- shared by the emitters ---- */

/** `if (!CALL)` and `return false;` */
void emit_try(struct text *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Open `for` loops over an array's dimensions. @return the element: "s->grid[i0][i1]" */
char *emit_array_loops(struct text *out, const struct type *array, const char *expression,
                       int depth);
void emit_array_loops_end(struct text *out, const struct type *array);

/** "vehicle_GREEN" for a value of an enum, a number for others. */
char *label_text(const struct type *type, int64_t value);

/** `switch (s->_d) {` of a union; then a case's labels; the default case; the end. */
void emit_union_switch(struct text *out, const struct type *type);
void emit_union_labels(struct text *out, const struct type *type,
                       const struct member *each);
void emit_union_end(struct text *out, const struct type *type);

#endif
