/* This process's part of a domain: made with its first participant, ended with its last. */
#include "domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "module.h"
#include "transports_builtin.h"

/* All domains of the process; participants of one domain share its transports. */
static pthread_mutex_t domains_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tern_domain *domains;

/* ---- identity ------------------------------------------------------------------------- */

static void read_line(const char *path, char *ret_line, size_t size_bytes)
{
	FILE *file = fopen(path, "re");

	ret_line[0] = 0;
	if (!file)
		return;
	if (fgets(ret_line, (int)size_bytes, file))
		ret_line[strcspn(ret_line, "\n")] = 0;
	fclose(file);
}

/* Unless a transport shares a better one: who boots the same kernel and mounts the same /dev/shm
 * is on this host. The random id of the boot makes it unique; addresses and names of the host
 * play no part. */
static void host_id_make(uint8_t ret_id[TERN_HOST_ID_SIZE_BYTES])
{
	char boot[64];
	struct stat shm = { 0 };
	size_t digits = 0;

	read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	memset(ret_id, 0, TERN_HOST_ID_SIZE_BYTES);
	for (const char *c = boot; *c && digits < 2 * TERN_HOST_ID_SIZE_BYTES; c++) {
		if (*c == '-')
			continue;
		unsigned value = (unsigned)(*c <= '9' ? *c - '0' : *c - 'a' + 10) & 15;
		ret_id[digits / 2] |= (uint8_t)(value << (digits % 2 ? 0 : 4));
		digits++;
	}
	/* Without the boot's id two hosts could look alike. */
	if (digits == 0)
		return;
	if (stat("/dev/shm", &shm) == 0) {
		uint64_t mount =
			(uint64_t)shm.st_dev * 0x9e3779b97f4a7c15u ^ (uint64_t)shm.st_ino;
		for (size_t i = 0; i < sizeof mount; i++)
			ret_id[i] ^= (uint8_t)(mount >> (8 * i));
	}
}

static tern_status identity_init(struct tern_domain *domain)
{
	struct tern_transport_config *config = &domain->config;

	/* 10 random bytes; then 2 of the participant and 4 of the entity (RTPS 2.5, 9.3.1). */
	if (getrandom(config->process.bytes, GUID_PROCESS_BYTES, 0) != GUID_PROCESS_BYTES)
		return tern_fail(TERN_EIO, "no random bytes for a GUID: %s",
		                 strerror(errno));
	const uint8_t participant_entity[4] = { 0, 0, 1, 0xc1 };
	memcpy(config->process.bytes + 12, participant_entity, sizeof participant_entity);
	host_id_make(config->host_id);
	config->pid = (uint32_t)getpid();
	read_line("/proc/self/comm", domain->process_name, sizeof domain->process_name);
	config->process_name = domain->process_name;
	config->domain_id = domain->domain_id;
	return TERN_OK;
}

struct tern_guid domain_participant_guid(struct tern_domain *domain)
{
	struct tern_guid guid = domain->config.process;

	pthread_mutex_lock(&domain->lock);
	uint32_t number = ++domain->next_participant;
	pthread_mutex_unlock(&domain->lock);
	guid.bytes[10] = (uint8_t)(number >> 8);
	guid.bytes[11] = (uint8_t)number;
	return guid;
}

struct tern_guid domain_endpoint_guid(struct tern_domain *domain,
                                      const struct tern_guid *participant,
                                      tern_endpoint_kind kind, bool is_keyed)
{
	/* Entity kinds of RTPS 2.5, 9.3.1.2: user-defined writer and reader, with key or without. */
	static const uint8_t kinds[2][2] = { { 0x03, 0x02 }, { 0x04, 0x07 } };
	struct tern_guid guid = *participant;

	pthread_mutex_lock(&domain->lock);
	uint32_t number = ++domain->next_entity;
	pthread_mutex_unlock(&domain->lock);
	guid.bytes[12] = (uint8_t)(number >> 16);
	guid.bytes[13] = (uint8_t)(number >> 8);
	guid.bytes[14] = (uint8_t)number;
	guid.bytes[15] = kinds[kind == TERN_READER][is_keyed];
	return guid;
}

uint32_t domain_transport_index(const struct tern_domain *domain,
                                const struct tern_transport *transport)
{
	for (uint32_t i = 0; i < domain->transport_count; i++)
		if (atomic_load_explicit(&domain->transports[i].instance,
		                         memory_order_acquire) == transport)
			return i;
	return atomic_load_explicit(&domain->starting, memory_order_acquire);
}

/* ---- transports ----------------------------------------------------------------------- */

/* Is the name in the comma-separated list? No list wants all. */
static bool is_wanted(const char *list, const char *name)
{
	if (!list || !*list)
		return true;
	while (*list) {
		size_t length = strcspn(list, ",");
		if (length == strlen(name) && strncmp(list, name, length) == 0)
			return true;
		list += length + (list[length] == ',');
	}
	return false;
}

static void warn_of_unknown(const char *list)
{
	while (list && *list) {
		size_t length = strcspn(list, ",");
		bool known = length == 0;
		for (size_t i = 0; i < tern__builtin_transport_count; i++)
			known |= strlen(tern__builtin_transports[i].name) == length &&
			         strncmp(tern__builtin_transports[i].name, list,
			                 length) == 0;
		if (!known)
			tern__log(TERN_LOG_WARNING,
			          "TERN_TRANSPORTS names %.*s, which this build does not "
			          "have",
			          (int)length, list);
		list += length + (list[length] == ',');
	}
}

int64_t domain_discover(struct tern_domain *domain)
{
	uint32_t transports =
		atomic_load_explicit(&domain->discovering, memory_order_acquire);
	int64_t next_ns = TERN_INFINITE;

	while (transports) {
		struct domain_transport *transport =
			&domain->transports[__builtin_ctz(transports)];
		transports &= transports - 1;
		int64_t again_ns = transport->ops->discover(transport->instance);
		if (again_ns < next_ns)
			next_ns = again_ns;
	}
	return next_ns;
}

void domain_changed(struct tern_domain *domain)
{
	atomic_fetch_add(&domain->generation, 1);
	pthread_cond_broadcast(&domain->changed);
	bell_ring(&domain->bells, atomic_load(&domain->awaiting));
}

static tern_status transport_start(struct tern_domain *domain, uint32_t index,
                                   tern_transport_entry_fn entry)
{
	struct domain_transport *transport = &domain->transports[index];
	tern_status s = TERN_OK;

	if (entry) {
		transport->ops = entry(&tern__host);
		s = transport->ops ? transport_ops_check(transport->name, transport->ops)
		                   : TERN_EUNSUPPORTED;
	} else {
		s = module_load(transport->name, &tern__host, &transport->ops);
	}
	if (s < 0)
		return s;
	/* It may report before start() returns, under an instance that is not known here yet. */
	atomic_store_explicit(&domain->starting, index, memory_order_release);
	struct tern_transport *instance = NULL;
	s = transport->ops->start(&tern__host, domain, &domain->config, &instance);
	atomic_store_explicit(&transport->instance, instance, memory_order_release);
	return s;
}

/* Start one and announce to it what there is. Called without the lock. */
static void transport_bring_up(struct tern_domain *domain, uint32_t index,
                               tern_transport_entry_fn entry)
{
	struct domain_transport *transport = &domain->transports[index];
	tern_status s = transport_start(domain, index, entry);

	if (s < 0) /* before anybody is told that it failed */
		tern__log(TERN_LOG_WARNING, "the %s transport does not run: %s",
		          transport->name, tern_error_text());
	pthread_mutex_lock(&domain->lock);
	if (s < 0) {
		snprintf(transport->failure, sizeof transport->failure, "%s",
		         tern_error_text());
		transport->state = TRANSPORT_FAILED;
	} else {
		transport->state = TRANSPORT_RUNNING;
		if (transport->ops->discover)
			atomic_fetch_or(&domain->discovering, 1u << index);
		port_announce_all(domain, index);
	}
	domain_changed(domain);
	pthread_mutex_unlock(&domain->lock);
}

/* What the processes of this host have in common, the first transport that knows it says.
 * There is no waitset, port or slow transport yet: nobody looks at these meanwhile. */
static void transport_share(struct tern_domain *domain, uint32_t index)
{
	static const uint8_t none[TERN_HOST_ID_SIZE_BYTES];
	const struct domain_transport *transport = &domain->transports[index];
	struct tern_transport_share share = { 0 };

	if (transport->state != TRANSPORT_RUNNING || !transport->ops->share)
		return;
	transport->ops->share(transport->instance, &share);
	if (share.bells && !domain->bells.shared)
		bell_table_share(&domain->bells, share.bells);
	if (domain->shares_host_id || memcmp(share.host_id, none, sizeof none) == 0)
		return;
	domain->shares_host_id = true;
	memcpy(domain->config.host_id, share.host_id, sizeof share.host_id);
	/* Local, which may run already, reported us with the other one. */
	pthread_mutex_lock(&domain->lock);
	struct peer *self = directory_peer(&domain->directory, &domain->config.process);
	if (self)
		memcpy(self->info.host_id, share.host_id, sizeof share.host_id);
	pthread_mutex_unlock(&domain->lock);
}

static const struct tern__builtin_transport *builtin_named(const char *name)
{
	for (size_t i = 0; i < tern__builtin_transport_count; i++)
		if (strcmp(tern__builtin_transports[i].name, name) == 0)
			return &tern__builtin_transports[i];
	return NULL;
}

static void *start_slow_transports(void *context)
{
	struct tern_domain *domain = context;

	for (uint32_t i = 0; i < domain->transport_count; i++)
		if (domain->transports[i].state == TRANSPORT_STARTING)
			transport_bring_up(
				domain, i,
				builtin_named(domain->transports[i].name)->entry);
	return NULL;
}

/* Those in modules take their time to load: a helper thread does it beside us. */
static tern_status transports_start(struct tern_domain *domain)
{
	const char *wanted = getenv("TERN_TRANSPORTS");
	bool slow = false;

	warn_of_unknown(wanted);
	for (size_t i = 0; i < tern__builtin_transport_count; i++) {
		const struct tern__builtin_transport *builtin =
			&tern__builtin_transports[i];
		if (!is_wanted(wanted, builtin->name) ||
		    domain->transport_count == TRANSPORTS_MAX)
			continue;
		domain->transports[domain->transport_count++].name = builtin->name;
	}
	for (uint32_t i = 0; i < domain->transport_count; i++) {
		tern_transport_entry_fn entry =
			builtin_named(domain->transports[i].name)->entry;
		const struct tern_transport_ops *ops = entry ? entry(&tern__host) : NULL;
		if (ops && !(ops->flags & TERN_TRANSPORT_SLOW_START))
			transport_bring_up(domain, i, entry);
		else
			slow = true;
		transport_share(domain, i);
	}
	if (!slow)
		return TERN_OK;
	int error = pthread_create(&domain->starter, NULL, start_slow_transports, domain);
	if (error)
		return tern_fail(TERN_EIO, "no thread to start transports: %s",
		                 strerror(error));
	domain->starter_started = true;
	return TERN_OK;
}

tern_status domain_wait_started(struct tern_domain *domain, int64_t timeout_ns)
{
	int64_t deadline_ns = clock_deadline_ns(timeout_ns);
	struct timespec until = clock_timespec(deadline_ns);
	tern_status s = TERN_EIO;
	bool starting = true;

	pthread_mutex_lock(&domain->lock);
	for (int error = 0; starting;) {
		starting = false;
		for (uint32_t i = 0; i < domain->transport_count; i++) {
			starting |= domain->transports[i].state == TRANSPORT_STARTING;
			if (domain->transports[i].state == TRANSPORT_RUNNING)
				s = TERN_OK;
		}
		if (starting && error == ETIMEDOUT) {
			s = tern_fail(TERN_ETIMEDOUT, "transports are still starting");
			break;
		}
		if (starting)
			error = pthread_cond_clockwait(&domain->changed, &domain->lock,
			                               CLOCK_MONOTONIC, &until);
	}
	if (s == TERN_EIO)
		s = tern_fail(TERN_EIO, "no transport runs: %s",
		              domain->transport_count
		                      ? domain->transports[0].failure
		                      : "TERN_TRANSPORTS names none of this build");
	pthread_mutex_unlock(&domain->lock);
	return s;
}

/* ---- life ------------------------------------------------------------------------------ */

static void domain_destroy(struct tern_domain *domain)
{
	if (domain->starter_started)
		pthread_join(domain->starter, NULL);
	bell_table_share(&domain->bells, NULL); /* a transport's end with it */
	for (uint32_t i = domain->transport_count; i-- > 0;)
		if (domain->transports[i].state == TRANSPORT_RUNNING)
			domain->transports[i].ops->stop(
				atomic_load(&domain->transports[i].instance));
	directory_fini(&domain->directory);
	for (uint32_t i = 0; i < domain->dead_count; i++)
		peer_destroy(domain->dead[i]);
	pthread_cond_destroy(&domain->changed);
	pthread_mutex_destroy(&domain->lock);
	bell_table_fini(&domain->bells);
	free(domain);
}

static tern_status domain_create(uint32_t domain_id, struct tern_domain **ret_domain)
{
	struct tern_domain *domain = calloc(1, sizeof *domain);
	if (!domain)
		return tern_fail(TERN_ENOMEM, "no memory for domain %u", domain_id);

	domain->domain_id = domain_id;
	domain->references = 1;
	atomic_init(&domain->generation, 1); /* nobody has seen it */
	bell_table_init(&domain->bells, spin_max_ns_of(getenv("TERN_SPIN_US")));
	pthread_mutex_init(&domain->lock, NULL);
	pthread_cond_init(&domain->changed, NULL);
	tern_status s = identity_init(domain);
	if (s == TERN_OK)
		s = transports_start(domain);
	if (s < 0) {
		domain_destroy(domain);
		return s;
	}
	*ret_domain = domain;
	return TERN_OK;
}

tern_status domain_acquire(uint32_t domain_id, struct tern_domain **ret_domain)
{
	tern_status s = TERN_OK;

	pthread_mutex_lock(&domains_lock);
	struct tern_domain *domain = domains;
	while (domain && domain->domain_id != domain_id)
		domain = domain->next;
	if (domain) {
		domain->references++;
	} else {
		s = domain_create(domain_id, &domain);
		if (s == TERN_OK) {
			domain->next = domains;
			domains = domain;
		}
	}
	pthread_mutex_unlock(&domains_lock);
	if (s == TERN_OK)
		*ret_domain = domain;
	return s;
}

void domain_release(struct tern_domain *domain)
{
	/* Held to the end: who joins the domain anew meanwhile must find its transports stopped. */
	pthread_mutex_lock(&domains_lock);
	if (--domain->references == 0) {
		struct tern_domain **link = &domains;
		while (*link != domain)
			link = &(*link)->next;
		*link = domain->next;
		domain_destroy(domain);
	}
	pthread_mutex_unlock(&domains_lock);
}
