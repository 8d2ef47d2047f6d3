/*
 * The numbers of tar headers, and extended headers of pax (POSIX.1-2001,
 * "pax Header Block"): records `length key=value\n`, of which the path and
 * the size matter here.
 */
#include "lib/string.h"
#include "app/tar.h"

/* Base-256 of GNU: bit 7 of the first byte set, then big-endian. */
static bool number_binary(const u8 *field, u32 len, u64 *out)
{
	u64 value = field[0] & 0x7f;

	for (u32 i = 1; i < len; i++) {
		if (value >> 55) /* also every negative number */
			return false;
		value = value << 8 | field[i];
	}
	*out = value;
	return true;
}

bool tar_number(const u8 *field, u32 len, u64 *out)
{
	u64 value = 0;
	u32 i = 0, first;

	if (field[0] & 0x80)
		return number_binary(field, len, out);
	while (i < len && field[i] == ' ')
		i++;
	for (first = i; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		value = value << 3 | (u64)(field[i] - '0');
	if (i == first || (i < len && field[i] && field[i] != ' '))
		return false;
	*out = value; /* 12 digits at most: 36 bits */
	return true;
}

/* Decimal digits at data[0, len): their number, or 0 when it is not one. */
static u32 decimal(const u8 *data, u64 len, u64 *out)
{
	u64 value = 0;
	u32 i;

	for (i = 0; i < len && data[i] >= '0' && data[i] <= '9'; i++) {
		if (i == 18)
			return 0;
		value = value * 10 + (u64)(data[i] - '0');
	}
	*out = value;
	return i;
}

static bool key_is(const u8 *key, u64 len, const char *name)
{
	return len == strlen(name) && !memcmp(key, name, len);
}

static bool take_record(struct tar *tar, const u8 *key, u64 key_len,
			const u8 *value, u64 len)
{
	u64 size;

	if (key_is(key, key_len, "path")) {
		tar->long_path = value;
		tar->long_len = len;
	} else if (key_is(key, key_len, "size")) {
		if (!len || decimal(value, len, &size) != len)
			return false;
		tar->pax_size = size;
		tar->has_pax_size = true;
	} else if (key_len > 11 && !memcmp(key, "GNU.sparse.", 11)) {
		tar->sparse = true;
	}
	return true;
}

const char *tar_read_pax(struct tar *tar, const u8 *data, u64 len)
{
	while (len) {
		u64 record, digits = decimal(data, len, &record);
		const u8 *key = data + digits + 1, *equals;

		if (!digits || record > len || record < digits + 3 ||
		    data[digits] != ' ' || data[record - 1] != '\n')
			return "bad pax header";
		equals = memchr(key, '=', record - digits - 2);
		if (!equals ||
		    !take_record(tar, key, (u64)(equals - key), equals + 1,
				 (u64)(data + record - 1 - equals - 1)))
			return "bad pax header";
		data += record;
		len -= record;
	}
	return NULL;
}
