/* An HTTP server and its clients, without a network. */
#include <stdlib.h>
#include <string.h>
#include "test/host/http_bed.h"

int http_bed_setup_with(void **state, const struct http_config *config)
{
	static struct http_bed bed;
	int err = 0;

	bed = (struct http_bed){.f = fixture_create(FIXTURE_FEATURES)};
	fake_install(bed.f->net);
	bed.srv = http_create(bed.f->net, config, &err);
	*state = &bed;
	return err;
}

int http_bed_setup(void **state)
{
	return http_bed_setup_with(state, &http_default);
}

int http_bed_setup_small(void **state)
{
	struct http_config config = http_default;

	config.conns_max = 4;
	config.mem_max = 20000;
	return http_bed_setup_with(state, &config);
}

int http_bed_teardown(void **state)
{
	struct http_bed *bed = *state;

	http_stop(bed->srv);
	assert_int_equal(bed->srv->count, 0);
	assert_int_equal(bed->srv->held, 0);
	http_free(bed->srv);
	for (u32 i = 0; i < bed->count; i++)
		fake_free(bed->peers[i]);
	fixture_destroy(bed->f);
	return 0;
}

void http_serve(struct http_bed *bed)
{
	for (int i = 0; i < 40; i++)
		http_poll(bed->srv, 0);
}

struct fake_peer *http_client(struct http_bed *bed)
{
	struct fake_peer *peer = fake_connect(bed->srv->listener);

	assert_true(bed->count < HTTP_PEERS);
	bed->peers[bed->count++] = peer;
	return peer;
}

void http_ask(struct http_bed *bed, struct fake_peer *peer, const char *text)
{
	fake_send_text(peer, text);
	http_serve(bed);
}

void http_pass_ms(struct http_bed *bed, u64 ms)
{
	sim_advance_ns(ms * 1000000);
	http_serve(bed);
}

static int status_of(const struct fake_peer *peer)
{
	if (strncmp(peer->out, "HTTP/1.1 ", 9) != 0)
		return -1;
	return atoi(peer->out + 9);
}

const char *http_body_of(const struct fake_peer *peer)
{
	const char *end = strstr(peer->out, "\r\n\r\n");

	return end ? end + 4 : NULL;
}

size_t http_length_of(const struct fake_peer *peer)
{
	const char *field = strstr(peer->out, "Content-Length: ");

	assert_non_null(field);
	return strtoul(field + 16, NULL, 10);
}

void assert_response(const struct fake_peer *peer, int status)
{
	const char *body = http_body_of(peer);

	assert_int_equal(status_of(peer), status);
	assert_non_null(body);
	assert_int_equal(peer->out + peer->out_len - body,
			 http_length_of(peer));
}

bool http_has(const struct fake_peer *peer, const char *text)
{
	return strstr(peer->out, text) != NULL;
}

u32 http_responses(const struct fake_peer *peer)
{
	const char *p = peer->out;
	u32 n = 0;

	while ((p = strstr(p, "HTTP/1.1 "))) {
		n++;
		p++;
	}
	return n;
}
