/* A sample's memory as another process has it: blocks that are mapped twice, at the addresses
 * where they are filled, and at others, read-only, where they are read.
 *
 *	mirror_init(&mirror, 2, 1 << 16);
 *	sample_copy(type, sample, false, mirror_alloc, &mirror, &made);
 *	mirror_hide(&mirror);                          who follows a pointer of the maker's crashes
 *	mirror_open(&mirror, type, made, &view);
 *	mirror_fini(&mirror);
 */
#ifndef TERN_TESTS_CORE_MIRROR_H
#define TERN_TESTS_CORE_MIRROR_H

#include <tern/transport.h>

struct mirror {
	uint32_t block_count;
	size_t block_bytes; /* of each; whole pages */
	size_t used_bytes[TERN_LOAN_BLOCKS_MAX];
	unsigned char *made[TERN_LOAN_BLOCKS_MAX];
	unsigned char *read[TERN_LOAN_BLOCKS_MAX]; /* a zero page follows */
	uint32_t turn;
	uint32_t allocs_left; /* then there is no memory */
};

void mirror_init(struct mirror *mirror, uint32_t block_count, size_t block_bytes);
void mirror_fini(struct mirror *mirror);

/** For sample_copy(): dirty memory, of each block in turn. context: the mirror. */
void *mirror_alloc(void *context, size_t size_bytes);

/** Take the maker's mapping away, or bring it back. */
void mirror_hide(struct mirror *mirror);
void mirror_show(struct mirror *mirror);

/** As foreign_open() wants them, as large as what is used. @return their number */
uint32_t mirror_blocks(const struct mirror *mirror,
                       struct tern_foreign_block *ret_blocks);

tern_status mirror_open(const struct mirror *mirror, const struct tern_type *type,
                        const void *made, struct tern_foreign_view *ret_view);

/** Does it lie where the blocks are read? */
bool mirror_has(const struct mirror *mirror, const void *pointer);

#endif
