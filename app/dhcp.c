/* The DHCP client (RFC 2131): see app/dhcp.h. */
#include "app/dhcp.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "lib/errno.h"
#include "lib/string.h"

#define RETRY_FIRST_MS	 4000 /* section 4.1: 4, 8 ... 64 s, each +-1 s */
#define RETRY_DOUBLINGS	 4
#define RETRY_SPREAD_MS	 1000
#define REQUEST_TRIES	 4
#define REBOOT_TRIES	 2
#define RENEW_LEAST_MS	 60000 /* section 4.4.5 */
#define DECLINE_WAIT_MS	 10000 /* section 3.1 step 5 */
#define REFUSED_FIRST_MS 1000  /* after a NAK; doubled up to 64 s */
#define REFUSED_DOUBLED	 6

/* Section 4.1: exponential back-off, spread by a second to both sides. */
static u64 retry_ms(u32 tries)
{
	u64 base = RETRY_FIRST_MS << MIN(tries - 1, RETRY_DOUBLINGS);

	return base - RETRY_SPREAD_MS + random_below(2 * RETRY_SPREAD_MS + 1);
}

static void send(struct dhcp_client *c, struct dhcp_request *request, be32 to)
{
	request->xid = c->xid;
	request->secs = c->secs;
	request->hostname = c->hostname;
	memcpy(request->chaddr, c->chaddr, sizeof(request->chaddr));
	c->ops->send(c->arg, c->buf, dhcp_build(c->buf, request), to);
}

static void send_discover(struct dhcp_client *c)
{
	struct dhcp_request request = {.type = DHCP_DISCOVER};
	u64 secs = (c->now_ms - c->begun_ms) / 1000;

	c->secs = (u16)MIN(secs, (u64)0xffff);
	send(c, &request, (be32){0});
	c->due_ms = c->now_ms + retry_ms(++c->tries);
}

/* Section 4.3.2, SELECTING: as in the DISCOVER, secs and xid. */
static void send_request(struct dhcp_client *c)
{
	struct dhcp_request request = {
		.type = DHCP_REQUEST,
		.requested = c->lease.addr,
		.server = c->lease.server,
	};

	send(c, &request, (be32){0});
	c->due_ms = c->now_ms + retry_ms(++c->tries);
}

/*
 * Section 4.3.2, RENEWING and REBINDING: the address in ciaddr, no server
 * nor requested address. Again after half of the time that is left, with
 * another xid, so that the lease counts from the REQUEST it answers.
 */
static void send_renew(struct dhcp_client *c, be32 to, u64 until_ms)
{
	struct dhcp_request request = {.type = DHCP_REQUEST,
				       .ciaddr = c->lease.addr};
	u64 wait = (until_ms - c->now_ms) / 2;

	c->xid = random_u32();
	c->secs = 0;
	c->request_ms = c->now_ms;
	send(c, &request, to);
	c->due_ms = MIN(c->now_ms + MAX(wait, (u64)RENEW_LEAST_MS), until_ms);
}

/*
 * Section 4.3.2, INIT-REBOOT: the address is asked for, no server is named.
 * The address stays in use meanwhile, as connections may still be good.
 */
static void send_reboot(struct dhcp_client *c)
{
	struct dhcp_request request = {.type = DHCP_REQUEST,
				       .requested = c->lease.addr};
	u64 retry = c->now_ms + retry_ms(++c->tries);

	send(c, &request, (be32){0});
	c->due_ms = MIN(retry, c->lease.end_ms);
}

static void send_decline(struct dhcp_client *c)
{
	struct dhcp_request request = {
		.type = DHCP_DECLINE,
		.requested = c->lease.addr,
		.server = c->lease.server,
	};

	c->xid = random_u32();
	c->secs = 0;
	send(c, &request, (be32){0});
}

static void discover(struct dhcp_client *c)
{
	c->state = DHCP_SELECTING;
	c->xid = random_u32();
	c->tries = 0;
	c->begun_ms = c->now_ms;
	send_discover(c);
}

/* Back to INIT, where nothing of ours is in use. */
static void restart(struct dhcp_client *c, u64 wait_ms)
{
	if (c->configured)
		c->ops->lost(c->arg);
	c->configured = false;
	c->state = DHCP_INIT;
	c->due_ms = c->now_ms + wait_ms;
	if (!wait_ms)
		discover(c);
}

static void bind(struct dhcp_client *c)
{
	c->state = DHCP_BOUND;
	c->due_ms = c->lease.t1_ms;
	c->refusals = 0;
	c->configured = true;
	c->ops->bound(c->arg, &c->lease);
}

static void take_offer(struct dhcp_client *c, const struct dhcp_reply *reply)
{
	if (!dhcp_lease_read(&c->lease, reply))
		return;
	c->state = DHCP_REQUESTING;
	c->tries = 0;
	c->request_ms = c->now_ms;
	send_request(c);
}

/* The address must still be the one that we use. */
static void take_renewal(struct dhcp_client *c, const struct dhcp_reply *reply)
{
	struct dhcp_lease lease;

	if (!dhcp_lease_read(&lease, reply) ||
	    !be32_eq(lease.addr, c->lease.addr))
		return;
	if (c->state == DHCP_RENEWING &&
	    !be32_eq(lease.server, c->lease.server))
		return;
	c->lease = lease;
	dhcp_lease_start(&c->lease, reply, c->request_ms);
	bind(c);
}

static void take_ack(struct dhcp_client *c, const struct dhcp_reply *reply)
{
	struct dhcp_lease lease;

	if (c->state != DHCP_REQUESTING) {
		take_renewal(c, reply);
		return;
	}
	if (!dhcp_lease_read(&lease, reply) ||
	    !be32_eq(lease.server, c->lease.server))
		return;
	c->lease = lease;
	dhcp_lease_start(&c->lease, reply, c->request_ms);
	c->state = DHCP_PROBING;
	c->due_ms = DHCP_NEVER;
}

/* Who is refused time and again asks more slowly. */
static void take_nak(struct dhcp_client *c, const struct dhcp_reply *reply)
{
	u32 doublings = MIN(c->refusals, REFUSED_DOUBLED);

	bool anyones = c->state == DHCP_REBINDING || c->state == DHCP_REBOOTING;

	if (!reply->server.raw ||
	    (!anyones && !be32_eq(reply->server, c->lease.server)))
		return;
	pr_warn("dhcp: %pI4 refuses %pI4", &reply->server, &c->lease.addr);
	c->refusals++;
	restart(c, ((u64)REFUSED_FIRST_MS << doublings) +
			   random_below(RETRY_SPREAD_MS));
}

static bool awaits_ack(const struct dhcp_client *c)
{
	return c->state == DHCP_REQUESTING || c->state == DHCP_RENEWING ||
	       c->state == DHCP_REBINDING || c->state == DHCP_REBOOTING;
}

void dhcp_receive(struct dhcp_client *c, u64 now_ms, const u8 *data, size_t len)
{
	struct dhcp_reply reply;

	c->now_ms = now_ms;
	if (dhcp_parse(data, len, &reply) || reply.xid != c->xid ||
	    memcmp(reply.chaddr, c->chaddr, sizeof(c->chaddr)) != 0)
		return;
	if (c->configured && now_ms >= c->lease.end_ms)
		return; /* too late: dhcp_timeout is due */
	if (reply.type == DHCP_OFFER && c->state == DHCP_SELECTING)
		take_offer(c, &reply);
	else if (reply.type == DHCP_ACK && awaits_ack(c))
		take_ack(c, &reply);
	else if (reply.type == DHCP_NAK && awaits_ack(c))
		take_nak(c, &reply);
}

/* T1 or T2 has come, or the answer has not. */
static void renew(struct dhcp_client *c)
{
	const struct dhcp_lease *lease = &c->lease;

	if (c->now_ms < lease->t2_ms) {
		c->state = DHCP_RENEWING;
		send_renew(c, lease->server, lease->t2_ms);
	} else {
		c->state = DHCP_REBINDING;
		send_renew(c, (be32){0}, lease->end_ms);
	}
}

void dhcp_timeout(struct dhcp_client *c, u64 now_ms)
{
	c->now_ms = now_ms;
	if (now_ms < c->due_ms)
		return;
	if (c->configured && now_ms >= c->lease.end_ms) {
		pr_warn("dhcp: the lease of %pI4 is over", &c->lease.addr);
		restart(c, 0);
		return;
	}
	switch (c->state) {
	case DHCP_INIT:
		discover(c);
		break;
	case DHCP_SELECTING:
		send_discover(c);
		break;
	case DHCP_REQUESTING:
		if (c->tries < REQUEST_TRIES)
			send_request(c);
		else
			restart(c, 0);
		break;
	case DHCP_REBOOTING:
		if (c->tries < REBOOT_TRIES)
			send_reboot(c);
		else
			restart(c, 0);
		break;
	case DHCP_PROBING:
		break;
	default:
		renew(c);
		break;
	}
}

void dhcp_probed(struct dhcp_client *c, u64 now_ms, int err)
{
	c->now_ms = now_ms;
	if (c->state != DHCP_PROBING)
		return;
	if (err == -EADDRINUSE) {
		pr_warn("dhcp: %pI4 is in use already", &c->lease.addr);
		send_decline(c);
	}
	if (err)
		restart(c, DECLINE_WAIT_MS + random_below(RETRY_SPREAD_MS));
	else if (now_ms >= c->lease.end_ms)
		restart(c, 0);
	else
		bind(c);
}

/* Section 3.2; without an address there is nothing to verify. */
void dhcp_link_up(struct dhcp_client *c, u64 now_ms)
{
	c->now_ms = now_ms;
	if (!c->configured || now_ms >= c->lease.end_ms) {
		restart(c, 0);
		return;
	}
	c->state = DHCP_REBOOTING;
	c->xid = random_u32();
	c->secs = 0;
	c->tries = 0;
	c->request_ms = now_ms;
	send_reboot(c);
}

void dhcp_conflict(struct dhcp_client *c, u64 now_ms)
{
	c->now_ms = now_ms;
	if (!c->configured)
		return;
	restart(c, DECLINE_WAIT_MS + random_below(RETRY_SPREAD_MS));
	send_decline(c);
}

void dhcp_begin(struct dhcp_client *c, u64 now_ms)
{
	c->now_ms = now_ms;
	restart(c, 0);
}
