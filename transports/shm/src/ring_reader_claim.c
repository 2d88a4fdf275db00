/* Claims: how a reader keeps a writer from using a sample's memory again, without asking it.
 * A claim is a word of our own that the writer reads before it recycles. */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring_reader_impl.h"

/* How many fork()s lie between this process and the one that looked first. */
static uint32_t fork_count;
static int fork_error;

static void count_fork(void)
{
	fork_count++;
}

static void watch_forks(void)
{
	fork_error = pthread_atfork(NULL, NULL, count_fork);
}

bool ring_reader_begin_claims(struct ring_reader *reader)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch_forks);
	reader->fork_count = fork_count;
	return fork_error == 0;
}

static uint32_t lowest_bit(uint64_t bits)
{
	return (uint32_t)__builtin_ctzll(bits);
}

uint32_t ring_reader_claim_get(struct ring_reader *reader)
{
	for (uint32_t i = 0; reader->free_here == 0 && i < reader->free_words; i++) {
		uint32_t word = (reader->free_here_word + i) % reader->free_words;
		/* Relaxed: only to see whether the exchange is worth it. */
		if (atomic_load_explicit(&reader->free_claims[word],
		                         memory_order_relaxed) == 0)
			continue;
		/* Acquire: who released is done with the payload; pairs with lent_release(). */
		reader->free_here = atomic_exchange_explicit(&reader->free_claims[word],
		                                             0, memory_order_acquire);
		reader->free_here_word = word;
		break;
	}
	if (reader->free_here == 0)
		return ring_reader_own_claim(reader);
	uint32_t bit = lowest_bit(reader->free_here);
	reader->free_here &= reader->free_here - 1;
	return 64 * reader->free_here_word + bit;
}

static void put_claim(struct ring_reader *reader, uint32_t claim)
{
	if (claim == ring_reader_own_claim(reader))
		return;
	/* Release: pairs with ring_reader_claim_get()'s acquire. */
	atomic_fetch_or_explicit(&reader->free_claims[claim / 64],
	                         UINT64_C(1) << claim % 64, memory_order_release);
}

bool ring_reader_claim(struct ring_reader *reader, uint32_t claim, uint64_t word,
                       const _Atomic uint64_t *place)
{
	/* Release: an earlier claim in this word was released; pairs with the acquire of the
	 * writer's look, which may find this one instead. */
	atomic_store_explicit(&reader->claims[claim], shm_word_descriptor(word) + 1,
	                      memory_order_release);
	/* Dekker with the writer: it takes the word away, fences, and reads the claims. One of
	 * us sees the other. */
	shm_fence();
	/* Acquire: keeps what is read under the claim behind this look. */
	if (atomic_load_explicit(place, memory_order_acquire) == word)
		return true;
	ring_reader_unclaim(reader, claim);
	return false;
}

void ring_reader_unclaim(struct ring_reader *reader, uint32_t claim)
{
	/* Release: what was read under it was read; pairs with the writer's acquire. */
	atomic_store_explicit(&reader->claims[claim], 0, memory_order_release);
	put_claim(reader, claim);
}

void ring_reader_give(struct ring_reader *reader, uint32_t given)
{
	struct shm_bells *bells = peer_bells(reader->peer);

	/* Dekker with a writer that waits: we gave and then look whether it is wanted, it wants
	 * and then looks what was given. */
	shm_fence();
	if ((atomic_load_explicit(&bells->space_wanted, memory_order_relaxed) & given) ==
	            0 ||
	    atomic_exchange_explicit(&bells->space_wanted, 0, memory_order_seq_cst) == 0)
		return;
	/* Release: pairs with the writer's acquire before it sleeps on this value. */
	atomic_fetch_add_explicit(&bells->space, 1, memory_order_release);
	syscall(SYS_futex, &bells->space, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Detached, and nothing is lent any more. */
static void finish(struct ring_reader *reader)
{
	/* Release: all claims are 0; pairs with the acquire of who looks at the attachment. */
	atomic_store_explicit(&reader->attachment->state,
	                      reader->serial << 8 | SHM_ATTACHMENT_FREE,
	                      memory_order_release);
	peer_attachment_changed(reader->peer);
	segment_free(reader->segment, (void *)reader->claims);
	segment_unref(reader->segment);
	peer_unref(reader->peer);
	free(reader->missed.samples);
	free((void *)reader->free_claims);
	free(reader->lent);
	free(reader);
}

static void settle(struct ring_reader *reader, int64_t added)
{
	/* Acquire-release: the last one sees that all others are done. */
	if (atomic_fetch_add_explicit(&reader->balance, added, memory_order_acq_rel) +
	            added ==
	    0)
		finish(reader);
}

static void lent_release(struct tern_payload *payload)
{
	struct lent_payload *lent = (struct lent_payload *)payload;
	struct ring_reader *reader = lent->reader;

	/* The claim is the parent's, who may still read the sample. */
	if (reader->fork_count != fork_count)
		return;
	if (lent->view.memory)
		reader->host->foreign_close(&lent->view);
	ring_reader_unclaim(reader, (uint32_t)(lent - reader->lent));
	/* Others' writers do not wait for memory. */
	if (reader->config.holds_back)
		ring_reader_give(reader, SHM_WANTS_MEMORY);
	settle(reader, -1);
}

struct tern_payload *ring_reader_lend(struct ring_reader *reader, uint32_t claim,
                                      const void *sample,
                                      const struct tern_foreign_view *view)
{
	struct lent_payload *lent = &reader->lent[claim];

	lent->base = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_NATIVE,
		.data = sample,
		.size_bytes = reader->config.type->size_bytes,
		.type = reader->config.type,
		.release = lent_release,
	};
	lent->reader = reader;
	lent->view = *view;
	reader->lent_count++;
	return &lent->base;
}

void ring_reader_end_claims(struct ring_reader *reader)
{
	settle(reader, reader->lent_count);
}
