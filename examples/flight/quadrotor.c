/* Physics and control of the simulated quadrotor. Control is a cascade, each stage asking
 * the next: position, velocity, attitude, rates, motors. */
#include "quadrotor.h"

#include <math.h>
#include <string.h>

#define GRAVITY_M_S2 9.80665
#define MASS_KG 1.2
#define MOTOR_MAX_N 6.5
#define MOTOR_LAG_S 0.03
#define ARM_M 0.12  /* from a motor to the axes, both ways */
#define YAW_M 0.016 /* torque around the motor's axis for each newton of thrust */
#define DRAG_KG_S 0.25
#define TILT_MAX_RAD 0.6

static const double inertia_kg_m2[3] = { 0.012, 0.012, 0.020 };

/* Signs of each motor's torque around roll, pitch and yaw. */
static const double mixer[4][3] = {
	{ -1, 1, 1 },   /* front right, turns anticlockwise */
	{ 1, -1, 1 },   /* rear left */
	{ 1, 1, -1 },   /* front left */
	{ -1, -1, -1 }, /* rear right */
};

/* Where to be when; between two lines the way is smooth. */
static const struct waypoint {
	double time_s;
	double position_m[3];
	double yaw_rad;
} plan[] = {
	{ 0.0, { 0, 0, 0 }, 0 },
	{ 1.0, { 0, 0, 0 }, 0 },
	{ 4.0, { 0, 0, -5 }, 0 },
	{ 7.0, { 8, 0, -5 }, 0 },
	{ 10.0, { 8, 8, -6 }, M_PI / 2 },
	{ 13.0, { 0, 8, -6 }, M_PI },
	{ 16.0, { 0, 0, -5 }, 3 * M_PI / 2 },
	{ 19.2, { 0, 0, 0.1 }, 2 * M_PI },
	{ QUADROTOR_FLIGHT_S, { 0, 0, 0.1 }, 2 * M_PI },
};

#define ARMED_FROM_S 0.5
#define ARMED_UNTIL_S 19.5

static double clamp(double value, double min, double max)
{
	return value < min ? min : value > max ? max : value;
}

static void rotate(const double q[4], const double v[3], double ret[3])
{
	/* v + 2 u x (u x v + w v), u being the quaternion's vector */
	double t[3] = {
		q[2] * v[2] - q[3] * v[1] + q[0] * v[0],
		q[3] * v[0] - q[1] * v[2] + q[0] * v[1],
		q[1] * v[1] - q[2] * v[0] + q[0] * v[2],
	};
	double r[3] = {
		v[0] + 2 * (q[2] * t[2] - q[3] * t[1]),
		v[1] + 2 * (q[3] * t[0] - q[1] * t[2]),
		v[2] + 2 * (q[1] * t[1] - q[2] * t[0]),
	};

	memcpy(ret, r, sizeof r);
}

static void multiply(const double a[4], const double b[4], double ret[4])
{
	double r[4] = {
		a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
		a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
		a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
		a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
	};

	memcpy(ret, r, sizeof r);
}

static void normalize(double q[4])
{
	double norm = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);

	for (int i = 0; i < 4; i++)
		q[i] /= norm;
}

void quadrotor_to_body(const double attitude[4], const double world[3],
                       double ret_body[3])
{
	double inverse[4] = { attitude[0], -attitude[1], -attitude[2], -attitude[3] };

	rotate(inverse, world, ret_body);
}

void quadrotor_euler(const double q[4], double ret_angles_rad[3])
{
	ret_angles_rad[0] = atan2(2 * (q[0] * q[1] + q[2] * q[3]),
	                          1 - 2 * (q[1] * q[1] + q[2] * q[2]));
	ret_angles_rad[1] = asin(clamp(2 * (q[0] * q[2] - q[3] * q[1]), -1, 1));
	ret_angles_rad[2] = atan2(2 * (q[0] * q[3] + q[1] * q[2]),
	                          1 - 2 * (q[2] * q[2] + q[3] * q[3]));
}

double quadrotor_pulse_us(const struct quadrotor *quadrotor, int motor)
{
	return 1000 + 1000 * sqrt(quadrotor->motor_n[motor] / MOTOR_MAX_N);
}

/* The plan's position, velocity and yaw at this time. */
static void follow_plan(struct quadrotor *quadrotor)
{
	size_t last = sizeof plan / sizeof *plan - 1;
	size_t i = 0;
	double span_s, s, ease, speed;

	while (i + 1 < last && plan[i + 1].time_s <= quadrotor->time_s)
		i++;
	span_s = plan[i + 1].time_s - plan[i].time_s;
	s = clamp((quadrotor->time_s - plan[i].time_s) / span_s, 0, 1);
	ease = s * s * (3 - 2 * s);
	speed = 6 * s * (1 - s) / span_s;
	for (int k = 0; k < 3; k++) {
		double way_m = plan[i + 1].position_m[k] - plan[i].position_m[k];

		quadrotor->wanted_position_m[k] = plan[i].position_m[k] + ease * way_m;
		quadrotor->wanted_velocity_m_s[k] = speed * way_m;
	}
	quadrotor->wanted_yaw_rad =
		plan[i].yaw_rad + ease * (plan[i + 1].yaw_rad - plan[i].yaw_rad);
	quadrotor->is_armed =
		quadrotor->time_s >= ARMED_FROM_S && quadrotor->time_s < ARMED_UNTIL_S;
}

/* Attitude and thrust that give the acceleration which leads to the wanted position. */
static void control_position(struct quadrotor *quadrotor)
{
	double force[3]; /* per mass, world; the motors push against gravity */
	double pull[3], roll, pitch, tilt_roll[4], tilt_pitch[4], turn[4];
	double yaw[4] = { cos(quadrotor->wanted_yaw_rad / 2), 0, 0,
		          sin(quadrotor->wanted_yaw_rad / 2) };

	for (int k = 0; k < 3; k++) {
		double position_error =
			quadrotor->wanted_position_m[k] - quadrotor->position_m[k];
		double velocity_error = quadrotor->wanted_velocity_m_s[k] -
		                        quadrotor->velocity_m_s[k] +
		                        clamp(1.6 * position_error, -3, 3);

		force[k] = clamp(3.2 * velocity_error, -6, 6);
	}
	force[2] -= GRAVITY_M_S2;
	quadrotor_to_body(yaw, force, pull); /* as seen when looking along the yaw */
	pitch = clamp(atan2(-pull[0], -pull[2]), -TILT_MAX_RAD, TILT_MAX_RAD);
	roll = clamp(atan2(pull[1], hypot(pull[0], pull[2])), -TILT_MAX_RAD,
	             TILT_MAX_RAD);
	memcpy(tilt_roll, (double[4]){ cos(roll / 2), sin(roll / 2), 0, 0 },
	       sizeof tilt_roll);
	memcpy(tilt_pitch, (double[4]){ cos(pitch / 2), 0, sin(pitch / 2), 0 },
	       sizeof tilt_pitch);
	multiply(yaw, tilt_pitch, turn);
	multiply(turn, tilt_roll, quadrotor->wanted_attitude);
	quadrotor->wanted_thrust = clamp(
		MASS_KG *
			sqrt(pull[0] * pull[0] + pull[1] * pull[1] + pull[2] * pull[2]) /
			(4 * MOTOR_MAX_N),
		0, 1);
}

static void control_attitude(struct quadrotor *quadrotor)
{
	const double *q = quadrotor->attitude;
	double inverse[4] = { q[0], -q[1], -q[2], -q[3] };
	double error[4];

	multiply(inverse, quadrotor->wanted_attitude, error);
	for (int k = 0; k < 3; k++) {
		double limit = k == 2 ? 1.5 : 4;
		double gain = k == 2 ? 4 : 8;
		double angle = 2 * error[k + 1] * (error[0] < 0 ? -1 : 1);
		double accelerate;

		quadrotor->wanted_rates_rad_s[k] = clamp(gain * angle, -limit, limit);
		accelerate = 25 * (quadrotor->wanted_rates_rad_s[k] -
		                   quadrotor->rates_rad_s[k]);
		quadrotor->wanted_torque[k] =
			clamp(accelerate * inertia_kg_m2[k] /
		                      (4 * (k == 2 ? YAW_M : ARM_M) * MOTOR_MAX_N),
		              -0.3, 0.3);
	}
}

static void run_motors(struct quadrotor *quadrotor)
{
	for (int m = 0; m < 4; m++) {
		double wanted = quadrotor->wanted_thrust;

		for (int k = 0; k < 3; k++)
			wanted += mixer[m][k] * quadrotor->wanted_torque[k];
		wanted = quadrotor->is_armed ? clamp(wanted, 0.02, 1) * MOTOR_MAX_N : 0;
		quadrotor->motor_n[m] +=
			(wanted - quadrotor->motor_n[m]) * QUADROTOR_STEP_S / MOTOR_LAG_S;
	}
}

static void turn_body(struct quadrotor *quadrotor)
{
	double torque[3] = { 0, 0, 0 };
	double *w = quadrotor->rates_rad_s;
	double spin[4], turn[4];

	for (int m = 0; m < 4; m++)
		for (int k = 0; k < 3; k++)
			torque[k] += mixer[m][k] * quadrotor->motor_n[m] *
			             (k == 2 ? YAW_M : ARM_M);
	for (int k = 0; k < 3; k++) {
		int a = (k + 1) % 3, b = (k + 2) % 3;

		torque[k] -= (inertia_kg_m2[b] - inertia_kg_m2[a]) * w[a] * w[b];
	}
	for (int k = 0; k < 3; k++)
		w[k] += torque[k] / inertia_kg_m2[k] * QUADROTOR_STEP_S;
	memcpy(spin, (double[4]){ 0, w[0], w[1], w[2] }, sizeof spin);
	multiply(quadrotor->attitude, spin, turn);
	for (int i = 0; i < 4; i++)
		quadrotor->attitude[i] += 0.5 * turn[i] * QUADROTOR_STEP_S;
	normalize(quadrotor->attitude);
}

/* The ground carries the vehicle, and holds it level, while the motors do not lift it. */
static void rest_on_ground(struct quadrotor *quadrotor)
{
	double yaw_only[4] = { quadrotor->attitude[0], 0, 0, quadrotor->attitude[3] };

	quadrotor->is_landed = true;
	quadrotor->position_m[2] = 0;
	memset(quadrotor->velocity_m_s, 0, sizeof quadrotor->velocity_m_s);
	memset(quadrotor->acceleration_m_s2, 0, sizeof quadrotor->acceleration_m_s2);
	memset(quadrotor->rates_rad_s, 0, sizeof quadrotor->rates_rad_s);
	normalize(yaw_only);
	memcpy(quadrotor->attitude, yaw_only, sizeof yaw_only);
}

static void move_body(struct quadrotor *quadrotor)
{
	double thrust[3] = { 0, 0, 0 };

	for (int m = 0; m < 4; m++)
		thrust[2] -= quadrotor->motor_n[m];
	rotate(quadrotor->attitude, thrust, thrust);
	for (int k = 0; k < 3; k++) {
		double drag_n = DRAG_KG_S * quadrotor->velocity_m_s[k];

		quadrotor->acceleration_m_s2[k] =
			(thrust[k] - drag_n) / MASS_KG + (k == 2 ? GRAVITY_M_S2 : 0);
		quadrotor->velocity_m_s[k] +=
			quadrotor->acceleration_m_s2[k] * QUADROTOR_STEP_S;
		quadrotor->position_m[k] += quadrotor->velocity_m_s[k] * QUADROTOR_STEP_S;
	}
	quadrotor->is_landed = false;
	if (quadrotor->position_m[2] >= 0 && quadrotor->velocity_m_s[2] >= 0)
		rest_on_ground(quadrotor);
}

void quadrotor_init(struct quadrotor *quadrotor)
{
	*quadrotor = (struct quadrotor){
		.attitude = { 1, 0, 0, 0 },
		.wanted_attitude = { 1, 0, 0, 0 },
		.is_landed = true,
	};
}

void quadrotor_step(struct quadrotor *quadrotor)
{
	follow_plan(quadrotor);
	control_position(quadrotor);
	control_attitude(quadrotor);
	run_motors(quadrotor);
	turn_body(quadrotor);
	move_body(quadrotor);
	quadrotor->time_s += QUADROTOR_STEP_S;
}
