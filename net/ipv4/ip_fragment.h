/* Fragmentation of what is longer than the MTU (RFC 791 section 3.2). */
#pragma once

#include "net/ipv4/ip.h"

/*
 * Cuts skb, data at a header without options, into datagrams of at most
 * dst->mtu and gives each to output. Consumes. 0, -ENOBUFS, or output's error.
 */
int ip_fragment(struct sk_buff *skb, const struct dst_entry *dst,
		int (*output)(struct sk_buff *skb,
			      const struct dst_entry *dst));
