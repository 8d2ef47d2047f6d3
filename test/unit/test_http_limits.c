/* The HTTP server: how long it waits, and what it holds at most. */
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"
#include "test/host/http_bed.h"

static void an_idle_connection_owns_only_its_struct(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);
	u64 objects;

	http_serve(bed);
	objects = sim_live_objects();
	http_ask(bed, peer, HTTP_GET);
	assert_int_equal(sim_live_objects(), objects);
	http_ask(bed, peer, "GET /drops HTTP/1.1\r\n" HTTP_HOST);
	assert_int_equal(sim_live_objects(), objects);
	assert_int_equal(bed->srv->held, 0);
	assert_true(sizeof(struct http_conn) < 384);
}

static void a_slow_reader_gets_every_byte(void **state)
{
	struct fake_peer *peer = http_client(*state);

	peer->window = 100;
	http_ask(*state, peer,
		 "GET /1m HTTP/1.1\r\nConnection: close\r\n" HTTP_HOST);
	for (int i = 0; i < 400; i++) {
		fake_window(peer, 3001);
		http_poll(((struct http_bed *)*state)->srv, 0);
	}
	assert_response(peer, 200);
	assert_true(peer->closed);
}

static void lingering_ends_in_time(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer, "GET / HTTP/1.1\r\n\r\n");
	http_pass_ms(*state, 1900);
	assert_false(peer->closed);
	http_ask(*state, peer, "more"); /* buys no time */
	http_pass_ms(*state, 200);
	assert_true(peer->closed);
}

static void a_long_head_in_pieces(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);
	char text[1001];

	http_ask(bed, peer, "GET /");
	memset(text, 'x', 1000);
	text[1000] = 0;
	for (int i = 0; i < 8; i++)
		http_ask(bed, peer, text);
	assert_true(bed->srv->held >= 8000);
	http_ask(bed, peer, " HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 404);
	assert_int_equal(bed->srv->held, 0);
}

/* The next request is not touched while an answer is blocked. */
static void a_blocked_answer_holds_the_pipeline(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	peer->window = 10;
	http_ask(bed, peer, HTTP_GET HTTP_GET HTTP_GET);
	assert_int_equal(peer->out_len, 10);
	assert_int_equal(bed->srv->requests, 1);
	http_ask(bed, peer, HTTP_GET);
	assert_int_equal(bed->srv->requests, 1);
	fake_window(peer, 900);
	http_serve(bed);
	assert_int_equal(bed->srv->requests, 2);
	fake_window(peer, 100000);
	http_serve(bed);
	assert_int_equal(http_responses(peer), 4);
	assert_int_equal(bed->srv->held, 0);
}

static void an_idle_connection_is_closed(void **state)
{
	struct fake_peer *peer = http_client(*state);

	http_ask(*state, peer, HTTP_GET);
	fake_clear(peer);
	http_pass_ms(*state, 29900);
	http_ask(*state, peer, HTTP_GET);
	http_pass_ms(*state, 29900);
	assert_false(peer->closed);
	http_pass_ms(*state, 200);
	assert_true(peer->closed);
	assert_response(peer, 200); /* and no 408 */
}

static void a_slow_head_is_408(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	http_ask(bed, peer, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 9; i++) { /* a field now and then buys no time */
		http_pass_ms(bed, 1000);
		http_ask(bed, peer, "X: y\r\n");
	}
	assert_int_equal(peer->out_len, 0);
	http_pass_ms(bed, 1001);
	assert_response(peer, 408);
	assert_int_equal(bed->srv->held, 0);
	http_pass_ms(bed, 2001);
	assert_true(peer->closed);
}

static void a_slow_body_is_408(void **state)
{
	struct fake_peer *peer = http_client(*state);
	char text[5001];

	memset(text, 'b', 5000);
	text[5000] = 0;
	http_ask(*state, peer,
		 "GET / HTTP/1.1\r\nContent-Length: 60000\r\n" HTTP_HOST);
	for (int i = 0; i < 5; i++) { /* fast enough */
		http_ask(*state, peer, text);
		http_pass_ms(*state, 10000);
	}
	assert_int_equal(peer->out_len, 0);
	http_ask(*state, peer, "slow");
	http_pass_ms(*state, 10001);
	assert_response(peer, 408);
}

static void a_reader_without_progress_is_reset(void **state)
{
	struct fake_peer *peer = http_client(*state);

	peer->window = 1000;
	http_ask(*state, peer, "GET /1m HTTP/1.1\r\n" HTTP_HOST);
	for (int i = 0; i < 5; i++) { /* slow, but reading */
		http_pass_ms(*state, 29000);
		fake_window(peer, 3000);
		http_serve(*state);
	}
	assert_false(peer->closed);
	for (int i = 0; i < 4; i++) { /* the tiny window of a bad one */
		http_pass_ms(*state, 15000);
		fake_window(peer, 10);
		http_serve(*state);
	}
	assert_true(peer->closed);
	assert_true(peer->reset);
}

static void a_client_that_ends_is_closed_in_any_state(void **state)
{
	static const char *const texts[] = {
		"", "GE",
		"GET / HTTP/1.1\r\nContent-Length: 9\r\n" HTTP_HOST "x",
		HTTP_GET};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fake_peer *fin = http_client(*state),
				 *rst = http_client(*state);

		http_ask(*state, fin, texts[i]);
		http_ask(*state, rst, texts[i]);
		fake_fin(fin);
		fake_reset(rst, ECONNRESET);
		http_serve(*state);
		assert_true(fin->closed);
		assert_true(rst->closed);
	}
}

static void the_longest_idle_makes_room(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *old = http_client(bed), *second, *others[4];

	http_ask(bed, old, HTTP_GET);
	second = http_client(bed);
	http_ask(bed, second, HTTP_GET);
	http_ask(bed, old, HTTP_GET); /* not the longest idle any more */
	for (int i = 0; i < 3; i++) {
		others[i] = http_client(bed);
		http_ask(bed, others[i], HTTP_GET);
	}
	assert_int_equal(bed->srv->count, 4);
	assert_false(old->closed);
	assert_true(second->closed);
	assert_int_equal(bed->srv->shed, 1);
}

static void slow_heads_do_not_keep_others_out(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer;

	for (int i = 0; i < 20; i++)
		http_ask(bed, http_client(bed), "GET / HT");
	peer = http_client(bed);
	http_ask(bed, peer, HTTP_GET);
	assert_response(peer, 200);
}

static void nobody_is_shed_for_one_too_many(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer;

	for (int i = 0; i < 4; i++) { /* all with an answer under way */
		peer = http_client(bed);
		peer->window = 1;
		http_ask(bed, peer, HTTP_GET);
	}
	peer = http_client(bed);
	http_ask(bed, peer, HTTP_GET);
	assert_true(peer->closed);
	assert_true(peer->reset);
	assert_int_equal(peer->out_len, 0);
	assert_int_equal(bed->srv->refused, 1);
	for (int i = 0; i < 4; i++)
		assert_false(bed->peers[i]->closed);
}

/* Room that the server has not been told of. */
static void take_silently(struct http_bed *bed, u32 client, size_t n)
{
	bed->peers[client]->window += n;
}

static void four_readers(struct http_bed *bed)
{
	for (u32 i = 0; i < 4; i++) {
		struct fake_peer *peer = http_client(bed);

		peer->window = 1000;
		http_ask(bed, peer, "GET /1m HTTP/1.1\r\n" HTTP_HOST);
	}
}

static void the_longest_stalled_answer_makes_room(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer;

	four_readers(bed);
	http_pass_ms(bed, 1500);
	take_silently(bed, 0, 2000);
	take_silently(bed, 1, 10); /* a trickle */
	peer = http_client(bed);
	http_ask(bed, peer, HTTP_GET);
	assert_response(peer, 200);
	assert_true(bed->peers[1]->closed);
	assert_true(bed->peers[1]->reset);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(bed->peers[i]->closed, i == 1);
	assert_int_equal(bed->peers[0]->out_len, 3000);
	assert_int_equal(bed->srv->shed, 1);
}

static void answers_that_get_on_are_not_shed(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer;

	four_readers(bed);
	http_pass_ms(bed, 1500);
	for (u32 i = 0; i < 4; i++)
		take_silently(bed, i, 2000);
	peer = http_client(bed);
	http_ask(bed, peer, HTTP_GET);
	assert_true(peer->reset);
	assert_int_equal(bed->srv->refused, 1);
	http_pass_ms(bed, 1500);
	take_silently(bed, 2, SIZE_MAX / 4); /* ends: then it is idle */
	take_silently(bed, 0, 2000);
	take_silently(bed, 1, 2000);
	peer = http_client(bed);
	http_ask(bed, peer, HTTP_GET);
	assert_response(peer, 200);
	assert_response(bed->peers[2], 200);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(bed->peers[i]->closed, i == 2);
	assert_false(bed->peers[2]->reset);
}

static void slow_bodies_do_not_keep_others_out(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer;

	for (int i = 0; i < 4; i++)
		http_ask(bed, http_client(bed),
			 "POST / HTTP/1.1\r\nContent-Length: "
			 "60000\r\n" HTTP_HOST);
	for (int i = 0; i < 3; i++) {
		http_pass_ms(bed, 600);
		for (u32 j = 1; j < 4; j++) /* a byte is no progress */
			http_ask(bed, bed->peers[j], "x");
		http_ask(bed, bed->peers[0],
			 "01234567890123456789012345678901"
			 "01234567890123456789012345678901");
	}
	peer = http_client(bed);
	http_ask(bed, peer, HTTP_GET);
	assert_response(peer, 200);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(bed->peers[i]->closed, i == 1);
}

/* mem_max is 20,000: the oldest heads make room for newer ones. */
static void memory_for_heads_is_bounded(void **state)
{
	struct http_bed *bed = *state;
	char text[6001];

	memset(text, 'x', 6000);
	memcpy(text, "GET /", 5);
	text[6000] = 0;
	for (int i = 0; i < 4; i++) {
		http_ask(bed, http_client(bed), text);
		assert_true(bed->srv->held <= 20000);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(bed->peers[i]->closed, i < 2);
	assert_int_equal(bed->srv->shed, 2);
	http_ask(bed, bed->peers[2], " HTTP/1.1\r\n" HTTP_HOST);
	assert_response(bed->peers[2], 404);
}

/* A head that grows is the oldest, but not its own victim. */
static void a_growing_head_takes_the_room_of_others(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed), *other = http_client(bed);
	char text[6001];

	memset(text, 'x', 6000);
	memcpy(text, "GET /", 5);
	text[6000] = 0;
	http_ask(bed, peer, "GET /x");
	http_ask(bed, peer, text + 2500);
	http_ask(bed, other, text);
	assert_int_equal(bed->srv->held, 4096 + 8192);
	http_ask(bed, peer, text + 3500);
	assert_true(other->closed);
	assert_int_equal(bed->srv->held, 8192);
	http_ask(bed, peer, " HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 404);
}

static void cut_heads_do_not_starve_pages(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer;
	char text[6001];

	memset(text, 'x', 6000);
	memcpy(text, "GET /", 5);
	text[6000] = 0;
	http_ask(bed, http_client(bed), text);
	http_ask(bed, http_client(bed), text);
	peer = http_client(bed);
	http_ask(bed, peer, "GET /drops HTTP/1.1\r\n" HTTP_HOST);
	assert_response(peer, 200);
	assert_true(bed->peers[0]->closed);
	assert_false(bed->peers[1]->closed);
}

static int setup_without_memory(void **state)
{
	struct http_config config = http_default;

	config.mem_max = 0;
	return http_bed_setup_with(state, &config);
}

static void without_memory_failures_are_told(void **state)
{
	static const struct {
		const char *text;
		int status;
	} samples[] = {
		{"GET /nothing HTTP/1.1\r\n" HTTP_HOST, 404},
		{"POST / HTTP/1.1\r\n" HTTP_HOST, 405},
		{"OPTIONS / HTTP/1.1\r\n" HTTP_HOST, 200},
		{"GET /.. HTTP/1.1\r\n" HTTP_HOST, 400},
		{"BREW / HTTP/1.1\r\n" HTTP_HOST, 501},
		{HTTP_GET, 200},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct fake_peer *peer = http_client(*state);

		http_ask(*state, peer, samples[i].text);
		assert_response(peer, samples[i].status);
	}
}

static void without_memory_the_rest_is_503(void **state)
{
	static const char *const texts[] = {"GET /drops HTTP/1.1\r\n" HTTP_HOST,
					    "GET /drops HTT"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fake_peer *peer = http_client(*state);

		http_ask(*state, peer, texts[i]);
		assert_response(peer, 503);
		assert_int_equal(http_length_of(peer), 0);
		assert_true(http_has(peer, "Connection: close\r\n"));
		assert_true(http_has(peer, "Retry-After: 1\r\n"));
		fake_fin(peer);
		http_serve(*state);
		assert_true(peer->closed);
	}
}

/* The answer under way is whole; the requests behind it are not heard. */
static void without_memory_for_the_pipeline_it_ends(void **state)
{
	struct fake_peer *peer = http_client(*state);

	peer->window = 1000; /* the head, and some of the body */
	http_ask(*state, peer, "GET /1m HTTP/1.1\r\n" HTTP_HOST HTTP_GET);
	assert_false(peer->shut);
	fake_window(peer, 2u << 20);
	http_serve(*state);
	assert_response(peer, 200);
	assert_true(peer->shut);
	assert_false(peer->closed);
	fake_fin(peer);
	http_serve(*state);
	assert_true(peer->closed);
}

/* Each allocation of an exchange fails once: an answer, 503, or a close. */
static void allocation_failures_are_survived(void **state)
{
	struct http_bed *bed = *state;

	for (u64 n = 1; n < 12; n++) {
		struct fake_peer *peer = http_client(bed);

		sim_fail_alloc_after(n);
		http_ask(bed, peer, "GET /drops HTT");
		http_ask(bed, peer, "P/1.1\r\n" HTTP_HOST);
		http_ask(bed, peer, "GET /1m HTTP/1.1\r\n" HTTP_HOST);
		sim_fail_alloc_after(0);
		if (!peer->closed) {
			assert_true(http_responses(peer) == 2 || peer->shut);
			fake_fin(peer);
			http_serve(bed);
		}
		assert_true(peer->closed);
		assert_int_equal(bed->srv->held, 0);
	}
}

static void create_fails_cleanly(void **state)
{
	struct http_bed *bed = *state;

	for (u64 n = 1; n < 40; n++) {
		u64 objects = sim_live_objects();
		struct http_server *srv;
		int err;

		sim_fail_alloc_after(n);
		srv = http_create(bed->f->net, &http_default, &err);
		sim_fail_alloc_after(0);
		if (srv) {
			http_stop(srv);
			http_free(srv);
			assert_true(n > 5);
		} else {
			assert_int_equal(err, -ENOMEM);
		}
		assert_int_equal(sim_live_objects(), objects);
	}
}

/* Hundreds of clients in one batch, some closing: events of the gone. */
static void many_at_once(void **state)
{
	struct http_bed *bed = *state;

	for (int i = 0; i < HTTP_PEERS; i++) {
		struct fake_peer *peer = http_client(bed);

		fake_send_text(peer,
			       i % 2 ? HTTP_GET : "GET / HTTP/1.0\r\n\r\n");
	}
	http_serve(bed);
	for (int i = 0; i < HTTP_PEERS; i++) {
		assert_response(bed->peers[i], 200);
		assert_int_equal(bed->peers[i]->closed, i % 2 == 0);
		fake_send_text(bed->peers[i], HTTP_GET);
	}
	http_serve(bed);
	assert_int_equal(bed->srv->requests, HTTP_PEERS * 3 / 2);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, http_bed_setup, http_bed_teardown)
#define SMALL(t)                                                               \
	cmocka_unit_test_setup_teardown(t, http_bed_setup_small,               \
					http_bed_teardown)

#define NONE(t)                                                                \
	cmocka_unit_test_setup_teardown(t, setup_without_memory,               \
					http_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_idle_connection_owns_only_its_struct),
		T(a_slow_reader_gets_every_byte),
		T(lingering_ends_in_time),
		T(a_long_head_in_pieces),
		T(a_blocked_answer_holds_the_pipeline),
		T(an_idle_connection_is_closed),
		T(a_slow_head_is_408),
		T(a_slow_body_is_408),
		T(a_reader_without_progress_is_reset),
		T(a_client_that_ends_is_closed_in_any_state),
		SMALL(the_longest_idle_makes_room),
		SMALL(slow_heads_do_not_keep_others_out),
		SMALL(nobody_is_shed_for_one_too_many),
		SMALL(the_longest_stalled_answer_makes_room),
		SMALL(answers_that_get_on_are_not_shed),
		SMALL(slow_bodies_do_not_keep_others_out),
		SMALL(memory_for_heads_is_bounded),
		SMALL(a_growing_head_takes_the_room_of_others),
		SMALL(cut_heads_do_not_starve_pages),
		NONE(without_memory_failures_are_told),
		NONE(without_memory_the_rest_is_503),
		NONE(without_memory_for_the_pipeline_it_ends),
		T(allocation_failures_are_survived),
		T(create_fails_cleanly),
		T(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
