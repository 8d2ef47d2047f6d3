/* Reassembly of fragments (RFC 791 section 3.2, RFC 815, RFC 5722). */
#pragma once

#include "net/core/net.h"
#include "net/core/skbuff.h"

#define IP_FRAG_MEMORY	   (256u * 1024) /* all fragments held */
#define IP_FRAG_SOURCE	   (192u * 1024) /* of them, by one source */
#define IP_FRAG_DATAGRAMS  64
#define IP_FRAG_BY_SOURCE  32 /* datagrams of one source */
#define IP_FRAG_PIECES	   64 /* of one datagram */
#define IP_FRAG_TIMEOUT_MS 60000

int ip_frag_init(struct net *net) must_check;
void ip_frag_exit(struct net *net);

/*
 * Takes a fragment, data at its checked IP header. Returns the whole
 * datagram, data at its header, when this was the last piece that missed;
 * NULL while others do, or when it was dropped. Softirq.
 */
struct sk_buff *ip_defrag(struct sk_buff *skb);

/* Forgets what came by dev. */
void ip_frag_flush_dev(struct net *net, const struct net_device *dev);

/* Bytes and datagrams that wait. */
u32 ip_frag_mem(const struct net *net);
u32 ip_frag_count(const struct net *net);
