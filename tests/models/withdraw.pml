/* A writer goes away and its ring's memory is used for something else, while a reader attaches
 * to it: nobody's help is needed for attaching, so nobody can say no.
 *
 * Shown: either the reader sees that the writer's entry was withdrawn, or the writer's process
 * sees the attachment and leaves the memory alone until it is free again.
 *
 * Mutants, each of which must fail: NO_WITHDRAW_FENCE, NO_ENTRY_RECHECK, EPOCH_BY_STORE,
 * ATTACHMENTS_NOT_READ, ENTRY_RECHECKED_FIRST. */

#define ENTRY 0 /* the writer is announced */
#define RING 1  /* is one as long as it is 1 */
#define EPOCH 2
#define STATE 3
#define FREE 0
#define ACTIVE 1
#define CELLS 4

#define WRITER 0
#define READER 1
#define PROCESSES 2
#define DEPTH 4
#include "tso.pml"

proctype writer()
{
	byte epoch, seen_epoch, is_attached;

	store(WRITER, ENTRY, 0);
#ifndef NO_WITHDRAW_FENCE
	fence(WRITER);
#endif
end:	do
	:: load(WRITER, EPOCH, epoch);
		if
		:: epoch != seen_epoch ->
			seen_epoch = epoch;
#ifndef ATTACHMENTS_NOT_READ
			load(WRITER, STATE, is_attached)
#endif
		:: else
		fi;
		if
		:: !is_attached -> break
		:: else
		fi
	od;
	store(WRITER, RING, 2)
}

inline look_for_entry()
{
	load(READER, ENTRY, entry)
}

inline tell_writer()
{
#ifdef EPOCH_BY_STORE
	d_step { load(READER, EPOCH, epoch); epoch++ }
	store(READER, EPOCH, epoch)
#else
	increment(READER, EPOCH)
#endif
}

proctype reader()
{
	byte entry, ring, epoch;

	look_for_entry();
	if
	:: entry ->
		store(READER, STATE, ACTIVE);
#ifdef ENTRY_RECHECKED_FIRST
		look_for_entry();
#endif
		tell_writer();
#if !defined(NO_ENTRY_RECHECK) && !defined(ENTRY_RECHECKED_FIRST)
		look_for_entry();
#endif
		if
		:: entry ->
			load(READER, RING, ring);
			assert(ring == 1);
			load(READER, RING, ring);
			assert(ring == 1)
		:: else
		fi;
		store(READER, STATE, FREE);
		increment(READER, EPOCH)
	:: else
	fi
}

init {
	atomic {
		memory[ENTRY] = 1;
		memory[RING] = 1;
		run drain(WRITER);
		run drain(READER);
		run writer();
		run reader()
	}
}
