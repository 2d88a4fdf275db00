// A plain Fast DDS program, without a line of Tern: lines in, one answer line each out.
//
//	writer | reader       on the topics from_fast and to_fast
//	matched               the endpoint has found its other end
//	write N | dispose N | unregister N
//	take N                what came: NUMBER and state letter, or keyNUMBER and letter
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>

#include <fastcdr/Cdr.h>
#include <fastcdr/FastBuffer.h>
#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>

using namespace eprosima::fastdds::dds;
using eprosima::fastrtps::rtps::InstanceHandle_t;
using eprosima::fastrtps::rtps::SerializedPayload_t;

namespace
{

constexpr uint64_t keys = 3;

struct Sample {
	int32_t serial;
	uint64_t count;
	std::string text;
};

// What fastddsgen would write for fast.idl.
class SampleType : public TopicDataType
{
      public:
	SampleType()
	{
		setName("foreign::Fast");
		m_typeSize = 1024;
		m_isGetKeyDefined = true;
	}

	bool serialize(void *data, SerializedPayload_t *payload) override
	{
		auto *sample = static_cast<Sample *>(data);
		eprosima::fastcdr::FastBuffer buffer(
			reinterpret_cast<char *>(payload->data), payload->max_size);
		eprosima::fastcdr::Cdr cdr(buffer, eprosima::fastcdr::Cdr::DEFAULT_ENDIAN,
		                           eprosima::fastcdr::Cdr::DDS_CDR);
		payload->encapsulation = CDR_LE;
		cdr.serialize_encapsulation();
		cdr << sample->serial << sample->count << sample->text;
		payload->length = static_cast<uint32_t>(cdr.getSerializedDataLength());
		return true;
	}

	bool deserialize(SerializedPayload_t *payload, void *data) override
	{
		auto *sample = static_cast<Sample *>(data);
		eprosima::fastcdr::FastBuffer buffer(
			reinterpret_cast<char *>(payload->data), payload->length);
		eprosima::fastcdr::Cdr cdr(buffer, eprosima::fastcdr::Cdr::DEFAULT_ENDIAN,
		                           eprosima::fastcdr::Cdr::DDS_CDR);
		try {
			cdr.read_encapsulation();
			cdr >> sample->serial;
			cdr >> sample->count >> sample->text;
		} catch (const eprosima::fastcdr::exception::Exception &) {
			return false;
		}
		return true;
	}

	std::function<uint32_t()> getSerializedSizeProvider(void *) override
	{
		return [] { return 1024u; };
	}

	void *createData() override
	{
		return new Sample();
	}

	void deleteData(void *data) override
	{
		delete static_cast<Sample *>(data);
	}

	bool getKey(void *data, InstanceHandle_t *handle, bool) override
	{
		auto serial = static_cast<uint32_t>(static_cast<Sample *>(data)->serial);
		for (int i = 0; i < 16; i++)
			handle->value[i] = 0;
		for (int i = 0; i < 4; i++)
			handle->value[i] = static_cast<uint8_t>(serial >> (24 - 8 * i));
		return true;
	}
};

DomainParticipant *participant;
DataWriter *writer;
DataReader *reader;

Sample make_sample(uint64_t number)
{
	return { static_cast<int32_t>(number % keys) - 1, number,
		 "fast " + std::to_string(number) };
}

void answer(bool good)
{
	std::cout << "answer: " << (good ? "ok" : "failed") << std::endl;
}

bool make_participant()
{
	DomainParticipantQos qos;
	auto udp = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
	udp->interfaceWhiteList.push_back("127.0.0.1");
	qos.transport().use_builtin_transports = false;
	qos.transport().user_transports.push_back(udp);
	qos.name("fast peer");
	participant =
		DomainParticipantFactory::get_instance()->create_participant(0, qos);
	return participant && TypeSupport(new SampleType()).register_type(participant) ==
	                              ReturnCode_t::RETCODE_OK;
}

void make_writer()
{
	Topic *topic = participant->create_topic("from_fast", "foreign::Fast",
	                                         TOPIC_QOS_DEFAULT);
	DataWriterQos qos = DATAWRITER_QOS_DEFAULT;
	qos.reliability().kind = RELIABLE_RELIABILITY_QOS;
	qos.history().kind = KEEP_ALL_HISTORY_QOS;
	// A volatile sample that overtakes the first heartbeat is none for the reader.
	qos.durability().kind = TRANSIENT_LOCAL_DURABILITY_QOS;
	qos.writer_data_lifecycle().autodispose_unregistered_instances = false;
	writer = participant->create_publisher(PUBLISHER_QOS_DEFAULT)
	                 ->create_datawriter(topic, qos);
	answer(writer != nullptr);
}

void make_reader()
{
	Topic *topic =
		participant->create_topic("to_fast", "foreign::Fast", TOPIC_QOS_DEFAULT);
	DataReaderQos qos = DATAREADER_QOS_DEFAULT;
	qos.reliability().kind = RELIABLE_RELIABILITY_QOS;
	qos.history().kind = KEEP_ALL_HISTORY_QOS;
	reader = participant->create_subscriber(SUBSCRIBER_QOS_DEFAULT)
	                 ->create_datareader(topic, qos);
	answer(reader != nullptr);
}

int matched_now()
{
	PublicationMatchedStatus publication;
	SubscriptionMatchedStatus subscription;
	int count = 0;
	if (writer && writer->get_publication_matched_status(publication) ==
	                      ReturnCode_t::RETCODE_OK)
		count += publication.current_count;
	if (reader && reader->get_subscription_matched_status(subscription) ==
	                      ReturnCode_t::RETCODE_OK)
		count += subscription.current_count;
	return count;
}

void wait_matched(int wanted)
{
	auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
	while (matched_now() < wanted && std::chrono::steady_clock::now() < deadline)
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
	answer(matched_now() >= wanted);
}

void send_sample(const std::string &command, uint64_t number)
{
	Sample sample = make_sample(number);
	InstanceHandle_t none;
	if (command == "write")
		answer(writer->write(&sample));
	else if (command == "dispose")
		answer(writer->dispose(&sample, none) == ReturnCode_t::RETCODE_OK);
	else
		answer(writer->unregister_instance(&sample, none) ==
		       ReturnCode_t::RETCODE_OK);
}

void take(uint64_t wanted)
{
	auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
	uint64_t came = 0;
	std::cout << "answer: ok";
	while (came < wanted && std::chrono::steady_clock::now() < deadline) {
		Sample sample;
		SampleInfo info;
		if (reader->take_next_sample(&sample, &info) !=
		    ReturnCode_t::RETCODE_OK) {
			std::this_thread::sleep_for(std::chrono::milliseconds(1));
			continue;
		}
		came++;
		char state = info.instance_state == ALIVE_INSTANCE_STATE ? 'A'
		             : info.instance_state == NOT_ALIVE_DISPOSED_INSTANCE_STATE
		                     ? 'D'
		                     : 'N';
		if (!info.valid_data) {
			std::cout << " state" << state;
			continue;
		}
		Sample good = make_sample(sample.count);
		if (sample.serial != good.serial || sample.text != good.text)
			std::cout << " (wrong)";
		std::cout << " " << sample.count << state;
	}
	std::cout << std::endl;
}

} // namespace

int main()
{
	std::string line;
	if (!make_participant())
		return 1;
	answer(true);
	while (std::getline(std::cin, line)) {
		std::string command = line.substr(0, line.find(' '));
		uint64_t number = command.size() < line.size()
		                          ? std::stoull(line.substr(command.size() + 1))
		                          : 0;
		if (command == "writer")
			make_writer();
		else if (command == "reader")
			make_reader();
		else if (command == "matched")
			wait_matched(static_cast<int>(number));
		else if (command == "take")
			take(number);
		else
			send_sample(command, number);
	}
	participant->delete_contained_entities();
	DomainParticipantFactory::get_instance()->delete_participant(participant);
	return 0;
}
