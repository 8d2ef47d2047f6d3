/* UDP (RFC 768, RFC 1122 section 4.1). */
#pragma once

#include "lib/byteorder.h"
#include "net/core/protocol.h"
#include "net/core/sock.h"

struct udphdr {
	be16 source, dest;
	be16 len;
	be16 check;
} packed;

_Static_assert(sizeof(struct udphdr) == 8, "RFC 768");

extern const struct proto udp_proto;

int udp_init(struct net *net) must_check;
void udp_exit(struct net *net);
void udp_rcv(struct sk_buff *skb);
enum drop_reason udp_err(struct net *net, const struct icmp_notice *notice);

/*
 * A socket bound to dev receives on that port: what is sent to an address
 * that dev is only going to have may be for it.
 */
bool udp_listens_on(struct net_device *dev, be16 port);

/* Calls visit for each UDP socket (/proc/net/udp). */
void udp_walk(struct net *net, void (*visit)(struct sock *sk, void *arg),
	      void *arg);
