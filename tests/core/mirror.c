/* Memory that is mapped twice. */
#include "mirror.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "domain.h"
#include "suite.h"

enum { PAGE_BYTES = 4096 };

void mirror_init(struct mirror *mirror, uint32_t block_count, size_t block_bytes)
{
	*mirror = (struct mirror){ .block_count = block_count,
		                   .block_bytes = block_bytes,
		                   .allocs_left = UINT32_MAX };
	CU_ASSERT_EQUAL_FATAL(block_bytes % PAGE_BYTES, 0);
	for (uint32_t i = 0; i < block_count; i++) {
		int file = memfd_create("mirror", MFD_CLOEXEC);
		CU_ASSERT_TRUE_FATAL(file >= 0);
		CU_ASSERT_EQUAL_FATAL(ftruncate(file, (off_t)block_bytes), 0);
		mirror->made[i] = mmap(NULL, block_bytes, PROT_READ | PROT_WRITE,
		                       MAP_SHARED, file, 0);
		/* The page behind it stays the zero page. */
		mirror->read[i] = mmap(NULL, block_bytes + PAGE_BYTES, PROT_READ,
		                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CU_ASSERT_PTR_NOT_EQUAL_FATAL(mirror->made[i], MAP_FAILED);
		CU_ASSERT_PTR_NOT_EQUAL_FATAL(mirror->read[i], MAP_FAILED);
		CU_ASSERT_PTR_EQUAL_FATAL(mmap(mirror->read[i], block_bytes, PROT_READ,
		                               MAP_SHARED | MAP_FIXED, file, 0),
		                          mirror->read[i]);
		close(file);
		memset(mirror->made[i], 0xa5, block_bytes);
	}
}

void mirror_fini(struct mirror *mirror)
{
	for (uint32_t i = 0; i < mirror->block_count; i++) {
		munmap(mirror->made[i], mirror->block_bytes);
		munmap(mirror->read[i], mirror->block_bytes + PAGE_BYTES);
	}
}

void *mirror_alloc(void *context, size_t size_bytes)
{
	struct mirror *mirror = context;
	size_t taken = (size_bytes + 15) & ~(size_t)15;

	if (mirror->allocs_left == 0)
		return NULL;
	mirror->allocs_left--;
	for (uint32_t i = 0; i < mirror->block_count; i++) {
		uint32_t block = mirror->turn++ % mirror->block_count;
		if (taken <= mirror->block_bytes - mirror->used_bytes[block]) {
			void *memory = mirror->made[block] + mirror->used_bytes[block];
			mirror->used_bytes[block] += taken;
			return memory;
		}
	}
	return NULL;
}

static void protect(struct mirror *mirror, int protection)
{
	for (uint32_t i = 0; i < mirror->block_count; i++)
		CU_ASSERT_EQUAL_FATAL(
			mprotect(mirror->made[i], mirror->block_bytes, protection), 0);
}

void mirror_hide(struct mirror *mirror)
{
	protect(mirror, PROT_NONE);
}

void mirror_show(struct mirror *mirror)
{
	protect(mirror, PROT_READ | PROT_WRITE);
}

uint32_t mirror_blocks(const struct mirror *mirror, struct tern_foreign_block *ret_blocks)
{
	for (uint32_t i = 0; i < mirror->block_count; i++)
		ret_blocks[i] = (struct tern_foreign_block){
			.address = (uintptr_t)mirror->made[i],
			.data = mirror->read[i],
			.size_bytes = mirror->used_bytes[i],
		};
	return mirror->block_count;
}

tern_status mirror_open(const struct mirror *mirror, const struct tern_type *type,
                        const void *made, struct tern_foreign_view *ret_view)
{
	struct tern_foreign_block blocks[TERN_LOAN_BLOCKS_MAX];
	uint32_t count = mirror_blocks(mirror, blocks);

	return tern__host.foreign_open(type, blocks, count, (uintptr_t)made, ret_view);
}

bool mirror_has(const struct mirror *mirror, const void *pointer)
{
	for (uint32_t i = 0; i < mirror->block_count; i++)
		if ((uintptr_t)pointer - (uintptr_t)mirror->read[i] < mirror->block_bytes)
			return true;
	return false;
}
