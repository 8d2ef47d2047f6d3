/*
 * The DHCP client on the stack: before it has an address, while another host
 * has it, and when it loses it. The server is a script behind the device.
 */
#include <string.h>
#include "app/dhcp_task.h"
#include "kernel/task.h"
#include "net/ipv4/route.h"
#include "net/link/arp.h"
#include "test/host/dhcp_server.h"
#include "test/host/machine_sim.h"
#include "test/host/udp_user.h"

#define SERVER_PEER IP4(10, 0, 0, 2)

struct bed {
	struct fixture *f;
	struct dhcp_task *task;
	bool stop, stopped;
	bool broadcast; /* the server's answers */
	bool mute;
	u32 lease_s;
	u32 discovers, requests, declines, renewals, arps;
	be32 in_use; /* answered for by another host */
	u32 learned;
};

static void job(void *arg)
{
	struct bed *bed = arg;

	while (!bed->stop)
		dhcp_step(bed->task);
	bed->stopped = true;
}

static void learned(void *arg, const struct dhcp_lease *lease)
{
	((struct bed *)arg)->learned++;
}

static int setup(void **state)
{
	static struct bed bed;
	void *fixture;
	static struct dhcp_clients clients = {.learned = learned, .arg = &bed};
	int err = fixture_setup(&fixture);

	memset(&bed, 0, sizeof(bed));
	bed.f = fixture;
	bed.lease_s = 3600;
	fixture_know_peer(bed.f);
	dhcp_init(bed.f->net, &clients);
	bed.task = dhcp_create(bed.f->net, "eth0", "box", &err);
	*state = &bed;
	return err || !task_create("dhcp", job, &bed) ? -1 : 0;
}

/* The task leaves when it wakes next. */
static int teardown(void **state)
{
	struct bed *bed = *state;
	void *fixture = bed->f;

	bed->stop = true;
	while (!bed->stopped)
		sim_run_ms(1000000);
	dhcp_free(bed->task);
	return fixture_teardown(&fixture);
}

static void rx_reply(struct bed *bed, const u8 *msg, u8 type)
{
	u8 dhcp[DHCP_MSG_MAX], udp[DHCP_MSG_MAX + 8], chaddr[6];
	struct udphdr *uh = (struct udphdr *)udp;
	be32 to = bed->broadcast ? (be32){0xffffffff} : DHCP_LEASED;
	struct dhcp_script s = {.type = type,
				.xid = get_be32(msg + 4),
				.chaddr = chaddr,
				.lease_s = bed->lease_s,
				.server = SERVER_PEER};
	size_t len;

	memcpy(chaddr, msg + 28, 6);
	len = dhcp_script_write(dhcp, &s);
	*uh = (struct udphdr){htons(67), htons(68), htons((u16)(len + 8)), {0}};
	memcpy(udp + 8, dhcp, len);
	fixture_rx_datagram(bed->f, &(struct datagram){.proto = 17,
						       .src = SERVER_PEER,
						       .dst = to,
						       .data = udp,
						       .len = (u32)len + 8});
}

static void serve(struct bed *bed, const u8 *msg, size_t len, be32 daddr)
{
	u8 value_len, type = *dhcp_find(msg, len, 53, &value_len);

	assert_memory_equal(dhcp_find(msg, len, 53, &value_len), &type, 1);
	bed->discovers += type == DHCP_DISCOVER;
	bed->requests += type == DHCP_REQUEST;
	bed->declines += type == DHCP_DECLINE;
	bed->renewals += be32_eq(daddr, SERVER_PEER);
	if (bed->mute)
		return;
	if (type == DHCP_DISCOVER)
		rx_reply(bed, msg, DHCP_OFFER);
	if (type == DHCP_REQUEST)
		rx_reply(bed, msg, DHCP_ACK);
}

static void answer_arp(struct bed *bed, const struct arphdr *arp)
{
	struct arphdr reply = *arp;

	bed->arps++;
	if (!bed->in_use.raw || !be32_eq(arp->tpa, bed->in_use))
		return;
	reply.op = htons(ARPOP_REPLY);
	memcpy(reply.sha, "\2\0\0\0\0\x66", 6);
	reply.spa = arp->tpa;
	memcpy(reply.tha, fixture_mac, 6);
	fixture_rx_payload(bed->f, ETH_P_ARP, &reply, sizeof(reply));
}

/* Whatever the client sends is looked at, for so long. */
static void run(struct bed *bed, u64 ms)
{
	u64 end = clock_ms() + ms;
	struct sk_buff *skb;

	while (clock_ms() < end) {
		sim_run_ms(50);
		while ((skb = fixture_tx(bed->f)) != NULL) {
			struct ethhdr *eth = (void *)skb->data;
			struct iphdr *iph = sent_ip(skb);
			u8 *l4 = (u8 *)iph + sizeof(*iph);

			if (ntohs(eth->type) == ETH_P_ARP) {
				answer_arp(bed, (void *)iph);
			} else if (iph->protocol == 17) {
				assert_int_equal(get_be16(l4), 68);
				assert_int_equal(get_be16(l4 + 2), 67);
				if (!bed->f->dev.ip) {
					assert_int_equal(iph->saddr.raw, 0);
					assert_int_equal(iph->daddr.raw, ~0u);
				}
				serve(bed, l4 + 8, (size_t)get_be16(l4 + 4) - 8,
				      iph->daddr);
			}
			consume_skb(skb);
		}
	}
}

static void assert_bound(struct bed *bed)
{
	assert_non_null(bed->f->dev.ip);
	assert_int_equal(bed->f->dev.ip->addr.raw, DHCP_LEASED.raw);
	assert_int_equal(bed->f->dev.ip->mask.raw, DHCP_MASK.raw);
}

static void offers_by_unicast_reach_it(void **state)
{
	struct bed *bed = *state;
	struct dst_entry dst;

	run(bed, 9000);
	assert_bound(bed);
	assert_int_equal(bed->discovers, 1);
	assert_int_equal(bed->requests, 1);
	assert_int_equal(bed->arps, 3 + 2);
	assert_int_equal(bed->learned, 1);
	local_bh_disable();
	assert_int_equal(
		route_output(bed->f->net, IP4(8, 8, 8, 8), INADDR_ANY, &dst),
		0);
	assert_int_equal(dst.nexthop.raw, DHCP_ROUTER.raw);
	dst_release(&dst);
	local_bh_enable();
	assert_non_null(strstr(sim_console(), "net up: http://10.0.0.50/"));
	assert_non_null(strstr(sim_console(), "lease 3600 s"));
}

static void offers_by_broadcast_reach_it(void **state)
{
	struct bed *bed = *state;

	bed->broadcast = true;
	run(bed, 9000);
	assert_bound(bed);
}

static void a_late_server_is_found(void **state)
{
	struct bed *bed = *state;

	bed->mute = true;
	run(bed, 61000);
	assert_null(bed->f->dev.ip);
	assert_in_range(bed->discovers, 4, 6);
	bed->mute = false;
	run(bed, 75000);
	assert_bound(bed);
}

static void an_address_in_use_is_declined(void **state)
{
	struct bed *bed = *state;

	bed->in_use = DHCP_LEASED;
	run(bed, 5000);
	assert_int_equal(bed->declines, 1);
	assert_int_equal(bed->discovers, 1);
	run(bed, 15000);
	assert_int_equal(bed->discovers, 2);
	bed->in_use = INADDR_ANY;
	run(bed, 30000);
	assert_bound(bed);
}

static void it_renews_without_touching_the_device(void **state)
{
	struct bed *bed = *state;
	u32 gen;

	run(bed, 9000);
	gen = bed->f->net->route_gen;
	run(bed, 1800000);
	assert_int_equal(bed->renewals, 1);
	assert_int_equal(bed->f->net->route_gen, gen);
	assert_int_equal(bed->learned, 2);
	assert_bound(bed);
}

static void the_end_of_the_lease_clears_the_device(void **state)
{
	struct bed *bed = *state;

	run(bed, 9000);
	bed->mute = true;
	run(bed, 3580000);
	assert_bound(bed);
	run(bed, 20000);
	assert_null(bed->f->dev.ip);
	bed->mute = false;
	run(bed, 80000);
	assert_bound(bed);
}

/* Section 2.4 of RFC 5227: defended once, then given up and declined. */
static void an_address_taken_away_is_given_up(void **state)
{
	struct bed *bed = *state;
	struct arphdr arp = {
		.htype = BE16(1),
		.ptype = BE16(ETH_P_IP),
		.hlen = 6,
		.plen = 4,
		.op = BE16(ARPOP_REQUEST),
		.sha = {2, 0, 0, 0, 0, 0x66},
		.spa = DHCP_LEASED,
		.tpa = SERVER_PEER,
	};

	run(bed, 12000);
	fixture_rx_payload(bed->f, ETH_P_ARP, &arp, sizeof(arp));
	assert_bound(bed);
	fixture_rx_payload(bed->f, ETH_P_ARP, &arp, sizeof(arp));
	run(bed, 100);
	assert_null(bed->f->dev.ip);
	assert_int_equal(bed->declines, 1);
	run(bed, 30000);
	assert_bound(bed);
}

/* Without an address, port 68 of that device is all that is reached. */
static void nothing_else_is_received_meanwhile(void **state)
{
	struct bed *bed = *state;
	struct socket *s = bound_socket(bed->f, INADDR_ANY, 69);

	bed->mute = true;
	run(bed, 100);
	fixture_forget_drops(bed->f);
	rx_udp(bed->f, (struct udp){.sport = 67,
				    .dport = 69,
				    .text = "no",
				    .dst = DHCP_LEASED});
	fixture_drop(bed->f, DROP_IP_NOT_MINE);
	rx_udp(bed->f, (struct udp){.sport = 67,
				    .dport = 68,
				    .text = "noise",
				    .dst = DHCP_LEASED});
	fixture_no_drop(bed->f);
	fixture_ping(bed->f, 10);
	fixture_drop(bed->f, DROP_IP_NOT_MINE);
	expect_empty(s);
	sock_close(s);
}

static void without_a_device_or_memory_there_is_no_client(void **state)
{
	struct bed *bed = *state;
	int err;

	assert_null(dhcp_create(bed->f->net, "eth7", NULL, &err));
	assert_int_equal(err, -ENODEV);
	for (u64 n = 1; n < 4; n++) {
		sim_fail_alloc_after(n);
		assert_null(dhcp_create(bed->f->net, "eth0", NULL, &err));
		sim_fail_alloc_after(0);
		assert_int_equal(err, -ENOMEM);
	}
	assert_null(dhcp_create(bed->f->net, "eth0", NULL, &err));
	assert_int_equal(err, -EADDRINUSE);
}

static void flap(struct bed *bed)
{
	local_bh_disable();
	netif_carrier_off(&bed->f->dev);
	local_bh_enable();
	run(bed, 1000);
	local_bh_disable();
	netif_carrier_on(&bed->f->dev);
	local_bh_enable();
}

static void a_link_that_is_back_has_its_address_verified(void **state)
{
	struct bed *bed = *state;

	run(bed, 9000);
	assert_bound(bed);
	flap(bed);
	run(bed, 100);
	assert_bound(bed);
	assert_int_equal(bed->requests, 2);
	assert_int_equal(bed->discovers, 1);
	assert_int_equal(bed->task->client.state, DHCP_BOUND);
}

static void a_link_to_elsewhere_has_another_address(void **state)
{
	struct bed *bed = *state;

	run(bed, 9000);
	bed->mute = true; /* nobody there knows of the lease */
	flap(bed);
	run(bed, 15000);
	assert_null(bed->f->dev.ip);
	assert_in_range(bed->discovers, 2, 3);
	bed->mute = false;
	run(bed, 30000);
	assert_bound(bed);
}

static void a_link_that_goes_while_probing_begins_anew(void **state)
{
	struct bed *bed = *state;

	run(bed, 2000);
	assert_int_equal(bed->task->client.state, DHCP_PROBING);
	flap(bed);
	run(bed, 6000);
	assert_int_equal(bed->discovers, 2);
	run(bed, 8000);
	assert_bound(bed);
}

/* Both before the client's task has its turn, in either order. */
static void an_address_lost_as_the_link_comes_is_given_up(void **state)
{
	struct bed *bed = *state;
	struct net_device *dev = &bed->f->dev;

	for (u32 i = 1; i <= 2; i++) {
		run(bed, 30000);
		assert_bound(bed);
		local_bh_disable();
		if (i == 1)
			bed->f->net->arp->address_lost(dev);
		netif_carrier_off(dev);
		netif_carrier_on(dev);
		if (i == 2)
			bed->f->net->arp->address_lost(dev);
		local_bh_enable();
		run(bed, 100);
		assert_int_equal(bed->declines, i);
	}
}

static void set_by_hand(struct bed *bed, be32 addr)
{
	const struct ifconfig config = {addr, DHCP_MASK, {0}};

	assert_int_equal(ifconfig_set(bed->f->net, "eth1", &config), 0);
}

/* With a task of its own, on a second device whose server is mute. */
static void a_client_that_is_stopped_leaves_the_device_alone(void **state)
{
	const be32 mine = IP4(10, 1, 0, 7);
	struct bed *bed = *state;
	struct net_device eth1;

	fixture_add_dev(bed->f, &eth1, "eth1");
	set_by_hand(bed, IP4(10, 1, 0, 6));
	assert_int_equal(dhcp_start(bed->f->net, "eth1", "box"), 0);
	assert_null(eth1.ip);
	assert_int_equal(dhcp_start(bed->f->net, "eth1", "box"), -EBUSY);
	run(bed, 100);
	set_by_hand(bed, mine);
	assert_true(dhcp_stop(bed->f->net, "eth1"));
	run(bed, 1000);
	assert_false(dhcp_stop(bed->f->net, "eth1"));
	assert_int_equal(eth1.ip->addr.raw, mine.raw);
	assert_int_equal(dhcp_start(bed->f->net, "lo", NULL), -EOPNOTSUPP);
	assert_non_null(bed->f->net->loopback->ip);
	assert_int_equal(dhcp_start(bed->f->net, "eth1", "box"), 0);
	run(bed, 100);
	assert_true(dhcp_stop(bed->f->net, "eth1"));
	run(bed, 100);
	local_bh_disable();
	unregister_netdev(&eth1);
	local_bh_enable();
}

/* A second device has a client of its own; each hears its own server. */
static void sockets_of_two_devices_share_the_port(void **state)
{
	struct bed *bed = *state;
	struct net_device eth1;
	struct socket *s = open_socket(bed->f);
	char name[16] = "eth1";

	bed->mute = true;
	fixture_add_dev(bed->f, &eth1, "eth1");
	assert_int_equal(bind_to(s, INADDR_ANY, 68), -EADDRINUSE);
	assert_int_equal(sock_setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name,
					 sizeof(name)),
			 0);
	assert_int_equal(bind_to(s, INADDR_ANY, 68), 0);
	run(bed, 100);
	rx_udp(bed->f, (struct udp){.sport = 67,
				    .dport = 68,
				    .text = "eth0",
				    .dst = {0xffffffff}});
	expect_empty(s);
	assert_int_equal(
		sock_setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "eth9", 4),
		-ENODEV);
	sock_close(s);
	run(bed, 100);
	local_bh_disable();
	unregister_netdev(&eth1);
	local_bh_enable();
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(offers_by_unicast_reach_it),
		T(offers_by_broadcast_reach_it),
		T(a_late_server_is_found),
		T(an_address_in_use_is_declined),
		T(it_renews_without_touching_the_device),
		T(the_end_of_the_lease_clears_the_device),
		T(an_address_taken_away_is_given_up),
		T(nothing_else_is_received_meanwhile),
		T(without_a_device_or_memory_there_is_no_client),
		T(a_link_that_is_back_has_its_address_verified),
		T(a_link_to_elsewhere_has_another_address),
		T(a_link_that_goes_while_probing_begins_anew),
		T(an_address_lost_as_the_link_comes_is_given_up),
		T(a_client_that_is_stopped_leaves_the_device_alone),
		T(sockets_of_two_devices_share_the_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
