/* A peer's memory as we see it: what grows is seen, and what cannot be is refused. */
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "segment.h"
#include "shm_fixture.h"

#define DOMAIN 7

/* A process with its files, in this one. */
struct side {
	struct registry *registry;
	uint32_t slot;
	uint64_t generation;
	struct segment *segment;
	struct shm_bells *bells;
};

static void side_begin(struct side *side)
{
	char name[SHM_NAME_SIZE_BYTES];
	void *bells;
	int fd;

	OK(registry_open(&shm_host, DOMAIN, &side->registry));
	OK(registry_join(side->registry, &side->slot, &side->generation));
	registry_file_name(side->registry, side->slot, side->generation, "data", name);
	OK(segment_create(&shm_host, registry_directory(side->registry), name,
	                  &(struct segment_config){ 0 }, &side->segment));
	struct shm_data *data = segment_header(side->segment);
	data->slot = side->slot;
	data->generation = side->generation;
	memcpy(data->registry_id, registry_id(side->registry), sizeof data->registry_id);
	data->pid = (uint32_t)getpid();
	strcpy(data->process_name, "test");
	registry_file_name(side->registry, side->slot, side->generation, "bells", name);
	OK(shm_file_create(&shm_host, registry_directory(side->registry), name,
	                   sizeof *side->bells, true, &fd));
	OK(shm_map(&shm_host, fd, 0, sizeof *side->bells, true, &bells));
	close(fd);
	side->bells = bells;
	side->bells->magic = SHM_BELLS_MAGIC;
	side->bells->generation = side->generation;
	registry_activate(side->registry);
}

static void side_end(struct side *side)
{
	registry_leave(side->registry);
	shm_unmap(side->bells, sizeof *side->bells);
	segment_destroy(side->segment);
	registry_close(side->registry);
}

static void what_a_peer_adds_is_seen(void)
{
	struct side side;
	struct peer *peer;
	uint64_t offset;

	shm_directory_make(0700);
	side_begin(&side);
	OK(peer_open(&shm_host, side.registry, side.slot, side.generation, &peer));
	CU_ASSERT_STRING_EQUAL(peer_identity(peer)->process_name, "test");
	for (int i = 0; i < 8; i++) {
		char *text = segment_alloc(side.segment, 700000, &offset);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		text[699999] = (char)('a' + i);
		const char *seen = peer_at(peer, offset, 700000, 64);
		CU_ASSERT_PTR_NOT_NULL_FATAL(seen);
		CU_ASSERT_EQUAL(seen[699999], 'a' + i);
		CU_ASSERT_EQUAL(peer_address(peer, offset, 700000), (uintptr_t)text);
	}
	peer_attachment_changed(peer);
	CU_ASSERT_EQUAL(side.bells->attach_epoch, 1);
	side_end(&side);
	CU_ASSERT_PTR_NOT_NULL(peer_at(peer, offset, 1, 1));
	peer_unref(peer);
	shm_directory_remove();
}

static const struct suite_test tests[] = {
	{ "what_a_peer_adds_is_seen", what_a_peer_adds_is_seen },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
