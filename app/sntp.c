/* The SNTP client: see sntp.h. */
#include "app/sntp.h"
#include "app/dns.h"
#include "app/sntp_msg.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/slab.h"
#include "kernel/task.h"
#include "kernel/wallclock.h"
#include "lib/string.h"
#include "net/socket/socket.h"

#define STEP_TOLD_NS 1000000000ll /* a step from there on is logged */

struct exchange {
	u64 nonce, sent_ns, end_ms;
	struct sntp_reply reply;
	u64 received_ns;
};

static int open_socket(struct net *net, be32 server, struct socket **out)
{
	const struct sockaddr_in to = {AF_INET, BE16(NTP_PORT), server};
	int err = sock_create(net, AF_INET, SOCK_DGRAM, 0, out);

	if (err) {
		*out = NULL;
		return err;
	}
	return sock_connect(*out, &to);
}

/* The socket is connected: nobody else is heard. */
static int receive(struct socket *sock, struct exchange *x)
{
	u8 buf[SNTP_MSG_LEN];
	u64 now = clock_ms(), left = x->end_ms - now;
	ssize_t n;

	if (now >= x->end_ms)
		return -ETIMEDOUT;
	n = sock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left));
	if (!n)
		n = sock_recv(sock, buf, sizeof(buf), 0);
	if (n == -EAGAIN)
		return -ETIMEDOUT;
	if (n < 0)
		return (int)n;
	x->received_ns = machine_now_ns();
	return sntp_parse(buf, (size_t)n, x->nonce, &x->reply);
}

static int exchange(struct socket *sock, struct exchange *x)
{
	u8 buf[SNTP_MSG_LEN];
	ssize_t n;
	int err = -EAGAIN;

	x->nonce = random_u64();
	x->end_ms = clock_ms() + SNTP_TIMEOUT_MS;
	x->sent_ns = machine_now_ns();
	sntp_build(buf, x->nonce);
	n = sock_send(sock, buf, sizeof(buf), 0);
	if (n < 0)
		return (int)n;
	while (err == -EAGAIN) {
		err = receive(sock, x);
		task_yield(); /* under a flood others have their turn */
	}
	return err;
}

static void step(const struct exchange *x, be32 server)
{
	s64 then = sntp_time_ns(&x->reply, x->sent_ns, x->received_ns);
	s64 now = then + (s64)(machine_now_ns() - x->received_ns);
	s64 off = now - wallclock_ns();
	bool told = !wallclock_is_set() || off >= STEP_TOLD_NS ||
		    off <= -STEP_TOLD_NS;
	char date[HTTP_DATE_LEN + 1];

	wallclock_set_ns(now);
	if (told && wallclock_http_date(date, sizeof(date)))
		pr_info("time: %s, by NTP from %pI4", date, &server);
}

static int ask(struct sntp *sntp, be32 server)
{
	struct socket *sock;
	struct exchange x;
	int err = open_socket(sntp->net, server, &sock);

	if (!err)
		err = exchange(sock, &x);
	if (sock)
		sock_close(sock);
	if (!err) {
		sntp->answers++;
		step(&x, server);
	}
	return err;
}

static void forget(struct sntp *sntp, unsigned i)
{
	sntp->count--;
	for (; i < sntp->count; i++)
		sntp->servers[i] = sntp->servers[i + 1];
}

/* RFC 4330 section 8: who is told to go away never comes back. */
static int ask_all(struct sntp *sntp)
{
	u32 changes = sntp->changes;
	int err = -ENETUNREACH;

	for (unsigned i = 0; i < sntp->count && changes == sntp->changes;) {
		be32 server = sntp->servers[i];

		err = ask(sntp, server);
		if (err == -EACCES || err == -EBUSY)
			sntp->kisses++;
		if (!err || err == -EBUSY || changes != sntp->changes)
			break;
		if (err == -EACCES) {
			pr_warn("time: %pI4 denies service", &server);
			forget(sntp, i);
		} else {
			i++;
		}
	}
	return err;
}

/* The server's name, once it can be resolved, is the first to be asked. */
static void resolve(struct sntp *sntp)
{
	be32 addrs[SNTP_SERVERS];
	int n;

	if (!sntp->name[0])
		return;
	n = dns_lookup(sntp->net, sntp->name, addrs, SNTP_SERVERS);
	if (n <= 0)
		return;
	memcpy(sntp->servers, addrs, (u32)n * sizeof(*addrs));
	sntp->count = (unsigned)n;
	sntp->name[0] = '\0';
}

static u64 next_wait(struct sntp *sntp, int err)
{
	u32 least = err ? SNTP_RETRY_MS : SNTP_POLL_MIN_MS;

	if (err == -EBUSY)
		least = SNTP_POLL_MAX_MS;
	if (sntp->synced != !err)
		sntp->wait_ms = 0;
	sntp->synced = !err;
	sntp->wait_ms =
		MIN(MAX(sntp->wait_ms * 2, least), (u32)SNTP_POLL_MAX_MS);
	/* Many machines that boot together should not ask together. */
	return sntp->wait_ms + random_below(sntp->wait_ms / 8);
}

u64 sntp_round(struct sntp *sntp)
{
	u32 changes = sntp->changes;
	int err;

	resolve(sntp);
	if (!sntp->count && !sntp->name[0])
		return WAIT_FOREVER;
	err = ask_all(sntp);
	if (changes != sntp->changes)
		return 0;
	return next_wait(sntp, err);
}

void sntp_kick(struct sntp *sntp)
{
	sntp->changes++;
	local_bh_disable();
	wake_up(&sntp->wait);
	local_bh_enable();
}

void sntp_set_servers(struct sntp *sntp, const be32 *servers, unsigned count)
{
	be32 kept[SNTP_SERVERS] = {{0}};
	unsigned n = 0;

	for (unsigned i = 0; i < count && n < SNTP_SERVERS; i++)
		if (servers[i].raw)
			kept[n++] = servers[i];
	if (n == sntp->given_count &&
	    !memcmp(kept, sntp->given, n * sizeof(*kept)))
		return;
	memcpy(sntp->given, kept, n * sizeof(*kept));
	memcpy(sntp->servers, kept, n * sizeof(*kept));
	sntp->given_count = sntp->count = n;
	sntp_kick(sntp);
}

struct sntp *sntp_create(struct net *net, const char *name)
{
	struct sntp *sntp = kzalloc(sizeof(*sntp));

	if (!sntp)
		return NULL;
	sntp->net = net;
	str_copy(sntp->name, name, sizeof(sntp->name));
	wait_queue_init(&sntp->wait);
	return sntp;
}

void sntp_free(struct sntp *sntp)
{
	kfree(sntp);
}

static void sntp_run(void *arg)
{
	struct sntp *sntp = arg;

	for (;;) {
		u64 wait_ms = sntp_round(sntp);

		local_bh_disable();
		if (wait_ms)
			(void)wait_sleep(&sntp->wait, wait_ms);
		local_bh_enable();
	}
}

struct sntp *sntp_start(struct net *net, const char *name)
{
	struct sntp *sntp = sntp_create(net, name);

	if (!sntp)
		return NULL;
	if (task_create("sntp", sntp_run, sntp))
		return sntp;
	sntp_free(sntp);
	return NULL;
}
