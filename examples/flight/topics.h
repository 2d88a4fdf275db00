/* The topics of a flight: name, type, and how each of them is to be delivered. The
 * writers in flight and the readers in deck and ground take their QoS from here, so that
 * they agree. */
#ifndef FLIGHT_TOPICS_H
#define FLIGHT_TOPICS_H

#include <stdbool.h>

#include <tern/tern.h>

/** How a topic flows. */
enum flight_flow {
	/* Measurements at high rate: best effort, the newest count. */
	FLOW_SENSOR,
	/* What must arrive whole: reliable, KEEP_ALL; slow readers slow the writer. */
	FLOW_STREAM,
	/* What late comers must know too: reliable, transient-local. */
	FLOW_STATE,
};

enum flight_topic_index {
	TOPIC_VEHICLE_ATTITUDE,
	TOPIC_VEHICLE_LOCAL_POSITION,
	TOPIC_VEHICLE_STATUS,
	TOPIC_COMMANDER_STATE,
	TOPIC_VEHICLE_ATTITUDE_SETPOINT,
	TOPIC_VEHICLE_RATES_SETPOINT,
	TOPIC_ACTUATOR_CONTROLS_0,
	TOPIC_ACTUATOR_OUTPUTS,
	TOPIC_TELEMETRY_STATUS,
	TOPIC_CPULOAD,
	TOPIC_SENSOR_COMBINED,
	TOPIC_SENSOR_PREFLIGHT,
	TOPIC_CONTROL_STATE,
	TOPIC_ESTIMATOR_STATUS,
	TOPIC_EKF2_INNOVATIONS,
	FLIGHT_TOPIC_COUNT,
};

struct flight_topic {
	const char *name;
	const struct tern_type *type;
	enum flight_flow flow;
};

extern const struct flight_topic flight_topics[FLIGHT_TOPIC_COUNT];

/** Says when a flight begins and ends, with what it published: flight_FlightRecord. */
extern const struct flight_topic flight_record_topic;

/** A FLOW_STATE writer keeps so many samples of an instance. Who may lose none waits for
 * the readers' acknowledgment before it writes half as many more. */
#define FLIGHT_STATE_DEPTH 64

struct tern_qos flight_writer_qos(enum flight_flow flow);
struct tern_qos flight_reader_qos(enum flight_flow flow);

/** "reliable" or "best effort". */
const char *flight_flow_text(enum flight_flow flow);

/** @return the topic's index, or -1 */
int flight_topic_find(const char *name);

#endif
