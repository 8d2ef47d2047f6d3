/* Address conflict detection (RFC 5227): conformance rows 8 to 12. */
#include <string.h>
#include "net/ipv4/route.h"
#include "net/link/acd.h"
#include "net/socket/ifconfig.h"
#include "net/socket/netcfg.h"
#include "kernel/task.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"
#include "test/host/udp_user.h"

#define WANTED IP4(10, 0, 0, 9)
#define MASK   IP4(255, 255, 255, 0)

static const u8 other[ETH_ALEN] = {2, 0, 0, 0, 0, 9};

struct result {
	bool done;
	int err;
	u64 at_ms;
};

static void tell(void *arg, int err)
{
	struct result *r = arg;

	assert_false(r->done);
	*r = (struct result){true, err, clock_ms()};
}

static void rx_arp(struct fixture *f, u16 op, be32 spa, be32 tpa)
{
	struct arphdr arp = {
		.htype = BE16(1),
		.ptype = BE16(ETH_P_IP),
		.hlen = 6,
		.plen = 4,
		.op = htons(op),
		.spa = spa,
		.tpa = tpa,
	};
	u8 frame[ETH_ZLEN] = {0};

	memcpy(arp.sha, other, ETH_ALEN);
	eth_fill((struct ethhdr *)frame, fixture_bcast, other, ETH_P_ARP);
	memcpy(frame + ETH_HLEN, &arp, sizeof(arp));
	fixture_rx(f, frame, sizeof(frame));
}

/* The ARP packets sent since the last look; all must be like this. */
static u32 sent_arps(struct fixture *f, be32 spa, be32 tpa)
{
	struct sk_buff *skb;
	u32 count = 0;

	while ((skb = fixture_tx(f)) != NULL) {
		const struct arphdr *arp = (void *)(skb->data + ETH_HLEN);
		const struct ethhdr *eth = (void *)skb->data;

		assert_int_equal(ntohs(eth->type), ETH_P_ARP);
		assert_memory_equal(eth->dest, fixture_bcast, ETH_ALEN);
		assert_int_equal(ntohs(arp->op), ARPOP_REQUEST);
		assert_int_equal(arp->spa.raw, spa.raw);
		assert_int_equal(arp->tpa.raw, tpa.raw);
		assert_memory_equal(arp->sha, fixture_mac, ETH_ALEN);
		consume_skb(skb);
		count++;
	}
	return count;
}

static u32 announcements(struct fixture *f)
{
	return sent_arps(f, FIXTURE_ADDR, FIXTURE_ADDR);
}

static void start(struct fixture *f, struct result *r)
{
	*r = (struct result){false, 0, 0};
	local_bh_disable();
	assert_int_equal(acd_probe(&f->dev, WANTED, tell, r), 0);
	local_bh_enable();
}

/* Row 8: three probes from nobody, 1 to 2 s apart, begun within 1 s. */
static void a_free_address_is_probed_three_times(void **state)
{
	struct fixture *f = *state;
	u64 times[ACD_PROBE_NUM], begun;
	struct result r;

	for (u64 seed = 1; seed < 20; seed++) {
		u32 count = 0;

		sim_seed(seed);
		begun = clock_ms();
		start(f, &r);
		while (!r.done) {
			u32 n;

			sim_run_ms(1);
			n = sent_arps(f, INADDR_ANY, WANTED);
			if (n)
				times[count++] = clock_ms();
			assert_true(count <= ACD_PROBE_NUM);
		}
		assert_int_equal(r.err, 0);
		assert_int_equal(count, ACD_PROBE_NUM);
		assert_in_range(times[0] - begun, 0, 1001);
		assert_in_range(times[1] - times[0], 1000, 2001);
		assert_in_range(times[2] - times[1], 1000, 2001);
		assert_in_range(r.at_ms - times[2], 2000, 2001);
	}
}

/* Row 9: whatever has the address as sender, at any moment. */
static void a_user_of_the_address_ends_it(void **state)
{
	struct fixture *f = *state;
	struct result r;

	for (u32 i = 0; i < 8; i++) {
		start(f, &r);
		sim_run_ms(i * 500);
		if (r.done)
			break;
		rx_arp(f, i % 2 ? ARPOP_REPLY : ARPOP_REQUEST, WANTED,
		       i % 3 ? WANTED : FIXTURE_PEER);
		assert_true(r.done);
		assert_int_equal(r.err, -EADDRINUSE);
	}
}

/* Row 9: another host probes for it at the same time. */
static void another_probe_ends_it(void **state)
{
	struct fixture *f = *state;
	struct result r;

	start(f, &r);
	sim_run_ms(1500);
	rx_arp(f, ARPOP_REQUEST, INADDR_ANY, IP4(10, 0, 0, 10));
	rx_arp(f, ARPOP_REQUEST, FIXTURE_PEER, WANTED);
	rx_arp(f, ARPOP_REPLY, INADDR_ANY, WANTED);
	assert_false(r.done);
	rx_arp(f, ARPOP_REQUEST, INADDR_ANY, WANTED);
	assert_true(r.done);
	assert_int_equal(r.err, -EADDRINUSE);
}

static void our_own_probe_coming_back_is_none(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb;
	struct result r;

	start(f, &r);
	while (!fixture_tx_count(f))
		sim_run_ms(10);
	skb = fixture_tx(f);
	fixture_rx(f, skb->data, skb->len);
	consume_skb(skb);
	assert_false(r.done);
	sim_run_ms(8000);
	assert_int_equal(r.err, 0);
}

/* Row 10: thirty conflicts, at most one attempt a minute from the tenth on. */
static void who_meets_many_conflicts_slows_down(void **state)
{
	struct fixture *f = *state;
	struct result r;
	u64 last = 0;

	for (u32 i = 0; i < 30; i++) {
		fixture_tx_purge(f);
		start(f, &r);
		while (!fixture_tx_count(f))
			sim_run_ms(5);
		if (i > ACD_MAX_CONFLICTS)
			assert_true(clock_ms() - last >= 59000);
		last = clock_ms();
		rx_arp(f, ARPOP_REPLY, WANTED, WANTED);
		assert_true(r.done);
	}
}

static void claim(struct fixture *f, bool keep)
{
	local_bh_disable();
	assert_int_equal(acd_claim(&f->dev, keep), 0);
	local_bh_enable();
}

/* Row 11. */
static void two_announcements_two_seconds_apart(void **state)
{
	struct fixture *f = *state;

	claim(f, false);
	assert_int_equal(announcements(f), 1);
	sim_run_ms(1999);
	assert_int_equal(announcements(f), 0);
	sim_run_ms(2);
	assert_int_equal(announcements(f), 1);
	sim_run_ms(60000);
	assert_int_equal(announcements(f), 0);
}

/* Row 12, section 2.4 (b): defended once, then lost; the socket is told. */
static void the_second_conflict_in_10_s_loses_it(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	char buf[4];

	assert_int_equal(
		sock_setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4), 0);
	assert_int_equal(bind_to(s, INADDR_ANY, 68), 0);
	claim(f, false);
	sim_run_ms(5000);
	assert_int_equal(announcements(f), 2);
	rx_arp(f, ARPOP_REQUEST, FIXTURE_ADDR, FIXTURE_PEER);
	assert_int_equal(announcements(f), 1);
	sim_run_ms(10000);
	rx_arp(f, ARPOP_REPLY, FIXTURE_ADDR, FIXTURE_PEER);
	assert_int_equal(announcements(f), 1);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
	sim_run_ms(9000);
	rx_arp(f, ARPOP_REPLY, FIXTURE_ADDR, FIXTURE_PEER);
	assert_int_equal(announcements(f), 0);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EADDRINUSE);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
	sock_close(s);
}

/* Row 12: 100 conflicts a second for 25 s are three announcements. */
static void a_kept_address_is_defended_every_10_s(void **state)
{
	struct fixture *f = *state;

	claim(f, true);
	sim_run_ms(5000);
	assert_int_equal(announcements(f), 2);
	for (u32 i = 0; i < 2500; i++) {
		rx_arp(f, ARPOP_REQUEST, FIXTURE_ADDR, FIXTURE_ADDR);
		sim_run_ms(10);
	}
	assert_int_equal(announcements(f), 3);
	assert_int_equal(f->net->arp->conflicts, 2500);
}

static void a_device_that_goes_down_ends_it(void **state)
{
	struct fixture *f = *state;
	struct result r;

	start(f, &r);
	local_bh_disable();
	assert_int_equal(acd_probe(&f->dev, WANTED, tell, &r), -EBUSY);
	dev_close(&f->dev);
	assert_true(r.done);
	assert_int_equal(r.err, -ENETDOWN);
	assert_int_equal(acd_probe(&f->dev, WANTED, tell, &r), -ENETDOWN);
	assert_int_equal(acd_claim(&f->dev, true), -ENETDOWN);
	local_bh_enable();
}

static void missing_memory_is_told(void **state)
{
	struct fixture *f = *state;
	struct result r;

	local_bh_disable();
	sim_fail_alloc_after(1);
	assert_int_equal(acd_probe(&f->dev, WANTED, tell, &r), -ENOMEM);
	sim_fail_alloc_after(1);
	assert_int_equal(acd_claim(&f->dev, true), -ENOMEM);
	local_bh_enable();
}

static void a_device_that_is_up_again_claims_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(netcfg_down(f->net, "eth0"), 0);
	assert_int_equal(netcfg_set_address(f->net, "eth0", WANTED, MASK), 0);
	assert_int_equal(sent_arps(f, WANTED, WANTED), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(netcfg_up(f->net, "eth0"), 0);
		sim_run_ms(10000);
		assert_int_equal(sent_arps(f, WANTED, WANTED), 2);
		rx_arp(f, ARPOP_REPLY, WANTED, FIXTURE_PEER);
		assert_int_equal(sent_arps(f, WANTED, WANTED), 1);
		assert_int_equal(netcfg_down(f->net, "eth0"), 0);
		sim_run_ms(10000);
		assert_int_equal(sent_arps(f, WANTED, WANTED), 0);
	}
}

static void a_program_waits_for_the_probe(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ifconfig_probe(f->net, "eth0", WANTED), 0);
	assert_in_range(clock_ms(), 4000, 7010);
	assert_int_equal(ifconfig_probe(f->net, "eth7", WANTED), -ENODEV);
}

static void a_program_sets_and_clears_the_address(void **state)
{
	struct ifconfig config = {WANTED, MASK, IP4(10, 0, 0, 254)};
	struct fixture *f = *state;
	struct dst_entry dst;
	u8 mac[6];

	assert_int_equal(ifconfig_hwaddr(f->net, "eth0", mac), 0);
	assert_memory_equal(mac, fixture_mac, 6);
	assert_int_equal(ifconfig_set(f->net, "eth0", &config), 0);
	assert_int_equal(sent_arps(f, WANTED, WANTED), 1);
	local_bh_disable();
	assert_int_equal(
		route_output(f->net, IP4(8, 8, 8, 8), INADDR_ANY, &dst), 0);
	assert_int_equal(dst.saddr.raw, WANTED.raw);
	dst_release(&dst);
	local_bh_enable();
	ifconfig_clear(f->net, "eth0");
	assert_null(f->dev.ip);
	sim_run_ms(10000);
	assert_int_equal(fixture_tx_count(f), 0);
	assert_int_equal(ifconfig_set(f->net, "eth7", &config), -ENODEV);
	assert_int_equal(ifconfig_hwaddr(f->net, "eth7", mac), -ENODEV);
	ifconfig_clear(f->net, "eth7");
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

/* Who sets an address by hand wants to keep it. */
static void an_address_set_by_hand_is_announced_and_kept(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(netcfg_set_address(f->net, "eth0", WANTED, MASK), 0);
	assert_int_equal(netcfg_up(f->net, "eth0"), 0);
	assert_int_equal(sent_arps(f, WANTED, WANTED), 1);
	sim_run_ms(5000);
	assert_int_equal(sent_arps(f, WANTED, WANTED), 1);
	rx_arp(f, ARPOP_REPLY, WANTED, FIXTURE_PEER);
	rx_arp(f, ARPOP_REPLY, WANTED, FIXTURE_PEER);
	assert_int_equal(sent_arps(f, WANTED, WANTED), 1);
	assert_int_equal(netcfg_down(f->net, "eth0"), 0);
	assert_int_equal(netcfg_up(f->net, "eth0"), 0);
	assert_int_equal(sent_arps(f, WANTED, WANTED), 1);
	assert_int_equal(f->dev.ip->addr.raw, WANTED.raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_free_address_is_probed_three_times),
		T(a_user_of_the_address_ends_it),
		T(another_probe_ends_it),
		T(our_own_probe_coming_back_is_none),
		T(who_meets_many_conflicts_slows_down),
		T(two_announcements_two_seconds_apart),
		T(the_second_conflict_in_10_s_loses_it),
		T(a_kept_address_is_defended_every_10_s),
		T(a_device_that_goes_down_ends_it),
		T(missing_memory_is_told),
		T(a_device_that_is_up_again_claims_again),
		T(a_program_waits_for_the_probe),
		T(a_program_sets_and_clears_the_address),
		T(an_address_set_by_hand_is_announced_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
