/* Tern, the whole public API for applications. */
#ifndef TERN_H
#define TERN_H

#include <tern/api.h>
#include <tern/endpoint.h>
#include <tern/entity_status.h>
#include <tern/guid.h>
#include <tern/log.h>
#include <tern/participant.h>
#include <tern/qos.h>
#include <tern/reader.h>
#include <tern/sample.h>
#include <tern/status.h>
#include <tern/topic.h>
#include <tern/type.h>
#include <tern/waitset.h>
#include <tern/writer.h>

#endif
