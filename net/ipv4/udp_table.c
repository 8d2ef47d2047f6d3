/*
 * The UDP sockets of a stack, by local port: lookup by best match, and
 * choice of ports (RFC 6056). Only our own programs add to a chain, so the
 * hash needs no key.
 */
#include "kernel/random.h"
#include "lib/errno.h"
#include "net/ipv4/udp_impl.h"
#include "net/link/arp.h"

static void udp_tell_lost(struct sock *sk, void *arg)
{
	const struct net_device *dev = arg;

	if (sk->bound_dev_if == dev->ifindex)
		sock_set_error(sk, EADDRINUSE);
}

/* Another host has dev's address: who looks after dev is told of it. */
static void udp_address_lost(struct net_device *dev)
{
	udp_walk(dev->net, udp_tell_lost, dev);
}

int udp_init(struct net *net)
{
	net->udp = kzalloc(sizeof(*net->udp));
	if (!net->udp)
		return -ENOMEM;
	net->arp->address_lost = udp_address_lost;
	return 0;
}

void udp_exit(struct net *net)
{
	kfree(net->udp);
	net->udp = NULL;
}

/* -1: not for this socket; more is better. */
static int udp_score(const struct sock *sk, const struct udp_tuple *t)
{
	int score = 0;

	if (!be16_eq(sk->sport, t->lport))
		return -1;
	if (sk->bound_dev_if) {
		if (t->ifindex && t->ifindex != sk->bound_dev_if)
			return -1;
		score += 1;
	}
	if (sk->saddr.raw) {
		if (!be32_eq(sk->saddr, t->laddr))
			return -1;
		score += 1;
	}
	if (sk->dport.raw) {
		if (!be16_eq(sk->dport, t->fport) ||
		    !be32_eq(sk->daddr, t->faddr))
			return -1;
		score += 2;
	}
	return score;
}

enum drop_reason udp_no_match(struct net *net, const struct udp_tuple *t)
{
	const struct udp_sock *us;

	hlist_for_each_entry (us, udp_bucket(net, t->lport), node)
		if (be16_eq(us->sk.sport, t->lport) && us->sk.dport.raw)
			return DROP_UDP_NOT_CONNECTED_PEER;
	return DROP_UDP_NO_PORT;
}

struct udp_sock *udp_lookup(struct net *net, const struct udp_tuple *t)
{
	struct udp_sock *us, *best = NULL;
	int best_score = -1;

	hlist_for_each_entry (us, udp_bucket(net, t->lport), node) {
		int score = udp_score(&us->sk, t);

		if (score > best_score) {
			best = us;
			best_score = score;
		}
	}
	return best;
}

bool udp_listens_on(struct net_device *dev, be16 port)
{
	const struct udp_sock *us;

	hlist_for_each_entry (us, udp_bucket(dev->net, port), node)
		if (be16_eq(us->sk.sport, port) &&
		    us->sk.bound_dev_if == dev->ifindex)
			return true;
	return false;
}

void udp_hash(struct udp_sock *us)
{
	hlist_add(&us->node, udp_bucket(us->sk.net, us->sk.sport));
}

void udp_unhash(struct udp_sock *us)
{
	hlist_del(&us->node);
}

static bool udp_port_conflicts(struct udp_sock *us, be32 addr, be16 port)
{
	struct udp_sock *other;

	hlist_for_each_entry (other, udp_bucket(us->sk.net, port), node) {
		if (!be16_eq(other->sk.sport, port))
			continue;
		if (other->sk.saddr.raw && addr.raw &&
		    !be32_eq(other->sk.saddr, addr))
			continue;
		if (other->sk.bound_dev_if && us->sk.bound_dev_if &&
		    other->sk.bound_dev_if != us->sk.bound_dev_if)
			continue;
		if (!us->sk.reuseaddr || !other->sk.reuseaddr)
			return true;
	}
	return false;
}

/* A port that we choose is nobody else's at all, reuse or not. */
static bool udp_port_used(struct net *net, be16 port)
{
	struct udp_sock *us;

	hlist_for_each_entry (us, udp_bucket(net, port), node)
		if (be16_eq(us->sk.sport, port))
			return true;
	return false;
}

/* RFC 6056 section 3.3.1: from a random one upwards. 0: none is free. */
static be16 udp_free_port(struct net *net)
{
	const u32 ports = UDP_PORT_MAX - UDP_PORT_MIN + 1;
	u32 start = random_below(ports);

	for (u32 i = 0; i < ports; i++) {
		be16 port = htons((u16)(UDP_PORT_MIN + (start + i) % ports));

		if (!udp_port_used(net, port))
			return port;
	}
	return (be16){0};
}

int udp_get_port(struct udp_sock *us, be32 addr, be16 port)
{
	if (!port.raw)
		port = udp_free_port(us->sk.net);
	else if (udp_port_conflicts(us, addr, port))
		return -EADDRINUSE;
	if (!port.raw)
		return -EADDRINUSE;
	us->sk.sport = port;
	us->sk.saddr = addr;
	us->bound_addr = addr.raw != 0;
	udp_hash(us);
	return 0;
}

/* The visitor may close the socket it is shown. */
void udp_walk(struct net *net, void (*visit)(struct sock *sk, void *arg),
	      void *arg)
{
	struct hlist_node *node, *next;

	for (u32 i = 0; i < UDP_BUCKETS; i++) {
		for (node = net->udp->buckets[i].first; node; node = next) {
			next = node->next;
			visit(&container_of(node, struct udp_sock, node)->sk,
			      arg);
		}
	}
}
