/* A quadrotor as a rigid body with four motors and the controllers that fly it along a
 * plan: take-off, a square, landing. Deterministic. World: north, east, down; body:
 * forward, right, down; SI units. Knows nothing of Tern. */
#ifndef FLIGHT_QUADROTOR_H
#define FLIGHT_QUADROTOR_H

#include <stdbool.h>
#include <stdint.h>

struct quadrotor {
	double time_s;

	/* the body */
	double position_m[3];
	double velocity_m_s[3];
	double acceleration_m_s2[3]; /* world, gravity included: 0 at rest */
	double attitude[4];          /* unit quaternion w, x, y, z: body to world */
	double rates_rad_s[3];
	double motor_n[4]; /* thrust of front right, rear left, front left, rear right */
	bool is_landed;

	/* the controllers' last decisions */
	bool is_armed;
	double wanted_position_m[3];
	double wanted_velocity_m_s[3];
	double wanted_yaw_rad;
	double wanted_attitude[4];
	double wanted_rates_rad_s[3];
	double wanted_thrust;    /* 0..1 of what the motors can */
	double wanted_torque[3]; /* -1..1 of what the motors can, roughly */
};

#define QUADROTOR_FLIGHT_S 20.0
#define QUADROTOR_STEP_S 0.001

/** On the ground, level, looking north. */
void quadrotor_init(struct quadrotor *quadrotor);

/** Fly on for QUADROTOR_STEP_S. */
void quadrotor_step(struct quadrotor *quadrotor);

/** Roll, pitch, yaw of a unit quaternion. */
void quadrotor_euler(const double attitude[4], double ret_angles_rad[3]);

/** Turn a vector from the world into the body's axes. */
void quadrotor_to_body(const double attitude[4], const double world[3],
                       double ret_body[3]);

/** Pulse width for a motor's thrust, as an electronic speed controller takes it. */
double quadrotor_pulse_us(const struct quadrotor *quadrotor, int motor);

#endif
