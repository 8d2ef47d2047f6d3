/*
 * For the tests of net/tcp/: a scripted peer at 10.0.0.2 on top of fixture.h.
 * Sequence numbers in a script are relative to the two ISNs, so that 0 is a
 * SYN's, on either side, and 1 the first byte.
 *
 *	struct tcp_fixture *f = *state;
 *	struct socket *s = peer_connect(f);	handshake with port 80, accept
 *
 *	peer_send(f, TCP_ACK, 1, 1, "hi", 2);	the peer's seq, ack, text
 *	expect(f, TCP_ACK, 1, 3, 0);		ours: flags, seq, ack, len
 *	expect_nothing(f);
 *
 * What expect() has looked at is in f->seen. Every frame is judged: lengths,
 * checksums, addresses, padding of options.
 */
#pragma once

#include "test/host/fixture.h"

#include "net/tcp/tcp_sock.h"
#include "test/host/sock_user.h"

#define PEER_PORT   40000
#define SERVER_PORT 80

/* One connection seen from the peer. Tests change it before they send. */
struct tcp_peer {
	u16 port, server_port;
	u32 iss, guest_iss; /* guest_iss: learned from a SYN of ours */
	u16 mss;	    /* of its SYN, 0: no option */
	bool ts;	    /* timestamps in its SYN, and then in all */
	bool sack;	    /* SACK-permitted in its SYN */
	bool wscale_ok;
	u8 wscale;
	u16 wnd;      /* header field */
	u8 tos;	      /* of its IP headers */
	u8 syn_flags; /* ECE and CWR of its SYN */
	u32 tsval;    /* its clock; stands still unless the test moves it */
	u32 tsecr;    /* the last of ours */
};

/* A segment that the stack has sent. */
struct tcp_seen {
	u8 flags;
	u8 tos;		      /* of the IP header */
	u32 seq, ack;	      /* on the wire */
	u32 seq_rel, ack_rel; /* to the ISNs */
	u16 wnd;
	struct tcp_options opt;
	struct tcp_sack_block sacks[TCP_SACK_BLOCKS]; /* to the peer's ISN */
	u32 sack_count;
	u32 len;
	u8 data[65536];
};

struct tcp_fixture {
	struct fixture *base;
	struct net *net;
	struct tcp_peer peer;
	struct tcp_seen seen;
	struct socket *listener; /* on SERVER_PORT, nonblocking */
	u64 mib[MIB_MAX];	 /* as of the last look */
};

int tcp_fixture_setup(void **state);
int tcp_fixture_teardown(void **state);

/* Closes the listener now; teardown does it otherwise. */
void tcp_fixture_unlisten(struct tcp_fixture *f);

/* The peer becomes another one: its port and ISN, all else as it was. */
void peer_become(struct tcp_fixture *f, u16 port);

/* Segments of the peer: in full by a literal, or the usual ones. */
struct peer_segment {
	u8 flags;
	u32 seq, ack; /* on the wire */
	u16 wnd, urg;
	const void *opt; /* a multiple of 4 bytes */
	u32 opt_len;
	const void *data;
	u32 len;
};

void peer_send_segment(struct tcp_fixture *f, const struct peer_segment *s);
void peer_syn(struct tcp_fixture *f);
void peer_send(struct tcp_fixture *f, u8 flags, u32 seq_rel, u32 ack_rel,
	       const struct iovec *text);

/* peer_send(f, flags, seq, ack, data, len) without a sixth parameter. */
#define peer_send(f, flags, seq_rel, ack_rel, data, len)                       \
	(peer_send)(f, flags, seq_rel, ack_rel,                                \
		    &(struct iovec){(void *)(data), len})

/*
 * The next segment of ours, into f->seen; false: none. A SYN of ours teaches
 * the peer our ISN.
 */
bool peer_receive(struct tcp_fixture *f);

/* What the next segment must be. */
struct tcp_expect {
	u8 flags;
	u32 seq_rel, ack_rel, len;
	const char *file;
	int line;
};

#define expect(f, flags, seq_rel, ack_rel, len)                                \
	expect_at(f, &(struct tcp_expect){flags, seq_rel, ack_rel, len,        \
					  __FILE__, __LINE__})
void expect_at(struct tcp_fixture *f, const struct tcp_expect *want);

/* A RST: the peer's ACK field is its own business. */
#define expect_rst(f, seq_rel) expect_rst_at(f, seq_rel, __FILE__, __LINE__)
void expect_rst_at(struct tcp_fixture *f, u32 seq_rel, const char *file,
		   int line);

#define expect_nothing(f) expect_nothing_at(f, __FILE__, __LINE__)
void expect_nothing_at(struct tcp_fixture *f, const char *file, int line);

/* SYN, SYN-ACK, ACK, accept: nonblocking, everything acknowledged. */
struct socket *peer_connect(struct tcp_fixture *f);

/* The same without the accept. */
void peer_handshake(struct tcp_fixture *f);

/* Our connect to the peer's `port`, until it is established. */
struct socket *peer_accept(struct tcp_fixture *f, u16 port);

/* The same until our SYN has been sent; and looked at: it has these flags. */
struct socket *start_connect(struct tcp_fixture *f, u16 port);
struct socket *syn_sent(struct tcp_fixture *f, u16 port, u8 flags);

struct socket *tcp_socket(struct tcp_fixture *f);
struct socket *tcp_accept_one(struct tcp_fixture *f);
struct tcp_sock *tcp_of(struct socket *sock);

/* We close one first: TIME-WAIT; our numbers end at 2, the peer's at 2. */
void close_first(struct tcp_fixture *f);

/* A connection ends, whatever it was doing; what was sent is forgotten. */
void abort_socket(struct tcp_fixture *f, struct socket *s);

/* Connections that wait for the end of their handshake. */
static inline u32 tcp_requests(const struct tcp_fixture *f)
{
	return f->net->tcp->request_count;
}

/* One counter's rise since the last call for it. */
#define mib_rise(f, item) mib_rise_of(f, MIB_##item)
u64 mib_rise_of(struct tcp_fixture *f, enum mib_item item);

/* A row in a program's table of tests. */
#define TCP_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, tcp_fixture_setup,               \
					tcp_fixture_teardown)
