/* The shared-memory transport: its start and end, and the table of its functions. */
#include "shm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct tern_transport_ops *tern__shm_entry(const struct tern_host *host);

/* ---- this process's files ---------------------------------------------------------------- */

static tern_status data_create(struct tern_transport *shm)
{
	const struct segment_config config = { 0 };
	char name[SHM_NAME_SIZE_BYTES];

	registry_file_name(shm->registry, shm->slot, shm->generation, "data", name);
	tern_status s = segment_create(shm->host, registry_directory(shm->registry), name,
	                               &config, &shm->segment);
	if (s < 0)
		return s;
	struct shm_data *data = segment_header(shm->segment);
	data->slot = shm->slot;
	data->generation = shm->generation;
	memcpy(data->registry_id, registry_id(shm->registry), sizeof data->registry_id);
	data->process = shm->process;
	data->pid = shm->pid;
	memcpy(data->process_name, shm->process_name, sizeof data->process_name);
	/* So that there is room for some endpoints, and for refusals, when memory runs out. */
	if (!segment_array_at(shm->segment, &data->entries, sizeof(struct shm_entry),
	                      0) ||
	    !segment_array_at(shm->segment, &data->attachments,
	                      sizeof(struct shm_attachment), 0))
		return TERN_ENOMEM;
	return TERN_OK;
}

static tern_status bells_create(struct tern_transport *shm)
{
	char name[SHM_NAME_SIZE_BYTES];
	void *memory;
	int fd;

	registry_file_name(shm->registry, shm->slot, shm->generation, "bells", name);
	tern_status s = shm_file_create(shm->host, registry_directory(shm->registry),
	                                name, sizeof *shm->bells, true, &fd);
	if (s < 0)
		return s;
	s = shm_map(shm->host, fd, 0, sizeof *shm->bells, true, &memory);
	close(fd);
	if (s < 0)
		return s;
	shm->bells = memory;
	shm->bells->magic = SHM_BELLS_MAGIC;
	shm->bells->generation = shm->generation;
	return TERN_OK;
}

/* ---- life -------------------------------------------------------------------------------- */

static void locks_init(struct tern_transport *shm)
{
	pthread_mutexattr_t recursive;

	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&shm->lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	pthread_mutex_init(&shm->telling, NULL);
}

static void shm_free(struct tern_transport *shm)
{
	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot])
			shm_neighbour_free(shm->neighbours[slot]);
	while (shm->gone) {
		struct neighbour *gone = shm->gone;
		shm->gone = gone->next;
		shm_neighbour_free(gone);
	}
	while (shm->expected) {
		struct expected *expected = shm->expected;
		shm->expected = expected->next;
		free(expected);
	}
	if (shm->bells)
		shm_unmap(shm->bells, sizeof *shm->bells);
	segment_destroy(shm->segment);
	registry_close(shm->registry);
	pthread_mutex_destroy(&shm->telling);
	pthread_mutex_destroy(&shm->lock);
	free(shm->free_entries);
	free(shm);
}

/* From here on others look at our files, and we know whom to ring. */
static void join(struct tern_transport *shm)
{
	pthread_mutex_lock(&shm->lock);
	registry_activate(shm->registry);
	(void)shm_attachments_look(shm);
	shm_moved(shm);
	pthread_mutex_unlock(&shm->lock);
}

static tern_status shm_start(const struct tern_host *host, struct tern_domain *domain,
                             const struct tern_transport_config *config,
                             struct tern_transport **ret_transport)
{
	struct tern_transport *shm = calloc(1, sizeof *shm);
	if (!shm)
		return host->fail(TERN_ENOMEM, "no memory for the shm transport");

	shm->host = host;
	shm->domain = domain;
	shm->process = config->process;
	shm->pid = config->pid;
	snprintf(shm->process_name, sizeof shm->process_name, "%s", config->process_name);
	locks_init(shm);
	tern_status s = registry_open(host, config->domain_id, &shm->registry);
	if (s == TERN_OK)
		s = registry_join(shm->registry, &shm->slot, &shm->generation);
	if (s == TERN_OK) {
		s = data_create(shm);
		if (s == TERN_OK)
			s = bells_create(shm);
		if (s < 0)
			registry_leave(shm->registry);
	}
	if (s < 0) {
		shm_free(shm);
		return s;
	}
	*ret_transport = shm;
	join(shm);
	return TERN_OK;
}

/* Core's histories are gone, and with them all samples that lay in others' memory. */
static void shm_stop(struct tern_transport *shm)
{
	if (!shm_is_forked(shm)) {
		pthread_mutex_lock(&shm->lock);
		registry_leave(shm->registry);
		shm_moved(shm);
		shm->stopping = true;
		/* Readers of what is left of our rings have it mapped. */
		segment_freeze(shm->segment);
		/* So nothing need be kept for whom we refused. */
		atomic_store_explicit(&shm->kept_before, 0, memory_order_relaxed);
		for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++)
			if (shm->neighbours[slot])
				shm_attachments_end(shm, shm->neighbours[slot]);
		shm_publications_collect(shm);
		pthread_mutex_unlock(&shm->lock);
	}
	shm_free(shm);
}

tern_status shm_fork_refuse(const struct tern_transport *shm)
{
	return shm->host->fail(
		TERN_ECLOSED,
		"this process was made by fork(): shared memory belongs to its "
		"parent; use exec(), or create the participant after fork()");
}

static void shm_share(struct tern_transport *shm, struct tern_transport_share *ret_share)
{
	memcpy(ret_share->host_id, registry_id(shm->registry), sizeof ret_share->host_id);
	ret_share->bells = shm->bells->bells;
}

static const struct tern_transport_ops shm_ops = {
	.abi = TERN_TRANSPORT_ABI,
	.name = "shm",
	.flags = TERN_TRANSPORT_PULLS | TERN_TRANSPORT_KEEPS_HISTORY |
	         TERN_TRANSPORT_REPORTS_ALL,
	.start = shm_start,
	.stop = shm_stop,
	.share = shm_share,
	.discover = shm_discover,
	.reach = shm_reach,
	.announce = shm_announce,
	.withdraw = shm_withdraw,
	.attach = shm_attach,
	.detach = shm_detach,
	.loan = shm_loan,
	.reserve = shm_reserve,
	.commit = shm_commit,
	.cancel = shm_cancel,
	.wait_acknowledged = shm_wait_acknowledged,
	.watch = shm_watch,
	.poll = shm_poll,
	.explain = shm_explain,
	.look = shm_look,
	.observe = shm_observe,
	.compare_types = shm_compare_types,
};

const struct tern_transport_ops *tern__shm_entry(const struct tern_host *host)
{
	(void)host;
	return &shm_ops;
}
