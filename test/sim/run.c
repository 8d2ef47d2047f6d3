/* A run from its first to its last event. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/log.h"
#include "test/host/machine_sim.h"
#include "test/sim/world.h"

#define WIRE_STREAM 2
#define APP_STREAM  3
#define STUCK_NS    (48 * 3600 * NS_PER_S)
#define LINGER_NS   (2 * 3600 * NS_PER_S) /* orphans and TIME-WAITs */
#define EVENTS_MAX  20000000u

void world_fail(const struct world *w, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr,
		"seed %llu: at %.6f s: ", (unsigned long long)w->sc->seed,
		(double)machine_now_ns() / 1e9);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	_Exit(1);
}

/* Eight bytes at a time, then the rest. */
void world_note(struct world *w, const void *bytes, size_t len)
{
	const u8 *from = bytes;
	u64 hash = w->figures.hash, word;

	for (; len;
	     from += MIN(len, sizeof(word)), len -= MIN(len, sizeof(word))) {
		word = 0;
		memcpy(&word, from, MIN(len, sizeof(word)));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 29;
	}
	w->figures.hash = hash;
}

/* Up to the next event and through all that happens at its time. */
static void step(struct world *w, u64 limit_ns)
{
	u64 next = MIN(sim_next_ns(), wire_next_ns(w));

	next = MIN(next, apps_next_ns(w));
	if (next > limit_ns)
		world_fail(w, next == UINT64_MAX ? "stuck: nothing will happen"
						 : "stuck: it takes for ever");
	sim_run_until_ns(next);
	do {
		oracle_look(w);
		apps_step(w);
		oracle_look(w);
	} while (wire_deliver(w));
	if (++w->figures.events > EVENTS_MAX)
		world_fail(w, "too many events");
}

static bool sockets_left(const struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_hosts; i++)
		if (w->hosts[i].net->sock_live)
			return true;
	return false;
}

/* The programs have gone; what they left behind ends by itself. */
static void drain(struct world *w)
{
	u64 limit = machine_now_ns() + LINGER_NS;
	u64 next;

	while (sockets_left(w)) {
		next = MIN(sim_next_ns(), wire_next_ns(w));
		if (next > limit)
			world_fail(w, "sockets are left that nothing ends");
		sim_run_until_ns(next);
		while (wire_deliver(w))
			;
	}
}

/* Some connections' numbers have passed the limit they began before. */
static void count_crossings(struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		for (int side = 0; side < 2; side++) {
			const struct tcp_sock *tp = w->conns[i].end[side].tp;

			if (tp && (tp->iss ^ tp->snd_una) >> 31)
				w->figures.crossings++;
		}
	}
}

static void count_mib(struct world *w)
{
	struct figures *figures = &w->figures;

	for (u32 i = 0; i < w->sc->nr_hosts; i++) {
		const struct net *net = w->hosts[i].net;

		figures->retransmits += net_mib(net, MIB_TCP_RetransSegs);
		figures->timeouts += net_mib(net, MIB_TCPEXT_TCPTimeouts);
		figures->probes += net_mib(net, MIB_TCPEXT_TCPWinProbe);
		figures->bad_checksums += net_mib(net, MIB_TCP_InCsumErrors);
	}
}

struct figures world_run(const struct scenario *sc)
{
	struct world *w = calloc(1, sizeof(*w));
	struct figures figures;

	w->sc = sc;
	w->wire.rng = rng_stream(sc->seed, WIRE_STREAM);
	w->app_rng = rng_stream(sc->seed, APP_STREAM);
	sim_init();
	log_set_level(LOG_ERR);
	sim_seed(sc->seed);
	isn_near(sc->isn_near, sc->seed);
	for (u32 i = 0; i < sc->nr_hosts; i++)
		host_create(w, i);
	apps_create(w);
	sim_fail_alloc_every(sc->fail_every);
	while (!apps_done(w))
		step(w, STUCK_NS);
	sim_fail_alloc_every(0);
	w->figures.done_ns = machine_now_ns();
	oracle_outcomes(w);
	count_crossings(w);
	apps_release(w);
	drain(w);
	w->figures.virtual_ns = machine_now_ns();
	count_mib(w);
	wire_cut(w);
	for (u32 i = 0; i < sc->nr_hosts; i++)
		host_destroy(&w->hosts[i]);
	sim_exit();
	if (sim_live_objects() || sim_live_pages())
		world_fail(w, "%llu objects are left",
			   (unsigned long long)sim_live_objects());
	apps_destroy(w);
	figures = w->figures;
	free(w);
	return figures;
}
