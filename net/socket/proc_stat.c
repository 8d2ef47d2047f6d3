/*
 * What is alive: /stat, whose values must come back to those of the boot
 * when all connections are gone, and /proc/net/sockstat.
 */
#include "kernel/console.h"
#include "kernel/page.h"
#include "kernel/slab.h"
#include "kernel/timer.h"
#include "kernel/watchdog.h"
#include "net/ipv4/ip_frag.h"
#include "net/ipv4/raw.h"
#include "net/ipv4/udp.h"
#include "net/socket/proc.h"
#include "net/socket/seq.h"
#include "net/tcp/tcp.h"

typedef unsigned long long ull;

struct udp_usage {
	u32 inuse;
	u64 memory;
};

static void udp_count(struct sock *sk, void *arg)
{
	struct udp_usage *usage = arg;

	usage->inuse++;
	usage->memory += sk->rmem_alloc;
}

static u64 pages(u64 bytes)
{
	return ALIGN_UP(bytes, PAGE_SIZE) / PAGE_SIZE;
}

size_t proc_net_sockstat(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);
	struct udp_usage udp = {0, 0};
	struct tcp_usage tcp;
	u32 frags, frag_mem;

	local_bh_disable();
	tcp_usage(net, &tcp);
	udp_walk(net, udp_count, &udp);
	frags = ip_frag_count(net);
	frag_mem = ip_frag_mem(net);
	local_bh_enable();
	seq_printf(&seq, "sockets: used %u\n", tcp.inuse + udp.inuse);
	seq_printf(&seq, "TCP: inuse %u orphan %u tw %u alloc %u mem %llu\n",
		   tcp.inuse, tcp.orphans, tcp.tw, tcp.inuse,
		   (ull)pages(tcp.memory));
	seq_printf(&seq, "UDP: inuse %u mem %llu\n", udp.inuse,
		   (ull)pages(udp.memory));
	seq_printf(&seq,
		   "UDPLITE: inuse 0\nRAW: inuse %u\n"
		   "FRAG: inuse %u memory %u\n",
		   net->raw->count, frags, frag_mem);
	return seq.len;
}

size_t proc_stat(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);
	struct tcp_usage tcp;

	local_bh_disable();
	tcp_usage(net, &tcp);
	seq_printf(&seq, "uptime_ms %llu\n", (ull)clock_ms());
	seq_printf(&seq, "sk_buffs %llu\nsockets %llu\ntimers %llu\n",
		   (ull)net->skb_live, (ull)net->sock_live, (ull)timers_live());
	seq_printf(&seq,
		   "tcp_inuse %u\ntcp_orphans %u\ntcp_time_wait %u\n"
		   "tcp_requests %u\ntcp_memory_bytes %llu\n",
		   tcp.inuse, tcp.orphans, tcp.tw, tcp.requests,
		   (ull)tcp.memory);
	seq_printf(&seq, "slab_bytes %llu\nfree_bytes %llu\ntotal_bytes %llu\n",
		   (ull)slab_bytes(), (ull)page_free_bytes(),
		   (ull)page_total_bytes());
	seq_printf(&seq, "soft_lockups %llu\n", (ull)watchdog_lockups());
	seq_printf(&seq, "console_lost %llu\n", (ull)console_lost());
	local_bh_enable();
	return seq.len;
}
