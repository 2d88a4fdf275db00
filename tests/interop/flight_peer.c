/* A plain Cyclone DDS program that watches the flight: counts the samples of all topics until
 * the flight says that it has ended, and sends each VehicleStatus back on a topic of its own.
 * Prints "ready", then a line "NAME received N published M" for each topic, then "done". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <dds/dds.h>

#include "idlc/flight.h"

#define WAIT_NS DDS_SECS(60)

enum flow { SENSOR, STREAM, STATE };

#define TOPIC(topic_name, descriptor, how)                                               \
	{                                                                                \
		.name = (topic_name), .type = (descriptor), .flow = (how)                \
	}

static struct topic {
	const char *name;
	const dds_topic_descriptor_t *type;
	enum flow flow;
	dds_entity_t reader;
	unsigned long long received;
	unsigned long long published;
} topics[] = {
	TOPIC("vehicle_attitude", &flight_VehicleAttitude_desc, STREAM),
	TOPIC("vehicle_local_position", &flight_VehicleLocalPosition_desc, STREAM),
	TOPIC("vehicle_status", &flight_VehicleStatus_desc, STATE),
	TOPIC("commander_state", &flight_CommanderState_desc, STATE),
	TOPIC("vehicle_attitude_setpoint", &flight_VehicleAttitudeSetpoint_desc, STREAM),
	TOPIC("vehicle_rates_setpoint", &flight_VehicleRatesSetpoint_desc, STREAM),
	TOPIC("actuator_controls_0", &flight_ActuatorControls_desc, STREAM),
	TOPIC("actuator_outputs", &flight_ActuatorOutputs_desc, STREAM),
	TOPIC("telemetry_status", &flight_TelemetryStatus_desc, STREAM),
	TOPIC("cpuload", &flight_CpuLoad_desc, STREAM),
	TOPIC("sensor_combined", &flight_SensorCombined_desc, SENSOR),
	TOPIC("sensor_preflight", &flight_SensorPreflight_desc, SENSOR),
	TOPIC("control_state", &flight_ControlState_desc, SENSOR),
	TOPIC("estimator_status", &flight_EstimatorStatus_desc, SENSOR),
	TOPIC("ekf2_innovations", &flight_EstimatorInnovations_desc, SENSOR),
	TOPIC("flight_record", &flight_FlightRecord_desc, STATE),
};

#define TOPIC_COUNT (sizeof topics / sizeof *topics)

static dds_entity_t participant;
static dds_entity_t waitset;
static dds_entity_t echo_writer;
static bool ended;
static bool wrong;

static dds_entity_t make_topic(const char *name, const dds_topic_descriptor_t *type)
{
	return dds_create_topic(participant, type, name, NULL, NULL);
}

static bool open_reader(struct topic *topic)
{
	dds_qos_t *qos = dds_create_qos();
	dds_qset_reliability(qos,
	                     topic->flow == SENSOR ? DDS_RELIABILITY_BEST_EFFORT
	                                           : DDS_RELIABILITY_RELIABLE,
	                     DDS_SECS(1));
	dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
	if (topic->flow == STATE)
		dds_qset_durability(qos, DDS_DURABILITY_TRANSIENT_LOCAL);
	topic->reader = dds_create_reader(
		participant, make_topic(topic->name, topic->type), qos, NULL);
	dds_delete_qos(qos);
	return topic->reader > 0 &&
	       dds_set_status_mask(topic->reader, DDS_DATA_AVAILABLE_STATUS) == 0 &&
	       dds_waitset_attach(waitset, topic->reader, (dds_attach_t)topic) == 0;
}

static void open_echo(void)
{
	dds_qos_t *qos = dds_create_qos();
	dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(10));
	dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
	echo_writer = dds_create_writer(
		participant,
		make_topic("vehicle_status_echo", &flight_VehicleStatus_desc), qos, NULL);
	dds_delete_qos(qos);
}

/* ---- samples -------------------------------------------------------------------------- */

static void take_record(const flight_FlightRecord *record)
{
	ended = record->ended;
	for (uint32_t i = 0; i < record->counts._length; i++)
		for (size_t j = 0; j < TOPIC_COUNT; j++)
			if (strcmp(topics[j].name, record->counts._buffer[i].topic) == 0)
				topics[j].published = record->counts._buffer[i].published;
}

static void take_attitude(const flight_VehicleAttitude *attitude)
{
	double norm = 0;
	for (int i = 0; i < 4; i++)
		norm += (double)attitude->q[i] * (double)attitude->q[i];
	wrong |= fabs(norm - 1) > 1e-3;
}

static void take(struct topic *topic)
{
	static void *samples[64];
	dds_sample_info_t infos[64];
	dds_return_t count = dds_take(topic->reader, samples, infos, 64, 64);
	for (dds_return_t i = 0; i < count; i++) {
		if (!infos[i].valid_data)
			continue;
		topic->received++;
		if (topic->type == &flight_FlightRecord_desc)
			take_record(samples[i]);
		else if (topic->type == &flight_VehicleAttitude_desc)
			take_attitude(samples[i]);
		else if (topic->type == &flight_VehicleStatus_desc)
			wrong |= dds_write(echo_writer, samples[i]) != 0;
	}
	if (count > 0)
		(void)dds_return_loan(topic->reader, samples, count);
}

static bool has_all(void)
{
	for (size_t i = 0; i < TOPIC_COUNT; i++)
		if (topics[i].flow != SENSOR && topics[i].received < topics[i].published)
			return false;
	return ended;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	participant = dds_create_participant(0, NULL, NULL);
	waitset = dds_create_waitset(participant);
	open_echo();
	for (size_t i = 0; i < TOPIC_COUNT; i++)
		if (!open_reader(&topics[i]))
			return 1;
	puts("ready");
	dds_time_t deadline = dds_time() + WAIT_NS;
	while (!has_all() && dds_time() < deadline) {
		dds_attach_t triggered[TOPIC_COUNT];
		dds_return_t count =
			dds_waitset_wait(waitset, triggered, TOPIC_COUNT, DDS_SECS(5));
		for (dds_return_t i = 0; i < count; i++)
			take((struct topic *)triggered[i]);
	}
	for (size_t i = 0; i < TOPIC_COUNT; i++)
		printf("topic %s received %llu published %llu %s\n", topics[i].name,
		       topics[i].received, topics[i].published,
		       topics[i].flow == SENSOR ? "best effort" : "reliable");
	puts(wrong ? "done wrong" : "done");
	(void)getchar();
	dds_delete(participant);
	return 0;
}
