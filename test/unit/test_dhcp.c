/* app/dhcp.c: the client's states against the clock, rows 153 to 159. */
#include <string.h>
#include "app/dhcp.h"
#include "lib/errno.h"
#include "test/host/dhcp_server.h"
#include "test/host/machine_sim.h"

#define LEASE 3600u

struct bed {
	struct dhcp_client c;
	u64 now;
	u8 last[DHCP_MSG_MAX]; /* the last message sent */
	size_t last_len;
	be32 last_to;
	u32 sends, bounds, losts;
	bool in_use;
};

static const u8 mac[6] = {2, 0, 0, 0, 0, 1};

static void on_send(void *arg, const u8 *data, size_t len, be32 to)
{
	struct bed *bed = arg;

	memcpy(bed->last, data, len);
	bed->last_len = len;
	bed->last_to = to;
	bed->sends++;
}

static void on_bound(void *arg, const struct dhcp_lease *lease)
{
	struct bed *bed = arg;

	assert_int_equal(lease->addr.raw, DHCP_LEASED.raw);
	bed->bounds++;
	bed->in_use = true;
}

static void on_lost(void *arg)
{
	struct bed *bed = arg;

	assert_true(bed->in_use);
	bed->losts++;
	bed->in_use = false;
}

static const struct dhcp_ops ops = {on_send, on_bound, on_lost};

static int setup(void **state)
{
	static struct bed bed;

	sim_init();
	memset(&bed, 0, sizeof(bed));
	bed.c.ops = &ops;
	bed.c.arg = &bed;
	bed.now = 1000;
	memcpy(bed.c.chaddr, mac, 6);
	dhcp_begin(&bed.c, bed.now);
	*state = &bed;
	return 0;
}

static int teardown(void **state)
{
	sim_exit();
	return 0;
}

/* Time passes; the client is called when it wants to be. */
static void run_until(struct bed *bed, u64 ms)
{
	while (bed->c.due_ms <= ms) {
		bed->now = MAX(bed->now, bed->c.due_ms);
		dhcp_timeout(&bed->c, bed->now);
	}
	bed->now = ms;
}

static void run_ms(struct bed *bed, u64 ms)
{
	run_until(bed, bed->now + ms);
}

static void hear(struct bed *bed, struct dhcp_script s)
{
	u8 msg[DHCP_MSG_MAX];

	if (!s.chaddr)
		s.chaddr = mac;
	if (!s.xid)
		s.xid = get_be32(bed->last + 4);
	dhcp_receive(&bed->c, bed->now, msg, dhcp_script_write(msg, &s));
}

static u8 last_type(const struct bed *bed)
{
	u8 len;

	return *dhcp_find(bed->last, bed->last_len, 53, &len);
}

#define OFFER ((struct dhcp_script){.type = DHCP_OFFER, .lease_s = LEASE})
#define ACK   ((struct dhcp_script){.type = DHCP_ACK, .lease_s = LEASE})
#define NAK   ((struct dhcp_script){.type = DHCP_NAK})

static void to_probing(struct bed *bed)
{
	hear(bed, OFFER);
	hear(bed, ACK);
	assert_int_equal(bed->c.state, DHCP_PROBING);
}

static void to_bound(struct bed *bed)
{
	to_probing(bed);
	run_ms(bed, 5000);
	dhcp_probed(&bed->c, bed->now, 0);
	assert_int_equal(bed->c.state, DHCP_BOUND);
	assert_true(bed->in_use);
}

static void four_messages_make_a_lease(void **state)
{
	struct bed *bed = *state;
	u32 xid = get_be32(bed->last + 4);

	assert_int_equal(last_type(bed), DHCP_DISCOVER);
	assert_int_equal(bed->last_to.raw, 0);
	hear(bed, OFFER);
	assert_int_equal(bed->c.state, DHCP_REQUESTING);
	assert_int_equal(last_type(bed), DHCP_REQUEST);
	assert_int_equal(get_be32(bed->last + 4), xid);
	assert_int_equal(get_be32(bed->last + 12), 0); /* ciaddr */
	assert_int_equal(dhcp_find_u32(bed->last, 300, 50), ntohl(DHCP_LEASED));
	assert_int_equal(dhcp_find_u32(bed->last, 300, 54), ntohl(DHCP_HERE));
	hear(bed, ACK);
	assert_int_equal(bed->c.state, DHCP_PROBING);
	assert_int_equal(bed->bounds, 0);
	dhcp_probed(&bed->c, bed->now, 0);
	assert_int_equal(bed->bounds, 1);
	assert_int_equal(bed->c.lease.t1_ms, 1000 + LEASE * 500);
	assert_int_equal(bed->c.lease.t2_ms, 1000 + LEASE * 875);
	assert_int_equal(bed->c.lease.end_ms, 1000 + LEASE * 1000);
}

/* Row 153: 4, 8, 16, 32, 64, 64 ... seconds, each within one. */
static void without_a_server_it_asks_ever_more_slowly(void **state)
{
	static const u64 waits[] = {4, 8, 16, 32, 64, 64, 64};
	struct bed *bed = *state;

	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		u64 wait = bed->c.due_ms - bed->now;

		assert_in_range(wait, waits[i] * 1000 - 1000,
				waits[i] * 1000 + 1000);
		run_ms(bed, wait);
		assert_int_equal(bed->sends, i + 2);
		assert_int_equal(last_type(bed), DHCP_DISCOVER);
	}
	assert_in_range(get_be16(bed->last + 8), 240, 260); /* secs */
}

static void a_server_that_appears_after_60_s_is_used(void **state)
{
	struct bed *bed = *state;

	run_ms(bed, 60000);
	assert_in_range(bed->sends, 4, 6);
	to_bound(bed);
}

static void the_xid_is_random(void **state)
{
	struct bed *bed = *state;
	u32 first = get_be32(bed->last + 4);

	to_bound(bed);
	run_ms(bed, LEASE * 500);
	assert_int_not_equal(get_be32(bed->last + 4), first);
	sim_seed(2);
	dhcp_begin(&bed->c, bed->now);
	assert_int_not_equal(get_be32(bed->last + 4), first);
}

/* Row 154. */
static void replies_to_others_are_ignored(void **state)
{
	static const u8 theirs[6] = {2, 0, 0, 0, 0, 7};
	struct bed *bed = *state;
	struct dhcp_script s = OFFER;

	s.xid = get_be32(bed->last + 4) ^ 1;
	hear(bed, s);
	s = OFFER;
	s.chaddr = theirs;
	hear(bed, s);
	hear(bed, ACK);
	hear(bed, NAK);
	dhcp_receive(&bed->c, bed->now, (const u8 *)"", 0);
	assert_int_equal(bed->c.state, DHCP_SELECTING);
	hear(bed, OFFER);
	s = ACK;
	s.server = IP4(10, 0, 0, 66); /* not the one that was chosen */
	hear(bed, s);
	s = NAK;
	s.server = IP4(10, 0, 0, 66);
	hear(bed, s);
	assert_int_equal(bed->c.state, DHCP_REQUESTING);
}

static void offers_that_make_no_sense_are_ignored(void **state)
{
	struct bed *bed = *state;
	const struct dhcp_script bad[] = {
		{.type = DHCP_OFFER}, /* no lease */
		{.type = DHCP_OFFER, .lease_s = DHCP_LEASE_MIN_S - 1},
		{.type = DHCP_OFFER, .lease_s = 60, .yiaddr = IP4(0, 0, 0, 1)},
		{.type = DHCP_OFFER,
		 .lease_s = 60,
		 .yiaddr = IP4(127, 0, 0, 1)},
		{.type = DHCP_OFFER,
		 .lease_s = 60,
		 .yiaddr = IP4(224, 0, 0, 1)},
		{.type = DHCP_OFFER, .lease_s = 60, .yiaddr = {0xffffffff}},
		{.type = DHCP_OFFER, .lease_s = 60, .yiaddr = IP4(10, 0, 0, 0)},
		{.type = DHCP_OFFER,
		 .lease_s = 60,
		 .yiaddr = IP4(10, 0, 0, 255)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		hear(bed, bad[i]);
		assert_int_equal(bed->c.state, DHCP_SELECTING);
	}
}

static void without_a_server_id_it_is_no_offer(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script s = {.type = DHCP_OFFER,
				.chaddr = mac,
				.xid = get_be32(bed->last + 4)};
	u8 msg[DHCP_MSG_MAX];
	size_t at = dhcp_head(msg, &s);

	at = dhcp_option(msg, at, 53, &s.type, 1);
	at = dhcp_option_u32(msg, at, 51, 3600);
	dhcp_receive(&bed->c, bed->now, msg, at);
	assert_int_equal(bed->c.state, DHCP_SELECTING);
}

static void an_unanswered_request_begins_again(void **state)
{
	struct bed *bed = *state;

	hear(bed, OFFER);
	run_ms(bed, 3000 + 7000 + 15000);
	assert_int_equal(last_type(bed), DHCP_REQUEST);
	run_ms(bed, 40000);
	assert_int_equal(bed->c.state, DHCP_SELECTING);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
}

/* Row 156. */
static void a_conflict_is_declined(void **state)
{
	struct bed *bed = *state;

	to_probing(bed);
	dhcp_probed(&bed->c, bed->now, -EADDRINUSE);
	assert_int_equal(last_type(bed), DHCP_DECLINE);
	assert_int_equal(bed->last_to.raw, 0);
	assert_int_equal(get_be32(bed->last + 12), 0);
	assert_int_equal(dhcp_find_u32(bed->last, 300, 50), ntohl(DHCP_LEASED));
	assert_int_equal(dhcp_find_u32(bed->last, 300, 54), ntohl(DHCP_HERE));
	assert_int_equal(bed->c.state, DHCP_INIT);
	run_ms(bed, 9999);
	assert_int_equal(bed->c.state, DHCP_INIT);
	run_ms(bed, 1100);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
	assert_int_equal(bed->bounds, 0);
	to_bound(bed);
}

static void an_address_that_is_taken_away_is_declined(void **state)
{
	struct bed *bed = *state;

	to_bound(bed);
	dhcp_conflict(&bed->c, bed->now);
	assert_false(bed->in_use);
	assert_int_equal(last_type(bed), DHCP_DECLINE);
	run_ms(bed, 11001);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
	dhcp_conflict(&bed->c, bed->now); /* nothing to take */
	assert_int_equal(bed->losts, 1);
}

static void a_probe_that_fails_is_tried_again(void **state)
{
	struct bed *bed = *state;

	to_probing(bed);
	dhcp_probed(&bed->c, bed->now, -ENETDOWN);
	assert_int_equal(last_type(bed), DHCP_REQUEST); /* no DECLINE */
	run_ms(bed, 11001);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
}

/* Row 155: RENEWING. */
static void half_way_it_renews_by_unicast(void **state)
{
	struct bed *bed = *state;
	u64 end;

	to_bound(bed);
	run_until(bed, bed->c.lease.t1_ms - 1);
	assert_int_equal(bed->sends, 2);
	run_ms(bed, 1);
	assert_int_equal(bed->c.state, DHCP_RENEWING);
	assert_int_equal(last_type(bed), DHCP_REQUEST);
	assert_int_equal(bed->last_to.raw, DHCP_HERE.raw);
	assert_int_equal(get_be32(bed->last + 12), ntohl(DHCP_LEASED));
	assert_int_equal(dhcp_find_u32(bed->last, 300, 50), 0);
	assert_int_equal(dhcp_find_u32(bed->last, 300, 54), 0);
	end = bed->now + LEASE * 1000;
	run_ms(bed, 300);
	hear(bed, ACK);
	assert_int_equal(bed->c.state, DHCP_BOUND);
	assert_int_equal(bed->c.lease.end_ms, end); /* from the request on */
	assert_int_equal(bed->losts, 0);
}

/* Section 4.4.5: half of the time left, at least a minute; then T2. */
static void renewals_are_repeated_then_broadcast(void **state)
{
	struct bed *bed = *state;
	u64 before;

	to_bound(bed);
	run_until(bed, bed->c.lease.t1_ms);
	before = bed->now;
	assert_int_equal(bed->c.due_ms - before,
			 (bed->c.lease.t2_ms - before) / 2);
	while (bed->c.state == DHCP_RENEWING) {
		u64 wait = bed->c.due_ms - bed->now;

		assert_true(wait >= 60000 ||
			    bed->c.due_ms == bed->c.lease.t2_ms);
		run_ms(bed, wait);
	}
	assert_int_equal(bed->now, bed->c.lease.t2_ms);
	assert_int_equal(bed->c.state, DHCP_REBINDING);
	assert_int_equal(bed->last_to.raw, 0);
	assert_int_equal(get_be32(bed->last + 12), ntohl(DHCP_LEASED));
	assert_int_equal(dhcp_find_u32(bed->last, 300, 54), 0);
	assert_in_range(bed->sends, 5, 10);
}

static void any_server_may_rebind(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script s = ACK;

	s.server = IP4(10, 0, 0, 66);
	to_bound(bed);
	run_until(bed, bed->c.lease.t1_ms);
	hear(bed, s); /* not yet */
	assert_int_equal(bed->c.state, DHCP_RENEWING);
	run_until(bed, bed->c.lease.t2_ms);
	hear(bed, s);
	assert_int_equal(bed->c.state, DHCP_BOUND);
	assert_int_equal(bed->c.lease.server.raw, s.server.raw);
}

/* Row 157. */
static void at_its_end_the_lease_is_given_up_at_once(void **state)
{
	struct bed *bed = *state;
	u64 end;

	to_bound(bed);
	end = bed->c.lease.end_ms;
	run_until(bed, end - 1);
	assert_true(bed->in_use);
	run_ms(bed, 1);
	assert_false(bed->in_use);
	assert_int_equal(bed->c.state, DHCP_SELECTING);
	to_bound(bed);
}

/* The task did not run for a while: an old ACK does not bring it back. */
static void an_ack_after_the_end_is_too_late(void **state)
{
	struct bed *bed = *state;

	to_bound(bed);
	run_until(bed, bed->c.lease.t2_ms);
	bed->now = bed->c.lease.end_ms + 5;
	hear(bed, ACK);
	assert_int_equal(bed->c.state, DHCP_REBINDING);
	dhcp_timeout(&bed->c, bed->now);
	assert_false(bed->in_use);
}

static void another_address_is_no_renewal(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script s = ACK;

	s.yiaddr = IP4(10, 0, 0, 51);
	to_bound(bed);
	run_until(bed, bed->c.lease.t1_ms);
	hear(bed, s);
	assert_int_equal(bed->c.state, DHCP_RENEWING);
}

/* Row 159. */
static void a_nak_begins_again(void **state)
{
	struct bed *bed = *state;

	to_bound(bed);
	run_until(bed, bed->c.lease.t1_ms);
	hear(bed, NAK);
	assert_false(bed->in_use);
	assert_int_equal(bed->c.state, DHCP_INIT);
	run_ms(bed, 2001);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
	to_bound(bed);
}

/* A server that refuses for ever: ever fewer messages. */
static void a_nak_storm_slows_down(void **state)
{
	struct bed *bed = *state;
	u64 began = bed->now;
	u32 naks = 0;

	while (bed->now < began + 600000) {
		if (bed->c.state == DHCP_SELECTING)
			hear(bed, OFFER);
		if (bed->c.state == DHCP_REQUESTING) {
			hear(bed, NAK);
			naks++;
			hear(bed, NAK);
		}
		run_ms(bed, 100);
	}
	assert_in_range(naks, 10, 20);
	while (bed->c.state != DHCP_SELECTING)
		run_ms(bed, 1000);
	to_bound(bed);
	assert_int_equal(bed->c.refusals, 0);
}

static void times_out_of_order_are_ours_to_choose(void **state)
{
	static const u32 times[][2] = {
		{3600, 3700}, {1000, 500}, {0xffffffff, 0}, {0, 0xffffffff},
		{3500, 0},    {0, 100},	   {1, 2},	    {1, 100},
	};
	struct bed *bed = *state;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct dhcp_script s = ACK;
		const struct dhcp_lease *lease = &bed->c.lease;

		s.t1_s = times[i][0];
		s.t2_s = times[i][1];
		bed->c.configured = false;
		dhcp_begin(&bed->c, bed->now);
		hear(bed, OFFER);
		hear(bed, s);
		assert_true(bed->now < lease->t1_ms);
		assert_true(lease->t1_ms < lease->t2_ms);
		assert_true(lease->t2_ms < lease->end_ms);
	}
}

static void the_servers_times_are_used(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script s = ACK;

	s.t1_s = 100;
	s.t2_s = 200;
	hear(bed, OFFER);
	hear(bed, s);
	assert_int_equal(bed->c.lease.t1_ms, bed->now + 100000);
	assert_int_equal(bed->c.lease.t2_ms, bed->now + 200000);
}

static void a_lease_for_ever_has_no_times(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script s = ACK;

	s.lease_s = DHCP_FOREVER_S;
	hear(bed, OFFER);
	hear(bed, s);
	dhcp_probed(&bed->c, bed->now, 0);
	assert_int_equal(bed->c.due_ms, DHCP_NEVER);
	run_ms(bed, 1ull << 40);
	assert_true(bed->in_use);
	assert_int_equal(bed->sends, 2);
}

/* An hour of leases of the least length, renewed all along. */
static void short_leases_are_kept(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script s = ACK;

	s.lease_s = DHCP_LEASE_MIN_S;
	hear(bed, OFFER);
	hear(bed, s);
	dhcp_probed(&bed->c, bed->now, 0);
	for (int i = 0; i < 3600; i++) {
		run_ms(bed, 1000);
		if (bed->c.state == DHCP_RENEWING)
			hear(bed, s);
	}
	assert_int_equal(bed->losts, 0);
	assert_in_range(bed->sends, 500, 800);
}

/* RFC 2131 section 4.3.2, INIT-REBOOT. */
static void a_link_that_is_back_is_asked_about_the_address(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script ack = ACK;
	u8 len;

	to_bound(bed);
	run_ms(bed, 1000);
	dhcp_link_up(&bed->c, bed->now);
	assert_int_equal(bed->c.state, DHCP_REBOOTING);
	assert_int_equal(last_type(bed), DHCP_REQUEST);
	assert_int_equal(bed->last_to.raw, 0);
	assert_int_equal(get_be32(bed->last + 12), 0); /* ciaddr */
	assert_int_equal(dhcp_find_u32(bed->last, 300, 50), ntohl(DHCP_LEASED));
	assert_null(dhcp_find(bed->last, 300, 54, &len));
	ack.server = IP4(10, 0, 0, 3);
	hear(bed, ack);
	assert_int_equal(bed->c.state, DHCP_BOUND);
	assert_int_equal(bed->c.lease.server.raw, ack.server.raw);
	assert_int_equal(bed->c.lease.end_ms, bed->now + LEASE * 1000);
	assert_int_equal(bed->losts, 0);
}

static void another_networks_server_refuses_it(void **state)
{
	struct bed *bed = *state;
	struct dhcp_script nak = NAK;

	to_bound(bed);
	dhcp_link_up(&bed->c, bed->now);
	nak.server = IP4(192, 168, 0, 1);
	hear(bed, nak);
	assert_false(bed->in_use);
	run_ms(bed, 3000);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
}

static void another_networks_server_is_silent(void **state)
{
	struct bed *bed = *state;
	u32 sends;

	to_bound(bed);
	sends = bed->sends;
	dhcp_link_up(&bed->c, bed->now);
	run_ms(bed, 6000);
	assert_int_equal(bed->sends, sends + 2);
	assert_true(bed->in_use);
	run_ms(bed, 8500);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
	assert_false(bed->in_use);
	to_bound(bed);
}

/* The lease ends in the meantime. */
static void an_address_is_not_verified_beyond_its_lease(void **state)
{
	struct bed *bed = *state;

	to_bound(bed);
	dhcp_timeout(&bed->c, bed->now);
	bed->now = bed->c.lease.end_ms - 1000;
	dhcp_link_up(&bed->c, bed->now);
	run_ms(bed, 1000);
	assert_false(bed->in_use);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
}

static void a_link_without_an_address_is_asked_for_one_at_once(void **state)
{
	struct bed *bed = *state;

	run_ms(bed, 70000);
	bed->sends = 0;
	dhcp_link_up(&bed->c, bed->now);
	assert_int_equal(bed->sends, 1);
	assert_int_equal(last_type(bed), DHCP_DISCOVER);
	to_bound(bed);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(four_messages_make_a_lease),
		T(a_link_that_is_back_is_asked_about_the_address),
		T(another_networks_server_refuses_it),
		T(another_networks_server_is_silent),
		T(an_address_is_not_verified_beyond_its_lease),
		T(a_link_without_an_address_is_asked_for_one_at_once),
		T(without_a_server_it_asks_ever_more_slowly),
		T(a_server_that_appears_after_60_s_is_used),
		T(the_xid_is_random),
		T(replies_to_others_are_ignored),
		T(offers_that_make_no_sense_are_ignored),
		T(without_a_server_id_it_is_no_offer),
		T(an_unanswered_request_begins_again),
		T(a_conflict_is_declined),
		T(an_address_that_is_taken_away_is_declined),
		T(a_probe_that_fails_is_tried_again),
		T(half_way_it_renews_by_unicast),
		T(renewals_are_repeated_then_broadcast),
		T(any_server_may_rebind),
		T(at_its_end_the_lease_is_given_up_at_once),
		T(an_ack_after_the_end_is_too_late),
		T(another_address_is_no_renewal),
		T(a_nak_begins_again),
		T(a_nak_storm_slows_down),
		T(times_out_of_order_are_ours_to_choose),
		T(the_servers_times_are_used),
		T(a_lease_for_ever_has_no_times),
		T(short_leases_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
