/* Marks on Tern's public functions: visibility, must-check results, format strings.
 * Everything not marked TERN_API stays inside the library. */
#ifndef TERN_API_H
#define TERN_API_H

#define TERN_VERSION_MAJOR 0
#define TERN_VERSION_MINOR 1
#define TERN_VERSION_PATCH 0

#if defined(__GNUC__)
#define TERN_API __attribute__((visibility("default")))
#define TERN_MUST_CHECK __attribute__((warn_unused_result))
#define TERN_PRINTF(format_index, first_argument)                                        \
	__attribute__((format(printf, format_index, first_argument)))
#else
#define TERN_API
#define TERN_MUST_CHECK
#define TERN_PRINTF(format_index, first_argument)
#endif

#ifdef __cplusplus
#define TERN_BEGIN_DECLS extern "C" {
#define TERN_END_DECLS }
#else
#define TERN_BEGIN_DECLS
#define TERN_END_DECLS
#endif

TERN_BEGIN_DECLS

/** "0.1.0": the version of the library that is running. Threads: any. */
TERN_API const char *tern_version(void);

TERN_END_DECLS

#endif
