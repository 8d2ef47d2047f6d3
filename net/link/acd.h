/*
 * IPv4 address conflict detection (RFC 5227): is an address free, and does it
 * stay ours alone? One address a device.
 *
 *	      acd_probe       2 s silence             acd_claim
 *	idle ----------> PROBE ----------> told: free ---------> CLAIMED
 *	                   |                                     |  ^  |
 *	                   | somebody has it         a conflict: +--+  | again
 *	                   v                           defended        v in 10 s
 *	            told: -EADDRINUSE                                 lost
 */
#pragma once

#include "kernel/timer.h"
#include "net/link/arp.h"

/* RFC 5227 section 1.1. */
#define ACD_PROBE_WAIT_MS      1000
#define ACD_PROBE_NUM	       3
#define ACD_PROBE_MIN_MS       1000
#define ACD_PROBE_MAX_MS       2000
#define ACD_ANNOUNCE_WAIT_MS   2000
#define ACD_ANNOUNCE_NUM       2
#define ACD_ANNOUNCE_MS	       2000
#define ACD_MAX_CONFLICTS      10
#define ACD_RATE_LIMIT_MS      60000
#define ACD_DEFEND_INTERVAL_MS 10000

/* 0: free; -EADDRINUSE; -ENETDOWN: the device went down. Softirq. */
typedef void (*acd_probed)(void *arg, int err);

/*
 * Probes addr on dev, which is up and has another address or none, and tells
 * the result, 4 to 7 s later when it is good. After ten conflicts one
 * attempt a minute is made. 0, -ENETDOWN, -EBUSY (one is under way), -ENOMEM.
 * Softirq, or task with bottom halves off, as all of these.
 */
int acd_probe(struct net_device *dev, be32 addr, acd_probed probed,
	      void *arg) must_check;

/*
 * dev has got its address: announces it twice and defends it, at most once
 * in 10 s. At the second conflict within that time it is given up
 * (arp_table.address_lost) unless `keep`. 0, -ENOMEM, or -ENETDOWN, and then
 * it is done when dev comes up.
 */
int acd_claim(struct net_device *dev, bool keep) must_check;

/* dev is up again: its address is claimed as it was. */
void acd_claim_again(struct net_device *dev);

/* The address is not used any more, or dev went down. */
void acd_stop(struct net_device *dev);

/* The device goes. */
void acd_free(struct net_device *dev);

/* Sees each valid ARP packet; true: its sender uses dev's own address. */
bool acd_input(struct net_device *dev, const struct arphdr *arp);
