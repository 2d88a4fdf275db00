/* A sample is published, claimed and read in place, and its memory is used again: one writer,
 * which may be killed at any instruction, and one reader that is attached from the beginning and
 * may be overrun (KEEP_LAST). Attaching, holding back and histories have models of their own.
 *
 * Shown: what is claimed is not written while it is claimed; memory for ring, claims and one
 * sample more is always enough; and what a killed writer published is read to its end.
 *
 * Mutants, each of which must fail: NO_COLLECT_FENCE, NO_CLAIM_FENCE, NO_RECHECK,
 * RECHECK_DESCRIPTOR_ALONE, FILL_AFTER_SLOT, HEAD_BEFORE_SLOT, CLAIMS_NOT_READ.
 *
 * The fence of collect() is for trim(), which takes words away in the same reserve: a word that
 * a commit displaced is covered by that commit's own fence. */

#define LAST 5     /* samples that are published */
#define CAPACITY 2 /* of the ring */
#define CLAIMS 1
#define DESCRIPTORS (CAPACITY + CLAIMS + 1)

#define SLOT(sequence) ((sequence) % CAPACITY)
#define HEAD CAPACITY
#define CLAIM (HEAD + 1)
#define CONTENT(descriptor) (CLAIM + CLAIMS + (descriptor))
#define CELLS (CLAIM + CLAIMS + DESCRIPTORS)

#define WORD(sequence, descriptor) ((sequence) * 8 + (descriptor))
#define SEQUENCE(word) ((word) / 8)
#define DESCRIPTOR(word) ((word) % 8)
#define NONE 7 /* the sample's time in the ring was ended early */

#define WRITER 0
#define READER 1
#define PROCESSES 2
#define DEPTH 6
#include "tso.pml"

bool killed;

/* ---- writer: who has a descriptor is known to it alone */
#define IS_FREE 0
#define IN_RING 1
#define IS_RETIRED 2
byte holder[DESCRIPTORS];

inline collect()
{
	claim = 0;
#ifndef NO_COLLECT_FENCE
	fence(WRITER);
#endif
#ifndef CLAIMS_NOT_READ
	load(WRITER, CLAIM, claim);
#endif
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

/* Take the oldest sample out of the ring, to use its memory again. */
inline trim()
{
	load(WRITER, SLOT(tail), displaced);
	store(WRITER, SLOT(tail), WORD(tail, NONE));
	d_step { holder[DESCRIPTOR(displaced)] = IS_RETIRED; tail++; displaced = 0 }
}

#define ANY_FREE (holder[0] == IS_FREE || holder[1] == IS_FREE || \
	holder[2] == IS_FREE || holder[3] == IS_FREE)

inline take_free()
{
	if
	:: holder[0] == IS_FREE -> descriptor = 0
	:: holder[1] == IS_FREE -> descriptor = 1
	:: holder[2] == IS_FREE -> descriptor = 2
	:: holder[3] == IS_FREE -> descriptor = 3
	fi
}

proctype writer()
{
	byte sequence = 1, tail = 1, descriptor, claim, displaced;

	{
	do
	:: sequence <= LAST ->
		if
		:: !ANY_FREE && tail < sequence -> trim(); collect()
		:: !ANY_FREE -> collect()
		:: else
		fi;
		assert(ANY_FREE);
		take_free();

#ifndef FILL_AFTER_SLOT
		store(WRITER, CONTENT(descriptor), sequence);
#endif
		load(WRITER, SLOT(sequence), displaced);
#ifdef HEAD_BEFORE_SLOT
		store(WRITER, HEAD, sequence);
#endif
		store(WRITER, SLOT(sequence), WORD(sequence, descriptor));
#ifdef FILL_AFTER_SLOT
		store(WRITER, CONTENT(descriptor), sequence);
#endif
#ifndef HEAD_BEFORE_SLOT
		store(WRITER, HEAD, sequence);
#endif
		d_step {
			holder[descriptor] = IN_RING;
			if
			:: displaced && DESCRIPTOR(displaced) != NONE ->
				holder[DESCRIPTOR(displaced)] = IS_RETIRED;
				tail++
			:: else
			fi
		}
		fence(WRITER);
		d_step { sequence++; displaced = 0; descriptor = 0; claim = 0 }
	:: else -> break
	od
	} unless { killed }
}

proctype killer()
{
	killed = true
}

/* ---- reader */
#ifdef RECHECK_DESCRIPTOR_ALONE
#define UNCHANGED (DESCRIPTOR(again) == DESCRIPTOR(word))
#else
#define UNCHANGED (again == word)
#endif

#define WRITER_IS_GONE (killed && buffers[WRITER].used == 0)

proctype reader()
{
	byte cursor = 1, word, again, seen, head;
	bool gone;

end:	do
	:: cursor <= LAST ->
		gone = WRITER_IS_GONE;
		load(READER, SLOT(cursor), word);
		if
		:: SEQUENCE(word) < cursor ->
			if
			:: gone ->
				load(READER, HEAD, head);
				assert(head < cursor); /* else it is never drained */
				break
			:: else
			fi
		:: SEQUENCE(word) > cursor ->
			load(READER, HEAD, head);
			cursor++;
			if
			:: cursor + CAPACITY < head + 1 -> cursor = head + 1 - CAPACITY
			:: else
			fi
		:: SEQUENCE(word) == cursor && DESCRIPTOR(word) == NONE -> cursor++
		:: else ->
			store(READER, CLAIM, DESCRIPTOR(word) + 1);
#ifndef NO_CLAIM_FENCE
			fence(READER);
#endif
			again = word;
#ifndef NO_RECHECK
			load(READER, SLOT(cursor), again);
#endif
			if
			:: UNCHANGED ->
				load(READER, CONTENT(DESCRIPTOR(word)), seen);
				assert(seen == cursor);
				/* The application looks again, any time later. */
				load(READER, CONTENT(DESCRIPTOR(word)), seen);
				assert(seen == cursor);
				cursor++
			:: else
			fi;
			store(READER, CLAIM, 0)
		fi;
		d_step { word = 0; again = 0; seen = 0; head = 0; gone = false }
	:: else -> break
	od
}

init {
	atomic {
		run drain(WRITER);
		run drain(READER);
		run writer();
		run killer();
		run reader()
	}
}
