/* A reader attaches to a ring, takes, and detaches with a sample still lent, all without the
 * writer's help, and again in the same attachment; the writer publishes meanwhile and is held
 * back by the reader (reliable, KEEP_ALL).
 *
 * Shown: the reader misses nothing that was published after the writer saw it, and from its first
 * sample on nothing at all, although the writer may publish one before it looks at the new
 * attachment; what the reader claims is not written, whether it is attached, has left, or is
 * attached anew with its claims in another place.
 *
 * ACTIVE stands for the code's JOINING and ACTIVE: cursor and claims count in both, and only in the
 * second, which comes when the reader has begun, is the pair matched.
 *
 * Mutants, each of which must fail: NO_PUBLISH_FENCE, EPOCH_BEFORE_FENCE,
 * EPOCH_BEFORE_ACTIVE, START_AT_NEWEST, CURSOR_BEFORE_CLAIM, LEFT_CLAIMS_IGNORED,
 * SERIAL_IGNORED.
 *
 * The writer looks at attach_epoch once for each sample: after commit's fence, before it rings.
 * A second look in reserve is needed only while it waits there. */

#define LAST 5     /* samples that are published */
#define ROUNDS 2   /* of attaching and detaching */
#define CAPACITY 1 /* of the ring */
#define CLAIMS 1
#define DESCRIPTORS (CAPACITY + CLAIMS + 1)

#define SLOT(sequence) ((sequence) % CAPACITY)
#define HEAD CAPACITY
#define EPOCH (HEAD + 1)
#define STATE (EPOCH + 1) /* of the attachment: serial * 4 + ... */
#define FREE 0
#define ACTIVE 1
#define LEFT 2
#define CURSOR (STATE + 1)
#define CLAIM(serial) (CURSOR + 1 + (serial) % 2)
#define CONTENT(descriptor) (CURSOR + 3 + (descriptor))
#define CELLS (CURSOR + 3 + DESCRIPTORS)

#define WORD(sequence, descriptor) ((sequence) * 8 + (descriptor))
#define SEQUENCE(word) ((word) / 8)
#define DESCRIPTOR(word) ((word) % 8)

#define WRITER 0
#define READER 1
#define PROCESSES 2
#define DEPTH 6
#include "tso.pml"

/* ---- writer: all of this is private */
#define IS_FREE 0
#define IN_RING 1
#define IS_RETIRED 2
byte holder[DESCRIPTORS];
byte seen_epoch, connected_serial;
bool is_connected, holds_back;
byte published;

/* For the proof alone: the first sample that the writer publishes after it saw the reader. */
byte promised_from[ROUNDS + 1];

#ifdef SERIAL_IGNORED
#define IS_NEWS (!is_connected)
#else
#define IS_NEWS true
#endif

inline refresh()
{
	load(WRITER, EPOCH, epoch);
	if
	:: epoch != seen_epoch ->
		seen_epoch = epoch;
		load(WRITER, STATE, state);
		d_step {
			holds_back = (state % 4 == ACTIVE);
			if
			:: holds_back && !promised_from[state / 4] ->
				promised_from[state / 4] = published + 1
			:: else
			fi;
			if
			:: state % 4 == FREE -> is_connected = false; connected_serial = 0
			:: state % 4 != FREE && IS_NEWS ->
				is_connected = true;
				connected_serial = state / 4
			:: else
			fi
		}
	:: else
	fi;
	d_step { epoch = 0; state = 0 }
}

#ifdef LEFT_CLAIMS_IGNORED
#define CLAIMS_COUNT holds_back
#else
#define CLAIMS_COUNT is_connected
#endif

inline collect()
{
	claim = 0;
	if
	:: CLAIMS_COUNT -> load(WRITER, CLAIM(connected_serial), claim)
	:: else
	fi;
	d_step {
		descriptor = 0;
		do
		:: descriptor < DESCRIPTORS ->
			if
			:: holder[descriptor] == IS_RETIRED && claim != descriptor + 1 ->
				holder[descriptor] = IS_FREE
			:: else
			fi;
			descriptor++
		:: else -> break
		od;
		descriptor = 0
	}
}

#define ANY_FREE (holder[0] == IS_FREE || holder[1] == IS_FREE || holder[2] == IS_FREE)

inline take_free()
{
	if
	:: holder[0] == IS_FREE -> descriptor = 0
	:: holder[1] == IS_FREE -> descriptor = 1
	:: holder[2] == IS_FREE -> descriptor = 2
	fi
}

inline reserve()
{
	do
	:: holds_back ->
		load(WRITER, CURSOR, cursor);
		if
		:: sequence < cursor + CAPACITY -> cursor = 0; break
		:: else -> refresh() /* how it waits is told in space.pml */
		fi
	:: else -> break
	od;
	if
	:: !ANY_FREE -> collect()
	:: else
	fi;
	assert(ANY_FREE);
	take_free()
}

proctype writer()
{
	byte sequence = 1, descriptor, claim, displaced, cursor, epoch, state;

	do
	:: sequence <= LAST ->
		reserve();
		store(WRITER, CONTENT(descriptor), sequence);
		load(WRITER, SLOT(sequence), displaced);
		store(WRITER, SLOT(sequence), WORD(sequence, descriptor));
		store(WRITER, HEAD, sequence);
		d_step {
			holder[descriptor] = IN_RING;
			if
			:: displaced -> holder[DESCRIPTOR(displaced)] = IS_RETIRED
			:: else
			fi;
			published = sequence;
			displaced = 0;
			descriptor = 0;
			claim = 0
		}
#ifdef EPOCH_BEFORE_FENCE
		refresh();
#endif
#ifndef NO_PUBLISH_FENCE
		fence(WRITER);
#endif
#ifndef EPOCH_BEFORE_FENCE
		refresh();
#endif
		sequence++
	:: else -> break
	od
}

/* ---- reader */
inline tell_writer()
{
	increment(READER, EPOCH)
}

#define IS_PROMISED(sequence) \
	(promised_from[serial] && (sequence) >= promised_from[serial])

inline attach()
{
	serial++;
	/* What is published after the writer saw us is behind this head. */
	load(READER, HEAD, cursor);
	cursor++;
	store(READER, CURSOR, cursor);
#ifdef EPOCH_BEFORE_ACTIVE
	tell_writer();
	store(READER, STATE, serial * 4 + ACTIVE);
	fence(READER);
#else
	store(READER, STATE, serial * 4 + ACTIVE);
	tell_writer();
#endif
	load(READER, HEAD, head);
	if
#ifdef START_AT_NEWEST
	:: true -> cursor = head + 1
#endif
	/* It published too much to have known of us: what we began with is overwritten. */
	:: head + 1 > cursor + CAPACITY -> cursor = head + 1
	:: else
	fi;
	assert(!IS_PROMISED(cursor - 1));
	d_step { head = 0; is_begun = false }
	store(READER, CURSOR, cursor)
}

inline take()
{
	load(READER, SLOT(cursor), word);
	if
	:: SEQUENCE(word) > cursor ->
		/* The one publication that it made without knowing of us. */
		assert(!is_begun && !IS_PROMISED(cursor));
		cursor++
	:: else
	fi;
	if
	:: SEQUENCE(word) == cursor ->
#ifdef CURSOR_BEFORE_CLAIM
		store(READER, CURSOR, cursor + 1);
#endif
		store(READER, CLAIM(serial), DESCRIPTOR(word) + 1);
		fence(READER);
		load(READER, SLOT(cursor), again);
		if
		:: again == word ->
#ifndef CURSOR_BEFORE_CLAIM
			store(READER, CURSOR, cursor + 1);
#endif
			is_begun = true;
			lent = cursor;
			cursor++
		:: else ->
			assert(!is_begun && !IS_PROMISED(cursor));
			store(READER, CLAIM(serial), 0)
		fi
	:: else -> skip
	fi;
	again = 0
}

inline look()
{
	load(READER, CONTENT(DESCRIPTOR(word)), seen);
	assert(seen == lent);
	seen = 0
}

proctype reader()
{
	byte serial, cursor, head, word, again, seen, lent;
	bool is_begun;

	do
	:: serial < ROUNDS ->
		attach();
end:		do
		:: !lent -> take()
		:: lent ->
			look();
			lent = 0;
			word = 0;
			store(READER, CLAIM(serial), 0)
		:: lent -> break /* detach with it, */
		od;
		store(READER, STATE, serial * 4 + LEFT);
		tell_writer();
		look();
		lent = 0;
		word = 0;
		store(READER, CLAIM(serial), 0); /* then let go of it */
		store(READER, STATE, serial * 4 + FREE);
		tell_writer()
	:: else -> break
	od
}

init {
	atomic {
		run drain(WRITER);
		run drain(READER);
		run writer();
		run reader()
	}
}
