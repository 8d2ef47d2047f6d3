/* Drawing a scenario from its seed. */
#include "test/sim/scenario.h"

#define SCENARIO_STREAM 1
#define PERCENT		(PERMYRIAD / 100)
#define HEAVY_LOSS	(15 * PERCENT)
#define SEGMENTS_HEAVY	300u
#define SEGMENTS_MAX	5000u
#define CLEAN_LOSS	(15 * PERCENT)
#define TOTAL_MAX	(512u * 1024)
#define TOTAL_RARE_MAX	(4u * 1024 * 1024)
#define DELAY_MS_MAX	2000u
#define QUEUE_MS_MAX	4000u /* so that a full queue is no dead wire */

/* Mostly nothing, else up to `max`, small values as likely as large ones. */
static u32 draw_trouble(struct rng *rng, u32 max)
{
	return rng_chance(rng, 50 * PERCENT) ? 0 : rng_log(rng, 1, max);
}

static u64 draw_delay_ns(struct rng *rng)
{
	if (rng_chance(rng, 15 * PERCENT))
		return 0;
	return rng_log(rng, 10, DELAY_MS_MAX * 1000) * 1000ull;
}

/* Room for four full frames at least. */
static void draw_rate(struct rng *rng, struct link_params *link, u32 mtu)
{
	u64 most;

	if (rng_chance(rng, 50 * PERCENT))
		return;
	link->rate_bps = rng_log(rng, 64, 1000000) * 1000ull;
	most = link->rate_bps / 8 * QUEUE_MS_MAX / 1000;
	link->queue_bytes = rng_log(rng, 1500, 1u << 20);
	link->queue_bytes = (u32)MIN(link->queue_bytes, most);
	link->queue_bytes = MAX(link->queue_bytes, 4 * (mtu + 14));
	link->backpressure = rng_chance(rng, 30 * PERCENT);
}

static void draw_link(struct rng *rng, struct link_params *link, u32 mtu)
{
	bool quiet = rng_chance(rng, 20 * PERCENT);

	*link = (struct link_params){.delay_ns = draw_delay_ns(rng)};
	draw_rate(rng, link, mtu);
	if (quiet)
		return;
	link->loss = draw_trouble(rng, 30 * PERCENT);
	link->duplicate = draw_trouble(rng, 20 * PERCENT);
	link->corrupt = draw_trouble(rng, 10 * PERCENT);
	link->reorder = draw_trouble(rng, 50 * PERCENT);
	link->reorder_ns = rng_log(rng, 10, 200000) * 1000ull;
}

static u32 draw_mtu(struct rng *rng)
{
	return rng_chance(rng, 60 * PERCENT) ? 1500 : rng_log(rng, 68, 9000);
}

static void draw_hosts(struct rng *rng, struct scenario *sc)
{
	u32 mtu = draw_mtu(rng);

	sc->nr_hosts = rng_chance(rng, 75 * PERCENT)
			       ? 2
			       : rng_range(rng, 3, HOSTS_MAX);
	for (u32 i = 0; i < sc->nr_hosts; i++) {
		struct host_params *host = &sc->hosts[i];

		host->mtu = rng_chance(rng, 90 * PERCENT) ? mtu : draw_mtu(rng);
		host->offloads = rng_chance(rng, 50 * PERCENT);
		draw_link(rng, &host->link, host->mtu);
	}
}

static u32 draw_total(struct rng *rng)
{
	if (rng_chance(rng, 15 * PERCENT))
		return 0;
	return rng_log(rng, 1,
		       rng_chance(rng, 3 * PERCENT) ? TOTAL_RARE_MAX
						    : TOTAL_MAX);
}

static void draw_app(struct rng *rng, struct app_params *app)
{
	app->total = draw_total(rng);
	app->write_max = rng_log(rng, 1, 65536);
	app->write_max = MAX(app->write_max, app->total / 2000 + 1);
	app->read_max = rng_log(rng, 1, 65536);
	if (rng_chance(rng, 50 * PERCENT)) {
		app->pause_chance = rng_log(rng, 1, 20 * PERCENT);
		app->pause_ms_max = rng_log(rng, 1, 20000);
	}
	if (rng_chance(rng, 40 * PERCENT))
		app->rcvbuf = rng_log(rng, 2048, 1u << 20);
	if (rng_chance(rng, 40 * PERCENT))
		app->sndbuf = rng_log(rng, 2048, 1u << 20);
	if (rng_chance(rng, 5 * PERCENT))
		app->user_timeout_ms = rng_log(rng, 1000, 200000);
	app->nodelay = rng_chance(rng, 30 * PERCENT);
	app->ending = END_SHUTDOWN;
}

static void draw_ending(struct rng *rng, struct conn_params *conn)
{
	struct app_params *app = &conn->app[rng_below(rng, 2)];
	u32 both = conn->app[0].total + conn->app[1].total;

	if (rng_chance(rng, 20 * PERCENT)) {
		app->ending =
			rng_chance(rng, 50 * PERCENT) ? END_RESET : END_DROP;
		app->abort_bytes = rng_below(rng, both + 2);
	} else if (rng_chance(rng, 20 * PERCENT)) {
		app->ending = END_CLOSE;
		if (rng_chance(rng, 50 * PERCENT))
			app->leave_ms = rng_log(rng, 1, 10000);
		conn->app[app == conn->app].total = 0; /* the other's */
	}
}

/* The segments of a transfer that has a chance to end in a day. */
static void bound_total(const struct scenario *sc, struct app_params *app,
			u32 host)
{
	const struct host_params *a = &sc->hosts[0], *b = &sc->hosts[host];
	u32 loss =
		a->link.loss + a->link.corrupt + b->link.loss + b->link.corrupt;
	u32 most = (MIN(a->mtu, b->mtu) - 40) *
		   (loss > HEAVY_LOSS ? SEGMENTS_HEAVY : SEGMENTS_MAX);

	app->total = MIN(app->total, most);
}

/* Reads of a byte each would be many, and pauses after each of them long. */
static void bound_work(struct app_params *reader,
		       const struct app_params *writer)
{
	reader->read_max = MAX(reader->read_max, writer->total / 2000 + 1);
}

static void draw_conn(struct rng *rng, struct scenario *sc,
		      struct conn_params *conn)
{
	conn->client = rng_range(rng, 1, sc->nr_hosts - 1);
	conn->start_ns = rng_log(rng, 1, 5000) * NS_PER_MS;
	conn->refused = rng_chance(rng, 2 * PERCENT);
	draw_app(rng, &conn->app[0]);
	draw_app(rng, &conn->app[1]);
	draw_ending(rng, conn);
	if (rng_chance(rng, 30 * PERCENT))
		conn->app[rng_below(rng, 2)].waits = true;
	bound_total(sc, &conn->app[0], conn->client);
	bound_total(sc, &conn->app[1], conn->client);
	bound_work(&conn->app[0], &conn->app[1]);
	bound_work(&conn->app[1], &conn->app[0]);
}

/* ARP gives up after 3 s: no link is that long (RFC 1122 section 2.3.2.1). */
static bool arp_is_hopeless(const struct scenario *sc)
{
	u64 most_ns = 0;

	for (u32 i = 0; i < sc->nr_hosts; i++)
		most_ns = MAX(most_ns, sc->hosts[i].link.delay_ns);
	return most_ns > NS_PER_S;
}

static void draw_keepalive(struct rng *rng, struct scenario *sc)
{
	for (u32 i = 0; i < sc->nr_conns; i++) {
		struct conn_params *conn = &sc->conns[i];
		bool needed = !scenario_must_succeed(sc, conn);

		for (int side = 0; side < 2; side++)
			conn->app[side].keepalive =
				needed || rng_chance(rng, 50 * PERCENT);
	}
}

/* Drawn last, so that all else of a seed is as it was without. */
static void draw_ecn(struct rng *rng, struct scenario *sc)
{
	sc->ecn = rng_chance(rng, 40 * PERCENT);
	for (u32 i = 0; sc->ecn && i < sc->nr_hosts; i++)
		sc->hosts[i].link.mark = draw_trouble(rng, 50 * PERCENT);
}

void scenario_draw(struct scenario *sc, u64 seed)
{
	struct rng rng = rng_stream(seed, SCENARIO_STREAM);

	*sc = (struct scenario){.seed = seed};
	draw_hosts(&rng, sc);
	sc->nr_conns = rng_chance(&rng, 60 * PERCENT)
			       ? 1
			       : rng_range(&rng, 2, CONNS_MAX);
	for (u32 i = 0; i < sc->nr_conns; i++)
		draw_conn(&rng, sc, &sc->conns[i]);
	sc->backlog = rng_range(&rng, 1, 8);
	if (rng_chance(&rng, 30 * PERCENT))
		sc->accept_pause_ms = rng_log(&rng, 1, 3000);
	if (rng_chance(&rng, 15 * PERCENT))
		sc->fail_every = rng_log(&rng, 3, 2000);
	if (rng_chance(&rng, 50 * PERCENT))
		sc->isn_near = 1ull << rng_range(&rng, 31, 32);
	sc->static_arp = arp_is_hopeless(sc) || rng_chance(&rng, 50 * PERCENT);
	draw_keepalive(&rng, sc);
	draw_ecn(&rng, sc);
}

/* What a full segment loses on its way over both links, its pieces too. */
static u32 segment_loss(const struct scenario *sc, u32 from, u32 to)
{
	const struct link_params *link = &sc->hosts[from].link;
	u32 mtu = MIN(sc->hosts[from].mtu, sc->hosts[to].mtu);
	u32 frames = mtu < 576 ? 1 + 576 / (mtu - 20) : 1;

	return frames * (link->loss + link->corrupt);
}

/*
 * A TCP that sends one segment at a time through a queue that others fill
 * may well be unlucky for long.
 */
static bool crowded(const struct scenario *sc)
{
	for (u32 i = 0; i < sc->nr_hosts; i++) {
		const struct link_params *link = &sc->hosts[i].link;

		if (sc->nr_conns > 1 && link->rate_bps && !link->backpressure)
			return true;
	}
	return false;
}

/* One that has left stays in FIN-WAIT-2 for a minute. */
static bool left_alone(const struct app_params *app,
		       const struct app_params *peer)
{
	return app->waits && app->pause_chance && peer->ending == END_CLOSE;
}

bool scenario_must_succeed(const struct scenario *sc,
			   const struct conn_params *conn)
{
	for (int i = 0; i < 2; i++)
		if (ending_aborts(conn->app[i].ending) ||
		    conn->app[i].user_timeout_ms ||
		    left_alone(&conn->app[i], &conn->app[!i]))
			return false;
	if (conn->refused || sc->fail_every || crowded(sc))
		return false;
	return segment_loss(sc, 0, conn->client) <= CLEAN_LOSS &&
	       segment_loss(sc, conn->client, 0) <= CLEAN_LOSS;
}

static void print_app(const struct app_params *app, const char *who, FILE *out)
{
	static const char *const endings[] = {"shutdown", "close", "reset",
					      "drop"};

	fprintf(out,
		"    %s: sends %u by %u, reads by %u, pauses %u.%02u %% of "
		"%u ms, rcvbuf %u, sndbuf %u, user timeout %u ms%s%s%s; %s",
		who, app->total, app->write_max, app->read_max,
		app->pause_chance / PERCENT, app->pause_chance % PERCENT,
		app->pause_ms_max, app->rcvbuf, app->sndbuf,
		app->user_timeout_ms, app->nodelay ? ", nodelay" : "",
		app->keepalive ? ", keepalive" : "",
		app->waits ? ", waits" : "", endings[app->ending]);
	if (app->leave_ms)
		fprintf(out, " after %u ms", app->leave_ms);
	if (ending_aborts(app->ending))
		fprintf(out, " after %llu bytes",
			(unsigned long long)app->abort_bytes);
	fprintf(out, "\n");
}

static void print_host(const struct host_params *host, u32 number, FILE *out)
{
	const struct link_params *link = &host->link;

	fprintf(out,
		"  host %u: mtu %u%s, delay %.3f ms, rate %llu bit/s, queue "
		"%u bytes%s; of 10000: lost %u, doubled %u, corrupted %u, "
		"late %u by %.3f ms, marked %u\n",
		number, host->mtu, host->offloads ? ", offloads" : "",
		(double)link->delay_ns / 1e6,
		(unsigned long long)link->rate_bps, link->queue_bytes,
		link->backpressure ? " (stops)" : "", link->loss,
		link->duplicate, link->corrupt, link->reorder,
		(double)link->reorder_ns / 1e6, link->mark);
}

void scenario_print(const struct scenario *sc, FILE *out)
{
	fprintf(out,
		"seed %llu: backlog %u, accept pauses %u ms, each %u-th "
		"allocation fails, ISNs near %llu, %s ARP%s\n",
		(unsigned long long)sc->seed, sc->backlog, sc->accept_pause_ms,
		sc->fail_every, (unsigned long long)sc->isn_near,
		sc->static_arp ? "static" : "dynamic", sc->ecn ? ", ECN" : "");
	for (u32 i = 0; i < sc->nr_hosts; i++)
		print_host(&sc->hosts[i], i, out);
	for (u32 i = 0; i < sc->nr_conns; i++) {
		const struct conn_params *conn = &sc->conns[i];

		fprintf(out, "  connection %u: host %u, at %.3f s%s%s\n", i,
			conn->client, (double)conn->start_ns / 1e9,
			conn->refused ? ", to a closed port" : "",
			scenario_must_succeed(sc, conn) ? ", must succeed"
							: "");
		print_app(&conn->app[0], "client", out);
		print_app(&conn->app[1], "server", out);
	}
}
