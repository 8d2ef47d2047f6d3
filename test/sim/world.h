/*
 * A run: hosts on a switch, the frames between them, and the programs at
 * both ends of each connection. One clock, one order of events.
 *
 *	app.c -> sockets -> stack -> host.c -> wire.c: lose, double, corrupt,
 *	  ^                                      |     delay, queue
 *	  +------- sockets <- stack <- host.c <--+
 *
 * After every event oracle.c looks at every connection.
 */
#pragma once

#include "net/core/net.h"
#include "net/core/netdev.h"
#include "net/socket/socket.h"
#include "net/tcp/tcp_sock.h"
#include "test/sim/scenario.h"

struct world;

/* ---- wire.c ---- */

struct frame;

/* What a link is doing now. */
struct link {
	u64 free_ns;	     /* the last frame has left the queue */
	u64 last_arrival_ns; /* so that order is kept where it should be */
};

struct wire {
	struct frame **heap; /* by arrival, then by number */
	u32 count, room;
	u64 number;
	struct rng rng;
};

/* False: the queue is full, the device has to wait. */
bool wire_send(struct world *w, u32 from, const u8 *bytes, u32 len);
/* When something happens on the wire next; UINT64_MAX: nothing. */
u64 wire_next_ns(const struct world *w);
/* The next one that is due now, delivered; false: none. */
bool wire_deliver(struct world *w);
/* Every frame is lost. */
void wire_cut(struct world *w);

/* ---- host.c ---- */

struct host {
	struct world *world;
	u32 number;
	const struct host_params *params;
	struct net *net;
	struct net_device dev;
	struct link link;
	u64 wake_ns; /* the stopped device goes on then; UINT64_MAX: runs */
};

be32 host_addr(u32 number);
void host_create(struct world *w, u32 number);
void host_destroy(struct host *host);
/* A frame arrives; without memory it is lost. */
void host_receive(struct host *host, const u8 *bytes, u32 len);
/* The device's queue has room again, if it has. */
void host_wake(struct host *host);

/* ---- app.c ---- */

/* What the oracle remembers of a connection's end. */
struct watch {
	bool seen;
	u32 edge;    /* the furthest that may be sent, as the sender knows it */
	u32 offered; /* the furthest that the receiver has offered */
	u32 snd_nxt, cwnd, mss_max, mss_min;
	u32 snd_una, held; /* acknowledged; and SACKed */
	u32 flight, ssthresh;
	u32 cwnd_before;	   /* the last reduction, which may be undone */
	u32 recover, recovery_max; /* what cwnd may be in this recovery */
	u8 ca_state;
	bool tlp_out;
};

enum outcome { RUNNING, SUCCESS, FAILED, ABORTED };

struct endpoint {
	struct conn *conn;
	u32 side; /* 0: client, 1: server */
	const struct app_params *params;
	struct socket *sock; /* NULL before and after */
	struct tcp_sock *tp; /* a reference, until the end of the run */
	bool connected, shut, eof;
	u32 sent, received;
	u64 wake_ns; /* pauses until then */
	enum outcome outcome;
	int err; /* of FAILED */
	struct watch watch;
};

struct conn {
	struct world *world;
	const struct conn_params *params;
	be16 port; /* the client's */
	bool started;
	struct endpoint end[2];
	u8 *bytes[2]; /* what each end sends */
};

struct server {
	struct socket *listener;
	u64 wake_ns;
};

void apps_create(struct world *w);
/* Everything that is due now. */
void apps_step(struct world *w);
/* When a pause or a start is over; UINT64_MAX: only events count. */
u64 apps_next_ns(const struct world *w);
bool apps_done(const struct world *w);
/* Listeners and references go; the connections end by themselves. */
void apps_release(struct world *w);
void apps_destroy(struct world *w);

/* ---- oracle.c ---- */

void oracle_look(struct world *w);
/* All programs are done: did each connection end as it should? */
void oracle_outcomes(struct world *w);

/* Ends the process: this seed has failed. */
void world_fail(const struct world *w, const char *fmt, ...) noreturn
	printf_like(2, 3);

/* ---- pcap.c ---- */

void pcap_begin(const char *path);
/* A frame that a host sends, before anything happens to it. */
void pcap_frame(u64 now_ns, const u8 *bytes, u32 len);

/* ---- isn.c ---- */

void isn_near(u64 limit, u64 seed);

/* ---- run.c ---- */

struct figures {
	u64 hash; /* of every frame sent and every read */
	u64 frames, bytes, events, crossings;
	u64 done_ns;	/* the programs had ended */
	u64 virtual_ns; /* all that they left behind, too */
	u64 retransmits, timeouts, probes, bad_checksums; /* TCP's counters */
	u32 conns, success, failed, aborted;
};

struct world {
	const struct scenario *sc;
	struct host hosts[HOSTS_MAX];
	struct conn conns[CONNS_MAX];
	struct server server;
	struct wire wire;
	struct rng app_rng;
	struct figures figures;
};

/* A whole run; returns when nothing was wrong. */
struct figures world_run(const struct scenario *sc);

/* Stirs bytes into the run's hash. */
void world_note(struct world *w, const void *bytes, size_t len);
