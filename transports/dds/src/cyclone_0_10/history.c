/* Cyclone's view of a reader's history: a place where samples are handed over. It holds none
 * itself; core's reader history does, for all transports alike. */
#include <pthread.h>
#include <stdlib.h>

#include "internal.h"

struct history {
	struct dds_rhc base;
	tern__cyclone_store_fn store;
	void *context;
	/* Writers' samples come on several threads. The lock is below all of Cyclone's. */
	pthread_mutex_t lock;
	struct tern__instances *instances; /* made when the reader is; guarded by lock */
};

/* Bits that Cyclone and RTPS give StatusInfo_t beyond these are not for readers. */
#define CHANGE_KIND_BITS (NN_STATUSINFO_DISPOSE | NN_STATUSINFO_UNREGISTER)

static bool history_store(struct ddsi_rhc *restrict base,
                          const struct ddsi_writer_info *restrict writer,
                          struct ddsi_serdata *restrict sample,
                          struct ddsi_tkmap_instance *restrict instance)
{
	struct history *history = (struct history *)base;
	const struct serdata *serdata = (const struct serdata *)sample;
	struct tern__cyclone_sample received = {
		.writer = writer->iid,
		.source_timestamp_ns = sample->timestamp.v,
		.sequence_number = serdata->sequence_number,
		.kind = (tern_change_kind)(sample->statusinfo & CHANGE_KIND_BITS),
		.key_hash = serdata->key_hash,
		.payload = serdata->payload,
		.malformed = serdata->malformed,
	};
	if (!history->store(history->context, &received))
		return false;
	if (tern__instances_has_only(history->instances, instance))
		return true;
	pthread_mutex_lock(&history->lock);
	tern__instances_keep(history->instances, instance);
	pthread_mutex_unlock(&history->lock);
	return true;
}

/* A writer is gone: core hears of it as an endpoint that was lost. */
static void history_unregister_writer(struct ddsi_rhc *restrict base,
                                      const struct ddsi_writer_info *restrict writer)
{
	(void)base;
	(void)writer;
}

/* Ownership is decided in core. */
static void history_relinquish_ownership(struct ddsi_rhc *restrict base,
                                         const uint64_t writer)
{
	(void)base;
	(void)writer;
}

static void history_set_qos(struct ddsi_rhc *base, const struct dds_qos *qos)
{
	(void)base;
	(void)qos;
}

static void history_free(struct ddsi_rhc *base)
{
	struct history *history = (struct history *)base;
	tern__instances_destroy(history->instances);
	pthread_mutex_destroy(&history->lock);
	free(history);
}

/* Cyclone aborts on a negative answer: without memory, instances are just not kept. */
static dds_return_t history_associate(struct dds_rhc *base, struct dds_reader *reader,
                                      const struct ddsi_sertype *sertype,
                                      struct ddsi_tkmap *map)
{
	struct history *history = (struct history *)base;
	(void)reader;
	(void)map;
	history->instances =
		tern__instances_create((struct ddsi_sertype *)(uintptr_t)sertype);
	return DDS_RETCODE_OK;
}

/* The rest serves dds_read(), dds_take() and read conditions, which nobody uses here. */
static int32_t history_read(struct dds_rhc *base, bool lock, void **values,
                            dds_sample_info_t *infos, uint32_t max, uint32_t mask,
                            dds_instance_handle_t handle, struct dds_readcond *condition)
{
	(void)base;
	(void)lock;
	(void)values;
	(void)infos;
	(void)max;
	(void)mask;
	(void)handle;
	(void)condition;
	return 0;
}

static int32_t history_read_cdr(struct dds_rhc *base, bool lock,
                                struct ddsi_serdata **values, dds_sample_info_t *infos,
                                uint32_t max, uint32_t sample_states,
                                uint32_t view_states, uint32_t instance_states,
                                dds_instance_handle_t handle)
{
	(void)base;
	(void)lock;
	(void)values;
	(void)infos;
	(void)max;
	(void)sample_states;
	(void)view_states;
	(void)instance_states;
	(void)handle;
	return 0;
}

static bool history_add_condition(struct dds_rhc *base, struct dds_readcond *condition)
{
	(void)base;
	(void)condition;
	return true;
}

static void history_remove_condition(struct dds_rhc *base, struct dds_readcond *condition)
{
	(void)base;
	(void)condition;
}

static uint32_t history_lock_samples(struct dds_rhc *base)
{
	(void)base;
	return 0;
}

static const struct dds_rhc_ops history_ops = {
	.rhc_ops = {
		.store = history_store,
		.unregister_wr = history_unregister_writer,
		.relinquish_ownership = history_relinquish_ownership,
		.set_qos = history_set_qos,
		.free = history_free,
	},
	.read = history_read,
	.take = history_read,
	.readcdr = history_read_cdr,
	.takecdr = history_read_cdr,
	.add_readcondition = history_add_condition,
	.remove_readcondition = history_remove_condition,
	.lock_samples = history_lock_samples,
	.associate = history_associate,
};

dds_entity_t tern__cyclone_reader_create(dds_entity_t participant, dds_entity_t topic,
                                         const dds_qos_t *qos,
                                         const dds_listener_t *listener,
                                         tern__cyclone_store_fn store, void *context)
{
	struct history *history = calloc(1, sizeof *history);
	if (!history)
		return DDS_RETCODE_OUT_OF_RESOURCES;
	history->base.common.ops = &history_ops;
	pthread_mutex_init(&history->lock, NULL);
	history->store = store;
	history->context = context;
	dds_entity_t reader =
		dds_create_reader_rhc(participant, topic, qos, listener, &history->base);
	if (reader < 0)
		history_free(&history->base.common.rhc);
	return reader;
}
