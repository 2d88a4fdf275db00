/* Processes for tests of rings. */
#include "ring_fixture.h"

#include <string.h>
#include <unistd.h>

#define DOMAIN 9

/* ---- a process ----------------------------------------------------------------------------- */

static void make_files(struct ring_process *process, size_t max_size_bytes)
{
	const struct segment_config config = { .max_size_bytes = max_size_bytes };
	char name[SHM_NAME_SIZE_BYTES];
	void *bells;
	int fd;

	registry_file_name(process->registry, process->slot, process->generation, "data",
	                   name);
	OK(segment_create(&tern__host, registry_directory(process->registry), name,
	                  &config, &process->segment));
	struct shm_data *data = segment_header(process->segment);
	data->slot = process->slot;
	data->generation = process->generation;
	memcpy(data->registry_id, registry_id(process->registry),
	       sizeof data->registry_id);
	data->pid = (uint32_t)getpid();
	strcpy(data->process_name, "ring");
	registry_file_name(process->registry, process->slot, process->generation, "bells",
	                   name);
	OK(shm_file_create(&tern__host, registry_directory(process->registry), name,
	                   sizeof *process->bells, true, &fd));
	OK(shm_map(&tern__host, fd, 0, sizeof *process->bells, true, &bells));
	close(fd);
	process->bells = bells;
	process->bells->magic = SHM_BELLS_MAGIC;
	process->bells->generation = process->generation;
}

void ring_process_begin(struct ring_process *process, size_t max_size_bytes)
{
	*process = (struct ring_process){ .timestamp_ns = 1000 };
	OK(registry_open(&tern__host, DOMAIN, &process->registry));
	OK(registry_join(process->registry, &process->slot, &process->generation));
	make_files(process, max_size_bytes);
	registry_activate(process->registry);
}

static void forget_peer(struct ring_process *process, uint32_t slot)
{
	struct peer *peer = process->peers[slot];

	process->peers[slot] = NULL;
	if (peer && process->writer)
		ring_writer_disconnect_peer(process->writer, peer);
	peer_unref(peer);
}

void ring_process_end(struct ring_process *process)
{
	if (process->writer) {
		ring_writer_close(process->writer);
		process->is_blind = false;
		for (uint32_t i = 0; i < RING_PEERS_MAX; i++)
			if (process->peers[i])
				ring_writer_disconnect_peer(process->writer,
				                            process->peers[i]);
		/* Nobody is connected, so that nothing can be left. */
		struct ring_writer_usage usage;
		ring_writer_usage_get(process->writer, &usage);
		CU_ASSERT_EQUAL(usage.connections, 0);
		process->bells->attach_epoch++;
		while (!ring_writer_collect(process->writer))
			for (uint32_t i = 0; i < RING_PEERS_MAX; i++)
				forget_peer(process, i);
	}
	process->writer = NULL;
	for (uint32_t i = 0; i < RING_PEERS_MAX; i++)
		forget_peer(process, i);
	registry_leave(process->registry);
	shm_unmap(process->bells, sizeof *process->bells);
	segment_destroy(process->segment);
	registry_close(process->registry);
}

struct peer *ring_process_peer(struct ring_process *process, uint32_t slot)
{
	uint64_t generation = registry_active_generation(process->registry, slot);
	struct peer *peer = process->peers[slot];

	if (peer && peer_identity(peer)->generation != generation)
		forget_peer(process, slot);
	if (!process->peers[slot] && generation != 0)
		(void)peer_open(&tern__host, process->registry, slot, generation,
		                &process->peers[slot]);
	return process->peers[slot];
}

/* ---- its writer ---------------------------------------------------------------------------- */

static bool scan_attachments(struct ring_process *process, struct peer *peer)
{
	const struct shm_data *data = peer_data(peer);
	uint32_t count =
		atomic_load_explicit(&data->attachment_count, memory_order_acquire);
	bool complete = true;

	for (uint32_t i = 0; i < count; i++) {
		const struct shm_attachment *attachment =
			peer_array_at(peer, &data->attachments, sizeof *attachment, i);
		if (!attachment)
			return false;
		uint64_t state =
			atomic_load_explicit(&attachment->state, memory_order_acquire);
		bool is_ours = attachment->writer_slot == process->slot &&
		               attachment->writer_generation == process->generation;
		if ((state & 0xff) == SHM_ATTACHMENT_FREE || !is_ours) {
			ring_writer_disconnect(process->writer, peer, i);
			continue;
		}
		tern_status s = ring_writer_connect(process->writer, peer, i);
		if (s == TERN_ENOTFOUND)
			ring_writer_disconnect(process->writer, peer, i);
		else if (s < 0)
			complete = false;
	}
	return complete;
}

static bool refresh(void *context)
{
	struct ring_process *process = context;
	uint32_t used = registry_slots_used(process->registry);
	bool complete = !process->is_blind;

	process->refreshes++;
	for (uint32_t i = 0; complete && i < used && i < RING_PEERS_MAX; i++) {
		struct peer *peer =
			i == process->slot ? NULL : ring_process_peer(process, i);
		if (peer)
			complete = scan_attachments(process, peer);
	}
	return complete;
}

static void reap(void *context)
{
	struct ring_process *process = context;

	process->reaps++;
	if (process->on_reap)
		process->on_reap(process);
	registry_reap(process->registry);
	for (uint32_t i = 0; i < RING_PEERS_MAX; i++)
		if (process->peers[i])
			(void)ring_process_peer(process, i);
}

static struct shm_entry *entry_of(struct ring_process *process)
{
	struct shm_data *data = segment_header(process->segment);
	struct shm_entry *entry =
		segment_array_at(process->segment, &data->entries, sizeof *entry, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	return entry;
}

void ring_process_create_writer(struct ring_process *process,
                                const struct tern_type *type, const struct tern_qos *qos)
{
	const struct tern_endpoint_info info = {
		.kind = TERN_WRITER,
		.topic_name = "ring",
		.type = type,
		.qos = *qos,
	};
	const struct ring_writer_config config = {
		.host = &tern__host,
		.segment = process->segment,
		.bells = process->bells,
		.info = &info,
		.refresh = refresh,
		.reap = reap,
		.context = process,
	};
	uint64_t ring;

	process->type = type;
	OK(ring_writer_create(&config, &process->writer, &ring));
	atomic_store(&entry_of(process)->record, ring);
	atomic_store(&entry_of(process)->serial, 1);
}

void ring_process_close_writer(struct ring_process *process)
{
	atomic_fetch_add(&entry_of(process)->serial, 1);
	ring_writer_close(process->writer);
}

tern_status ring_process_send(struct ring_process *process, tern_change_kind kind,
                              const void *sample,
                              const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	struct tern_outgoing outgoing = {
		.type = process->type,
		.sample = sample,
		.kind = kind,
		.source_timestamp_ns = ++process->timestamp_ns,
		.timeout_ns = process->timeout_ns,
	};

	if (key_hash)
		memcpy(outgoing.key_hash, key_hash, sizeof outgoing.key_hash);
	tern_status s = ring_writer_reserve(process->writer, &outgoing);
	if (s == TERN_OK)
		ring_writer_commit(process->writer, &outgoing);
	tern_payload_unref(outgoing.native);
	tern_payload_unref(outgoing.encoded[0]);
	tern_payload_unref(outgoing.encoded[1]);
	return s;
}

tern_status ring_process_write(struct ring_process *process, const void *sample)
{
	return ring_process_send(process, TERN_CHANGE_WRITE, sample, NULL);
}

/* ---- its readers --------------------------------------------------------------------------- */

struct ring_reader_config ring_process_reader_config(struct ring_process *process,
                                                     uint32_t writer_slot,
                                                     const struct tern_type *type)
{
	struct peer *peer = ring_process_peer(process, writer_slot);

	CU_ASSERT_PTR_NOT_NULL_FATAL(peer);
	const struct shm_entry *entry =
		peer_array_at(peer, &peer_data(peer)->entries, sizeof *entry, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	return (struct ring_reader_config){
		.host = &tern__host,
		.segment = process->segment,
		.peer = peer,
		.writer_serial = atomic_load(&entry->serial),
		.ring = atomic_load(&entry->record),
		.type = type,
		.same_layout = true,
		.claim_count = 8,
	};
}

tern_status ring_take(struct ring_reader *reader, struct tern_delivery *ret_delivery)
{
	tern_status s = ring_reader_peek(reader, ret_delivery);

	if (s < 0)
		return s;
	if (ret_delivery->payload)
		tern_payload_ref(ret_delivery->payload);
	ring_reader_pop(reader);
	return TERN_OK;
}
