/* What a seed stands for: hosts, their links, connections and programs. */
#pragma once

#include <stdio.h>
#include "test/sim/rng.h"

#define HOSTS_MAX 4
#define CONNS_MAX 6
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* A host's way to the switch. Probabilities of PERMYRIAD. */
struct link_params {
	u32 loss, duplicate, reorder, corrupt, mark;
	u64 delay_ns;
	u64 reorder_ns; /* by at most this a frame comes later */
	u64 rate_bps;	/* 0: no limit */
	u32 queue_bytes;
	bool backpressure; /* a full queue stops the device, and drops not */
};

struct host_params {
	struct link_params link;
	u32 mtu;
	bool offloads; /* scatter-gather and checksums */
};

enum ending {
	END_SHUTDOWN, /* FIN behind all data, then read to the peer's */
	END_CLOSE,    /* close at once behind all data, nothing to read */
	END_RESET,    /* an abort: close with linger 0 */
	END_DROP,     /* an abort: close in the middle of everything */
};

struct app_params {
	u32 total; /* bytes to send */
	u32 write_max, read_max;
	u32 pause_chance, pause_ms_max; /* after a read or a write */
	u32 rcvbuf, sndbuf;		/* 0: the default */
	u32 user_timeout_ms;		/* 0: none */
	u32 leave_ms; /* END_CLOSE: from its FIN to its close; 0: at once */
	bool nodelay;
	bool keepalive; /* an end that only reads misses the other's else */
	bool waits;	/* its FIN comes behind the peer's only */
	enum ending ending;
	u64 abort_bytes; /* sent and received, at which an abort happens */
};

struct conn_params {
	u32 client; /* host; the server is host 0 */
	u64 start_ns;
	bool refused;		  /* to a port where nobody listens */
	struct app_params app[2]; /* of the client, of the server */
};

struct scenario {
	u64 seed;
	u32 nr_hosts, nr_conns;
	struct host_params hosts[HOSTS_MAX];
	struct conn_params conns[CONNS_MAX];
	u32 backlog, accept_pause_ms;
	u32 fail_every;	 /* each n-th allocation fails; 0: none */
	u64 isn_near;	 /* 2^31 or 2^32: ISNs shortly before; 0: as it is */
	bool static_arp; /* the hosts know each other */
	bool ecn;	 /* is asked for, and links may mark */
};

void scenario_draw(struct scenario *sc, u64 seed);
void scenario_print(const struct scenario *sc, FILE *out);

static inline bool ending_aborts(enum ending ending)
{
	return ending == END_RESET || ending == END_DROP;
}

/*
 * Whether this connection has no excuse: no abort, no failing memory, no
 * time-out of its own, and a wire on which TCP's patience must do.
 */
bool scenario_must_succeed(const struct scenario *sc,
			   const struct conn_params *conn);
