/* idlc's descriptor of the benchmark's type. */
#include "codec_cyclone.h"

#include "codec.h" /* idlc's: see codec.cmake */

const dds_topic_descriptor_t *codec_cyclone_frame(void)
{
	return &bench_Frame_desc;
}
