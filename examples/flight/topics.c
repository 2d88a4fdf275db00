/* The table of topics and the QoS of the three ways in which they flow. */
#include "topics.h"

#include <string.h>

#include "flight.h"

const struct flight_topic flight_topics[FLIGHT_TOPIC_COUNT] = {
	[TOPIC_VEHICLE_ATTITUDE] = { "vehicle_attitude", &flight_VehicleAttitude_type,
	                             FLOW_STREAM },
	[TOPIC_VEHICLE_LOCAL_POSITION] = { "vehicle_local_position",
	                                   &flight_VehicleLocalPosition_type,
	                                   FLOW_STREAM },
	[TOPIC_VEHICLE_STATUS] = { "vehicle_status", &flight_VehicleStatus_type,
	                           FLOW_STATE },
	[TOPIC_COMMANDER_STATE] = { "commander_state", &flight_CommanderState_type,
	                            FLOW_STATE },
	[TOPIC_VEHICLE_ATTITUDE_SETPOINT] = { "vehicle_attitude_setpoint",
	                                      &flight_VehicleAttitudeSetpoint_type,
	                                      FLOW_STREAM },
	[TOPIC_VEHICLE_RATES_SETPOINT] = { "vehicle_rates_setpoint",
	                                   &flight_VehicleRatesSetpoint_type,
	                                   FLOW_STREAM },
	[TOPIC_ACTUATOR_CONTROLS_0] = { "actuator_controls_0",
	                                &flight_ActuatorControls_type, FLOW_STREAM },
	[TOPIC_ACTUATOR_OUTPUTS] = { "actuator_outputs", &flight_ActuatorOutputs_type,
	                             FLOW_STREAM },
	[TOPIC_TELEMETRY_STATUS] = { "telemetry_status", &flight_TelemetryStatus_type,
	                             FLOW_STREAM },
	[TOPIC_CPULOAD] = { "cpuload", &flight_CpuLoad_type, FLOW_STREAM },
	[TOPIC_SENSOR_COMBINED] = { "sensor_combined", &flight_SensorCombined_type,
	                            FLOW_SENSOR },
	[TOPIC_SENSOR_PREFLIGHT] = { "sensor_preflight", &flight_SensorPreflight_type,
	                             FLOW_SENSOR },
	[TOPIC_CONTROL_STATE] = { "control_state", &flight_ControlState_type,
	                          FLOW_SENSOR },
	[TOPIC_ESTIMATOR_STATUS] = { "estimator_status", &flight_EstimatorStatus_type,
	                             FLOW_SENSOR },
	[TOPIC_EKF2_INNOVATIONS] = { "ekf2_innovations",
	                             &flight_EstimatorInnovations_type, FLOW_SENSOR },
};

const struct flight_topic flight_record_topic = {
	"flight_record",
	&flight_FlightRecord_type,
	FLOW_STATE,
};

/* A quarter of a second at 250 Hz: a reader that is woken late misses none. */
#define SENSOR_DEPTH 64

/* A bound on memory: with so many samples unacknowledged, the writer waits. */
#define STREAM_SAMPLES_MAX 1024

#define SECOND_NS INT64_C(1000000000)

static void set_flow(struct tern_qos *qos, enum flight_flow flow)
{
	switch (flow) {
	case FLOW_SENSOR:
		qos->reliability = TERN_BEST_EFFORT;
		qos->history = TERN_KEEP_LAST;
		qos->history_depth = SENSOR_DEPTH;
		return;
	case FLOW_STREAM:
		qos->reliability = TERN_RELIABLE;
		qos->history = TERN_KEEP_ALL;
		qos->max_samples = STREAM_SAMPLES_MAX;
		return;
	case FLOW_STATE:
		qos->reliability = TERN_RELIABLE;
		qos->durability = TERN_TRANSIENT_LOCAL;
		qos->history = TERN_KEEP_LAST;
		qos->history_depth = FLIGHT_STATE_DEPTH;
		return;
	}
}

struct tern_qos flight_writer_qos(enum flight_flow flow)
{
	struct tern_qos qos = tern_qos_writer_default();

	set_flow(&qos, flow);
	qos.max_blocking_time_ns = 2 * SECOND_NS;
	return qos;
}

struct tern_qos flight_reader_qos(enum flight_flow flow)
{
	struct tern_qos qos = tern_qos_reader_default();

	set_flow(&qos, flow);
	/* A reader that is slow for a while must not drop what may not be lost. */
	if (flow != FLOW_SENSOR) {
		qos.history = TERN_KEEP_ALL;
		qos.max_samples = STREAM_SAMPLES_MAX;
	}
	return qos;
}

const char *flight_flow_text(enum flight_flow flow)
{
	return flow == FLOW_SENSOR ? "best effort" : "reliable";
}

int flight_topic_find(const char *name)
{
	for (int i = 0; i < FLIGHT_TOPIC_COUNT; i++)
		if (strcmp(flight_topics[i].name, name) == 0)
			return i;
	return -1;
}
