/* Writers that gather samples are made so one by one: the switch, which Cyclone has for all
 * writers of a domain, is as the program left it. */
#include <stdlib.h>

#include "cyclone_0_10/internal.h"
#include "dds.h"

#include "netns.h"
#include "suite.h"

#include "fake_host.h"

static struct tern_domain domain;

static bool announce(tern_reliability reliability)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.reliability = reliability;
	return fake_host_announce(&domain, TERN_WRITER, &qos);
}

/* What the next writer of the program's own would get. */
static bool others_gather(void)
{
	struct ddsi_sertype *sertype = domain.port.endpoint->sertype;
	const struct ddsi_domaingv *gv = ddsrt_atomic_ldvoidp(&sertype->gv);

	return gv->config.whc_batch;
}

static void expect_no_trace(tern_reliability reliability)
{
	CU_ASSERT_TRUE_FATAL(fake_host_start(&domain));
	for (int program_gathers = 0; program_gathers <= 1; program_gathers++) {
		dds_write_set_batch(program_gathers);
		CU_ASSERT_TRUE_FATAL(announce(reliability));
		CU_ASSERT_EQUAL(others_gather(), program_gathers);
		CU_ASSERT_EQUAL(domain.port.endpoint->sender.alarm != NULL,
		                reliability == TERN_RELIABLE);
		fake_host_withdraw(&domain);
	}
	fake_host_stop(&domain);
}

static void a_reliable_writer_leaves_the_programs_own_alone(void)
{
	expect_no_trace(TERN_RELIABLE);
}

static void a_best_effort_writer_leaves_the_programs_own_alone(void)
{
	expect_no_trace(TERN_BEST_EFFORT);
}

static void a_writer_with_a_latency_budget_holds_nothing(void)
{
	struct tern_qos qos = tern_qos_writer_default();

	qos.latency_budget_ns = SUITE_MILLISECOND_NS;
	CU_ASSERT_TRUE_FATAL(fake_host_start(&domain));
	CU_ASSERT_TRUE_FATAL(fake_host_announce(&domain, TERN_WRITER, &qos));
	CU_ASSERT_PTR_NULL(domain.port.endpoint->sender.alarm);
	fake_host_withdraw(&domain);
	fake_host_stop(&domain);
}

static const struct suite_test tests[] = {
	{ "a_reliable_writer_leaves_the_programs_own_alone",
	  a_reliable_writer_leaves_the_programs_own_alone },
	{ "a_best_effort_writer_leaves_the_programs_own_alone",
	  a_best_effort_writer_leaves_the_programs_own_alone },
	{ "a_writer_with_a_latency_budget_holds_nothing",
	  a_writer_with_a_latency_budget_holds_nothing },
};

int main(int argc, char **argv)
{
	netns_isolate();
	setenv("CYCLONEDDS_URI",
	       "<General><Interfaces><NetworkInterface name='lo' multicast='true'/>"
	       "</Interfaces></General>",
	       1);
	return SUITE_RUN(argc, argv, tests);
}
