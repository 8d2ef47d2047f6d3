/* How many ICMP errors may leave (RFC 1812 section 4.3.2.8). */
#pragma once

#include "lib/byteorder.h"
#include "net/core/net.h"

#define ICMP_GLOBAL_PER_S 1000
#define ICMP_GLOBAL_BURST 50
#define ICMP_HOST_PER_S	  1
#define ICMP_HOST_BURST	  6
#define ICMP_HOST_BUCKETS 256

/* Tokens in thousandths, so that a millisecond brings a whole number. */
struct token_bucket {
	u64 last_ms;
	u32 milli;
};

struct icmp_state {
	struct token_bucket global;
	struct token_bucket host[ICMP_HOST_BUCKETS];
};

/* Takes a token for one error to daddr; false: it may not be sent. */
bool icmp_may_send(struct net *net, be32 daddr);
