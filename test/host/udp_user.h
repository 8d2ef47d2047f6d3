/*
 * A program with UDP sockets, none of them blocking, for tests: opens and
 * binds them, and what the wire brings is one call.
 */
#pragma once

#include "test/host/datagram.h"
#include "test/host/sock_user.h"

/* After fixture_setup_peer: in the end no sock is left. */
int udp_teardown(void **state);

struct socket *open_socket(struct fixture *f);
struct socket *bound_socket(struct fixture *f, be32 addr, u16 port);

struct udp {
	be32 src, dst; /* 0: the peer, eth0 */
	u16 sport, dport;
	const char *text;
};

/* It arrives. */
void rx_udp(struct fixture *f, struct udp u);

/* The next datagram that waits in s; none waits. */
void expect_text(struct socket *s, const char *text);
void expect_empty(struct socket *s);
