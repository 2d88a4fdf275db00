/* The simulated flight: it must fly, land, and do so in the same way each time. */
#include <math.h>
#include <string.h>

#include "quadrotor.h"
#include "suite.h"

static double distance_m(const double a[3], const double b[3])
{
	return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

static void fly_until(struct quadrotor *quadrotor, double time_s)
{
	while (quadrotor->time_s < time_s)
		quadrotor_step(quadrotor);
}

static void follows_plan(void)
{
	struct quadrotor quadrotor;
	double worst_m = 0;

	quadrotor_init(&quadrotor);
	while (quadrotor.time_s < QUADROTOR_FLIGHT_S) {
		double error_m;

		quadrotor_step(&quadrotor);
		error_m = distance_m(quadrotor.position_m, quadrotor.wanted_position_m);
		if (error_m > worst_m)
			worst_m = error_m;
	}
	CU_ASSERT_TRUE(worst_m < 1.5);
	CU_ASSERT_TRUE(worst_m > 0.01); /* it has mass: it cannot be everywhere at once */
}

static void takes_off_and_lands(void)
{
	struct quadrotor quadrotor;

	quadrotor_init(&quadrotor);
	CU_ASSERT_TRUE(quadrotor.is_landed);
	fly_until(&quadrotor, 0.8);
	CU_ASSERT_TRUE(quadrotor.is_landed);
	CU_ASSERT_TRUE(quadrotor.is_armed);
	fly_until(&quadrotor, 10);
	CU_ASSERT_FALSE(quadrotor.is_landed);
	CU_ASSERT_TRUE(quadrotor.position_m[2] < -4);
	fly_until(&quadrotor, QUADROTOR_FLIGHT_S);
	CU_ASSERT_TRUE(quadrotor.is_landed);
	CU_ASSERT_FALSE(quadrotor.is_armed);
	CU_ASSERT_TRUE(hypot(quadrotor.position_m[0], quadrotor.position_m[1]) < 0.5);
	CU_ASSERT_TRUE(quadrotor_pulse_us(&quadrotor, 0) < 1010);
}

static void stays_physical(void)
{
	struct quadrotor quadrotor;

	quadrotor_init(&quadrotor);
	while (quadrotor.time_s < QUADROTOR_FLIGHT_S) {
		const double *q = quadrotor.attitude;
		double angles_rad[3];

		quadrotor_step(&quadrotor);
		CU_ASSERT_TRUE_FATAL(fabs(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] +
		                          q[3] * q[3] - 1) < 1e-9);
		quadrotor_euler(q, angles_rad);
		CU_ASSERT_TRUE_FATAL(fabs(angles_rad[0]) < 0.8 &&
		                     fabs(angles_rad[1]) < 0.8);
		CU_ASSERT_TRUE_FATAL(quadrotor.position_m[2] <= 0);
		for (int m = 0; m < 4; m++)
			CU_ASSERT_TRUE_FATAL(quadrotor.motor_n[m] >= 0 &&
			                     quadrotor_pulse_us(&quadrotor, m) <= 2000);
	}
}

static void is_deterministic(void)
{
	struct quadrotor first, second;

	quadrotor_init(&first);
	quadrotor_init(&second);
	fly_until(&first, QUADROTOR_FLIGHT_S);
	fly_until(&second, QUADROTOR_FLIGHT_S);
	CU_ASSERT_EQUAL(
		memcmp(first.position_m, second.position_m, sizeof first.position_m), 0);
	CU_ASSERT_EQUAL(memcmp(first.attitude, second.attitude, sizeof first.attitude),
	                0);
}

static void turns_vectors(void)
{
	/* Turned by 90 degrees to the right, north lies on the left. */
	double east[4] = { sqrt(0.5), 0, 0, sqrt(0.5) };
	double north[3] = { 1, 0, 0 };
	double angles_rad[3], body[3];

	quadrotor_to_body(east, north, body);
	CU_ASSERT_DOUBLE_EQUAL(body[0], 0, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(body[1], -1, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(body[2], 0, 1e-9);
	quadrotor_euler(east, angles_rad);
	CU_ASSERT_DOUBLE_EQUAL(angles_rad[2], M_PI / 2, 1e-9);
}

static const struct suite_test tests[] = {
	{ "the_quadrotor_follows_its_plan", follows_plan },
	{ "it_takes_off_and_lands_where_it_began", takes_off_and_lands },
	{ "its_state_stays_physical", stays_physical },
	{ "two_flights_are_the_same_to_the_bit", is_deterministic },
	{ "vectors_turn_into_the_body_s_axes", turns_vectors },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
