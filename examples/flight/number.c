/* Loading, converting and storing one number. */
#include "number.h"

#include <string.h>

uint32_t number_size_bytes(enum ulog_kind kind)
{
	switch (kind) {
	case ULOG_INT8:
	case ULOG_UINT8:
	case ULOG_BOOL:
	case ULOG_CHAR:
		return 1;
	case ULOG_INT16:
	case ULOG_UINT16:
		return 2;
	case ULOG_INT32:
	case ULOG_UINT32:
	case ULOG_FLOAT:
		return 4;
	case ULOG_INT64:
	case ULOG_UINT64:
	case ULOG_DOUBLE:
		return 8;
	case ULOG_NESTED:
		break;
	}
	return 0;
}

bool number_is_character(enum ulog_kind kind)
{
	return kind == ULOG_CHAR || kind == ULOG_UINT8 || kind == ULOG_INT8;
}

bool number_fits_kind(tern_type_kind kind)
{
	return (kind >= TERN_KIND_BOOLEAN && kind <= TERN_KIND_FLOAT64) ||
	       kind == TERN_KIND_ENUM || kind == TERN_KIND_BITMASK;
}

static struct number from_signed(int64_t value)
{
	return (struct number){ .kind = NUMBER_SIGNED, .as.i = value };
}

static struct number from_unsigned(uint64_t value)
{
	return (struct number){ .kind = NUMBER_UNSIGNED, .as.u = value };
}

static struct number from_real(double value)
{
	return (struct number){ .kind = NUMBER_REAL, .as.f = value };
}

struct number number_load(enum ulog_kind kind, const uint8_t *bytes)
{
	uint64_t bits = 0;
	uint32_t bits32;
	float real32;
	double real64;

	for (uint32_t i = number_size_bytes(kind); i > 0; i--)
		bits = bits << 8 | bytes[i - 1];
	switch (kind) {
	case ULOG_INT8:
		return from_signed((int8_t)bits);
	case ULOG_INT16:
		return from_signed((int16_t)bits);
	case ULOG_INT32:
		return from_signed((int32_t)bits);
	case ULOG_INT64:
		return from_signed((int64_t)bits);
	case ULOG_FLOAT:
		bits32 = (uint32_t)bits;
		memcpy(&real32, &bits32, sizeof real32);
		return from_real((double)real32);
	case ULOG_DOUBLE:
		memcpy(&real64, &bits, sizeof real64);
		return from_real(real64);
	default:
		return from_unsigned(bits);
	}
}

static double to_real(struct number number)
{
	switch (number.kind) {
	case NUMBER_SIGNED:
		return (double)number.as.i;
	case NUMBER_UNSIGNED:
		return (double)number.as.u;
	default:
		return number.as.f;
	}
}

static int64_t to_signed(struct number number, int64_t min, int64_t max)
{
	switch (number.kind) {
	case NUMBER_UNSIGNED:
		return number.as.u > (uint64_t)max ? max : (int64_t)number.as.u;
	case NUMBER_REAL:
		if (number.as.f != number.as.f)
			return 0;
		/* The largest int64 is no double: "at least 2^63" is what overflows. */
		if (number.as.f >= (double)max)
			return max;
		if (number.as.f <= (double)min)
			return min;
		return (int64_t)number.as.f;
	default:
		return number.as.i < min ? min : number.as.i > max ? max : number.as.i;
	}
}

static uint64_t to_unsigned(struct number number, uint64_t max)
{
	switch (number.kind) {
	case NUMBER_SIGNED:
		if (number.as.i < 0)
			return 0;
		return (uint64_t)number.as.i > max ? max : (uint64_t)number.as.i;
	case NUMBER_REAL:
		if (!(number.as.f > 0))
			return 0;
		return number.as.f >= (double)max ? max : (uint64_t)number.as.f;
	default:
		return number.as.u > max ? max : number.as.u;
	}
}

static void store_signed(struct number number, size_t size_bytes, void *ret_value)
{
	int64_t max = (int64_t)(UINT64_MAX >> (65 - 8 * size_bytes));
	int64_t value = to_signed(number, -max - 1, max);
	int8_t value8 = (int8_t)value;
	int16_t value16 = (int16_t)value;
	int32_t value32 = (int32_t)value;

	switch (size_bytes) {
	case 1:
		memcpy(ret_value, &value8, 1);
		return;
	case 2:
		memcpy(ret_value, &value16, 2);
		return;
	case 4:
		memcpy(ret_value, &value32, 4);
		return;
	default:
		memcpy(ret_value, &value, 8);
	}
}

static void store_unsigned(struct number number, size_t size_bytes, void *ret_value)
{
	uint64_t value = to_unsigned(number, UINT64_MAX >> (64 - 8 * size_bytes));
	uint8_t value8 = (uint8_t)value;
	uint16_t value16 = (uint16_t)value;
	uint32_t value32 = (uint32_t)value;

	switch (size_bytes) {
	case 1:
		memcpy(ret_value, &value8, 1);
		return;
	case 2:
		memcpy(ret_value, &value16, 2);
		return;
	case 4:
		memcpy(ret_value, &value32, 4);
		return;
	default:
		memcpy(ret_value, &value, 8);
	}
}

static void store_enum(struct number number, const struct tern_type *type,
                       void *ret_value)
{
	int32_t value = (int32_t)to_signed(number, INT32_MIN, INT32_MAX);

	for (uint32_t i = 0; i < type->literal_count; i++) {
		if (type->literals[i].value != value)
			continue;
		memcpy(ret_value, &value, sizeof value);
		return;
	}
}

void number_store(struct number number, const struct tern_type *type, void *ret_value)
{
	float real32;
	double real64;
	bool truth;

	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
		truth = to_real(number) != 0;
		memcpy(ret_value, &truth, sizeof truth);
		return;
	case TERN_KIND_FLOAT32:
		real32 = (float)to_real(number);
		memcpy(ret_value, &real32, sizeof real32);
		return;
	case TERN_KIND_FLOAT64:
		real64 = to_real(number);
		memcpy(ret_value, &real64, sizeof real64);
		return;
	case TERN_KIND_ENUM:
		store_enum(number, type, ret_value);
		return;
	case TERN_KIND_CHAR8:
	case TERN_KIND_INT8:
	case TERN_KIND_INT16:
	case TERN_KIND_INT32:
	case TERN_KIND_INT64:
		store_signed(number, type->size_bytes, ret_value);
		return;
	default:
		store_unsigned(number, type->size_bytes, ret_value);
	}
}
