/* Identification of datagrams without DF: see ip_id.c. */
#pragma once

#include "lib/byteorder.h"
#include "net/core/net.h"

#define IP_IDS 1024 /* power of two */

struct ip_ids {
	u16 next[IP_IDS];
};

int ip_id_init(struct net *net) must_check;
void ip_id_exit(struct net *net);

/* The keyed hash of a pair of addresses, not 0. */
u32 ip_id_hash(struct net *net, be32 saddr, be32 daddr);

/* The next id of the pair whose hash is given. */
static inline u16 ip_next_id(struct net *net, u32 hash)
{
	return (u16)((hash >> 16) + net->ip_ids->next[hash % IP_IDS]++);
}
