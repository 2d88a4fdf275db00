/* A peer that lies: about who it is, how long its files are, and where its memory lies. It is
 * refused, and nothing that cannot be read is ever looked at. */
#include <string.h>

#include "peer_fixture.h"

struct damage {
	size_t offset, size_bytes;
	const char *named; /* in the error text */
};

#define FIELD(field, text)                                                               \
	{                                                                                \
		offsetof(struct shm_data, field), sizeof((struct shm_data *)0)->field,   \
			text                                                             \
	}

static void a_header_that_cannot_be_is_refused(void)
{
	static const struct damage damages[] = {
		FIELD(magic, "something else"),
		FIELD(abi, "layout"),
		FIELD(slot, "slot"),
		FIELD(generation, "slot"),
		FIELD(registry_id, "registry"),
		FIELD(process_name, "name"),
		FIELD(extent_count, "number of extents"),
		FIELD(extents[0].offset, "extent 0"),
		FIELD(extents[0].size_bytes, "extent 0"),
		FIELD(extents[0].address, "extent 0"),
	};

	peer_fixture_begin();
	uint8_t *data = (uint8_t *)segment_header(side.segment);
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		uint8_t before[64];
		uint8_t *field = data + damages[i].offset;
		memcpy(before, field, damages[i].size_bytes);
		memset(field, 0xfe, damages[i].size_bytes);
		CU_ASSERT_EQUAL(peer_fixture_open(), TERN_EMALFORMED);
		CU_ASSERT_TRUE(error_names(damages[i].named));
		memcpy(field, before, damages[i].size_bytes);
	}
	const uint64_t size = segment_header(side.segment)->extents[0].size_bytes;
	segment_header(side.segment)->extents[0].size_bytes = 4096;
	CU_ASSERT_EQUAL(peer_fixture_open(), TERN_EMALFORMED);
	CU_ASSERT_TRUE(error_names("shorter than the header"));
	segment_header(side.segment)->extents[0].size_bytes = size;
	OK(peer_fixture_open());
	peer_unref(peer);
	peer_fixture_end();
}

static void a_file_that_is_too_short_is_refused(void)
{
	static const off_t data_sizes[] = { 0, 100, sizeof(struct shm_data) - 1,
		                            sizeof(struct shm_data), MIB - 1 };
	static const off_t bells_sizes[] = { 0, sizeof(struct shm_bells) - 1 };

	peer_fixture_begin();
	int fd = side_file_open("data");
	struct shm_data header = { 0 };
	CU_ASSERT_EQUAL_FATAL(pread(fd, &header, sizeof header, 0), sizeof header);
	for (size_t i = 0; i < sizeof data_sizes / sizeof *data_sizes; i++) {
		CU_ASSERT_EQUAL(ftruncate(fd, data_sizes[i]), 0);
		CU_ASSERT_EQUAL(peer_fixture_open(), TERN_EMALFORMED);
		CU_ASSERT_EQUAL(ftruncate(fd, MIB), 0);
		CU_ASSERT_EQUAL(pwrite(fd, &header, sizeof header, 0), sizeof header);
	}
	close(fd);
	fd = side_file_open("bells");
	for (size_t i = 0; i < sizeof bells_sizes / sizeof *bells_sizes; i++) {
		CU_ASSERT_EQUAL(ftruncate(fd, bells_sizes[i]), 0);
		CU_ASSERT_EQUAL(peer_fixture_open(), TERN_EMALFORMED);
	}
	CU_ASSERT_EQUAL(ftruncate(fd, sizeof(struct shm_bells)), 0);
	CU_ASSERT_EQUAL(peer_fixture_open(), TERN_EMALFORMED); /* all zero */
	CU_ASSERT_TRUE(error_names("bells"));
	side.bells->magic = SHM_BELLS_MAGIC;
	CU_ASSERT_EQUAL(peer_fixture_open(), TERN_EMALFORMED);
	side.bells->generation = side.generation;
	OK(peer_fixture_open());
	peer_unref(peer);
	close(fd);
	peer_fixture_end();
}

static void files_that_are_gone_are_not_found(void)
{
	peer_fixture_begin();
	CU_ASSERT_EQUAL(peer_open(&shm_host, side.registry, side.slot,
	                          side.generation + 1, &peer),
	                TERN_ENOTFOUND);
	side_file_remove("bells");
	CU_ASSERT_EQUAL(peer_fixture_open(), TERN_ENOTFOUND);
	side_file_remove("data");
	CU_ASSERT_EQUAL(peer_fixture_open(), TERN_ENOTFOUND);
	peer_fixture_end();
}

struct lie {
	uint32_t count;
	struct shm_extent extent;
	const char *named;
};

/* The second extent is a lie: the first goes on to be served, the second never is. */
static void tell_lie(const struct lie *lie)
{
	peer_fixture_begin();
	OK(peer_fixture_open());
	struct shm_data *data = segment_header(side.segment);
	int fd = side_file_open("data");
	CU_ASSERT_EQUAL(ftruncate(fd, 4 * MIB), 0);
	const uint64_t own = data->extents[0].address;
	data->extents[1] = lie->extent;
	if (lie->extent.address < 0x1000000) /* meant as an offset to the first */
		data->extents[1].address += own;
	for (uint32_t i = 2; i < SHM_EXTENTS_MAX; i++)
		data->extents[i] = lie->extent;
	atomic_store(&data->extent_count, lie->count);
	const uint64_t offset = lie->extent.offset >= MIB ? lie->extent.offset : MIB;
	CU_ASSERT_PTR_NULL(peer_at(peer, offset, 1, 1));
	CU_ASSERT_TRUE(error_names(lie->named));
	/* Once a liar, always: what it says next is not looked at. */
	data->extents[1] = (struct shm_extent){ MIB, MIB, own + MIB };
	atomic_store(&data->extent_count, 2);
	CU_ASSERT_PTR_NULL(peer_at(peer, MIB, 1, 1));
	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, MIB - 1, 1, 1));
	peer_unref(peer);
	atomic_store(&data->extent_count, 1);
	close(fd);
	peer_fixture_end();
}

static void extents_that_cannot_be_are_refused(void)
{
	static const struct lie lies[] = {
		{ SHM_EXTENTS_MAX + 1, { MIB, MIB, MIB }, "more than there can be" },
		{ UINT32_MAX, { MIB, MIB, MIB }, "more than there can be" },
		{ 2, { MIB, 0, MIB }, "whole pages" },
		{ 2, { MIB + 8, MIB, MIB }, "whole pages" },
		{ 2, { MIB, MIB + 8, MIB }, "whole pages" },
		{ 2, { MIB, MIB, MIB + 8 }, "whole pages" },
		{ 2, { MIB - 64 * KIB, MIB, MIB }, "the one before" },
		{ 2, { 0, MIB, MIB }, "the one before" },
		{ 2, { 2 * MIB, MIB, MIB }, "the one before" },
		{ 2, { MIB, 4 * MIB, MIB }, "end of the file" },
		{ 2, { MIB, UINT64_MAX - 4095, MIB }, "end of the file" },
		{ 2, { MIB, UINT64_MAX - MIB + 1, MIB }, "end of the file" },
		{ 2, { MIB, MIB, UINT64_MAX - 4095 }, "address space" },
		{ 2, { MIB, MIB, 0 }, "address of another" },
		{ 2, { MIB, MIB, MIB - 4096 }, "address of another" },
	};

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
		tell_lie(&lies[i]);
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A number near one at which something changes. */
static uint64_t edge(uint32_t *state, uint64_t own)
{
	const uint64_t edges[] = {
		0,         64,        4096,           MIB - 4096,
		MIB,       2 * MIB,   4 * MIB,        4 * MIB - 4096,
		own,       own + MIB, UINT64_MAX / 2, UINT64_MAX - 4095,
		UINT64_MAX
	};
	uint64_t value = edges[next_random(state) % (sizeof edges / sizeof *edges)];

	return next_random(state) % 8 ? value : value + next_random(state) % 256 - 128;
}

static uint32_t look_around(uint32_t *state, uint64_t own)
{
	uint32_t seen = 0;

	for (int i = 0; i < 8; i++) {
		uint64_t offset = edge(state, own);
		size_t size = (size_t)edge(state, own);
		const volatile uint8_t *bytes = peer_at(peer, offset, size, 1);
		if (!bytes || size == 0)
			continue;
		seen += (uint32_t)(bytes[0] + bytes[size - 1] + 1);
		CU_ASSERT_TRUE(size <= 4 * MIB);
		CU_ASSERT_NOT_EQUAL(peer_address(peer, offset, size), 0);
	}
	return seen;
}

/* What any table of extents leads to can be read; whatever it leads to. */
static void random_lies_lead_to_nothing_that_cannot_be_read(void)
{
	uint32_t state = 11, seen = 0;

	peer_fixture_begin();
	struct shm_data *data = segment_header(side.segment);
	const uint64_t own = data->extents[0].address;
	int fd = side_file_open("data");
	CU_ASSERT_EQUAL(ftruncate(fd, 4 * MIB), 0);
	for (int i = 0; i < 4000; i++) {
		for (uint32_t j = i % 4 ? 1 : 0; j < 4; j++)
			data->extents[j] = (struct shm_extent){
				.offset = edge(&state, own),
				.size_bytes = edge(&state, own),
				.address = edge(&state, own),
			};
		data->extent_count = next_random(&state) % 5;
		if (peer_fixture_open() == TERN_OK) {
			seen += look_around(&state, own) > 0;
			data->extent_count = next_random(&state) % 8 ? 4 : UINT32_MAX;
			seen += look_around(&state, own) > 0;
			peer_unref(peer);
		}
		data->extents[0] = (struct shm_extent){ 0, MIB, own };
	}
	CU_ASSERT_TRUE(seen > 100);
	data->extent_count = 1;
	close(fd);
	peer_fixture_end();
}

static void a_file_cut_off_after_it_was_opened_is_not_mapped_further(void)
{
	uint64_t offset;

	peer_fixture_begin();
	OK(peer_fixture_open());
	char *memory = segment_alloc(side.segment, 3 * MIB, &offset);
	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	int fd = side_file_open("data");
	CU_ASSERT_EQUAL(ftruncate(fd, (off_t)(offset + 3 * MIB - 4096)), 0);
	CU_ASSERT_PTR_NULL(peer_at(peer, offset, 8, 8));
	CU_ASSERT_TRUE(error_names("end of the file"));
	close(fd);
	peer_unref(peer);
	peer_fixture_end();
}

static const struct suite_test tests[] = {
	{ "a_header_that_cannot_be_is_refused", a_header_that_cannot_be_is_refused },
	{ "a_file_that_is_too_short_is_refused", a_file_that_is_too_short_is_refused },
	{ "files_that_are_gone_are_not_found", files_that_are_gone_are_not_found },
	{ "extents_that_cannot_be_are_refused", extents_that_cannot_be_are_refused },
	{ "random_lies_lead_to_nothing_that_cannot_be_read",
	  random_lies_lead_to_nothing_that_cannot_be_read },
	{ "a_file_cut_off_after_it_was_opened_is_not_mapped_further",
	  a_file_cut_off_after_it_was_opened_is_not_mapped_further },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
