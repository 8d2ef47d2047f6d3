/*
 * ICMP as ping and traceroute see it (RFC 792): echo requests to send, and
 * what a raw socket gives, an IP header and a message, told as one answer.
 */
#pragma once

#include "net/socket/socket.h"
#include "app/shell/shell.h"

#define PROBE_ECHO_REPLY    0
#define PROBE_UNREACHABLE   3
#define PROBE_ECHO	    8
#define PROBE_TIME_EXCEEDED 11
#define PROBE_HEADER	    8

struct probe_answer {
	be32 from;
	u8 type, code, ttl;
	u32 len;   /* of the ICMP message */
	u8 quoted; /* an error: the protocol of what it quotes; else 0 */
	be32 quoted_to;
	/* Id and sequence of an echo; or the ports of a quoted datagram. */
	u16 first, second;
};

/* False when it is too short to be of use. Pure. */
bool probe_parse(const u8 *packet, size_t len, struct probe_answer *out);

/* An echo request of PROBE_HEADER + size bytes, its checksum right. */
void probe_echo(u8 *packet, u32 size, u16 id, u16 sequence);

/* "Destination Host Unreachable". */
const char *probe_reason(u8 type, u8 code);

/* "0.123", with three digits at least, as ping prints milliseconds. */
void probe_ms(char *buf, size_t size, u64 ns);

/*
 * The next answer on a raw socket, and when it came (*at_ns), waited for
 * until deadline_ms: 0, -EAGAIN at the deadline, -EINTR for ^C, -EPROTO for
 * what is none, or the socket's error. What is queued comes behind the
 * deadline too: under a flood PROBE_LATE of it are enough.
 */
#define PROBE_LATE 64

int probe_wait(struct shell *sh, struct socket *raw, u64 deadline_ms,
	       struct probe_answer *out, u64 *at_ns);
