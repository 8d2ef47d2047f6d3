/*
 * The HTTP server (RFC 9110, RFC 9112): one task, one epoll, thousands of
 * connections. Boot calls http_start; a test creates a server and polls it
 * by hand.
 */
#pragma once

#include "net/socket/socket.h"

struct http_config {
	u16 port;
	u32 conns_max;
	u32 mem_max;	  /* bytes held for cut heads and made-up pages */
	u32 idle_ms;	  /* without a request: closed */
	u32 head_ms;	  /* from a head's first byte to its end: 408 */
	u32 body_ms;	  /* in each such time, at least ... */
	u32 body_least;	  /* ... so many bytes of a body: else 408 */
	u32 send_ms;	  /* in each such time, at least ... */
	u32 send_least;	  /* ... so many bytes of an answer: else reset */
	u32 linger_ms;	  /* for the peer to see the answer before a reset */
	const void *site; /* a tar archive that stays where it is, or NULL */
	u64 site_len;
	bool listing; /* of directories without an index.html */
};

extern const struct http_config http_default;

/* Creates the task. 0 or -errno. */
int http_start(struct net *net, const struct http_config *config) must_check;

struct http_server;

/* A listening server, or NULL with *err set. */
struct http_server *http_create(struct net *net,
				const struct http_config *config, int *err);

/* Serves what is ready, waiting up to timeout_ms for the first of it. */
void http_poll(struct http_server *srv, u64 timeout_ms);

/* Closes every connection; what is in flight may refer to its pages still. */
void http_stop(struct http_server *srv);

/* Once the stack has no packet of it any more. */
void http_free(struct http_server *srv);
