/* net/link/arp.c: ARP packets (RFC 826, conformance rows 1-13). */
#include "test/host/fixture.h"

#include <string.h>
#include "net/core/eth.h"
#include "net/link/arp.h"
#include "test/host/machine_sim.h"
#include "test/host/neigh_user.h"

#define THIRD IP4(10, 0, 0, 3)

static const u8 other_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 99};
static const u8 zero_mac[ETH_ALEN];

/* An ARP packet from the peer; its fields may be changed before it is sent. */
static struct arphdr arp_of(u16 op, be32 spa, be32 tpa)
{
	struct arphdr arp = {
		.htype = BE16(ARPHRD_ETHER),
		.ptype = BE16(ETH_P_IP),
		.hlen = 6,
		.plen = 4,
		.op = BE16(op),
		.spa = spa,
		.tpa = tpa,
	};

	memcpy(arp.sha, fixture_peer, ETH_ALEN);
	if (op == ARPOP_REPLY)
		memcpy(arp.tha, fixture_mac, ETH_ALEN);
	return arp;
}

static void rx_arp(struct fixture *f, const struct arphdr *arp)
{
	fixture_rx_payload(f, ETH_P_ARP, arp, sizeof(*arp));
}

static void rx_bcast(struct fixture *f, const struct arphdr *arp)
{
	u8 frame[ETH_ZLEN] = {0};

	eth_fill((struct ethhdr *)frame, fixture_bcast, arp->sha, ETH_P_ARP);
	memcpy(frame + ETH_HLEN, arp, sizeof(*arp));
	fixture_rx(f, frame, sizeof(frame));
}

static struct neighbour *known(struct fixture *f, be32 addr)
{
	return neigh_find(&f->dev, addr);
}

/* Sends one packet to addr, so that the entry waits for an answer. */
static void ask_for(struct fixture *f, be32 addr)
{
	struct neighbour *n = neigh_of(f, addr);

	assert_int_equal(neigh_give(n, fixture_frame(f, 60, 0xdd)), 0);
	neigh_release(n);
}

/* The next frame sent is this ARP packet. */
static void expect_arp(struct fixture *f, u16 op, const u8 *dest, be32 tpa)
{
	struct sk_buff *skb = fixture_tx(f);
	struct ethhdr *eth;
	struct arphdr *arp;

	assert_non_null(skb);
	assert_int_equal(skb->len, ETH_ZLEN);
	eth = (struct ethhdr *)skb->data;
	arp = (struct arphdr *)(skb->data + ETH_HLEN);
	assert_memory_equal(eth->dest, dest, ETH_ALEN);
	assert_memory_equal(eth->source, fixture_mac, ETH_ALEN);
	assert_int_equal(ntohs(eth->type), ETH_P_ARP);
	assert_int_equal(ntohs(arp->htype), 1);
	assert_int_equal(ntohs(arp->ptype), 0x0800);
	assert_int_equal(arp->hlen, 6);
	assert_int_equal(arp->plen, 4);
	assert_int_equal(ntohs(arp->op), op);
	assert_memory_equal(arp->sha, fixture_mac, ETH_ALEN);
	assert_int_equal(arp->spa.raw, FIXTURE_ADDR.raw);
	assert_memory_equal(arp->tha, op == ARPOP_REPLY ? dest : zero_mac,
			    ETH_ALEN);
	assert_int_equal(arp->tpa.raw, tpa.raw);
	for (u32 i = ETH_HLEN + 28; i < skb->len; i++)
		assert_int_equal(skb->data[i], 0);
	consume_skb(skb);
}

/* Only `why` was counted, nothing sent, nothing learned. */
static void refused(struct fixture *f, const struct arphdr *arp,
		    enum drop_reason why)
{
	rx_arp(f, arp);
	fixture_drop(f, why);
	assert_int_equal(fixture_tx_count(f), 0);
	assert_null(known(f, arp->spa));
}

static void request_for_us_is_answered_and_the_sender_learned(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);

	rx_bcast(f, &arp);
	expect_arp(f, ARPOP_REPLY, fixture_peer, FIXTURE_PEER);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_STALE);
	assert_memory_equal(known(f, FIXTURE_PEER)->header.dest, fixture_peer,
			    ETH_ALEN);
	fixture_no_drop(f);
	assert_int_equal(f->net->skb_live, 0);
}

static void request_for_another_is_not_mine(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, THIRD);

	refused(f, &arp, DROP_ARP_NOT_MINE);
}

static void probe_is_answered_without_learning(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, (be32){0}, FIXTURE_ADDR);

	rx_bcast(f, &arp);
	expect_arp(f, ARPOP_REPLY, fixture_peer, (be32){0});
	assert_null(known(f, (be32){0}));
	fixture_no_drop(f);
}

static void every_wrong_header_field_is_refused(void **state)
{
	struct fixture *f = *state;

	for (u32 byte = 0; byte < 6; byte++) {
		for (u32 bit = 0; bit < 8; bit++) {
			struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER,
						   FIXTURE_ADDR);

			((u8 *)&arp)[byte] ^= (u8)(1 << bit);
			refused(f, &arp, DROP_ARP_BAD_HEADER);
		}
	}
}

static void other_opcodes_are_refused(void **state)
{
	static const u16 ops[] = {0, 3, 4, 8, 9, 25, 0x0100, 0xffff};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		struct arphdr arp = arp_of(ops[i], FIXTURE_PEER, FIXTURE_ADDR);

		refused(f, &arp, DROP_ARP_BAD_OPCODE);
	}
}

static void every_short_packet_is_refused(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);

	for (size_t len = 0; len < sizeof(arp); len++) {
		fixture_rx_payload(f, ETH_P_ARP, &arp, len);
		fixture_drop(f, DROP_ARP_SHORT);
	}
	assert_int_equal(fixture_tx_count(f), 0);
	rx_arp(f, &arp);
	fixture_no_drop(f);
	assert_int_equal(fixture_tx_count(f), 1);
}

static void impossible_sender_addresses_are_refused(void **state)
{
	struct fixture *f = *state;
	static const be32 bad[] = {
		IP4(255, 255, 255, 255), /* limited broadcast */
		IP4(10, 0, 0, 255),	 /* of the subnet */
		IP4(10, 0, 0, 0),	 /* old broadcast */
		IP4(224, 0, 0, 1),	 /* multicast */
		IP4(239, 255, 255, 250), IP4(127, 0, 0, 1), IP4(0, 0, 0, 5),
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct arphdr arp = arp_of(ARPOP_REQUEST, bad[i], FIXTURE_ADDR);

		refused(f, &arp, DROP_ARP_BAD_SENDER);
		arp.op = BE16(ARPOP_REPLY);
		refused(f, &arp, DROP_ARP_BAD_SENDER);
	}
}

static void impossible_sender_macs_are_refused(void **state)
{
	struct fixture *f = *state;
	static const u8 bad[][ETH_ALEN] = {
		{0, 0, 0, 0, 0, 0},
		{255, 255, 255, 255, 255, 255},
		{1, 0, 0x5e, 0, 0, 1},
		{2, 0, 0, 0, 0, 1}, /* our own */
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct arphdr arp =
			arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);

		memcpy(arp.sha, bad[i], ETH_ALEN);
		refused(f, &arp, DROP_ARP_BAD_SENDER);
	}
}

static void foreign_use_of_our_address_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_ADDR, FIXTURE_ADDR);

	refused(f, &arp, DROP_ARP_BAD_SENDER);
	arp = arp_of(ARPOP_REPLY, FIXTURE_ADDR, FIXTURE_PEER);
	refused(f, &arp, DROP_ARP_BAD_SENDER);
	assert_int_equal(f->net->arp->conflicts, 2);
}

static void gratuitous_packets_teach_nothing(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_PEER);

	refused(f, &arp, DROP_ARP_UNSOLICITED);
	arp.op = BE16(ARPOP_REPLY);
	refused(f, &arp, DROP_ARP_UNSOLICITED);
	rx_bcast(f, &arp);
	fixture_drop(f, DROP_ARP_UNSOLICITED);
}

static void reply_nobody_asked_for_is_unsolicited(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, FIXTURE_ADDR);

	refused(f, &arp, DROP_ARP_UNSOLICITED);
}

static void awaited_reply_resolves_and_sends_what_waits(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, FIXTURE_ADDR);
	struct sk_buff *skb;

	ask_for(f, FIXTURE_PEER);
	expect_arp(f, ARPOP_REQUEST, fixture_bcast, FIXTURE_PEER);
	rx_arp(f, &arp);
	fixture_no_drop(f);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_REACHABLE);
	skb = fixture_tx(f);
	assert_non_null(skb);
	assert_int_equal(skb->len, ETH_HLEN + 60);
	assert_memory_equal(skb->data, fixture_peer, ETH_ALEN);
	assert_memory_equal(skb->data + 6, fixture_mac, ETH_ALEN);
	assert_int_equal(get_be16(skb->data + 12), ETH_P_IP);
	assert_int_equal(skb->data[14], 0xdd);
	consume_skb(skb);
}

static void awaited_reply_to_another_address_is_not_believed(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, THIRD);

	ask_for(f, FIXTURE_PEER);
	rx_arp(f, &arp);
	fixture_drop(f, DROP_ARP_UNSOLICITED);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_INCOMPLETE);
}

static void broadcast_reply_is_not_believed(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, FIXTURE_ADDR);

	ask_for(f, FIXTURE_PEER);
	rx_bcast(f, &arp);
	fixture_drop(f, DROP_ARP_UNSOLICITED);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_INCOMPLETE);
}

/* Both ask at the same time: the request says all that is wanted. */
static void request_resolves_an_entry_that_waits(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);

	ask_for(f, FIXTURE_PEER);
	fixture_tx_purge(f);
	rx_bcast(f, &arp);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_STALE);
	assert_int_equal(fixture_tx_count(f), 2); /* the packet, the reply */
}

static void reachable(struct fixture *f)
{
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, FIXTURE_ADDR);

	ask_for(f, FIXTURE_PEER);
	rx_arp(f, &arp);
	fixture_tx_purge(f);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_REACHABLE);
}

static void spoofed_reply_does_not_change_a_known_entry(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, FIXTURE_ADDR);

	reachable(f);
	memcpy(arp.sha, other_mac, ETH_ALEN);
	rx_arp(f, &arp);
	fixture_drop(f, DROP_ARP_UNSOLICITED);
	assert_memory_equal(known(f, FIXTURE_PEER)->header.dest, fixture_peer,
			    ETH_ALEN);
	assert_int_equal(f->net->arp->spoofs_refused, 1);
	arp.spa = arp.tpa = FIXTURE_PEER; /* gratuitous */
	rx_bcast(f, &arp);
	fixture_drop(f, DROP_ARP_UNSOLICITED);
	assert_memory_equal(known(f, FIXTURE_PEER)->header.dest, fixture_peer,
			    ETH_ALEN);
}

static void spoofed_request_is_answered_but_not_believed(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);

	reachable(f);
	memcpy(arp.sha, other_mac, ETH_ALEN);
	rx_arp(f, &arp);
	expect_arp(f, ARPOP_REPLY, other_mac, FIXTURE_PEER);
	assert_memory_equal(known(f, FIXTURE_PEER)->header.dest, fixture_peer,
			    ETH_ALEN);
}

/* The station may have a new card: the one that we know is asked. */
static void contradiction_makes_us_verify_once_a_second(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REPLY, FIXTURE_PEER, FIXTURE_ADDR);
	struct arphdr good = arp;

	reachable(f);
	fixture_run_ms(f, 1500);
	memcpy(arp.sha, other_mac, ETH_ALEN);
	for (int i = 0; i < 100; i++) {
		rx_arp(f, &arp);
		rx_arp(f, &good);
	}
	assert_int_equal(fixture_tx_count(f), 1);
	expect_arp(f, ARPOP_REQUEST, fixture_peer, FIXTURE_PEER);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_REACHABLE);
}

static void station_with_a_new_mac_is_found_again(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);

	reachable(f);
	neigh_confirm(known(f, FIXTURE_PEER));
	fixture_run_ms(f, 1500);
	memcpy(arp.sha, other_mac, ETH_ALEN);
	rx_arp(f, &arp);
	fixture_run_ms(f, 3500);
	fixture_tx_purge(f);
	/* The old address did not answer: asked by broadcast now. */
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_INCOMPLETE);
	arp.op = BE16(ARPOP_REPLY);
	rx_arp(f, &arp);
	assert_int_equal(known(f, FIXTURE_PEER)->state, NEIGH_REACHABLE);
	assert_memory_equal(known(f, FIXTURE_PEER)->header.dest, other_mac,
			    ETH_ALEN);
}

/* RFC 826 reception, conformance row 6. */
static void cache_and_answer_follow_the_table(void **state)
{
	static const struct {
		bool known, mine, request;
		bool learned, answered;
	} row[] = {
		{false, false, false, false, false},
		{false, false, true, false, false},
		{false, true, false, false, false},
		{false, true, true, true, true},
		{true, false, false, true, false},
		{true, false, true, true, false},
		{true, true, false, true, false},
		{true, true, true, true, true},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct arphdr arp = arp_of(
			row[i].request ? ARPOP_REQUEST : ARPOP_REPLY,
			FIXTURE_PEER, row[i].mine ? FIXTURE_ADDR : THIRD);

		if (row[i].known)
			reachable(f);
		rx_arp(f, &arp);
		assert_int_equal(!!known(f, FIXTURE_PEER), row[i].learned);
		assert_int_equal(fixture_tx_count(f), row[i].answered);
		fixture_tx_purge(f);
		local_bh_disable();
		neigh_flush_dev(&f->dev);
		local_bh_enable();
	}
}

static void announcement_has_our_address_twice(void **state)
{
	struct fixture *f = *state;

	local_bh_disable();
	arp_announce(&f->dev);
	local_bh_enable();
	expect_arp(f, ARPOP_REQUEST, fixture_bcast, FIXTURE_ADDR);
}

static void request_flood_keeps_the_table_bounded(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, FIXTURE_PEER, FIXTURE_ADDR);
	struct neighbour *gateway;

	reachable(f);
	gateway = neigh_lookup(&f->dev, FIXTURE_PEER);
	for (u32 i = 0; i < 5000; i++) {
		arp.spa = BE32(0x0b000001 + i);
		rx_arp(f, &arp);
		fixture_tx_purge(f);
	}
	assert_int_equal(f->net->arp->count, NEIGH_TABLE_MAX);
	/* In use: it has stayed. */
	assert_ptr_equal(known(f, FIXTURE_PEER), gateway);
	assert_int_equal(gateway->state, NEIGH_REACHABLE);
	neigh_put(gateway);
}

static void no_memory_to_answer_is_counted(void **state)
{
	struct fixture *f = *state;
	struct arphdr arp = arp_of(ARPOP_REQUEST, (be32){0}, FIXTURE_ADDR);

	sim_fail_alloc_after(3); /* the frame itself takes two */
	rx_arp(f, &arp);
	sim_fail_alloc_after(0);
	fixture_drop(f, DROP_NO_BUFFER);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(request_for_us_is_answered_and_the_sender_learned),
		T(request_for_another_is_not_mine),
		T(probe_is_answered_without_learning),
		T(every_wrong_header_field_is_refused),
		T(other_opcodes_are_refused),
		T(every_short_packet_is_refused),
		T(impossible_sender_addresses_are_refused),
		T(impossible_sender_macs_are_refused),
		T(foreign_use_of_our_address_is_a_conflict),
		T(gratuitous_packets_teach_nothing),
		T(reply_nobody_asked_for_is_unsolicited),
		T(awaited_reply_resolves_and_sends_what_waits),
		T(awaited_reply_to_another_address_is_not_believed),
		T(broadcast_reply_is_not_believed),
		T(request_resolves_an_entry_that_waits),
		T(spoofed_reply_does_not_change_a_known_entry),
		T(spoofed_request_is_answered_but_not_believed),
		T(contradiction_makes_us_verify_once_a_second),
		T(station_with_a_new_mac_is_found_again),
		T(cache_and_answer_follow_the_table),
		T(announcement_has_our_address_twice),
		T(request_flood_keeps_the_table_bounded),
		T(no_memory_to_answer_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
