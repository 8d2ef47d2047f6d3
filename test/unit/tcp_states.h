/*
 * The events of test_tcp_states.c, and the shape of its table's rows
 * (tcp_states_table.h).
 */
#pragma once

#include "net/tcp/tcp.h"

/* A state's bit; REQ is a listener's half-open request. */
#define CL   (1u << TCP_CLOSE)
#define LI   (1u << TCP_LISTEN)
#define SS   (1u << TCP_SYN_SENT)
#define SR   (1u << TCP_SYN_RECV)
#define REQ  (1u << TCP_NEW_SYN_RECV)
#define ES   (1u << TCP_ESTABLISHED)
#define F1   (1u << TCP_FIN_WAIT1)
#define F2   (1u << TCP_FIN_WAIT2)
#define CW   (1u << TCP_CLOSE_WAIT)
#define CG   (1u << TCP_CLOSING)
#define LA   (1u << TCP_LAST_ACK)
#define TW   (1u << TCP_TIME_WAIT)
#define OPEN (ES | F1 | F2)		/* may receive */
#define SHUT (CW | CG | LA)		/* the peer has sent its FIN */
#define SYNC (SR | ES | F1 | F2 | SHUT) /* of those with a socket */
#define ALL  (CL | LI | SS | SYNC | REQ | TW)

/*
 * Segments: R is RCV.NXT, W the window; U is SND.UNA and N is SND.NXT. All
 * but SYN and RST carry an ACK of U, which is not new, unless it says so.
 */
#define TCP_EVENTS(X)                                                          \
	X(SYN_OLD, "SYN at IRS")                                               \
	X(SYN_INSIDE, "SYN inside the window")                                 \
	X(SYN_RIGHT, "SYN right of the window")                                \
	X(SYN_ACK, "SYN, ACK of N")                                            \
	X(SYN_ACK_BAD, "SYN, ACK beyond N")                                    \
	X(RST_LEFT, "RST left of the window")                                  \
	X(RST_EXACT, "RST at R")                                               \
	X(RST_INSIDE, "RST inside the window")                                 \
	X(RST_RIGHT, "RST right of the window")                                \
	X(RST_ACK, "RST at R, ACK of N")                                       \
	X(FIN_LEFT, "FIN left of the window")                                  \
	X(FIN_EXACT, "FIN at R")                                               \
	X(FIN_ACKS_ALL, "FIN at R, ACK of N")                                  \
	X(FIN_INSIDE, "FIN inside the window")                                 \
	X(FIN_RIGHT, "FIN right of the window")                                \
	X(ACK_ALL, "ACK of N")                                                 \
	X(ACK_OLD, "ACK left of U")                                            \
	X(ACK_BEYOND, "ACK beyond N")                                          \
	X(ACK_LEFT, "ACK of U left of the window")                             \
	X(ACK_RIGHT, "ACK of U right of the window")                           \
	X(TEXT_LEFT, "text left of the window")                                \
	X(TEXT_OVERLAP, "text over the window's left edge")                    \
	X(TEXT_EXACT, "text at R")                                             \
	X(TEXT_ACKS_ALL, "text at R, ACK of N")                                \
	X(TEXT_INSIDE, "text inside the window")                               \
	X(TEXT_RIGHT, "text right of the window")                              \
	X(TEXT_NO_ACK, "text at R without ACK")                                \
	/* on a connection with timestamps */                                  \
	X(TS_NEWER, "timestamps: text, newer")                                 \
	X(TS_OLDER, "timestamps: text, older")                                 \
	X(TS_MISSING, "timestamps: text without")                              \
	X(TS_RST, "timestamps: RST without")                                   \
	X(TS_SYN, "timestamps: SYN with a newer one")                          \
	/* calls */                                                            \
	X(CALL_LISTEN, "listen")                                               \
	X(CALL_CONNECT, "connect")                                             \
	X(CALL_ACCEPT, "accept")                                               \
	X(CALL_SEND, "send")                                                   \
	X(CALL_RECV, "recv")                                                   \
	X(CALL_SHUT_RD, "shutdown for reading")                                \
	X(CALL_SHUT_WR, "shutdown for writing")                                \
	X(CALL_CLOSE, "close")                                                 \
	X(CALL_ABORT, "close with a linger of 0")                              \
	/* timers */                                                           \
	X(TIMER_DELACK, "text, ACK of N; the delayed ACK's time")              \
	X(TIMER_RTO, "the retransmission's time")                              \
	X(TIMER_PROBE, "window 0, ACK of N, send; the probe's time")           \
	X(TIMER_KEEP, "ACK of N, keepalive; its probe's time")                 \
	X(TIMER_LAST, "an hour without the peer")                              \
	X(TIMER_ORPHAN, "close, an hour without the peer")

enum tcp_event {
#define TCP_EVENT_ENUM(name, text) name,
	TCP_EVENTS(TCP_EVENT_ENUM)
#undef TCP_EVENT_ENUM
		TCP_NR_EVENTS
};

#define SAME 0 /* the next state */

/* What one event does in each of `states`. */
struct tcp_row {
	enum tcp_event event;
	u32 states;
	u8 reply; /* the first answer's flags; 0: none */
	u8 next;  /* TCP_x or SAME */
	int what; /* of a segment its drop reason, of a call its result */
	int told; /* bytes that the program can read then, or -errno */
};
