/* One question to one server, by UDP, and by TCP when that is too short. */
#pragma once

#include "app/dns.h"
#include "app/dns_msg.h"

#define DNS_MSG_MAX 4096 /* longer answers are refused */

struct dns_query {
	struct net *net;
	const struct dns_name *name;
	u32 timeout_ms;
	u8 *buf; /* DNS_MSG_MAX bytes */
	const struct dns_stop *stop;
};

/* As dns_parse, or -ETIMEDOUT and other errors of sockets. Sleeps. */
int dns_ask(const struct dns_query *query, be32 server,
	    struct dns_answer *out) must_check;
