/*
 * Sockets and tables: /proc/net/tcp, udp, arp, route, sockstat. Addresses
 * are printed as Linux does, as the number that their bytes are on a
 * little-endian machine.
 */
#include "net/ipv4/route.h"
#include "net/ipv4/udp.h"
#include "net/link/neigh.h"
#include "net/socket/proc.h"
#include "net/socket/seq.h"
#include "net/tcp/tcp.h"

typedef unsigned long long ull;

/* Each line of a file has the same width, as in Linux. */
#define TCP_WIDTH   149
#define UDP_WIDTH   127
#define ROUTE_WIDTH 127
#define TCP_LINE    (TCP_WIDTH + 1)
#define JIFFY_MS    10 /* Linux prints timers in hundredths of a second */

struct lines {
	struct seq seq;
	u32 count;
};

static void line_end(struct seq *seq, size_t start, size_t width)
{
	seq_pad(seq, start, width);
	seq_printf(seq, "\n");
}

static void tcp_line(const struct tcp_entry *e, void *arg)
{
	struct lines *out = arg;
	size_t start = out->seq.len;
	/* Linux shows a listener's backlog elsewhere (ss by netlink). */
	u32 tx_queue = e->state == TCP_LISTEN ? 0 : e->tx_queue;

	seq_printf(&out->seq, "%4u: %08X:%04X %08X:%04X %02X %08X:%08X ",
		   out->count++, e->saddr.raw, ntohs(e->sport), e->daddr.raw,
		   ntohs(e->dport), e->state, tx_queue, e->rx_queue);
	seq_printf(&out->seq, "%02X:%08llX %08X %5u %8d %u %d %d", e->timer,
		   (ull)(e->timer_ms / JIFFY_MS), e->retransmits, 0, 0, 0, 1,
		   0);
	line_end(&out->seq, start, TCP_WIDTH);
}

static void tcp_title(struct seq *seq)
{
	seq_printf(seq,
		   "  sl  local_address rem_address   st tx_queue rx_queue tr "
		   "tm->when retrnsmt   uid  timeout inode");
	line_end(seq, 0, TCP_WIDTH);
}

/*
 * One bucket. False: it does not fit and begins the next part. One that fits
 * in none, a hundred of one hash, is cut.
 */
static bool tcp_lines(struct net *net, struct proc_pos *pos, struct lines *out)
{
	struct proc_pos next = *pos;
	struct seq *seq = &out->seq;
	size_t before = seq->len;

	local_bh_disable();
	next.end = !tcp_walk_some(net, &next.tcp, tcp_line, out);
	local_bh_enable();
	next.lines = out->count;
	if (seq->len >= seq->size) {
		seq->len = before;
		if (before)
			return false;
		seq->len = (seq->size - 1) / TCP_LINE * TCP_LINE;
	}
	*pos = next;
	return true;
}

size_t proc_net_tcp(struct net *net, struct proc_pos *pos, char *buf,
		    size_t size)
{
	struct lines out = {.seq = seq_on(buf, size), .count = pos->lines};

	ASSERT(size >= PROC_PART_MIN);
	if (!pos->tcp.next)
		tcp_title(&out.seq);
	while (!pos->end && tcp_lines(net, pos, &out))
		;
	return out.seq.len;
}

static void udp_line(struct sock *sk, void *arg)
{
	struct lines *out = arg;
	size_t start = out->seq.len;
	u32 state = sk->dport.raw ? TCP_ESTABLISHED : TCP_CLOSE;

	seq_printf(&out->seq, "%5u: %08X:%04X %08X:%04X %02X %08X:%08X ",
		   out->count++, sk->saddr.raw, ntohs(sk->sport), sk->daddr.raw,
		   ntohs(sk->dport), state, sk->wmem_alloc, sk->rmem_alloc);
	seq_printf(&out->seq, "%02X:%08X %08X %5u %8d %u %u %d %u", 0, 0, 0, 0,
		   0, 0, sk->refcnt, 0, 0);
	line_end(&out->seq, start, UDP_WIDTH);
}

size_t proc_net_udp(struct net *net, char *buf, size_t size)
{
	struct lines out = {.seq = seq_on(buf, size)};

	seq_printf(&out.seq,
		   "   sl  local_address rem_address   st tx_queue rx_queue tr "
		   "tm->when retrnsmt   uid  timeout inode ref pointer drops");
	line_end(&out.seq, 0, UDP_WIDTH);
	local_bh_disable();
	udp_walk(net, udp_line, &out);
	local_bh_enable();
	return out.seq.len;
}

/* ATF_COM and ATF_PERM of Linux's if_arp.h. */
#define ARP_COMPLETE  0x2
#define ARP_PERMANENT 0x4

static void arp_line(const struct neighbour *n, void *arg)
{
	static const u8 unknown[ETH_ALEN];
	u32 flags = neigh_is_valid(n) ? ARP_COMPLETE : 0;
	char addr[16];

	if (!(n->dev->flags & IFF_BROADCAST) || n->state == NEIGH_NEW)
		return; /* nothing that ARP has to do with */
	if (n->state == NEIGH_PERMANENT) {
		if (!n->fixed)
			return; /* broadcast and multicast */
		flags |= ARP_PERMANENT;
	}
	snprintf(addr, sizeof(addr), "%pI4", (const void *)&n->addr);
	seq_printf(arg, "%-16s 0x%-10x0x%-10x%pM     *        %s\n", addr, 1,
		   flags, flags ? n->header.dest : unknown, n->dev->name);
}

size_t proc_net_arp(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	seq_printf(&seq, "IP address       HW type     Flags       "
			 "HW address            Mask     Device\n");
	local_bh_disable();
	neigh_walk(net, arp_line, &seq);
	local_bh_enable();
	return seq.len;
}

/* RTF_x of Linux's route.h. */
#define ROUTE_UP      0x1
#define ROUTE_GATEWAY 0x2
#define ROUTE_HOST    0x4

static void route_line(const struct fib_route *route, void *arg)
{
	struct seq *seq = arg;
	size_t start = seq->len;
	u32 flags = ROUTE_UP;

	if (route->gateway.raw)
		flags |= ROUTE_GATEWAY;
	if (route->prefix_len == 32)
		flags |= ROUTE_HOST;
	seq_printf(seq, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%d\t%u\t%u",
		   route->dev->name, route->dest.raw, route->gateway.raw, flags,
		   0, 0, route->metric, route->mask.raw, 0, 0, 0);
	line_end(seq, start, ROUTE_WIDTH);
}

size_t proc_net_route(struct net *net, char *buf, size_t size)
{
	struct seq seq = seq_on(buf, size);

	seq_printf(&seq, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\t"
			 "Metric\tMask\t\tMTU\tWindow\tIRTT");
	line_end(&seq, 0, ROUTE_WIDTH);
	local_bh_disable();
	fib_walk(net, route_line, &seq);
	local_bh_enable();
	return seq.len;
}
