/*
 * The state of a stack as text, in the formats of Linux's files of the same
 * names, so that tools made for those read these. Each writes at most size
 * bytes with the terminator and returns the length that the whole text has,
 * as snprintf does. Task context; bottom halves are off while it writes.
 */
#pragma once

#include "net/tcp/tcp.h"

struct net;

/*
 * Where a text of any length goes on that is written in parts; all zero: at
 * its beginning.
 */
struct proc_pos {
	struct tcp_pos tcp;
	u32 lines;
	bool end;
};

#define PROC_PART_MIN 4096 /* the least size of a part's buffer */

size_t proc_net_dev(struct net *net, char *buf, size_t size);
size_t proc_net_snmp(struct net *net, char *buf, size_t size);
size_t proc_net_netstat(struct net *net, char *buf, size_t size);
size_t proc_net_softnet_stat(struct net *net, char *buf, size_t size);
size_t proc_net_udp(struct net *net, char *buf, size_t size);
size_t proc_net_arp(struct net *net, char *buf, size_t size);
size_t proc_net_route(struct net *net, char *buf, size_t size);
size_t proc_net_sockstat(struct net *net, char *buf, size_t size);
size_t proc_interrupts(struct net *net, char *buf, size_t size);
size_t proc_softirqs(struct net *net, char *buf, size_t size);

/*
 * The next part, whole lines; its length. Afterwards pos->end says whether it
 * was the last one. Between two parts the table may change: who is there all
 * the time is in the text exactly once.
 */
size_t proc_net_tcp(struct net *net, struct proc_pos *pos, char *buf,
		    size_t size);

/* Live objects by cache: name, objects, bytes each. */
size_t proc_slabinfo(struct net *net, char *buf, size_t size);

/* Every drop reason: count, name, sentence. */
size_t proc_drops(struct net *net, char *buf, size_t size);

/* What is alive, as "name value" lines: for leak checks. */
size_t proc_stat(struct net *net, char *buf, size_t size);
