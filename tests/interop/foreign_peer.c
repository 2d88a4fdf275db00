/* A plain Cyclone DDS program, without a line of Tern: lines in, one answer line each out.
 *
 *	writer KIND TOPIC [xcdr2]              reader KIND TOPIC
 *	matched               the endpoint that was made last has found its other end
 *	write N               dispose N        unregister N      by that writer
 *	take N                what came: NUMBER and state letter, or keyNUMBER and letter
 *	delete                the endpoint
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dds/dds.h>

#include "foreign_samples.h"
#include "idlc/foreign.h"

#define WAIT_NS DDS_SECS(20)

static dds_entity_t participant;
static dds_entity_t endpoint;
static bool is_writer;
static const struct foreign_kind *kind;

static const struct {
	const char *name;
	const dds_topic_descriptor_t *descriptor;
} descriptors[] = {
	{ "Plain", &foreign_Plain_desc },
	{ "Keyless", &foreign_Keyless_desc },
	{ "Grown", &foreign_Grown_desc },
	{ "Loose", &foreign_Loose_desc },
};

static const dds_topic_descriptor_t *descriptor(void)
{
	for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
		if (strcmp(descriptors[i].name, kind->name) == 0)
			return descriptors[i].descriptor;
	return NULL;
}

static void answer(dds_return_t rc)
{
	printf("answer: %s\n", rc < 0 ? dds_strretcode(rc) : "ok");
}

static void make(const char *kind_name, const char *name, bool writes, bool xcdr2)
{
	dds_qos_t *qos = dds_create_qos();
	dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(10));
	dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
	dds_qset_writer_data_lifecycle(qos, false);
	if (xcdr2)
		dds_qset_data_representation(qos, 1,
		                             (dds_data_representation_id_t[]){
						     DDS_DATA_REPRESENTATION_XCDR2 });
	kind = foreign_kind_find(kind_name);
	is_writer = writes;
	dds_entity_t topic =
		dds_create_topic(participant, descriptor(), name, NULL, NULL);
	endpoint = writes ? dds_create_writer(participant, topic, qos, NULL)
	                  : dds_create_reader(participant, topic, qos, NULL);
	dds_delete_qos(qos);
	answer(topic < 0 ? topic : endpoint);
}

static bool is_matched(void)
{
	dds_publication_matched_status_t publication = { 0 };
	dds_subscription_matched_status_t subscription = { 0 };
	if (is_writer)
		(void)dds_get_publication_matched_status(endpoint, &publication);
	else
		(void)dds_get_subscription_matched_status(endpoint, &subscription);
	return publication.current_count + subscription.current_count > 0;
}

static void wait_matched(void)
{
	dds_time_t deadline = dds_time() + WAIT_NS;
	while (!is_matched() && dds_time() < deadline)
		dds_sleepfor(DDS_MSECS(1));
	answer(is_matched() ? 0 : DDS_RETCODE_TIMEOUT);
}

static void send_sample(const char *command, uint64_t number)
{
	void *sample = calloc(1, kind->size_bytes);
	dds_return_t rc;
	kind->fill(sample, number);
	if (strcmp(command, "write") == 0)
		rc = dds_write(endpoint, sample);
	else if (strcmp(command, "dispose") == 0)
		rc = dds_dispose(endpoint, sample);
	else
		rc = dds_unregister_instance(endpoint, sample);
	dds_sample_free(sample, descriptor(), DDS_FREE_ALL);
	answer(rc);
}

static char state_letter(const dds_sample_info_t *info)
{
	return info->instance_state == DDS_IST_ALIVE                ? 'A'
	       : info->instance_state == DDS_IST_NOT_ALIVE_DISPOSED ? 'D'
	                                                            : 'N';
}

static void tell(const void *sample, const dds_sample_info_t *info)
{
	if (!info->valid_data) {
		printf(" key%d%c", kind->key(sample), state_letter(info));
		return;
	}
	uint64_t number = kind->number(sample);
	const char *wrong = kind->check(sample, number);
	if (wrong || (kind->keyed && kind->key(sample) != (int)(number % FOREIGN_KEYS)))
		printf(" (wrong: %s)", wrong ? wrong : "key");
	printf(" %llu%c", (unsigned long long)number, state_letter(info));
}

static void take(unsigned long wanted)
{
	dds_time_t deadline = dds_time() + WAIT_NS;
	unsigned long came = 0;
	printf("answer: ok");
	while (came < wanted && dds_time() < deadline) {
		void *samples[1] = { NULL };
		dds_sample_info_t info;
		if (dds_take(endpoint, samples, &info, 1, 1) != 1) {
			dds_sleepfor(DDS_MSECS(1));
			continue;
		}
		tell(samples[0], &info);
		(void)dds_return_loan(endpoint, samples, 1);
		came++;
	}
	printf("%s\n", came < wanted ? " and no more" : "");
}

static void obey(char *line)
{
	char *word = strtok(line, " \n");
	char *first = strtok(NULL, " \n");
	char *second = strtok(NULL, " \n");
	char *third = strtok(NULL, " \n");
	unsigned long number = first ? strtoul(first, NULL, 10) : 0;
	if (!word)
		return;
	if (strcmp(word, "writer") == 0)
		make(first, second, true, third != NULL);
	else if (strcmp(word, "reader") == 0)
		make(first, second, false, false);
	else if (strcmp(word, "matched") == 0)
		wait_matched();
	else if (strcmp(word, "take") == 0)
		take(number);
	else if (strcmp(word, "delete") == 0)
		answer(dds_delete(endpoint));
	else
		send_sample(word, number);
}

int main(void)
{
	char line[256];
	setvbuf(stdout, NULL, _IOLBF, 0);
	participant = dds_create_participant(0, NULL, NULL);
	if (participant < 0)
		return 1;
	puts("answer: ok");
	while (fgets(line, sizeof line, stdin))
		obey(line);
	dds_delete(participant);
	return 0;
}
