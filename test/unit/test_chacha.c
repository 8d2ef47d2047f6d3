/* lib/chacha.c against RFC 8439. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "lib/chacha.h"

static const u32 test_key[8] = {0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
				0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c};
static const u32 test_nonce[3] = {0x09000000, 0x4a000000, 0x00000000};

/* RFC 8439 section 2.3.2. */
static void gives_the_block_of_the_rfc(void **state)
{
	static const u8 expected[CHACHA_BLOCK] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f,
		0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7,
		0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4,
		0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09,
		0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12,
		0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8,
		0xa2, 0x50, 0x3c, 0x4e,
	};
	struct chacha_state st;
	u8 out[CHACHA_BLOCK];

	chacha_init(&st, test_key, 1, test_nonce);
	chacha_block(&st, out);
	assert_memory_equal(out, expected, sizeof(out));
}

static void the_counter_advances_by_one(void **state)
{
	struct chacha_state running, started;
	u8 first[CHACHA_BLOCK], second[CHACHA_BLOCK], direct[CHACHA_BLOCK];

	chacha_init(&running, test_key, 1, test_nonce);
	chacha_block(&running, first);
	chacha_block(&running, second);
	chacha_init(&started, test_key, 2, test_nonce);
	chacha_block(&started, direct);
	assert_memory_equal(second, direct, sizeof(direct));
	assert_memory_not_equal(first, second, sizeof(first));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_block_of_the_rfc),
		cmocka_unit_test(the_counter_advances_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
