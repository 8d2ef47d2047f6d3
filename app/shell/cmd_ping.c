/*
 * ping: echo requests by a raw socket, and Linux's output (iputils). One
 * request an interval; what comes meanwhile is printed as it comes.
 */
#include "app/shell/commands.h"

#include "kernel/random.h"
#include "kernel/slab.h"
#include "kernel/timer.h"
#include "lib/errno.h"
#include "app/shell/options.h"
#include "app/shell/probe.h"
#include "app/shell/resolve.h"
#include "app/shell/words.h"

#define KEPT	    64 /* requests whose time is remembered */
#define SIZE_MAX_S  65507
#define WAIT_MS	    10000
#define WAIT_SOME   1000 /* when others have been answered */
#define INTERVAL_MS 1000
#define LEAST_MS    2 /* the shortest interval */

struct ping {
	struct shell *sh;
	struct socket *raw;
	const char *host;
	be32 addr;
	u32 count, interval_ms, size, ttl, wait_ms;
	bool quiet;
	u16 id;

	u32 sent, received, errors, duplicates;
	u64 started_ms, finished_ms;
	u64 sent_ns[KEPT]; /* by sequence */
	bool done[KEPT];
	u64 min_us, max_us, sum_us, square_us;
	u8 packet[];
};

static u64 square_root(u64 n)
{
	u64 root = 0;

	for (u64 bit = 1ull << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

static void send_request(struct ping *p)
{
	u32 seq = ++p->sent;
	struct sockaddr_in to = {AF_INET, {0}, p->addr};
	ssize_t n;

	probe_echo(p->packet, p->size, p->id, (u16)seq);
	p->done[seq % KEPT] = false;
	p->sent_ns[seq % KEPT] = machine_now_ns();
	n = sock_sendto(p->raw, p->packet, PROBE_HEADER + p->size, 0, &to);
	if (n >= 0)
		return;
	p->errors++;
	p->done[seq % KEPT] = true;
	sh_printf(p->sh, "ping: sendmsg: %s\n", error_text((int)n));
}

/* The request that an answer is for, or 0: unknown, or too long ago. */
static u32 request_of(const struct ping *p, u16 id, u16 sequence)
{
	u32 behind = (u16)(p->sent - sequence);

	return id == p->id && behind < MIN(p->sent, (u32)KEPT)
		       ? p->sent - behind
		       : 0;
}

static void count_time(struct ping *p, u64 us)
{
	p->received++;
	p->min_us = p->received == 1 ? us : MIN(p->min_us, us);
	p->max_us = MAX(p->max_us, us);
	p->sum_us += us;
	p->square_us += us * us;
}

static void take_reply(struct ping *p, const struct probe_answer *a, u64 at_ns)
{
	u32 seq = request_of(p, a->first, a->second);
	char ms[16];
	bool again;
	u64 took;

	if (!seq)
		return;
	again = p->done[seq % KEPT];
	took = at_ns - p->sent_ns[seq % KEPT];
	p->done[seq % KEPT] = true;
	if (again)
		p->duplicates++;
	else
		count_time(p, took / 1000);
	if (p->quiet)
		return;
	probe_ms(ms, sizeof(ms), took);
	sh_printf(p->sh,
		  "%u bytes from %pI4: icmp_seq=%u ttl=%u time=%s ms%s\n",
		  a->len, (const void *)&a->from, seq & 0xffff, a->ttl, ms,
		  again ? " (DUP!)" : "");
}

static void take_error(struct ping *p, u32 seq, be32 from, const char *reason)
{
	if (!seq || p->done[seq % KEPT])
		return;
	p->done[seq % KEPT] = true;
	p->errors++;
	if (!p->quiet)
		sh_printf(p->sh, "From %pI4 icmp_seq=%u %s\n",
			  (const void *)&from, seq & 0xffff, reason);
}

static void take_answer(struct ping *p, const struct probe_answer *a, u64 at_ns)
{
	if (a->type == PROBE_ECHO_REPLY)
		take_reply(p, a, at_ns);
	else if (a->quoted == IPPROTO_ICMP && be32_eq(a->quoted_to, p->addr))
		take_error(p, request_of(p, a->first, a->second), a->from,
			   probe_reason(a->type, a->code));
}

/* The stack's own word: nobody has the address. */
static void take_no_host(struct ping *p)
{
	struct sockaddr_in here;

	(void)sock_getname(p->raw, &here, NULL);
	take_error(p, p->sent, here.addr, "Destination Host Unreachable");
}

static bool all_done(const struct ping *p)
{
	return p->count && p->sent == p->count &&
	       p->received + p->errors >= p->sent;
}

/* Until the time or ^C (false). */
static bool wait_until(struct ping *p, u64 deadline_ms)
{
	for (u32 late = 0; !all_done(p) && late < PROBE_LATE;) {
		struct probe_answer answer;
		u64 at_ns;
		int err =
			probe_wait(p->sh, p->raw, deadline_ms, &answer, &at_ns);

		if (!err)
			take_answer(p, &answer, at_ns);
		else if (err == -EHOSTUNREACH)
			take_no_host(p);
		else if (err == -EAGAIN || err == -EINTR)
			return err == -EAGAIN;
		late += clock_ms() >= deadline_ms;
	}
	return true;
}

static void run(struct ping *p)
{
	bool go_on = true;
	u64 next = p->started_ms = clock_ms();

	while (go_on && (!p->count || p->sent < p->count)) {
		send_request(p);
		next += p->interval_ms;
		if (p->sent != p->count)
			go_on = wait_until(p, next);
	}
	if (go_on)
		(void)wait_until(p, clock_ms() + (p->wait_ms	? p->wait_ms
						  : p->received ? WAIT_SOME
								: WAIT_MS));
	p->finished_ms = clock_ms();
}

static void show_times(struct ping *p)
{
	u64 avg = p->sum_us / p->received;
	u64 mdev = square_root(p->square_us / p->received - avg * avg);
	const u64 times[] = {p->min_us, avg, p->max_us, mdev};

	sh_printf(p->sh, "rtt min/avg/max/mdev = ");
	for (u32 i = 0; i < ARRAY_SIZE(times); i++)
		sh_printf(p->sh, "%s%u.%03u", i ? "/" : "",
			  (u32)(times[i] / 1000), (u32)(times[i] % 1000));
	sh_printf(p->sh, " ms\n");
}

static void show_statistics(struct ping *p)
{
	u32 lost = p->sent - p->received;

	sh_printf(p->sh,
		  "\n--- %s ping statistics ---\n"
		  "%u packets transmitted, %u received, ",
		  p->host, p->sent, p->received);
	if (p->duplicates)
		sh_printf(p->sh, "+%u duplicates, ", p->duplicates);
	if (p->errors)
		sh_printf(p->sh, "+%u errors, ", p->errors);
	sh_printf(p->sh, "%u%% packet loss, time %ums\n",
		  p->sent ? (u32)(lost * 100ull / p->sent) : 0,
		  (u32)(p->finished_ms - p->started_ms));
	if (p->received)
		show_times(p);
}

static bool set_option(struct ping *p, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		return parse_number(value, 1000000000, &p->count) && p->count;
	case 'i':
		return parse_seconds(value, 3600000, &p->interval_ms) &&
		       p->interval_ms >= LEAST_MS;
	case 's':
		return parse_number(value, SIZE_MAX_S, &p->size);
	case 't':
		return parse_number(value, 255, &p->ttl) && p->ttl;
	case 'W':
		return parse_seconds(value, 3600000, &p->wait_ms) && p->wait_ms;
	case 'q':
		return p->quiet = true;
	case 'n':
		return true;
	}
	return false;
}

static bool parse(struct ping *p, char **argv)
{
	struct options o = {.argv = argv};
	int letter;

	while ((letter = options_next(&o, "qn", "cistW")))
		if (!set_option(p, letter, o.value))
			return false;
	p->host = argv[o.at];
	return p->host && !argv[o.at + 1];
}

static int open_raw(struct ping *p)
{
	struct sockaddr_in to = {AF_INET, {0}, p->addr};
	int ttl = (int)p->ttl;
	int err = sock_create(p->sh->net, AF_INET, SOCK_RAW, IPPROTO_ICMP,
			      &p->raw);

	if (!err && ttl)
		err = sock_setsockopt(p->raw, SOL_IP, IP_TTL, &ttl,
				      sizeof(ttl));
	return err ? err : sock_connect(p->raw, &to);
}

static int ping(struct ping *p)
{
	int err = resolve(p->sh, p->host, &p->addr);

	if (!err)
		err = open_raw(p);
	if (err)
		return sh_error(p->sh, "ping", p->host, err);
	random_bytes(&p->id, sizeof(p->id));
	sh_printf(p->sh, "PING %s (%pI4) %u(%u) bytes of data.\n", p->host,
		  (const void *)&p->addr, p->size, p->size + 28);
	run(p);
	show_statistics(p);
	return !p->received;
}

int cmd_ping(struct shell *sh, int argc, char **argv)
{
	struct ping options = {
		.sh = sh, .size = 56, .interval_ms = INTERVAL_MS};
	struct ping *p;
	int result;

	if (!parse(&options, argv))
		return SH_USAGE;
	/* kmalloc ends a little below what IP can carry. */
	if (sizeof(*p) + PROBE_HEADER + options.size > KMALLOC_MAX)
		return sh_error(sh, argv[0], "packet size", EMSGSIZE);
	p = kmalloc(sizeof(*p) + PROBE_HEADER + options.size);
	if (!p)
		return sh_error(sh, argv[0], argv[1], ENOMEM);
	*p = options;
	result = ping(p);
	if (p->raw)
		sock_close(p->raw);
	kfree(p);
	return result;
}
