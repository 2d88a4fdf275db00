/* The last sample of each instance never gets lost, however often a reliable KEEP_LAST(1) reader
 * is overrun, and nothing comes twice or out of order. One writer of two instances, one reader
 * that begins with the history (transient-local), and looks into it again after each overrun,
 * and where the writer took a sample out of the ring to use its memory again.
 *
 * Mutants, each of which must fail: HISTORY_AFTER_HEAD, RING_REFERENCE_ALONE, HEAD_AFTER_SCAN,
 * HEAD_IGNORED, CURSOR_IGNORED, UNSORTED, NO_RECHECK, NO_SCAN, NONE_SKIPPED. */

#define LAST 6     /* samples that are published */
#define INSTANCES 2
#define CAPACITY 1 /* of the ring */
#define DESCRIPTORS (CAPACITY + INSTANCES + 1 + 1)

#define SLOT(sequence) ((sequence) % CAPACITY)
#define HEAD CAPACITY
#define HISTORY(instance) (HEAD + 1 + (instance))
#define CLAIM (HEAD + 1 + INSTANCES)
#define CONTENT(descriptor) (CLAIM + 1 + (descriptor))
#define CELLS (CLAIM + 1 + DESCRIPTORS)

#define WORD(sequence, descriptor) ((sequence) * 8 + (descriptor))
#define SEQUENCE(word) ((word) / 8)
#define DESCRIPTOR(word) ((word) % 8)
#define NONE 7 /* the sample's time in the ring was ended early */

#define WRITER 0
#define READER 1
#define PROCESSES 2
#define DEPTH 4
#include "tso.pml"

/* What happened, for the proof alone. */
bit instance_of[LAST + 1];
byte last_written[INSTANCES], last_read[INSTANCES];
bool is_done;

/* ---- writer */
byte references[DESCRIPTORS];
bool is_retired[DESCRIPTORS];

inline unref(word)
{
	if
	:: word && DESCRIPTOR(word) != NONE ->
		references[DESCRIPTOR(word)]--;
		if
		:: references[DESCRIPTOR(word)] == 0 -> is_retired[DESCRIPTOR(word)] = true
		:: else
		fi
	:: else
	fi
}

/* Take the newest sample out of the ring. */
inline trim()
{
	load(WRITER, SLOT(sequence - 1), displaced);
	store(WRITER, SLOT(sequence - 1), WORD(sequence - 1, NONE));
	d_step { unref(displaced); displaced = 0 }
}

inline collect()
{
	fence(WRITER);
	load(WRITER, CLAIM, claim);
	d_step {
		descriptor = 0;
		do
		:: descriptor < DESCRIPTORS ->
			if
			:: is_retired[descriptor] && claim != descriptor + 1 ->
				is_retired[descriptor] = false
			:: else
			fi;
			descriptor++
		:: else -> break
		od;
		claim = 0
	}
}

#define IS_FREE(descriptor) (!references[descriptor] && !is_retired[descriptor])
#define ANY_FREE (IS_FREE(0) || IS_FREE(1) || IS_FREE(2) || IS_FREE(3) || IS_FREE(4))

inline take_free()
{
	d_step {
		descriptor = 0;
		do
		:: IS_FREE(descriptor) -> break
		:: else -> descriptor++
		od
	}
}

#ifdef RING_REFERENCE_ALONE
#define REFERENCES 1
#else
#define REFERENCES 2
#endif

inline publish(instance)
{
	d_step { instance_of[sequence] = instance; last_written[instance] = sequence }
	store(WRITER, CONTENT(descriptor), sequence);
	load(WRITER, HISTORY(instance), replaced);
#ifndef HISTORY_AFTER_HEAD
	store(WRITER, HISTORY(instance), WORD(sequence, descriptor));
#endif
	load(WRITER, SLOT(sequence), displaced);
	store(WRITER, SLOT(sequence), WORD(sequence, descriptor));
	store(WRITER, HEAD, sequence);
#ifdef HISTORY_AFTER_HEAD
	store(WRITER, HISTORY(instance), WORD(sequence, descriptor));
#endif
	d_step {
		references[descriptor] = REFERENCES;
		unref(displaced);
#ifndef RING_REFERENCE_ALONE
		unref(replaced);
#endif
		displaced = 0;
		replaced = 0;
		descriptor = 0
	}
}

proctype writer()
{
	byte sequence = 1, descriptor, claim, displaced, replaced;

	do
	:: sequence <= LAST ->
		if
		:: !ANY_FREE -> trim(); collect()
		:: !ANY_FREE -> collect()
		:: else
		fi;
		assert(ANY_FREE);
		take_free();
		if
		:: publish(0)
		:: sequence > 1 -> publish(1) /* which is the first makes no difference */
		fi;
		fence(WRITER);
		sequence++
	:: else -> break
	od;
	fence(WRITER);
	is_done = true
}

/* ---- reader */
byte newest_read;

/* Deliver what a word names, if the word is still the same after the claim. */
inline deliver(address, word)
{
	store(READER, CLAIM, DESCRIPTOR(word) + 1);
	fence(READER);
	again = word;
#ifndef NO_RECHECK
	load(READER, address, again);
#endif
	if
	:: again == word ->
		load(READER, CONTENT(DESCRIPTOR(word)), seen);
		assert(seen == SEQUENCE(word));
		assert(SEQUENCE(word) > newest_read);
		d_step {
			newest_read = SEQUENCE(word);
			last_read[instance_of[SEQUENCE(word)]] = SEQUENCE(word);
			seen = 0
		}
	:: else
	fi;
	d_step { is_same = (again == word); again = 0 }
	store(READER, CLAIM, 0)
}

#ifdef CURSOR_IGNORED
#define IS_UNREAD(word) true
#else
#define IS_UNREAD(word) (SEQUENCE(word) >= cursor)
#endif
#ifdef HEAD_IGNORED
#define IS_OLD(word) true
#else
#define IS_OLD(word) (SEQUENCE(word) <= head)
#endif

inline deliver_old(instance, word)
{
	if
	:: word && IS_UNREAD(word) && IS_OLD(word) -> deliver(HISTORY(instance), word)
	:: else
	fi
}

#ifdef UNSORTED
#define FIRST_COMES_FIRST true
#else
#define FIRST_COMES_FIRST (first < second)
#endif

/* All that is in the history from cursor to head; the ring goes on behind head. */
inline resync()
{
#ifndef HEAD_AFTER_SCAN
	load(READER, HEAD, head);
#endif
#ifndef NO_SCAN
	load(READER, HISTORY(0), first);
	load(READER, HISTORY(1), second);
#endif
#ifdef HEAD_AFTER_SCAN
	load(READER, HEAD, head);
#endif
	if
	:: FIRST_COMES_FIRST -> deliver_old(0, first); deliver_old(1, second)
	:: else -> deliver_old(1, second); deliver_old(0, first)
	fi;
	d_step { cursor = head + 1; first = 0; second = 0; head = 0; is_same = false }
}

proctype reader()
{
	byte cursor = 1, word, again, seen, head, first, second;
	bool was_done, is_same;

	resync();
end:	do
	:: was_done = is_done;
		load(READER, SLOT(cursor), word);
		if
		:: SEQUENCE(word) < cursor ->
			if
			:: was_done -> break
			:: else
			fi
		:: SEQUENCE(word) > cursor -> resync()
		:: SEQUENCE(word) == cursor && DESCRIPTOR(word) == NONE ->
#ifdef NONE_SKIPPED
			cursor++
#else
			resync()
#endif
		:: else ->
			deliver(SLOT(cursor), word);
			d_step { cursor = cursor + is_same; is_same = false }
		fi;
		d_step { word = 0; was_done = false }
	od;
	assert(last_read[0] == last_written[0]);
	assert(last_read[1] == last_written[1])
}

init {
	atomic {
		run drain(WRITER);
		run drain(READER);
		run writer();
		run reader()
	}
}
