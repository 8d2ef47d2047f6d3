/* One who sends through a neighbour, for tests: the calls, in task context. */
#pragma once

#include "net/link/arp.h"
#include "test/host/fixture.h"

/* The entry of eth0 for addr, referenced: neigh_release. */
struct neighbour *neigh_of(struct fixture *f, be32 addr);
void neigh_release(struct neighbour *n);

/* Consumes skb; neigh_output's answer. */
int neigh_give(struct neighbour *n, struct sk_buff *skb);

/* As an ARP answer of the peer does it. */
void neigh_answer(struct neighbour *n);
