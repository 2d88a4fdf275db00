/* Crash points: a victim is killed after so many instructions of one operation, and a survivor
 * then tells whether anything is wrong. The two are separate processes; the program that runs
 * them does not use Tern itself. */
#ifndef TERN_TESTS_CRASH_POINTS_H
#define TERN_TESTS_CRASH_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#define SAMPLES_BEFORE                                                                   \
	3 /* what a victim or its survivor has written before the operation */

/* ---- the victim -------------------------------------------------------------------------- */

struct scene {
	const char *name;
	void (*prepare)(void); /* up to the operation */
	void (*act)(void);     /* the operation */
	bool writes;    /* the survivor has a reader for it: what it wrote must come */
	bool reads;     /* the survivor has a writer for it */
	bool has_stray; /* a process died before, and nobody has noticed yet */
};

/** @return NULL: there is none of this name */
const struct scene *scene_find(const char *name);
/** Join and wait to be killed. */
void stray_live(int told);
/** Join and leave: who joins cleans up. */
void sweep(void);

/* ---- the survivor ------------------------------------------------------------------------ */

/* Commands, one byte each; the answer is a struct survivor_answer. */
enum {
	SURVIVOR_MEET_WRITER = 'w', /* wait until a victim's writer is matched */
	SURVIVOR_MEET_READER =
		'r',           /* wait until its reader is, and write SAMPLES_BEFORE */
	SURVIVOR_VERIFY = 'v', /* after its death: is all well? */
	SURVIVOR_END = 'e',
};

struct survivor_answer {
	bool ok;
	uint32_t received;          /* VERIFY: samples of the victim */
	uint32_t descriptors, maps; /* VERIFY: that it has open */
	char text[256];             /* what is wrong */
};

/** Serve commands until END. */
void survivor_run(int commands);

#endif
