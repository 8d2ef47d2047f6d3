/*
 * DHCP messages (RFC 2131 section 2, options RFC 2132 and 3396): read and
 * written, without any I/O or state.
 *
 *	 0    1     2    3    4    8    10    12     16     20     24     28
 *	+--+-----+----+----+-----+----+-----+------+------+------+------+------
 *	|op|htype|hlen|hops| xid |secs|flags|ciaddr|yiaddr|siaddr|giaddr|chaddr
 *	+--+-----+----+----+-----+----+-----+------+------+------+------+------
 *	44: sname 64 | 108: file 128 | 236: cookie | 240: options ... end
 */
#pragma once

#include "lib/byteorder.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_MSG_MAX	 1472 /* of an Ethernet frame; what we let be sent */
#define DHCP_MSG_MIN	 300  /* BOOTP's size: shorter ones are padded */
#define DHCP_SERVERS	 3    /* of a kind (DNS, NTP) that are kept */
#define DHCP_NAME_MAX	 64   /* with the terminator */

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
};

/* What a server says, as far as it is listened to. 0: not said. */
struct dhcp_reply {
	enum dhcp_type type;
	u32 xid;
	u8 chaddr[6];
	be32 yiaddr, server, mask, router;
	be32 dns[DHCP_SERVERS], ntp[DHCP_SERVERS];
	u32 lease_s, t1_s, t2_s;
	char hostname[DHCP_NAME_MAX], domain[DHCP_NAME_MAX];
};

/* 0, or -EBADMSG: some length, type or value in it cannot be. */
int dhcp_parse(const u8 *data, size_t len, struct dhcp_reply *out) must_check;

/* What we say. 0 or NULL: left out. */
struct dhcp_request {
	enum dhcp_type type;
	u32 xid;
	u16 secs;
	u8 chaddr[6];
	be32 ciaddr, requested, server;
	const char *hostname;
};

/* Writes it; its length. buf holds DHCP_MSG_MAX bytes. */
size_t dhcp_build(u8 *buf, const struct dhcp_request *request);
