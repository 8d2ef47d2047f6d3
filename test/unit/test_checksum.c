/* lib/checksum.c against RFC 1071's definition, byte by byte. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "lib/checksum.h"

/* The field's value by the definition: 16-bit big-endian words. */
static u16 reference(const u8 *p, size_t len)
{
	u64 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (u32)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static void fill_random(u8 *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (u8)(rand() >> 7);
}

static void equals_the_definition_at_any_alignment(void **state)
{
	u8 area[256];

	fill_random(area, sizeof(area));
	for (size_t at = 0; at < 16; at++)
		for (size_t len = 0; len <= 200; len++)
			assert_int_equal(ntohs(csum_fold(csum_partial(area + at,
								      len, 0))),
					 reference(area + at, len));
}

static void equals_the_definition_on_random_data(void **state)
{
	for (int round = 0; round < 2000; round++) {
		size_t len = (size_t)rand() % 2000;
		u8 *data = malloc(len + 1);

		fill_random(data, len);
		assert_int_equal(ntohs(csum_fold(csum_partial(data, len, 0))),
				 reference(data, len));
		free(data);
	}
}

static void carries_are_never_lost(void **state)
{
	u8 area[300];

	memset(area, 0xff, sizeof(area));
	for (size_t len = 0; len <= sizeof(area); len++)
		assert_int_equal(
			ntohs(csum_fold(csum_partial(area, len, 0xffffffff))),
			reference(area, len) == 0xffff ? 0
						       : reference(area, len));
}

static void reads_no_byte_too_far(void **state)
{
	for (size_t len = 1; len < 100; len++) {
		u8 *data = calloc(1, len);

		assert_int_equal(csum_partial(data, len, 0), 0);
		free(data);
	}
}

static void sums_of_pieces_add_up(void **state)
{
	u8 area[200];

	fill_random(area, sizeof(area));
	for (size_t cut = 0; cut <= sizeof(area); cut++) {
		csum_t head = csum_partial(area, cut, 0);
		csum_t tail = csum_partial(area + cut, sizeof(area) - cut, 0);

		if (cut % 2)
			tail = csum_shift(tail);
		assert_int_equal(ntohs(csum_fold(csum_add(head, tail))),
				 reference(area, sizeof(area)));
	}
}

static void ip_header_sums_to_its_field(void **state)
{
	u8 iph[60];

	for (unsigned words = 5; words <= 15; words++) {
		be16 sum;

		fill_random(iph, sizeof(iph));
		iph[10] = iph[11] = 0;
		sum = ip_fast_csum(iph, words);
		assert_int_equal(ntohs(sum), reference(iph, words * 4));
		memcpy(iph + 10, &sum, 2);
		assert_int_equal(ip_fast_csum(iph, words).raw, 0);
	}
}

/* The header printed in many a book: its sum is b861. */
static void a_known_ip_header(void **state)
{
	static const u8 iph[20] = {0x45, 0,    0,    0x73, 0, 0,    0x40,
				   0,	 0x40, 0x11, 0,	   0, 0xc0, 0xa8,
				   0,	 1,    0xc0, 0xa8, 0, 0xc7};

	assert_int_equal(ntohs(ip_fast_csum(iph, 5)), 0xb861);
}

static void pseudo_header_is_its_twelve_bytes(void **state)
{
	const u8 bytes[12] = {10, 0, 2, 15, 192, 168, 255, 254, 0, 6, 0xfe, 7};
	csum_t sum = csum_pseudo(BE32(0x0a00020f), BE32(0xc0a8fffe), 6, 0xfe07);

	assert_int_equal(ntohs(csum_fold(sum)), reference(bytes, 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_the_definition_at_any_alignment),
		cmocka_unit_test(equals_the_definition_on_random_data),
		cmocka_unit_test(carries_are_never_lost),
		cmocka_unit_test(reads_no_byte_too_far),
		cmocka_unit_test(sums_of_pieces_add_up),
		cmocka_unit_test(ip_header_sums_to_its_field),
		cmocka_unit_test(a_known_ip_header),
		cmocka_unit_test(pseudo_header_is_its_twelve_bytes),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
