/*
 * For the tests of the HTTP server: one over the protocol without a network
 * (fake_stream.h), polled by hand, and its clients.
 */
#pragma once

#include "app/http_conn.h"
#include "test/host/fake_stream.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

#define HTTP_HOST  "Host: a\r\n\r\n"
#define HTTP_GET   "GET / HTTP/1.1\r\n" HTTP_HOST
#define HTTP_PEERS 64

struct http_bed {
	struct fixture *f;
	struct http_server *srv;
	struct fake_peer *peers[HTTP_PEERS];
	u32 count;
};

int http_bed_setup(void **state);

int http_bed_setup_with(void **state, const struct http_config *config);

/* At most 4 connections and 20,000 bytes for heads. */
int http_bed_setup_small(void **state);

/* Asserts that nothing is left. */
int http_bed_teardown(void **state);

/* Lets the server work. */
void http_serve(struct http_bed *bed);
struct fake_peer *http_client(struct http_bed *bed);

/* Sends, and lets the server work. */
void http_ask(struct http_bed *bed, struct fake_peer *peer, const char *text);

/* Virtual time passes, and the server looks at it. */
void http_pass_ms(struct http_bed *bed, u64 ms);

/* Of the first response. */
const char *http_body_of(const struct fake_peer *peer);
size_t http_length_of(const struct fake_peer *peer);

/* Exactly one whole response. */
void assert_response(const struct fake_peer *peer, int status);
bool http_has(const struct fake_peer *peer, const char *text);
u32 http_responses(const struct fake_peer *peer);
