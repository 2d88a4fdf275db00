/* Nobody sleeps through news: two writers in processes of their own ring the bell of one waiter,
 * who attaches to both while they write, watches, and sleeps whenever there is nothing to read.
 * No time-out helps here: a waiter that sleeps for ever is a deadlock, which spin reports.
 *
 * Mutants, each of which must fail: NO_PUBLISH_FENCE, EPOCH_BEFORE_FENCE, WATCH_BEFORE_FENCE,
 * PARK_BY_STORE, NO_RECHECK, WATCH_AFTER_RECHECK, RECHECK_ONE. */

#define WRITERS 2
#define LAST 2 /* samples of each writer */

/* Of each writer and of the attachment to it; slot and head are one here. */
#define SLOT(writer) ((writer) * 4)
#define EPOCH(writer) ((writer) * 4 + 1)
#define ACTIVE(writer) ((writer) * 4 + 2)
#define WATCH(writer) ((writer) * 4 + 3)
#define BELL (WRITERS * 4)
#define CELLS (BELL + 1)
#define QUIET 0
#define PARKED 1

#define WAITER WRITERS
#define PROCESSES (WRITERS + 1)
#define DEPTH 4
#include "tso.pml"

bool is_asleep; /* the kernel's: the waiter is in the futex's queue */

inline refresh()
{
	load(self, EPOCH(self), epoch);
	if
	:: epoch != seen_epoch ->
		load(self, ACTIVE(self), is_connected);
		seen_epoch = epoch
	:: else
	fi;
	epoch = 0
}

inline ring()
{
	load(self, BELL, state);
	if
	:: state != QUIET ->
		exchange(self, BELL, QUIET, state);
		if
		:: state == PARKED -> is_asleep = false
		:: else
		fi
	:: else
	fi;
	state = 0
}

proctype writer(byte self)
{
	byte sequence = 1, epoch, seen_epoch, is_connected, state, watch;

	do
	:: sequence <= LAST ->
		store(self, SLOT(self), sequence);
#ifdef EPOCH_BEFORE_FENCE
		refresh();
#endif
#ifdef WATCH_BEFORE_FENCE
		load(self, WATCH(self), watch);
#endif
#ifndef NO_PUBLISH_FENCE
		fence(self);
#endif
#ifndef EPOCH_BEFORE_FENCE
		refresh();
#endif
#ifndef WATCH_BEFORE_FENCE
		load(self, WATCH(self), watch);
#endif
		if
		:: is_connected && watch -> ring()
		:: else
		fi;
		watch = 0;
		sequence++
	:: else -> break
	od
}

inline attach(k)
{
	store(WAITER, ACTIVE(k), 1);
	increment(WAITER, EPOCH(k));
	load(WAITER, SLOT(k), cursor[k]);
	cursor[k]++
}

inline poll(k)
{
	load(WAITER, SLOT(k), sequence);
	if
	:: sequence >= cursor[k] -> cursor[k] = sequence + 1; is_news = true
	:: else
	fi;
	sequence = 0
}

/* futex(2): goes to sleep only if the word still is what the caller thinks it is. */
inline futex_wait()
{
	if
	:: d_step {
		buffers[WAITER].used == 0 && memory[BELL] == PARKED -> is_asleep = true
	   };
	   !is_asleep
	:: buffers[WAITER].used == 0 && memory[BELL] != PARKED
	fi
}

inline watch_both()
{
	store(WAITER, WATCH(0), 1);
	store(WAITER, WATCH(1), 1)
}

proctype waiter()
{
	byte cursor[WRITERS], sequence, was;
	bool is_news;

	attach(0);
	attach(1);
#ifndef WATCH_AFTER_RECHECK
	watch_both();
#endif
	do
	:: cursor[0] > LAST && cursor[1] > LAST -> break
	:: else ->
		is_news = false;
		poll(0);
		poll(1);
		if
		:: !is_news && (cursor[0] <= LAST || cursor[1] <= LAST) ->
#ifdef PARK_BY_STORE
			store(WAITER, BELL, PARKED);
#else
			exchange(WAITER, BELL, PARKED, was);
#endif
#ifndef NO_RECHECK
			poll(0);
#ifndef RECHECK_ONE
			poll(1);
#endif
#endif
#ifdef WATCH_AFTER_RECHECK
			watch_both();
#endif
			if
			:: !is_news -> futex_wait()
			:: else
			fi;
			exchange(WAITER, BELL, QUIET, was);
			was = 0
		:: else
		fi
	od
}

init {
	atomic {
		run drain(0);
		run drain(1);
		run drain(WAITER);
		run writer(0);
		run writer(1);
		run waiter()
	}
}
