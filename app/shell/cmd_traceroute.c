/*
 * traceroute: UDP datagrams whose TTL rises, to ports where nobody listens;
 * each router on the way tells of one (time exceeded), the host of the last
 * (port unreachable). Linux's output.
 */
#include "app/shell/commands.h"

#include "kernel/timer.h"
#include "lib/errno.h"
#include "app/shell/options.h"
#include "app/shell/probe.h"
#include "app/shell/resolve.h"
#include "app/shell/words.h"

#define FIRST_PORT 33434
#define HOPS	   30
#define PROBES	   3
#define WAIT_MS	   3000
#define DATA_LEN   32
#define CODE_PORT  3

struct trace {
	struct shell *sh;
	struct socket *raw;
	const char *host;
	be32 addr;
	u32 hops, probes, wait_ms, port;
	u32 sent;
	be32 last; /* the router that this line has named */
	bool arrived, named;
};

/* One datagram from a socket of its own; its ports tell the answer. */
static int send_probe(struct trace *t, int ttl, struct sockaddr_in *here,
		      u64 *sent_ns)
{
	struct sockaddr_in to = {AF_INET, htons((u16)(t->port + t->sent++)),
				 t->addr};
	static const u8 data[DATA_LEN];
	struct socket *sock;
	int err = sock_create(t->sh->net, AF_INET, SOCK_DGRAM, 0, &sock);

	if (err)
		return err;
	err = sock_setsockopt(sock, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	if (!err)
		err = sock_connect(sock, &to);
	*sent_ns = machine_now_ns();
	if (!err)
		err = (int)MIN(sock_send(sock, data, sizeof(data), 0), 0);
	if (!err)
		err = sock_getname(sock, here, NULL);
	sock_close(sock);
	return err;
}

static bool is_for(const struct trace *t, const struct probe_answer *a,
		   const struct sockaddr_in *here)
{
	return a->quoted == IPPROTO_UDP && be32_eq(a->quoted_to, t->addr) &&
	       a->first == ntohs(here->port) &&
	       a->second == (u16)(t->port + t->sent - 1);
}

/* " !H" for what is neither the way nor its end. */
static const char *mark(const struct probe_answer *a)
{
	static const char *const marks[] = {" !N", " !H", " !P",
					    "",	   " !F", " !S"};

	if (a->type == PROBE_TIME_EXCEEDED)
		return "";
	return a->code < ARRAY_SIZE(marks) ? marks[a->code] : " !X";
}

static void show_answer(struct trace *t, const struct probe_answer *a, u64 took)
{
	u32 us = (u32)(took / 1000);

	if (!t->named || !be32_eq(t->last, a->from))
		sh_printf(t->sh, " %pI4 (%pI4)", (const void *)&a->from,
			  (const void *)&a->from);
	t->named = true;
	t->last = a->from;
	sh_printf(t->sh, "  %u.%03u ms%s", us / 1000, us % 1000, mark(a));
	if (a->type == PROBE_UNREACHABLE)
		t->arrived = true;
}

static int wait_answer(struct trace *t, const struct sockaddr_in *here,
		       struct probe_answer *a, u64 *at_ns)
{
	u64 deadline = clock_ms() + t->wait_ms;

	for (u32 late = 0; late < PROBE_LATE; late += clock_ms() >= deadline) {
		int err = probe_wait(t->sh, t->raw, deadline, a, at_ns);

		if (err ? err != -EPROTO : is_for(t, a, here))
			return err;
	}
	return -EAGAIN;
}

/* 0, -EINTR, or why nothing can be sent. */
static int probe_once(struct trace *t, int ttl)
{
	struct sockaddr_in here;
	struct probe_answer a;
	u64 sent_ns, at_ns;
	int err = send_probe(t, ttl, &here, &sent_ns);

	if (err)
		return err;
	err = wait_answer(t, &here, &a, &at_ns);
	if (!err)
		show_answer(t, &a, at_ns - sent_ns);
	else if (err == -EAGAIN)
		sh_printf(t->sh, " *");
	return err == -EAGAIN ? 0 : err;
}

static int run(struct trace *t)
{
	int err = 0;

	sh_printf(t->sh,
		  "traceroute to %s (%pI4), %u hops max, %u byte packets\n",
		  t->host, (const void *)&t->addr, t->hops, DATA_LEN + 28);
	for (u32 ttl = 1; !err && ttl <= t->hops && !t->arrived; ttl++) {
		t->named = false;
		sh_printf(t->sh, "%2u ", ttl);
		for (u32 i = 0; !err && i < t->probes; i++)
			err = probe_once(t, (int)ttl);
		sh_printf(t->sh, "\n");
	}
	if (err && err != -EINTR)
		(void)sh_error(t->sh, "traceroute", t->host, err);
	return !t->arrived;
}

static bool set_option(struct trace *t, int letter, const char *value)
{
	switch (letter) {
	case 'm':
		return parse_number(value, 255, &t->hops) && t->hops;
	case 'q':
		return parse_number(value, 10, &t->probes) && t->probes;
	case 'w':
		return parse_seconds(value, 60000, &t->wait_ms) && t->wait_ms;
	case 'p':
		return parse_number(value, 60000, &t->port) && t->port;
	case 'n':
		return true; /* always numbers here */
	}
	return false;
}

static bool parse(struct trace *t, char **argv)
{
	struct options o = {.argv = argv};
	int letter;

	while ((letter = options_next(&o, "n", "mqwp")))
		if (!set_option(t, letter, o.value))
			return false;
	t->host = argv[o.at];
	return t->host && !argv[o.at + 1];
}

int cmd_traceroute(struct shell *sh, int argc, char **argv)
{
	struct trace t = {.sh = sh,
			  .hops = HOPS,
			  .probes = PROBES,
			  .wait_ms = WAIT_MS,
			  .port = FIRST_PORT};
	int err, result;

	if (!parse(&t, argv))
		return SH_USAGE;
	err = resolve(sh, t.host, &t.addr);
	if (!err)
		err = sock_create(sh->net, AF_INET, SOCK_RAW, IPPROTO_ICMP,
				  &t.raw);
	if (err)
		return sh_error(sh, argv[0], t.host, err);
	result = run(&t);
	sock_close(t.raw);
	return result;
}
