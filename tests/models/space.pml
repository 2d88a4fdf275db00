/* No writer sleeps through room: two writers of one process share the futex word `space` and its
 * flag; each is held back by a reader in a process of its own, which takes some samples and then
 * leaves. No time-out helps here: a writer that sleeps for ever is a deadlock.
 *
 * Mutants, each of which must fail: NO_RELEASE_FENCE, NO_WAIT_FENCE, NO_RECHECK,
 * SPACE_AFTER_RECHECK, WAITER_CLEARS_WANTED, WAKE_ONE, LEAVE_UNTOLD, WANTED_BEFORE_CURSOR. */

#define PAIRS 2
#define TAKES 1 /* samples that a reader takes before it leaves */
#define LAST 3  /* samples that a writer publishes; the ring has room for one */

#define SLOT(pair) (pair)
#define CURSOR(pair) (PAIRS + (pair))
#define HAS_LEFT(pair) (2 * PAIRS + (pair))
#define SPACE (3 * PAIRS)
#define WANTED (SPACE + 1)
#define CELLS (WANTED + 1)

/* Threads have store buffers of their own, whatever process they belong to. */
#define WRITER(pair) (pair)
#define READER(pair) (PAIRS + (pair))
#define PROCESSES (2 * PAIRS)
#define DEPTH 3
#include "tso.pml"

bool is_asleep[PAIRS]; /* the kernel's: the writer is in the futex's queue */

/* ---- writer */
inline look_for_room()
{
	load(WRITER(pair), CURSOR(pair), cursor);
	load(WRITER(pair), HAS_LEFT(pair), has_left);
	d_step { has_room = (sequence <= cursor || has_left); cursor = 0; has_left = 0 }
}

inline futex_wait()
{
	if
	:: d_step {
		buffers[WRITER(pair)].used == 0 && memory[SPACE] == space ->
		is_asleep[pair] = true
	   };
	   !is_asleep[pair]
	:: buffers[WRITER(pair)].used == 0 && memory[SPACE] != space
	fi
}

proctype writer(byte pair)
{
	byte sequence = 1, cursor, has_left, space;
	bool has_room;

	do
	:: sequence <= LAST ->
		look_for_room();
		do
		:: has_room -> break
		:: else ->
#ifndef SPACE_AFTER_RECHECK
			load(WRITER(pair), SPACE, space);
#endif
			store(WRITER(pair), WANTED, 1);
#ifndef NO_WAIT_FENCE
			fence(WRITER(pair));
#endif
#ifndef NO_RECHECK
			look_for_room();
#endif
#ifdef SPACE_AFTER_RECHECK
			load(WRITER(pair), SPACE, space);
#endif
			if
			:: !has_room ->
				futex_wait();
				look_for_room()
			:: else
			fi;
#ifdef WAITER_CLEARS_WANTED
			store(WRITER(pair), WANTED, 0);
#endif
			space = 0
		od;
		store(WRITER(pair), SLOT(pair), sequence);
		fence(WRITER(pair));
		d_step { has_room = false; sequence++ }
	:: else -> break
	od
}

/* ---- reader */
inline wake()
{
#ifdef WAKE_ONE
	if
	:: is_asleep[0] -> is_asleep[0] = false
	:: is_asleep[1] -> is_asleep[1] = false
	:: !is_asleep[0] && !is_asleep[1]
	fi
#else
	d_step { is_asleep[0] = false; is_asleep[1] = false }
#endif
}

inline load_wanted()
{
	load(READER(pair), WANTED, wanted)
}

inline tell_of_room()
{
#ifndef NO_RELEASE_FENCE
	fence(READER(pair));
#endif
#ifndef WANTED_BEFORE_CURSOR
	load_wanted();
#endif
	if
	:: wanted ->
		exchange(READER(pair), WANTED, 0, wanted);
		if
		:: wanted ->
			increment(READER(pair), SPACE);
			wake()
		:: else
		fi
	:: else
	fi;
	wanted = 0
}

proctype reader(byte pair)
{
	byte cursor = 1, sequence, wanted;

	do
	:: cursor <= TAKES ->
		/* How it waits is told in bell.pml. */
		memory[SLOT(pair)] >= cursor;
#ifdef WANTED_BEFORE_CURSOR
		load_wanted();
#endif
		cursor++;
		store(READER(pair), CURSOR(pair), cursor);
		tell_of_room()
	:: else -> break
	od;
	store(READER(pair), HAS_LEFT(pair), 1);
#ifndef LEAVE_UNTOLD
#ifdef WANTED_BEFORE_CURSOR
	load_wanted();
#endif
	tell_of_room()
#endif
}

init {
	atomic {
		memory[CURSOR(0)] = 1;
		memory[CURSOR(1)] = 1;
		run drain(WRITER(0));
		run drain(WRITER(1));
		run drain(READER(0));
		run drain(READER(1));
		run writer(0);
		run writer(1);
		run reader(0);
		run reader(1)
	}
}
