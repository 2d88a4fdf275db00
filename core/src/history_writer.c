/* The writers that a reader's history knows. Each lists its instances, so that a writer that
 * goes costs what it has, not what the reader has. */
#include <stdlib.h>

#include "history_impl.h"

tern_status tern__history_writer_add(struct history *history,
                                     const struct history_writer_facts *facts,
                                     struct history_writer **ret_writer)
{
	struct history_writer *writer = calloc(1, sizeof *writer);

	if (!writer)
		return tern_fail(TERN_ENOMEM,
		                 "no memory for one more writer of a reader");
	writer->facts = *facts;
	writer->next = history->writers;
	if (writer->next)
		writer->next->previous = writer;
	history->writers = writer;
	*ret_writer = writer;
	return TERN_OK;
}

void tern__history_writer_change(struct history *history, struct history_writer *writer,
                                 const struct history_writer_facts *facts)
{
	struct tern_guid guid = writer->facts.guid;

	(void)history;
	writer->facts = *facts;
	writer->facts.guid = guid;
}

static bool unregister_all(struct history *history, struct history_writer *writer,
                           bool dispose, const struct history_now *now)
{
	bool news = false;

	while (writer->registrations)
		news |= tern__history_unregister_at(history, writer->registrations,
		                                    dispose && writer->facts.autodispose,
		                                    now->real_ns, now);
	return news;
}

static void forget(struct history *history, struct history_writer *writer)
{
	*(writer->previous ? &writer->previous->next : &history->writers) = writer->next;
	if (writer->next)
		writer->next->previous = writer->previous;
	free(writer);
}

bool tern__history_writer_unregister(struct history *history,
                                     struct history_writer *writer, bool dispose,
                                     const struct history_now *now)
{
	if (writer->queued) {
		writer->unregister_later = true;
		writer->dispose = dispose;
		return false;
	}
	return unregister_all(history, writer, dispose, now);
}

bool tern__history_writer_remove(struct history *history, struct history_writer *writer,
                                 bool dispose, const struct history_now *now)
{
	bool news = false;

	if (!writer->queued)
		news = unregister_all(history, writer, dispose, now);
	if (writer->queued) {
		writer->remove_later = true;
		writer->dispose = dispose;
	} else {
		forget(history, writer);
	}
	return news;
}

bool tern__history_writer_finish(struct history *history, struct history_writer *writer,
                                 const struct history_now *now)
{
	bool dispose = writer->dispose;
	bool remove = writer->remove_later;

	writer->unregister_later = false;
	writer->remove_later = false;
	return remove ? tern__history_writer_remove(history, writer, dispose, now)
	              : tern__history_writer_unregister(history, writer, dispose, now);
}
