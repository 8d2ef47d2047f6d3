/* The Date field (RFC 9110 section 6.6.1): right, and the same to the end. */
#include <stdlib.h>
#include <string.h>
#include "kernel/wallclock.h"
#include "test/host/http_bed.h"

#define BORN 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static int setup(void **state)
{
	int err = http_bed_setup(state);

	sim_set_wall_seconds(BORN);
	http_pass_ms(*state, 1000);
	return err;
}

static void every_answer_has_a_date(void **state)
{
	static const char *const asks[] = {
		HTTP_GET,
		"GET /1m HTTP/1.1\r\n" HTTP_HOST,
		"GET /stat HTTP/1.1\r\n" HTTP_HOST,
		"GET /none HTTP/1.1\r\n" HTTP_HOST,
		"OPTIONS * HTTP/1.1\r\n" HTTP_HOST,
		"HEAD / HTTP/1.1\r\n" HTTP_HOST,
		"BREW / HTTP/1.1\r\n" HTTP_HOST,
		"GET / HTTP/1.1\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(asks); i++) {
		struct fake_peer *peer = http_client(*state);

		http_ask(*state, peer, asks[i]);
		assert_true(http_has(
			peer, "\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n"));
	}
}

static void the_date_moves_on(void **state)
{
	struct fake_peer *peer = http_client(*state);

	for (int i = 0; i < 3; i++) {
		char want[] = "Date: Sun, 06 Nov 1994 08:49:38 GMT";

		want[strlen(want) - 5] = (char)('8' + i % 2);
		fake_clear(peer);
		http_ask(*state, peer, HTTP_GET);
		assert_true(http_has(peer, i < 2 ? want : "08:49:40 GMT"));
		http_pass_ms(*state, 1000);
	}
}

/* A second has passed in the midst of the head, or of the body. */
static void what_has_begun_does_not_change(void **state)
{
	for (size_t cut = 1; cut < 700; cut += 13) {
		struct fake_peer *peer = http_client(*state);
		char *first;

		http_ask(*state, peer, HTTP_GET);
		first = strdup(peer->out);
		fake_clear(peer);
		peer->window = cut;
		http_ask(*state, peer, HTTP_GET);
		http_pass_ms(*state, 1500);
		fake_window(peer, 100000);
		http_serve(*state);
		assert_string_equal(peer->out, first);
		free(first);
		fake_fin(peer);
		http_serve(*state);
	}
}

/* A blocked answer whose rest cannot be kept: none is better than a wrong one.
 */
static void without_memory_for_its_rest_it_is_closed(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer, HTTP_GET);
	fake_clear(peer);
	peer->window = 20;
	fake_send_text(peer, HTTP_GET);
	sim_fail_alloc_every(1);
	http_serve(*state);
	sim_fail_alloc_every(0);
	assert_int_equal(peer->out_len, 20);
	assert_true(peer->closed);
}

/* SNTP sets the clock: the pages have a date from then on. */
static void a_clock_that_comes_late_is_used(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_pass_ms(*state, 1000);
	http_ask(*state, peer, HTTP_GET);
	assert_false(http_has(peer, "Date:"));
	wallclock_set_ns(BORN * 1000000000ll);
	http_pass_ms(*state, 1000);
	fake_clear(peer);
	http_ask(*state, peer, HTTP_GET);
	assert_true(http_has(peer, "Date: Sun, 06 Nov 1994 08:49:38 GMT"));
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, http_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_answer_has_a_date),
		T(the_date_moves_on),
		T(what_has_begun_does_not_change),
		T(without_memory_for_its_rest_it_is_closed),
		cmocka_unit_test_setup_teardown(a_clock_that_comes_late_is_used,
						http_bed_setup,
						http_bed_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
