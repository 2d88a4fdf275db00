/* What lies in shared memory: three kinds of files in one directory, and who writes what.
 *
 *   tern.<domain>.registry             who is here           all write, by slot and lock
 *   tern.<domain>.<slot>.<gen>.data    one process's data    it alone writes, others read
 *   tern.<domain>.<slot>.<gen>.bells   its bells             others ring
 *
 * Every word of a data file has one writing process. A wrong value in a bell file can cost a
 * late wake-up and nothing else. Whatever is read from a peer's file is read once into a local,
 * checked, and only then used. Positions in a data file are byte offsets from its start, never
 * pointers; 0 is none. Fields that different processes write are SHM_APART_BYTES apart. */
#ifndef TERN_SHM_LAYOUT_H
#define TERN_SHM_LAYOUT_H

#include <stdatomic.h>
#include <stdint.h>

#include <tern/transport.h>

/** Changes with every change of shape or meaning in this header. */
#define SHM_ABI 2
#define SHM_REGISTRY_MAGIC UINT64_C(0x7465726e2d726567) /* "tern-reg" */
#define SHM_DATA_MAGIC UINT64_C(0x7465726e2d646174)     /* "tern-dat" */
#define SHM_BELLS_MAGIC UINT64_C(0x7465726e2d62656c)    /* "tern-bel" */

#define SHM_APART_BYTES 128 /* two cache lines: the prefetcher fetches in pairs */
#define SHM_APART _Alignas(SHM_APART_BYTES)

/* The fence of Dekker's protocols: a store before it and a load after it do not change places.
 * The thread sanitizer knows no fences; a read-modify-write on one common word is as strong. */
#if defined(__SANITIZE_THREAD__)
#define SHM_FENCE_IS_A_WORD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SHM_FENCE_IS_A_WORD 1
#endif
#endif

#ifdef SHM_FENCE_IS_A_WORD
__attribute__((weak)) _Atomic uint32_t shm_fence_word;
#endif

static inline void shm_fence(void)
{
#ifdef SHM_FENCE_IS_A_WORD
	atomic_fetch_add_explicit(&shm_fence_word, 1, memory_order_seq_cst);
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* Keeps what was read before it before what is read after it: a copy, and the look whether it is
 * of one piece. */
static inline void shm_fence_acquire(void)
{
#ifdef SHM_FENCE_IS_A_WORD
	shm_fence();
#else
	atomic_thread_fence(memory_order_acquire);
#endif
}

/* ---- the registry ------------------------------------------------------------------------ */

#define SHM_SLOTS_MAX 1024

/* A slot's life. Who holds the slot's byte lock (files.h) may change it, nobody else.
 *
 *   FREE --join--> JOINING --> ACTIVE --leave or reap--> REAPING --> FREE   (generation + 1) */
enum { SHM_SLOT_FREE, SHM_SLOT_JOINING, SHM_SLOT_ACTIVE, SHM_SLOT_REAPING };

struct shm_slot {
	SHM_APART _Atomic uint64_t state; /* generation << 8 | SHM_SLOT_... */
	uint32_t pid;                     /* for people; of the owner's PID namespace */
	uint32_t uid;
};

/* Final from before the registry has its name. */
struct shm_registry_head {
	uint64_t magic;
	uint32_t abi;
	uint32_t slot_count; /* SHM_SLOTS_MAX */
	uint8_t id
		[TERN_HOST_ID_SIZE_BYTES]; /* random; who reads the same shares memory */
	uint8_t boot_id[16]; /* of the kernel that its locks are in; 0: not known */
};

struct shm_registry {
	struct shm_registry_head head;
	SHM_APART _Atomic uint32_t
		epoch; /* moves when anything below or in a directory does */
	_Atomic uint32_t slots_used; /* all slots from here on were never taken */
	/* When somebody last looked for the dead; CLOCK_MONOTONIC. One who looks is enough. */
	SHM_APART _Atomic int64_t reaped_at_ns;
	struct shm_slot slots[SHM_SLOTS_MAX];
};

/* ---- a process's bells ------------------------------------------------------------------- */

enum {
	SHM_WANTS_ROOM = 1u << 0,   /* in a ring: cursors that move */
	SHM_WANTS_MEMORY = 1u << 1, /* claims that are released */
};

struct shm_bells {
	uint64_t magic;
	uint64_t generation;
	SHM_APART struct tern_bell bells[TERN_BELLS_MAX];
	/* Moves when an attachment to a writer of this process came or went. */
	SHM_APART _Atomic uint32_t attach_epoch;
	/* Futex: moves when a reader made room and space_wanted was set; for writers that wait. */
	SHM_APART _Atomic uint32_t space;
	/* SHM_WANTS_...: a writer is about to wait for that; who moves space clears all. */
	_Atomic uint32_t space_wanted;
	/* Moves when a writer of another process waits for a reader of this one, whose program
	 * may be busy with its other readers: whoever of it calls Tern fetches for all. */
	SHM_APART _Atomic uint32_t held_back;
};

/* ---- a process's data -------------------------------------------------------------------- */

/* The file grows by extents, never shrinks, and no object crosses from one into the next. Each
 * is mapped on its own, at any address.
 *
 *   +--------+--------------------+-----------+----------------------+
 *   | header | extent 0           | extent 1  | extent 2             |
 *   +--------+--------------------+-----------+----------------------+
 *   0        (part of extent 0)   offset                             end of file */
#define SHM_EXTENTS_MAX 64

struct shm_extent {
	uint64_t offset; /* of its first byte in the file; a multiple of the page size */
	uint64_t size_bytes; /* a multiple of the page size */
	uint64_t address; /* where the owner maps it: what its native samples point by */
};

/* An array that grows without moving: block i holds SHM_ARRAY_FIRST << i elements. */
#define SHM_ARRAY_FIRST 64
#define SHM_ARRAY_BLOCKS 14 /* about a million elements in all */
#define SHM_ARRAY_MAX (SHM_ARRAY_FIRST * ((UINT32_C(1) << SHM_ARRAY_BLOCKS) - 1))

struct shm_array {
	_Atomic uint64_t blocks[SHM_ARRAY_BLOCKS]; /* offsets; 0: not there yet */
};

/** The block that holds an element (index < SHM_ARRAY_MAX), and the first of that block. */
static inline uint32_t shm_array_block(uint32_t index, uint32_t *ret_first)
{
	uint32_t block = 31 - (uint32_t)__builtin_clz(index / SHM_ARRAY_FIRST + 1);

	*ret_first = SHM_ARRAY_FIRST * ((UINT32_C(1) << block) - 1);
	return block;
}

/* Entries, and attachments, of a process: what it may make its peers look at. */
#define SHM_ENTRIES_MAX 16384

/* One endpoint of the process. Serial goes up by one with every change: odd, there is a record;
 * even, there is none. Who reads a record copies it, looks at serial again, and then parses. */
struct shm_entry {
	_Atomic uint64_t serial;
	_Atomic uint64_t record; /* offset of its announcement, record.h */
	_Atomic uint32_t record_size_bytes;
	/* A reader that attaches to nobody any more, or a writer whose ring takes no reader any
	 * more, for lack of memory: the status, negated. What is attached stays; 0: none of it. */
	_Atomic uint32_t refuses;
};

struct shm_data {
	uint64_t magic;
	uint32_t abi;
	uint32_t slot;
	uint64_t generation;
	uint8_t registry_id[TERN_HOST_ID_SIZE_BYTES];
	struct tern_guid process;
	uint32_t pid;
	char process_name[64]; /* ends in NUL */

	_Atomic uint32_t extent_count; /* extents below it are final */
	struct shm_extent extents[SHM_EXTENTS_MAX];

	SHM_APART _Atomic uint32_t directory_epoch; /* moves when an entry did */
	_Atomic uint32_t entry_count;               /* entries below it were used once */
	struct shm_array entries;                   /* of struct shm_entry */

	_Atomic uint32_t attachment_count; /* attachments below it were used once */
	struct shm_array attachments;      /* of struct shm_attachment */

	/* Not 0: it pairs with nobody any more, but may still read what it claims of others. */
	_Atomic uint32_t has_left;

	/* Peers, by slot, that this process cannot read: generation << 8 | status, negated. They
	 * take another way to it, too. */
	_Atomic uint64_t refused[SHM_SLOTS_MAX];
};

/* ---- a writer's ring --------------------------------------------------------------------- */

/* A word of a ring or history: sequence number (from 1) and descriptor. 0: never written. Both
 * change together, so that a reader who finds the word unchanged after it claimed the descriptor
 * knows that the claim came in time. Sequence numbers wrap at 44 bits: compare differences. */
#define SHM_DESCRIPTOR_BITS 20
#define SHM_DESCRIPTORS_MAX (UINT32_C(1) << SHM_DESCRIPTOR_BITS)
#define SHM_SEQUENCE_BITS (64 - SHM_DESCRIPTOR_BITS)
/* In a ring's word: the writer gave this sample's memory to newer ones, as if it were lapped. */
#define SHM_DESCRIPTOR_NONE (SHM_DESCRIPTORS_MAX - 1)

static inline uint64_t shm_word(uint64_t sequence, uint32_t descriptor)
{
	return sequence << SHM_DESCRIPTOR_BITS | descriptor;
}

static inline uint32_t shm_word_descriptor(uint64_t word)
{
	return (uint32_t)word & (SHM_DESCRIPTORS_MAX - 1);
}

/** How far a word's sequence number is ahead of another (44 bits); negative: behind. */
static inline int64_t shm_word_ahead(uint64_t word, uint64_t sequence)
{
	return (int64_t)((word & ~(uint64_t)(SHM_DESCRIPTORS_MAX - 1)) -
	                 (sequence << SHM_DESCRIPTOR_BITS)) >>
	       SHM_DESCRIPTOR_BITS;
}

/* Where a sample's bytes are, and its sample info. 192 bytes; most readers touch the first 64.
 * Written before the word that names it, not again until nobody claims it. */
struct shm_block {
	uint64_t offset;
	uint64_t size_bytes;
};

struct shm_descriptor {
	int64_t source_timestamp_ns;
	uint64_t sequence; /* as in its word, not cut */
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
	uint8_t kind;        /* tern_change_kind */
	uint8_t block_count; /* of the native form; 0: there is none */
	uint8_t unused[6];
	uint64_t sample; /* native: offset of the struct, in one of the blocks */
	struct shm_block blocks[TERN_LOAN_BLOCKS_MAX];
	struct shm_block
		encoded; /* the serialized payload, key alone unless WRITE; offset 0: none */
};

_Static_assert(sizeof(struct shm_descriptor) == 192, "three cache lines");

enum {
	SHM_RING_RELIABLE = 1u << 0,
	SHM_RING_KEEPS_ALL = 1u << 1,       /* reliable readers hold the writer back */
	SHM_RING_TRANSIENT_LOCAL = 1u << 2, /* history is for late joiners, too */
};

/* One per writer: broadcast, readers keep their own cursors.
 *
 *   slots[]    [ 9 | 10 | 11 | 12 |  5 |  6 |  7 |  8 ]      word of sequence s: slots[s % capacity]
 *                               ^ head = 12: sequence of the newest
 *   history[]  [ 12 | 3 | 0 | 7 | ... ]                      the last of each instance, in no order
 */
struct shm_ring {
	uint32_t capacity; /* a power of two */
	uint32_t flags;    /* SHM_RING_... */
	SHM_APART _Atomic uint64_t head;
	_Atomic uint32_t history_count; /* history words below it were used once */
	struct shm_array history;       /* of words */
	struct shm_array descriptors;   /* of struct shm_descriptor */
	SHM_APART _Atomic uint64_t slots[];
};

/* ---- a reader's attachment to a writer --------------------------------------------------- */

/* It lies in the reader's data: the writer's process finds it by scanning its peers' when its
 * attach_epoch moved, and reads cursor and claims whenever it wants a slot or memory back. */
enum {
	SHM_ATTACHMENT_FREE,
	/* Its cursor and claims count, but it may still find that the writer is gone: no pair yet. */
	SHM_ATTACHMENT_JOINING,
	SHM_ATTACHMENT_ACTIVE,
	SHM_ATTACHMENT_LEFT, /* detached: nothing of it counts any more but its claims */
	/* Not attached, for a reason: the pair needs another way. It has no claims or bells. */
	SHM_ATTACHMENT_REFUSED,
};

enum {
	SHM_ATTACHMENT_RELIABLE = 1u << 0,
	SHM_ATTACHMENT_HOLDS_BACK = 1u << 1, /* the writer waits for this cursor */
	SHM_ATTACHMENT_ENCODED = 1u
	                         << 2, /* its layout differs: it wants the encoded form */
};

#define SHM_CLAIMS_MAX 4096

struct shm_attachment {
	/* Serial << 8 | SHM_ATTACHMENT_...; what follows is final until it is FREE. */
	SHM_APART _Atomic uint64_t state;
	uint32_t writer_slot;
	uint32_t writer_entry; /* in its process's directory */
	uint64_t writer_generation;
	uint64_t writer_serial; /* of that entry */
	uint32_t reader_entry;  /* in this process's directory */
	uint32_t flags;         /* SHM_ATTACHMENT_... */
	uint32_t claim_count;   /* 1..SHM_CLAIMS_MAX + 1 */
	uint32_t refusal;       /* REFUSED: the status, negated */
	uint64_t
		claims; /* offset of _Atomic uint32_t[claim_count]: descriptor + 1, or 0 */

	_Atomic uint64_t bells; /* of the reader's process, to be rung for it */
	SHM_APART _Atomic uint64_t
		cursor; /* sequence that it wants next; RELIABLE alone moves it */
};

#endif
