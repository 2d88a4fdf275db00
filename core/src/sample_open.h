/* Samples that another process made, with pointers of its address space: read where they lie. */
#ifndef TERN_CORE_SAMPLE_OPEN_H
#define TERN_CORE_SAMPLE_OPEN_H

#include <tern/transport.h>

/** Functions of struct tern_host; see there, and docs/decisions/0033-skeleton-and-delta.md. */
tern_status sample_open(const struct tern_type *type,
                        const struct tern_foreign_block *blocks, uint32_t block_count,
                        uint64_t address, struct tern_foreign_view *ret_view);
void sample_close(struct tern_foreign_view *view);

#endif
