/*
 * Identification of datagrams without DF (RFC 6864 section 4.2). A counter
 * for everybody tells each peer what the others get; so, as RFC 7739 section
 * 5.3 reasons, the counters are many, chosen by a keyed hash of source and
 * destination, and each pair sees them from a secret offset. A dst_entry
 * keeps the hash, for it costs more than the rest of the header.
 */
#include "net/ipv4/ip_id.h"

#include "lib/errno.h"

int ip_id_init(struct net *net)
{
	net->ip_ids = kzalloc(sizeof(*net->ip_ids));
	return net->ip_ids ? 0 : -ENOMEM;
}

void ip_id_exit(struct net *net)
{
	kfree(net->ip_ids);
	net->ip_ids = NULL;
}

u32 ip_id_hash(struct net *net, be32 saddr, be32 daddr)
{
	u64 hash = siphash_2u64((u64)saddr.raw << 32 | daddr.raw, 0,
				&net->hash_key);

	return (u32)hash ? (u32)hash : 1;
}
