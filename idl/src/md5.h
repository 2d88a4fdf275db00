/* MD5 (RFC 1321), which RTPS uses to shorten keys. Not for security. */
#ifndef TERN_IDL_MD5_H
#define TERN_IDL_MD5_H

#include <stddef.h>
#include <stdint.h>

void tern__md5(const uint8_t *data, size_t size_bytes, uint8_t ret_digest[16]);

#endif
