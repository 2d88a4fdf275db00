/* codec.idl as idlc made it: its header cannot stand in one source with ternc's. */
#ifndef TERN_BENCH_CODEC_CYCLONE_H
#define TERN_BENCH_CODEC_CYCLONE_H

#include <dds/dds.h>

const dds_topic_descriptor_t *codec_cyclone_frame(void);

#endif
