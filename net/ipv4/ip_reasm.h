/* One datagram that is being put together: see ip_reasm.c. */
#pragma once

#include "lib/list.h"
#include "net/ipv4/ip.h"

struct ip_datagram {
	struct list_head age; /* among all, oldest first */
	struct hlist_node hash;
	be32 saddr, daddr; /* with id and protocol: the key, RFC 791 */
	be16 id;
	u8 protocol;
	u8 ecn;	     /* bit n: a piece had ECN codepoint n */
	bool busy;   /* takes a piece just now: does not give way */
	bool spoilt; /* overlap: what still comes is dropped */
	u32 end;     /* bytes of data, once the last piece is here */
	u32 have;    /* bytes of data that are here */
	u32 mem;     /* truesize of the pieces */
	u64 expires_ms;
	struct sk_buff_head pieces; /* by offset, data behind the header */
};

/* The fragment alone: its length and place (rows of RFC 791 and RFC 1858). */
enum drop_reason ip_fragment_check(const struct sk_buff *skb);

/*
 * Takes the fragment into dg, unless it returns a reason: then skb is still
 * the caller's. DROP_IP_FRAG_OVERLAP means that dg can never be right.
 */
enum drop_reason ip_reasm_insert(struct ip_datagram *dg, struct sk_buff *skb);

static inline bool ip_reasm_complete(const struct ip_datagram *dg)
{
	return dg->end && dg->have == dg->end;
}

/*
 * A complete dg as one linear sk_buff, data at its IP header; the pieces
 * stay. NULL with the reason in *why.
 */
struct sk_buff *ip_reasm_join(const struct ip_datagram *dg,
			      enum drop_reason *why);
