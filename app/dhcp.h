/*
 * The DHCP client's state machine (RFC 2131 section 4.4), without I/O: time,
 * received bytes and the result of the address probe come in by calls, what
 * to do goes out by struct dhcp_ops. app/dhcp_task.c drives it.
 *
 *	 INIT --DISCOVER--> SELECTING --OFFER: REQUEST--> REQUESTING
 *	  ^ ^                                               | ACK
 *	  | |   conflict: DECLINE, 10 s                     v
 *	  | +------------------------------------------ PROBING
 *	  |                                                 | free
 *	  | NAK, lease end      T2            T1            v
 *	  +------------- REBINDING <- RENEWING <-------- BOUND
 *	  ^                  |            |     ACK         ^
 *	  |                  +------------+-----------------+
 *	  | NAK, silence                                    | ACK
 *	  +---------------- REBOOTING <-- the link is back -+ of all three
 */
#pragma once

#include "app/dhcp_msg.h"

#define DHCP_LEASE_MIN_S 10 /* shorter leases are refused */
#define DHCP_FOREVER_S	 0xffffffffu
#define DHCP_NEVER	 UINT64_MAX

enum dhcp_state {
	DHCP_INIT,
	DHCP_SELECTING,
	DHCP_REQUESTING,
	DHCP_PROBING,
	DHCP_BOUND,
	DHCP_RENEWING,
	DHCP_REBINDING,
	DHCP_REBOOTING, /* is the address good for this network still? */
};

struct dhcp_lease {
	be32 addr, mask, router, server;
	be32 dns[DHCP_SERVERS], ntp[DHCP_SERVERS];
	u32 lease_s;
	u64 t1_ms, t2_ms, end_ms; /* times; DHCP_NEVER */
	char hostname[DHCP_NAME_MAX], domain[DHCP_NAME_MAX];
};

/* What the machine asks for; arg is the client's. */
struct dhcp_ops {
	/* A message to a server; `to` 0: broadcast. */
	void (*send)(void *arg, const u8 *data, size_t len, be32 to);
	/* Use the lease from now on; also when a renewal changes it. */
	void (*bound)(void *arg, const struct dhcp_lease *lease);
	/* Stop using the address at once. */
	void (*lost)(void *arg);
};

struct dhcp_client {
	const struct dhcp_ops *ops;
	void *arg;
	u8 chaddr[6];
	const char *hostname; /* or NULL */
	enum dhcp_state state;
	u64 now_ms; /* of the call */
	u64 due_ms; /* when dhcp_timeout wants to be called; DHCP_NEVER */
	u32 xid;
	u32 tries;	/* of this message */
	u32 refusals;	/* NAKs in a row */
	u64 begun_ms;	/* of this attempt to get an address */
	u64 request_ms; /* the (first) REQUEST of this xid */
	u16 secs;
	bool configured;	 /* ops->bound without ops->lost */
	struct dhcp_lease lease; /* offered, being probed, or ours */
	u8 buf[DHCP_MSG_MAX];
};

/* ops, arg, chaddr and hostname are set; the rest is 0. */
void dhcp_begin(struct dhcp_client *c, u64 now_ms);

/* A datagram from a server's port. Whatever it holds is judged here. */
void dhcp_receive(struct dhcp_client *c, u64 now_ms, const u8 *data,
		  size_t len);

/* due_ms has come. */
void dhcp_timeout(struct dhcp_client *c, u64 now_ms);

/*
 * In DHCP_PROBING: lease.addr has been probed (RFC 5227). 0: free;
 * -EADDRINUSE; or it could not be said.
 */
void dhcp_probed(struct dhcp_client *c, u64 now_ms, int err);

/* The link is there again, and may lead to another network. */
void dhcp_link_up(struct dhcp_client *c, u64 now_ms);

/* Another host has taken the address that is in use. */
void dhcp_conflict(struct dhcp_client *c, u64 now_ms);

/* dhcp_lease.c: the lease of an offer or ACK; false: no use to us. */
bool dhcp_lease_read(struct dhcp_lease *lease, const struct dhcp_reply *reply);

/* Sets its times, counted from the request. */
void dhcp_lease_start(struct dhcp_lease *lease, const struct dhcp_reply *reply,
		      u64 request_ms);
