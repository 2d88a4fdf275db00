/* A process with its files, to be looked at as a peer. */
#include "peer_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static tern_status bells_make(struct side *own)
{
	char name[SHM_NAME_SIZE_BYTES];
	void *bells;
	int fd;

	registry_file_name(own->registry, own->slot, own->generation, "bells", name);
	tern_status s = shm_file_create(&shm_host, registry_directory(own->registry),
	                                name, sizeof *own->bells, true, &fd);
	if (s < 0)
		return s;
	s = shm_map(&shm_host, fd, 0, sizeof *own->bells, true, &bells);
	close(fd);
	if (s < 0)
		return s;
	own->bells = bells;
	own->bells->magic = SHM_BELLS_MAGIC;
	own->bells->generation = own->generation;
	return TERN_OK;
}

tern_status side_begin(struct side *own)
{
	static const struct segment_config config;
	char name[SHM_NAME_SIZE_BYTES];
	tern_status s;

	if ((s = registry_open(&shm_host, DOMAIN, &own->registry)) < 0 ||
	    (s = registry_join(own->registry, &own->slot, &own->generation)) < 0)
		return s;
	registry_file_name(own->registry, own->slot, own->generation, "data", name);
	s = segment_create(&shm_host, registry_directory(own->registry), name, &config,
	                   &own->segment);
	if (s < 0 || (s = bells_make(own)) < 0)
		return s;
	struct shm_data *data = segment_header(own->segment);
	data->slot = own->slot;
	data->generation = own->generation;
	memcpy(data->registry_id, registry_id(own->registry), sizeof data->registry_id);
	data->process.bytes[3] = 42;
	data->pid = (uint32_t)getpid();
	strcpy(data->process_name, "test_shm_peer");
	registry_activate(own->registry);
	return TERN_OK;
}

void side_end(struct side *own)
{
	registry_leave(own->registry);
	shm_unmap(own->bells, sizeof *own->bells);
	segment_destroy(own->segment);
	registry_close(own->registry);
}

struct side side;
struct peer *peer;

tern_status peer_fixture_open(void)
{
	return peer_open(&shm_host, side.registry, side.slot, side.generation, &peer);
}

void peer_fixture_begin(void)
{
	shm_directory_make(0700);
	OK(side_begin(&side));
}

void peer_fixture_end(void)
{
	side_end(&side);
	shm_directory_remove();
}

bool error_names(const char *what)
{
	if (strstr(shm_host.error_text(), what))
		return true;
	fprintf(stderr, "\n\"%s\" is not in: %s\n", what, shm_host.error_text());
	return false;
}

int side_file_open(const char *kind)
{
	char name[SHM_NAME_SIZE_BYTES];

	registry_file_name(side.registry, side.slot, side.generation, kind, name);
	int fd = openat(registry_directory(side.registry)->fd, name, O_RDWR | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	return fd;
}

void side_file_remove(const char *kind)
{
	char name[SHM_NAME_SIZE_BYTES];

	registry_file_name(side.registry, side.slot, side.generation, kind, name);
	CU_ASSERT_EQUAL(unlinkat(registry_directory(side.registry)->fd, name, 0), 0);
}
