/* Two hosts made by the test hear each other and nothing else. */
#include "child.h"
#include "netns.h"
#include "suite.h"

static int run_in(const struct netns *where, char *command, int64_t timeout_ns)
{
	char *argv[] = { "sh", "-c", command, NULL };
	struct child child;

	CU_ASSERT_TRUE_FATAL(child_start(&child, "/bin/sh", argv, where));
	int code = child_wait(&child, timeout_ns);
	child_stop(&child);
	return code;
}

static void a_new_host_has_loopback_alone(void)
{
	struct netns host;

	CU_ASSERT_TRUE_FATAL(netns_create(&host));
	CU_ASSERT_EQUAL(run_in(&host,
	                       "test \"$(cd /sys/class/net 2>/dev/null; "
	                       "grep -c : /proc/self/net/dev)\" = 1 && "
	                       "grep -q lo: /proc/self/net/dev",
	                       10 * SUITE_SECOND_NS),
	                0);
	netns_destroy(&host);
}

static void joined_hosts_have_a_link_with_multicast(void)
{
	struct netns a, b;

	CU_ASSERT_TRUE_FATAL(netns_create(&a));
	CU_ASSERT_TRUE_FATAL(netns_create(&b));
	CU_ASSERT_TRUE(netns_join(&a, "10.77.0.1/24", &b, "10.77.0.2/24", "veth"));
	CU_ASSERT_TRUE(netns_ip(&a, "route get 10.77.0.2 >/dev/null"));
	CU_ASSERT_TRUE(netns_ip(&b, "route get 239.255.0.1 >/dev/null"));
	CU_ASSERT_FALSE(netns_ip(&a, "route get 192.0.2.1 2>/dev/null"));
	netns_destroy(&a);
	netns_destroy(&b);
}

static const struct suite_test tests[] = {
	{ "a_new_host_has_loopback_alone", a_new_host_has_loopback_alone },
	{ "joined_hosts_have_a_link_with_multicast",
	  joined_hosts_have_a_link_with_multicast },
};

int main(int argc, char **argv)
{
	netns_need_root();
	return SUITE_RUN(argc, argv, tests);
}
