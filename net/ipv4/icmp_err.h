/* Received ICMP errors: see icmp_err.c. */
#pragma once

#include "net/core/skbuff.h"

/*
 * Tells the transport of the quoted packet, skb's data being at a checked
 * ICMP header. Reads only; DROP_NONE when there was one to tell.
 */
enum drop_reason icmp_error_deliver(const struct sk_buff *skb);

/* A packet, data at its IP header, whose next hop is silent. Reads only. */
void icmp_neigh_error(struct sk_buff *skb);
