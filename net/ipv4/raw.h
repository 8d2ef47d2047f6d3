/*
 * Raw sockets (SOCK_RAW with IPPROTO_ICMP): a program's own ICMP messages
 * out, and a copy of each message that comes in, with its IP header.
 */
#pragma once

#include "lib/list.h"
#include "net/core/protocol.h"
#include "net/core/sock.h"

#define RAW_SOCK_MAX 64

struct raw_table {
	struct list_head socks; /* struct raw_sock */
	u32 count;
};

extern const struct proto raw_proto;

int raw_init(struct net *net) must_check;
void raw_exit(struct net *net);

/*
 * A copy of skb, data at its checked ICMP header, for each socket that it
 * suits; true when there was one. Softirq. Does not consume.
 */
bool raw_deliver(struct sk_buff *skb);

/* An ICMP error about a message of a connected raw socket. */
enum drop_reason raw_err(struct net *net, const struct icmp_notice *notice);

/* Calls visit for each raw socket (/proc/net/raw). */
void raw_walk(struct net *net, void (*visit)(struct sock *sk, void *arg),
	      void *arg);
