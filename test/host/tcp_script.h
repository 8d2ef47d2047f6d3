/*
 * More words for scripts about the sending half: a stream whose bytes are
 * known by their place, the peer's bare ACKs, and a connection moved to
 * other sequence numbers.
 */
#pragma once

#include "test/host/tcp_fixture.h"

#define MSS	   1460u
#define STREAM_MAX (1u << 20)

/* Byte i of the stream is stream[i]; the segment at seq_rel begins at -1. */
const u8 *script_stream(void);

/* The peer's window is 8 MiB: never what limits. Call before the handshake. */
static inline void peer_is_wide(struct tcp_fixture *f)
{
	f->peer.wscale_ok = true;
	f->peer.wscale = 7;
	f->peer.wnd = 65535;
}

/* The program writes the next len bytes of the stream; all must be taken. */
void say(struct socket *s, u32 len, u32 flags);

/* The peer acknowledges up to seq_rel. */
static inline void peer_acks(struct tcp_fixture *f, u32 ack_rel)
{
	peer_send(f, TCP_ACK, 1, ack_rel, NULL, 0);
}

/*
 * It acknowledges up to ack_rel and SACKs ranges of our stream, the newest
 * first: peer_sacks(f, ack, start, end, start, end...).
 */
#define peer_sacks(f, ack_rel, ...)                                            \
	(peer_sacks)(f, ack_rel,                                               \
		     sizeof((const u32[]){__VA_ARGS__}) / (2 * sizeof(u32)),   \
		     (const u32[]){__VA_ARGS__})
void(peer_sacks)(struct tcp_fixture *f, u32 ack_rel, u32 count,
		 const u32 *edges);

/* Handshakes: with a wide peer; one that takes rtt_ms; both, and SACK. */
static inline struct socket *connect_wide(struct tcp_fixture *f)
{
	peer_is_wide(f);
	return peer_connect(f);
}

struct socket *connect_after(struct tcp_fixture *f, u32 rtt_ms);

static inline struct socket *connect_sacking(struct tcp_fixture *f, u32 rtt_ms)
{
	peer_is_wide(f);
	f->peer.sack = true;
	return connect_after(f, rtt_ms);
}

/* A connection that speaks ECN; the peer asked for it. No quick ACKs. */
struct socket *connect_ecn(struct tcp_fixture *f);

/* A segment with exactly this text of the stream; PSH as it may be. */
#define expect_text(f, seq_rel, len)                                           \
	expect_text_at(f, seq_rel, len, __FILE__, __LINE__)
void expect_text_at(struct tcp_fixture *f, u32 seq_rel, u32 len,
		    const char *file, int line);

/* Full segments from seq_rel on, so many. */
#define expect_full(f, seq_rel, count)                                         \
	expect_full_at(f, seq_rel, count, __FILE__, __LINE__)
void expect_full_at(struct tcp_fixture *f, u32 seq_rel, u32 count,
		    const char *file, int line);

/* Everything that was sent is looked at and forgotten; segments. */
u32 skip_sent(struct tcp_fixture *f);

/* Time passes until a segment is sent, at most ms; how much, UINT32_MAX: none
 */
u32 wait_sent(struct tcp_fixture *f, u32 ms);

/* Time passes, past any loss probe, until a time-out. */
void wait_timeout(struct tcp_fixture *f);

/*
 * An idle connection has sent so many bytes more, all of them acknowledged,
 * and its ISN moves on with them: what it remembers of before does not.
 */
void script_skip(struct tcp_fixture *f, struct socket *s, u32 by);

/* An idle connection's numbers become those of another ISN. */
void script_shift_iss(struct tcp_fixture *f, struct socket *s, u32 iss);

/* Both sides end without a trace: RST, closed. */
void script_end(struct tcp_fixture *f, struct socket *s);

/* When segments were sent, in ms from the beginning of the watch. */
#define WATCH_MAX 64
struct watch {
	u64 at[WATCH_MAX];
	u32 seq_rel[WATCH_MAX], len[WATCH_MAX];
	u8 flags[WATCH_MAX];
	u32 count;
};

/* The link takes each frame at once. Precise to `step` ms. */
struct watch watch(struct tcp_fixture *f, u64 ms, u64 step);

static inline void assert_near(u64 is, u64 should, u64 slack)
{
	assert_in_range(is, should, should + slack);
}

/* A connection with the RTO from before any sample: 1 s. */
static inline struct socket *connect_unmeasured(struct tcp_fixture *f)
{
	struct socket *s = peer_connect(f);

	tcp_rtt_init(tcp_of(s));
	return s;
}

/* The scoreboard's sums are those of the retransmission queue. */
void check_scoreboard(struct tcp_sock *tp);
