/*
 * app/shell: ping and traceroute. The host is ourselves, or a peer whose
 * answers a timer brings; time is virtual.
 */
#include "test/host/shell_bed.h"

#include <string.h>
#include "app/dns.h"
#include "app/shell/probe.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "net/core/eth.h"
#include "test/host/datagram.h"
#include "test/host/machine_sim.h"

#define ROUTER IP4(10, 0, 0, 9)

/* What the network does with what is sent. */
static struct {
	struct shell_bed *bed;
	bool stop;
	u32 hops; /* to the peer: before that, the router answers */
	u32 copies;
	struct timer timer;
} wire;

/* It arrives at eth0; softirq. */
static void rx(const struct datagram *d)
{
	u8 frame[512];
	struct sk_buff *skb;
	size_t len = datagram_build(frame + ETH_HLEN, d);

	eth_fill((struct ethhdr *)frame, fixture_mac, fixture_peer, ETH_P_IP);
	skb = fixture_skb(wire.bed->f, frame, ETH_HLEN + len);
	skb->protocol = eth_type_trans(skb, &wire.bed->f->dev);
	netif_receive_skb(skb);
}

/* An ICMP message from src about the packet, which it quotes. */
static void answer_error(const struct iphdr *iph, be32 src, u8 type, u8 code)
{
	u8 data[64] = {0}, buf[128];
	size_t len;

	memcpy(data + 4, iph, 28); /* behind 4 unused bytes */
	len = icmp_build(buf, type, code, data + 4, 28);
	rx(&(struct datagram){.src = src, .data = buf, .len = (u32)len});
}

static void answer_echo(const struct iphdr *iph)
{
	u8 copy[256];
	u32 len = ntohs(iph->tot_len) - 20u;
	be16 sum = {0};

	memcpy(copy, iph + 1, len);
	copy[0] = ICMP_ECHOREPLY;
	memcpy(copy + 2, &sum, 2);
	sum = csum_fold(csum_partial(copy, len, 0));
	memcpy(copy + 2, &sum, 2);
	for (u32 i = 0; i < wire.copies; i++)
		rx(&(struct datagram){
			.src = iph->daddr, .data = copy, .len = len});
}

static void answer(const struct iphdr *iph)
{
	if (iph->ttl < wire.hops)
		answer_error(iph, ROUTER, ICMP_TIME_EXCEEDED, 0);
	else if (iph->protocol == IPPROTO_ICMP)
		answer_echo(iph);
	else
		answer_error(iph, iph->daddr, ICMP_DEST_UNREACH,
			     ICMP_PORT_UNREACH);
}

/* A softirq, on the stack of main, which waits. */
static void wire_tick(struct timer *timer)
{
	struct sk_buff *skb;
	u8 packet[256];

	while (!wire.stop && (skb = fixture_tx_ip(wire.bed->f))) {
		skb_copy_bits(skb, ETH_HLEN, packet,
			      MIN(skb->len - ETH_HLEN, 256u));
		consume_skb(skb);
		answer((const struct iphdr *)packet);
	}
	mod_timer(timer, 1);
}

static int setup(void **state)
{
	shell_setup(state);
	memset(&wire, 0, sizeof(wire));
	wire.bed = *state;
	wire.copies = 1;
	timer_setup(&wire.timer, wire_tick);
	mod_timer(&wire.timer, 1);
	return 0;
}

static int teardown(void **state)
{
	del_timer(&wire.timer);
	return shell_teardown(state);
}

static void answers_are_counted_and_timed(void **state)
{
	int result;
	const char *out =
		shell_does(*state, "ping -c 2 -i 0.5 10.0.0.2", &result);

	assert_int_equal(result, 0);
	assert_non_null(strstr(out, "PING 10.0.0.2 (10.0.0.2) 56(84) bytes of "
				    "data.\n64 bytes from 10.0.0.2: "
				    "icmp_seq=1 ttl=64 time="));
	assert_non_null(strstr(out, "\n--- 10.0.0.2 ping statistics ---\n"
				    "2 packets transmitted, 2 received, "
				    "0% packet loss, time 50"));
	assert_non_null(strstr(out, "\nrtt min/avg/max/mdev = "));
}

static void ourselves_answer_at_once(void **state)
{
	assert_shell_has(*state, "ping -q -c 3 127.0.0.1",
			 "3 packets transmitted, 3 received, 0% packet loss, "
			 "time 2000ms\n"
			 "rtt min/avg/max/mdev = 0.000/0.000/0.000/0.000 ms\n");
}

static void a_second_answer_is_a_duplicate(void **state)
{
	const char *out;

	wire.copies = 2;
	out = shell_does(*state, "ping -c 2 -i 0.1 10.0.0.2", NULL);
	assert_non_null(strstr(out, " ms (DUP!)\n"));
	assert_non_null(strstr(out, "2 received, +1 duplicates"));
}

static void no_answer_is_a_loss(void **state)
{
	int result;

	wire.copies = 0;
	assert_non_null(
		strstr(shell_does(*state, "ping -c 2 -W 1 10.0.0.2", &result),
		       "2 packets transmitted, 0 received, "
		       "100% packet loss, time 2000ms\n"));
	assert_int_equal(result, 1);
}

static void a_routers_word_is_shown(void **state)
{
	const char *out;

	wire.hops = 3;
	out = shell_does(*state, "ping -c 1 -t 1 10.0.0.2", NULL);
	assert_non_null(strstr(out, "\nFrom 10.0.0.9 icmp_seq=1 "
				    "Time to live exceeded\n"));
	assert_non_null(strstr(out, "0 received, +1 errors, 100% packet loss"));
}

static void a_host_that_is_not_there(void **state)
{
	assert_shell_has(*state, "ping -c 1 10.0.0.77",
			 "\nFrom 10.0.0.1 icmp_seq=1 "
			 "Destination Host Unreachable\n");
	assert_shell(*state, "ping -c 1 192.0.2.1",
		     "ping: 192.0.2.1: Network is unreachable\n");
}

static void interrupt_ends_it_with_statistics(void **state)
{
	struct shell_bed *bed = *state;

	bed->keys = "x\003";
	assert_shell_has(bed, "ping 10.0.0.2",
			 "^C\n\n--- 10.0.0.2 ping statistics ---\n"
			 "1 packets transmitted");
	bed->keys = "";
}

/* Answers to nobody come faster than they are read; a task counts its turns. */
static struct {
	u32 reads, turns;
	bool over;
} flood;

static int flood_read(struct shell_io *io, u64 timeout_ms)
{
	u8 junk[64];
	size_t len = icmp_build(junk, ICMP_ECHOREPLY, 0, "junk", 4);

	assert_true(++flood.reads < 20000);
	rx(&(struct datagram){
		.src = IP4(10, 0, 0, 2), .data = junk, .len = (u32)len});
	sim_advance_ns(1000000);
	return -ETIMEDOUT;
}

static void count_turns(void *arg)
{
	for (; !flood.over; flood.turns++)
		task_yield();
}

static void under_flood(struct shell_bed *bed, const char *line,
			const char *text)
{
	memset(&flood, 0, sizeof(flood));
	bed->io.read = flood_read;
	wire.stop = true;
	assert_non_null(task_create("other", count_turns, NULL));
	assert_shell_has(bed, line, text);
	flood.over = true;
	sim_settle();
	assert_true(flood.turns + 2 >= flood.reads);
}

static void a_flood_does_not_hold_it_up(void **state)
{
	under_flood(*state, "ping -c 2 -W 1 10.0.0.2",
		    "2 packets transmitted, 0 received");
	under_flood(*state, "traceroute -m 1 -w 1 10.0.0.2", " 1  * * *\n");
}

static void bad_options_are_refused(void **state)
{
	static const char *const lines[] = {
		"ping",
		"ping -c",
		"ping -c 0 10.0.0.2",
		"ping -s 65508 10.0.0.2",
		"ping -i 0 10.0.0.2",
		"ping -t 256 10.0.0.2",
		"ping a b",
		"ping -z 10.0.0.2",
		"traceroute",
		"traceroute -m 0 10.0.0.2",
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		assert_shell_has(*state, lines[i], "usage: ");
}

static void traceroute_names_each_hop(void **state)
{
	const char *out;

	wire.hops = 2;
	out = shell_does(*state, "traceroute 10.0.0.2", NULL);
	assert_int_equal(strncmp(out,
				 "traceroute to 10.0.0.2 (10.0.0.2), 30 hops "
				 "max, 60 byte packets\n"
				 " 1  10.0.0.9 (10.0.0.9)  ",
				 87),
			 0);
	assert_non_null(strstr(out, "\n 2  10.0.0.2 (10.0.0.2)  "));
	assert_null(strstr(out, "\n 3 "));
}

static void a_silent_hop_has_stars(void **state)
{
	wire.stop = true;
	assert_shell(*state, "traceroute -m 2 -w 0.2 10.0.0.2",
		     "traceroute to 10.0.0.2 (10.0.0.2), 2 hops max, 60 byte "
		     "packets\n 1  * * *\n 2  * * *\n");
}

/* Bytes of the wire: never read behind their end. */
static void short_answers_are_refused(void **state)
{
	static const u8 error[] = {
		0x45, 0, 0,  56, 0, 0, 0,    0, 64,   1,    0, 0, 10, 0,
		0,    2, 10, 0,	 0, 1, 11,   0, 0,    0,    0, 0, 0,  0,
		0x45, 0, 0,  28, 0, 0, 0,    0, 1,    17,   0, 0, 10, 0,
		0,    1, 10, 0,	 0, 7, 0x80, 0, 0x82, 0x9a, 0, 8, 0,  0};
	struct probe_answer a;

	for (size_t len = 0; len < sizeof(error); len++) {
		u8 *copy = test_malloc(len);

		memcpy(copy, error, len);
		assert_false(probe_parse(copy, len, &a));
		test_free(copy);
	}
	assert_true(probe_parse(error, sizeof(error), &a));
	assert_int_equal(a.quoted, 17);
	assert_int_equal(a.first, 0x8000);
	assert_int_equal(a.second, 33434);
	assert_int_equal(a.ttl, 64);
}

static void a_lookup_ends_by_interrupt(void **state)
{
	static const char *const lines[] = {
		"ping box.example", "traceroute box.example",
		"nslookup box.example", "telnet box.example",
		"wget http://box.example"};
	struct shell_bed *bed = *state;
	int result;

	assert_int_equal(dns_start(bed->f->net), 0);
	dns_set_servers(bed->f->net, (be32[]){ROUTER}, 1);
	wire.stop = true;
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		u64 begin = clock_ms();

		bed->keys = "x\003";
		assert_string_equal(shell_does(bed, lines[i], &result), "^C\n");
		assert_int_equal(result, 1);
		assert_true(clock_ms() - begin <= 200);
	}
	dns_stop(bed->f->net);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_lookup_ends_by_interrupt),
		T(answers_are_counted_and_timed),
		T(ourselves_answer_at_once),
		T(a_second_answer_is_a_duplicate),
		T(no_answer_is_a_loss),
		T(a_routers_word_is_shown),
		T(a_host_that_is_not_there),
		T(interrupt_ends_it_with_statistics),
		T(a_flood_does_not_hold_it_up),
		T(bad_options_are_refused),
		T(traceroute_names_each_hop),
		T(a_silent_hop_has_stars),
		T(short_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
