/*
 * netconsole: see net/ipv4/netconsole.h. The log may speak in any context,
 * inside the driver too, so a line only raises a softirq, which reads the
 * ring. After a panic there are no softirqs: the frame that was made for it
 * goes to the driver at once, and is waited for, for a bounded time.
 */
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/eth.h"
#include "net/core/inetdevice.h"
#include "net/core/net.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/netconsole.h"
#include "net/ipv4/udp.h"

#define HEADERS	      (ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr))
#define TEXT_MAX      (LOG_LINE_LEN + 1) /* a newline for the terminator */
#define LINES_A_RUN   16
#define RETRY_MS      100
#define CRASH_WAIT_NS 20000000ull /* for the device to take a frame */
#define CRASH_POLLS   100000	  /* the same, should the clock stand */
#define CRASH_TRIES   3		  /* lines in vain: there is no network */

struct netconsole {
	struct net *net;
	struct netconsole_config config;
	struct log_sink sink;
	struct softirq_action action;
	struct netdev_notifier notifier;
	struct timer retry;	   /* of a line that could not be sent */
	struct sk_buff *crash_skb; /* ours: the driver's reference is another */
	u32 next_line;		   /* of the log, to be sent */
	u32 crash_failures;
	bool sending; /* what that logs is read behind it, or goes nowhere */
	u64 sent;
};

static struct net_device *nc_device(const struct netconsole *nc)
{
	return dev_get_by_name(nc->net, nc->config.device);
}

static be32 nc_source(const struct netconsole *nc, const struct net_device *dev)
{
	if (nc->config.src_ip.raw)
		return nc->config.src_ip;
	return dev->ip ? dev->ip->addr : (be32){0};
}

static void nc_fill_ip(struct iphdr *iph, be32 saddr, be32 daddr, u32 len)
{
	*iph = (struct iphdr){
		.ver_ihl = 0x45,
		.tot_len = htons((u16)len),
		.frag_off = htons(IP_DF),
		.ttl = IPDEFTTL,
		.protocol = IPPROTO_UDP,
		.saddr = saddr,
		.daddr = daddr,
	};
	iph->check = ip_fast_csum(iph, sizeof(*iph) / 4);
}

static void nc_fill_udp(const struct netconsole *nc, struct udphdr *uh,
			be32 saddr, u32 len)
{
	be32 daddr = nc->config.dst_ip;

	uh->source = htons(nc->config.src_port);
	uh->dest = htons(nc->config.dst_port);
	uh->len = htons((u16)len);
	uh->check = (be16){0};
	uh->check = csum_fold(csum_partial(
		uh, len, csum_pseudo(saddr, daddr, IPPROTO_UDP, (u16)len)));
	if (!uh->check.raw)
		uh->check = (be16){0xffff};
}

/* The whole frame into an empty skb with room for it. */
static void nc_build(const struct netconsole *nc, struct sk_buff *skb,
		     const char *text, size_t len)
{
	struct net_device *dev = skb->dev;
	be32 saddr = nc_source(nc, dev);
	u8 *frame;
	u32 pad;

	len = MIN(len, (size_t)TEXT_MAX - 1);
	frame = skb_put(skb, HEADERS + (u32)len + 1);
	memcpy(frame + HEADERS, text, len);
	frame[HEADERS + len] = '\n';
	eth_fill((struct ethhdr *)frame, nc->config.dst_mac, dev->dev_addr,
		 ETH_P_IP);
	nc_fill_ip((struct iphdr *)(frame + ETH_HLEN), saddr, nc->config.dst_ip,
		   skb->len - ETH_HLEN);
	nc_fill_udp(nc, (struct udphdr *)(frame + HEADERS) - 1, saddr,
		    (u32)(sizeof(struct udphdr) + len + 1));
	pad = skb->len < ETH_ZLEN ? ETH_ZLEN - skb->len : 0;
	memset(skb_put(skb, pad), 0, pad);
}

static bool nc_ready(const struct netconsole *nc, const struct net_device *dev)
{
	const u32 ready = IFF_UP | IFF_RUNNING;

	return dev && (dev->flags & ready) == ready && nc_source(nc, dev).raw;
}

static bool nc_send(struct netconsole *nc, struct net_device *dev,
		    const char *text, size_t len)
{
	struct sk_buff *skb = alloc_skb(nc->net, HEADERS + TEXT_MAX + ETH_ZLEN);
	int err;

	if (!skb)
		return false;
	skb->dev = dev;
	nc_build(nc, skb, text, len);
	nc->sending = true;
	err = dev_queue_xmit(skb);
	nc->sending = false;
	nc->sent += !err;
	return !err;
}

/*
 * NET_TX softirq. An interrupt may log at any time: from the end of the ring
 * on its line raises the softirq again.
 */
static void nc_run(void *arg)
{
	struct netconsole *nc = arg;
	struct net_device *dev = nc_device(nc);
	char text[LOG_LINE_LEN];
	u32 quota = LINES_A_RUN, next = nc->next_line;
	size_t len;

	if (!nc_ready(nc, dev))
		return;
	while (quota && (len = log_read(&next, text)) != 0) {
		quota--;
		if (!nc_send(nc, dev, text, len)) {
			mod_timer(&nc->retry, RETRY_MS);
			return;
		}
		nc->next_line = next;
	}
	if (!quota)
		raise_softirq(NET_TX_SOFTIRQ);
}

static void nc_retry(struct timer *timer)
{
	raise_softirq(NET_TX_SOFTIRQ);
}

/* Makes the driver look at its ring; false when it has been long enough. */
static bool nc_crash_poll(struct net_device *dev, u64 start_ns, u32 *polls)
{
	if (++*polls > CRASH_POLLS ||
	    machine_now_ns() - start_ns > CRASH_WAIT_NS)
		return false;
	if (dev->ops->ndo_xmit_flush)
		dev->ops->ndo_xmit_flush(dev);
	machine_relax();
	return true;
}

/* The driver gives its reference back when the device has sent the frame. */
static bool nc_crash_wait(struct net_device *dev, const struct sk_buff *skb)
{
	u64 start_ns = machine_now_ns();
	u32 polls = 0;

	while (READ_ONCE(skb->users) > 1)
		if (!nc_crash_poll(dev, start_ns, &polls))
			return false;
	return true;
}

static bool nc_crash_xmit(struct net_device *dev, struct sk_buff *skb)
{
	u64 start_ns = machine_now_ns();
	u32 polls = 0;

	skb_get(skb);
	while (dev->ops->ndo_start_xmit(skb, dev) == NETDEV_TX_BUSY) {
		if (!nc_crash_poll(dev, start_ns, &polls)) {
			skb->users--;
			return false;
		}
	}
	return nc_crash_wait(dev, skb);
}

/*
 * Whether there is a carrier may not be known yet: it is tried. A frame that
 * the device still has may have gone out meanwhile.
 */
static bool nc_crash_send(struct netconsole *nc, struct net_device *dev,
			  const char *text, size_t len)
{
	struct sk_buff *skb = nc->crash_skb;

	if (!nc_crash_wait(dev, skb))
		return false;
	skb->data = skb->tail = skb->head + SKB_HEADROOM;
	skb->len = 0;
	skb->dev = dev;
	nc_build(nc, skb, text, len);
	return nc_crash_xmit(dev, skb);
}

static void nc_crash_try(struct netconsole *nc, const char *text, size_t len)
{
	struct net_device *dev = nc_device(nc);

	if (nc->crash_failures >= CRASH_TRIES || !dev ||
	    !(dev->flags & IFF_UP) || !nc_source(nc, dev).raw)
		return;
	if (nc_crash_send(nc, dev, text, len))
		nc->crash_failures = 0;
	else
		nc->crash_failures++;
}

/* What the ring still holds goes first. */
static void nc_crash_line(struct netconsole *nc, const char *text, size_t len)
{
	char kept[LOG_LINE_LEN];
	size_t kept_len;

	while ((kept_len = log_read(&nc->next_line, kept)) != 0)
		nc_crash_try(nc, kept, kept_len);
	nc_crash_try(nc, text, len);
}

static void nc_line(struct log_sink *sink, const char *text, size_t len)
{
	struct netconsole *nc = container_of(sink, struct netconsole, sink);

	if (nc->sending)
		return;
	if (!panicking) {
		raise_softirq(NET_TX_SOFTIRQ);
		return;
	}
	nc->sending = true;
	nc_crash_line(nc, text, len);
	nc->sending = false;
}

static void nc_netdev_event(struct netdev_notifier *nb, struct net_device *dev,
			    enum netdev_event event)
{
	if (event == NETDEV_UP || event == NETDEV_CHANGE)
		raise_softirq(NET_TX_SOFTIRQ);
}

int netconsole_start(struct net *net, const struct netconsole_config *config)
{
	struct netconsole *nc;

	if (net->netconsole)
		return -EEXIST;
	if (!dev_get_by_name(net, config->device))
		return -ENODEV;
	nc = kzalloc(sizeof(*nc));
	if (!nc)
		return -ENOMEM;
	nc->crash_skb = alloc_skb(net, HEADERS + TEXT_MAX + ETH_ZLEN);
	if (!nc->crash_skb) {
		kfree(nc);
		return -ENOMEM;
	}
	nc->net = net;
	nc->config = *config;
	nc->sink.line = nc_line;
	nc->notifier.call = nc_netdev_event;
	timer_setup(&nc->retry, nc_retry);
	nc->action.fn = nc_run;
	nc->action.arg = nc;
	net->netconsole = nc;
	open_softirq(NET_TX_SOFTIRQ, &nc->action);
	register_netdev_notifier(net, &nc->notifier);
	log_add_sink(&nc->sink);
	raise_softirq(NET_TX_SOFTIRQ);
	return 0;
}

void netconsole_stop(struct net *net)
{
	struct netconsole *nc = net->netconsole;

	if (!nc)
		return;
	log_del_sink(&nc->sink);
	unregister_netdev_notifier(&nc->notifier);
	close_softirq(&nc->action);
	del_timer(&nc->retry);
	consume_skb(nc->crash_skb);
	kfree(nc);
	net->netconsole = NULL;
}
