/* The simulated flight as a source: what an autopilot would say while the quadrotor
 * flies, on the same topics and at the same rates as a recorded flight. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flight.h"
#include "quadrotor.h"
#include "source.h"

#define BOOT_US 2000000u /* the autopilot has been running for a while */
#define GRAVITY_M_S2 9.80665
#define SYSTEM_ID 1
#define MAV_TYPE_QUADROTOR 2

struct simulation {
	struct source source; /* first: the two are cast into each other */
	struct quadrotor quadrotor;
	uint64_t due_us[FLIGHT_TOPIC_COUNT];
	uint64_t now_us;
	uint32_t noise; /* state of the generator */
};

/* A topic's period; the odd ones are those of a real autopilot. */
static const uint64_t periods_us[FLIGHT_TOPIC_COUNT] = {
	[TOPIC_VEHICLE_ATTITUDE] = 10666,
	[TOPIC_VEHICLE_LOCAL_POSITION] = 101000,
	[TOPIC_VEHICLE_STATUS] = 234000,
	[TOPIC_COMMANDER_STATE] = 101000,
	[TOPIC_VEHICLE_ATTITUDE_SETPOINT] = 21066,
	[TOPIC_VEHICLE_RATES_SETPOINT] = 10666,
	[TOPIC_ACTUATOR_CONTROLS_0] = 21066,
	[TOPIC_ACTUATOR_OUTPUTS] = 52560,
	[TOPIC_TELEMETRY_STATUS] = 985000,
	[TOPIC_CPULOAD] = 1000000,
	[TOPIC_SENSOR_COMBINED] = 4036,
	[TOPIC_SENSOR_PREFLIGHT] = 4036,
	[TOPIC_CONTROL_STATE] = 21066,
	[TOPIC_ESTIMATOR_STATUS] = 52560,
	[TOPIC_EKF2_INNOVATIONS] = 21066,
};

/* About normal, mean 0: the sum of four uniform numbers of Marsaglia's xorshift. */
static double noise(struct simulation *simulation, double deviation)
{
	double sum = 0;

	for (int i = 0; i < 4; i++) {
		uint32_t x = simulation->noise;

		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		simulation->noise = x;
		sum += (double)x / UINT32_MAX - 0.5;
	}
	return sum * deviation * 1.7320508;
}

static void set_floats(const double *from, int count, float *ret_to)
{
	for (int i = 0; i < count; i++)
		ret_to[i] = (float)from[i];
}

static void fill_attitude(struct simulation *simulation, flight_VehicleAttitude *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;

	sample->timestamp = simulation->now_us;
	sample->rollspeed = (float)q->rates_rad_s[0];
	sample->pitchspeed = (float)q->rates_rad_s[1];
	sample->yawspeed = (float)q->rates_rad_s[2];
	set_floats(q->attitude, 4, sample->q);
}

static void fill_position(struct simulation *simulation,
                          flight_VehicleLocalPosition *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;
	double angles_rad[3];

	quadrotor_euler(q->attitude, angles_rad);
	sample->timestamp = simulation->now_us;
	sample->ref_timestamp = BOOT_US;
	sample->ref_lat = 47.3977;
	sample->ref_lon = 8.5456;
	sample->ref_alt = 488;
	sample->x = (float)(q->position_m[0] + noise(simulation, 0.02));
	sample->y = (float)(q->position_m[1] + noise(simulation, 0.02));
	sample->z = (float)(q->position_m[2] + noise(simulation, 0.03));
	sample->vx = (float)q->velocity_m_s[0];
	sample->vy = (float)q->velocity_m_s[1];
	sample->vz = (float)q->velocity_m_s[2];
	sample->yaw = (float)angles_rad[2];
	sample->dist_bottom = (float)-q->position_m[2];
	sample->dist_bottom_rate = (float)-q->velocity_m_s[2];
	sample->surface_bottom_timestamp = simulation->now_us;
	sample->eph = 0.02f;
	sample->epv = 0.03f;
	sample->xy_valid = sample->z_valid = true;
	sample->v_xy_valid = sample->v_z_valid = true;
	sample->xy_global = sample->z_global = true;
	sample->dist_bottom_valid = true;
}

static uint8_t navigation_state(const struct quadrotor *q)
{
	if (q->time_s < 4)
		return flight_NAVIGATION_TAKEOFF;
	return q->time_s < 16 ? flight_NAVIGATION_MISSION : flight_NAVIGATION_LAND;
}

static void fill_status(struct simulation *simulation, flight_VehicleStatus *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;

	sample->timestamp = simulation->now_us;
	sample->system_id = SYSTEM_ID;
	sample->component_id = 1;
	sample->onboard_control_sensors_present = 0x3f;
	sample->onboard_control_sensors_enabled = 0x3f;
	sample->onboard_control_sensors_health = 0x3f;
	sample->nav_state = navigation_state(q);
	sample->arming_state = q->is_armed ? flight_ARMING_ARMED : flight_ARMING_STANDBY;
	sample->system_type = MAV_TYPE_QUADROTOR;
	sample->is_rotary_wing = true;
	sample->rc_signal_lost = true;
}

static void fill_sensors(struct simulation *simulation, flight_SensorCombined *sample)
{
	static const double field_ga[3] = { 0.21, 0.01, 0.43 };
	const struct quadrotor *q = &simulation->quadrotor;
	double felt[3], magnetic[3];

	/* An accelerometer feels all but gravity. */
	memcpy(felt, q->acceleration_m_s2, sizeof felt);
	felt[2] -= GRAVITY_M_S2;
	quadrotor_to_body(q->attitude, felt, felt);
	quadrotor_to_body(q->attitude, field_ga, magnetic);
	sample->timestamp = simulation->now_us;
	sample->gyro_integral_dt = sample->accelerometer_integral_dt = 0.004f;
	for (int k = 0; k < 3; k++) {
		sample->gyro_rad[k] =
			(float)(q->rates_rad_s[k] + noise(simulation, 0.01));
		sample->accelerometer_m_s2[k] = (float)(felt[k] + noise(simulation, 0.3));
		sample->magnetometer_ga[k] =
			(float)(magnetic[k] + noise(simulation, 0.005));
	}
	sample->baro_alt_meter = (float)(488 - q->position_m[2] + noise(simulation, 0.2));
	sample->baro_temp_celcius = 41;
}

static void fill_attitude_setpoint(struct simulation *simulation,
                                   flight_VehicleAttitudeSetpoint *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;
	double angles_rad[3];

	quadrotor_euler(q->wanted_attitude, angles_rad);
	sample->timestamp = simulation->now_us;
	sample->roll_body = (float)angles_rad[0];
	sample->pitch_body = (float)angles_rad[1];
	sample->yaw_body = (float)angles_rad[2];
	set_floats(q->wanted_attitude, 4, sample->q_d);
	sample->q_d_valid = true;
	sample->thrust = (float)q->wanted_thrust;
}

static void fill_rates_setpoint(struct simulation *simulation,
                                flight_VehicleRatesSetpoint *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;

	sample->timestamp = simulation->now_us;
	sample->roll = (float)q->wanted_rates_rad_s[0];
	sample->pitch = (float)q->wanted_rates_rad_s[1];
	sample->yaw = (float)q->wanted_rates_rad_s[2];
	sample->thrust = (float)q->wanted_thrust;
}

static void fill_controls(struct simulation *simulation, flight_ActuatorControls *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;

	sample->timestamp = simulation->now_us;
	sample->timestamp_sample = simulation->now_us;
	set_floats(q->wanted_torque, 3, sample->control);
	sample->control[3] = (float)q->wanted_thrust;
}

static void fill_outputs(struct simulation *simulation, flight_ActuatorOutputs *sample)
{
	sample->timestamp = simulation->now_us;
	sample->noutputs = 4;
	for (int m = 0; m < 4; m++)
		sample->output[m] = (float)quadrotor_pulse_us(&simulation->quadrotor, m);
}

static void fill_control_state(struct simulation *simulation, flight_ControlState *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;
	double acceleration[3], velocity[3];

	quadrotor_to_body(q->attitude, q->acceleration_m_s2, acceleration);
	quadrotor_to_body(q->attitude, q->velocity_m_s, velocity);
	sample->timestamp = simulation->now_us;
	sample->x_acc = (float)acceleration[0];
	sample->y_acc = (float)acceleration[1];
	sample->z_acc = (float)acceleration[2];
	sample->x_vel = (float)velocity[0];
	sample->y_vel = (float)velocity[1];
	sample->z_vel = (float)velocity[2];
	sample->x_pos = (float)q->position_m[0];
	sample->y_pos = (float)q->position_m[1];
	sample->z_pos = (float)q->position_m[2];
	set_floats(q->attitude, 4, sample->q);
	sample->delta_q_reset[0] = 1;
	sample->roll_rate = (float)q->rates_rad_s[0];
	sample->pitch_rate = (float)q->rates_rad_s[1];
	sample->yaw_rate = (float)q->rates_rad_s[2];
	sample->horz_acc_mag =
		(float)hypot(q->acceleration_m_s2[0], q->acceleration_m_s2[1]);
}

static void fill_estimator(struct simulation *simulation, flight_EstimatorStatus *sample)
{
	const struct quadrotor *q = &simulation->quadrotor;

	sample->timestamp = simulation->now_us;
	set_floats(q->attitude, 4, sample->states);
	set_floats(q->velocity_m_s, 3, sample->states + 4);
	set_floats(q->position_m, 3, sample->states + 7);
	sample->n_states = 24;
	for (int i = 0; i < 28; i++)
		sample->covariances[i] = 0.001f;
	sample->pos_horiz_accuracy = 0.02f;
	sample->pos_vert_accuracy = 0.03f;
}

static void fill_innovations(struct simulation *simulation,
                             flight_EstimatorInnovations *sample)
{
	sample->timestamp = simulation->now_us;
	for (int i = 0; i < 6; i++) {
		sample->vel_pos_innov[i] = (float)noise(simulation, 0.05);
		sample->vel_pos_innov_var[i] = 0.0025f;
	}
	for (int i = 0; i < 3; i++) {
		sample->mag_innov[i] = (float)noise(simulation, 0.01);
		sample->mag_innov_var[i] = 0.0001f;
	}
	sample->heading_innov = (float)noise(simulation, 0.01);
	sample->heading_innov_var = 0.0001f;
}

static void fill_telemetry(struct simulation *simulation, flight_TelemetryStatus *sample)
{
	sample->timestamp = simulation->now_us;
	sample->heartbeat_time = sample->telem_time = simulation->now_us;
	sample->rssi = sample->remote_rssi = 190;
	sample->noise = sample->remote_noise = 40;
	sample->txbuf = 100;
	sample->system_id = SYSTEM_ID;
}

static void fill_small(struct simulation *simulation, enum flight_topic_index topic,
                       void *sample)
{
	flight_CommanderState *commander = sample;
	flight_SensorPreflight *preflight = sample;
	flight_CpuLoad *load = sample;

	if (topic == TOPIC_COMMANDER_STATE) {
		commander->timestamp = simulation->now_us;
		commander->main_state = flight_NAVIGATION_MISSION;
	} else if (topic == TOPIC_SENSOR_PREFLIGHT) {
		preflight->timestamp = simulation->now_us;
		preflight->accel_inconsistency_m_s_s =
			(float)fabs(noise(simulation, 0.1));
		preflight->gyro_inconsistency_rad_s =
			(float)fabs(noise(simulation, 0.01));
	} else {
		load->timestamp = simulation->now_us;
		load->load = (float)(0.45 + noise(simulation, 0.02));
		load->ram_usage = 0.31f;
	}
}

static void fill(struct source *source, const struct source_event *event, void *sample)
{
	struct simulation *simulation = (struct simulation *)source;

	switch (event->topic) {
	case TOPIC_VEHICLE_ATTITUDE:
		fill_attitude(simulation, sample);
		return;
	case TOPIC_VEHICLE_LOCAL_POSITION:
		fill_position(simulation, sample);
		return;
	case TOPIC_VEHICLE_STATUS:
		fill_status(simulation, sample);
		return;
	case TOPIC_VEHICLE_ATTITUDE_SETPOINT:
		fill_attitude_setpoint(simulation, sample);
		return;
	case TOPIC_VEHICLE_RATES_SETPOINT:
		fill_rates_setpoint(simulation, sample);
		return;
	case TOPIC_ACTUATOR_CONTROLS_0:
		fill_controls(simulation, sample);
		return;
	case TOPIC_ACTUATOR_OUTPUTS:
		fill_outputs(simulation, sample);
		return;
	case TOPIC_TELEMETRY_STATUS:
		fill_telemetry(simulation, sample);
		return;
	case TOPIC_SENSOR_COMBINED:
		fill_sensors(simulation, sample);
		return;
	case TOPIC_CONTROL_STATE:
		fill_control_state(simulation, sample);
		return;
	case TOPIC_ESTIMATOR_STATUS:
		fill_estimator(simulation, sample);
		return;
	case TOPIC_EKF2_INNOVATIONS:
		fill_innovations(simulation, sample);
		return;
	case TOPIC_COMMANDER_STATE:
	case TOPIC_SENSOR_PREFLIGHT:
	case TOPIC_CPULOAD:
	case FLIGHT_TOPIC_COUNT:
		fill_small(simulation, event->topic, sample);
	}
}

static bool next(struct source *source, struct source_event *ret_event)
{
	struct simulation *simulation = (struct simulation *)source;
	int first = 0;
	uint64_t time_us;

	for (int i = 1; i < FLIGHT_TOPIC_COUNT; i++)
		if (simulation->due_us[i] < simulation->due_us[first])
			first = i;
	time_us = simulation->due_us[first];
	simulation->due_us[first] += periods_us[first];
	if ((double)time_us >= QUADROTOR_FLIGHT_S * 1e6)
		return false;
	while (simulation->quadrotor.time_s * 1e6 < (double)time_us)
		quadrotor_step(&simulation->quadrotor);
	simulation->now_us = BOOT_US + time_us;
	ret_event->topic = (enum flight_topic_index)first;
	ret_event->time_us = time_us;
	return true;
}

static void destroy(struct source *source)
{
	free(source);
}

struct source *simulation_create(void)
{
	struct simulation *simulation = calloc(1, sizeof *simulation);

	if (!simulation)
		return NULL;
	simulation->source = (struct source){
		.next = next,
		.fill = fill,
		.destroy = destroy,
		.title = "a simulated quadrotor",
	};
	simulation->noise = 2463534242u;
	quadrotor_init(&simulation->quadrotor);
	return &simulation->source;
}
