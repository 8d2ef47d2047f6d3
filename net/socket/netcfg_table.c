/* Neighbours and sockets as lists: see netcfg.h. */
#include "lib/errno.h"
#include "net/ipv4/raw.h"
#include "net/ipv4/udp.h"
#include "net/link/arp.h"
#include "net/socket/netcfg.h"
#include "net/tcp/tcp.h"

/* A visitor with its argument, for the walks below. */
struct to_neigh {
	void (*visit)(const struct netcfg_neigh *n, void *arg);
	void *arg;
};

struct to_socket {
	void (*visit)(const struct netcfg_socket *s, void *arg);
	void *arg;
};

static const char *neigh_state_name(u8 state)
{
	static const char *const names[] = {
		[NEIGH_NEW] = "NONE",
		[NEIGH_INCOMPLETE] = "INCOMPLETE",
		[NEIGH_REACHABLE] = "REACHABLE",
		[NEIGH_STALE] = "STALE",
		[NEIGH_DELAY] = "DELAY",
		[NEIGH_PROBE] = "PROBE",
		[NEIGH_FAILED] = "FAILED",
		[NEIGH_PERMANENT] = "PERMANENT",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "";
}

static void give_neigh(const struct neighbour *n, void *arg)
{
	const struct to_neigh *to = arg;

	if (!(n->dev->flags & IFF_BROADCAST) || n->state == NEIGH_NEW)
		return;
	if (n->state == NEIGH_PERMANENT && !n->fixed)
		return; /* broadcast and multicast */
	to->visit(
		&(struct netcfg_neigh){
			.addr = n->addr,
			.mac = neigh_is_valid(n) ? n->header.dest : NULL,
			.permanent = n->state == NEIGH_PERMANENT,
			.dev = n->dev->name,
			.state = neigh_state_name(n->state),
		},
		to->arg);
}

void netcfg_neighbours(struct net *net,
		       void (*visit)(const struct netcfg_neigh *n, void *arg),
		       void *arg)
{
	struct to_neigh to = {visit, arg};

	local_bh_disable();
	neigh_walk(net, give_neigh, &to);
	local_bh_enable();
}

int netcfg_arp_set(struct net *net, be32 addr, const u8 *mac)
{
	struct dst_entry dst;
	int err;

	local_bh_disable();
	err = route_output(net, addr, INADDR_ANY, &dst);
	if (!err) {
		if (dst.type != DST_UNICAST || !be32_eq(dst.nexthop, addr))
			err = -EINVAL;
		else
			err = neigh_add_static(dst.dev, addr, mac);
		dst_release(&dst);
	}
	local_bh_enable();
	return err;
}

int netcfg_arp_del(struct net *net, be32 addr)
{
	struct net_device *dev;
	int err = -ENXIO;

	local_bh_disable();
	list_for_each_entry (dev, &net->devs, node)
		if (!neigh_forget(dev, addr))
			err = 0;
	local_bh_enable();
	return err;
}

static const char *const tcp_names[TCP_NR_STATES] = {
	[TCP_ESTABLISHED] = "ESTABLISHED",
	[TCP_SYN_SENT] = "SYN_SENT",
	[TCP_SYN_RECV] = "SYN_RECV",
	[TCP_FIN_WAIT1] = "FIN_WAIT1",
	[TCP_FIN_WAIT2] = "FIN_WAIT2",
	[TCP_TIME_WAIT] = "TIME_WAIT",
	[TCP_CLOSE] = "CLOSE",
	[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
	[TCP_LAST_ACK] = "LAST_ACK",
	[TCP_LISTEN] = "LISTEN",
	[TCP_CLOSING] = "CLOSING",
	[TCP_NEW_SYN_RECV] = "SYN_RECV",
};

static void give_tcp(const struct tcp_entry *e, void *arg)
{
	const struct to_socket *to = arg;

	to->visit(
		&(struct netcfg_socket){
			.proto = "tcp",
			.state = e->state < TCP_NR_STATES && tcp_names[e->state]
					 ? tcp_names[e->state]
					 : "UNKNOWN",
			.listens = e->state == TCP_LISTEN,
			.recv_q = e->rx_queue,
			.send_q = e->state == TCP_LISTEN ? 0 : e->tx_queue,
			.laddr = e->saddr,
			.raddr = e->daddr,
			.lport = ntohs(e->sport),
			.rport = ntohs(e->dport),
		},
		to->arg);
}

static void give_datagram(struct sock *sk, void *arg)
{
	const struct to_socket *to = arg;
	bool raw = sk->type == SOCK_RAW;

	to->visit(
		&(struct netcfg_socket){
			.proto = raw ? "raw" : "udp",
			.state = sk->dport.raw ? "ESTABLISHED" : "",
			.listens = !sk->daddr.raw,
			.recv_q = sk->rmem_alloc,
			.send_q = sk->wmem_alloc,
			.laddr = sk->saddr,
			.raddr = sk->daddr,
			.lport = raw ? sk->protocol : ntohs(sk->sport),
			.rport = ntohs(sk->dport),
		},
		to->arg);
}

void netcfg_sockets(struct net *net,
		    void (*visit)(const struct netcfg_socket *s, void *arg),
		    void *arg)
{
	struct to_socket to = {visit, arg};

	local_bh_disable();
	tcp_walk(net, give_tcp, &to);
	udp_walk(net, give_datagram, &to);
	raw_walk(net, give_datagram, &to);
	local_bh_enable();
}
