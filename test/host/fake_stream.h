/*
 * A stream protocol without a network, for tests of what stands on sockets.
 * The other end of each connection is a struct fake_peer in the test's hands:
 *
 *	fake_install(net)		 SOCK_STREAM is this one now
 *	peer = fake_connect(listener)	 a client: accept will find it
 *	fake_send(peer, bytes, len)	 arrives at the socket
 *	peer->out, peer->out_len	 what the socket has sent
 *	peer->window			 how much more it may send
 */
#pragma once

#include "net/socket/socket.h"
#include "test/host/fixture.h"

struct fake_peer {
	struct fake_sock *fs; /* NULL: the socket is gone */
	char *out;	      /* terminated */
	size_t out_len, window;
	u32 sends, recvs, last_flags;
	bool closed; /* the program has closed its end */
	bool reset;  /* ... by SO_LINGER 0 */
	bool shut;   /* it has shut down its sending side */
};

void fake_install(struct net *net);

/* fixture_setup and that. */
int fake_setup(void **state);

/* A socket of this protocol; and a connected one, whose far end is *peer. */
struct socket *fake_socket(struct fixture *f);
struct socket *fake_connected(struct fixture *f, struct fake_peer **peer);

struct fake_peer *fake_connect(struct socket *listener);
void fake_free(struct fake_peer *peer);

void fake_send(struct fake_peer *peer, const void *bytes, size_t len);
void fake_send_text(struct fake_peer *peer, const char *text);
void fake_fin(struct fake_peer *peer);
void fake_reset(struct fake_peer *peer, int err);

/* Lets n more bytes through. */
void fake_window(struct fake_peer *peer, size_t n);

/* Forgets what was sent so far. */
void fake_clear(struct fake_peer *peer);

/* The peer of a socket of this protocol: after sock_connect too. */
struct fake_peer *fake_peer_of(struct socket *sock);
