/* net/ipv4/netconsole.c and its parser: lines as datagrams, and panics. */
#include "test/host/fixture.h"

#include <string.h>
#include "kernel/log.h"
#include "lib/errno.h"
#include "net/core/eth.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/netconsole.h"
#include "net/ipv4/udp.h"
#include "test/host/machine_sim.h"

#define HEADERS (ETH_HLEN + 20 + 8)

static struct netconsole_config config;

static void parser_takes_all_fields(void **state)
{
	static const u8 mac[] = {0x02, 0xab, 0xCD, 0, 0x11, 0xff};

	assert_true(netconsole_parse("4444@10.0.0.1/eth1,9353@10.0.0.2/"
				     "02:ab:CD:00:11:ff",
				     &config));
	assert_int_equal(config.src_port, 4444);
	assert_int_equal(config.dst_port, 9353);
	assert_true(be32_eq(config.src_ip, IP4(10, 0, 0, 1)));
	assert_true(be32_eq(config.dst_ip, IP4(10, 0, 0, 2)));
	assert_string_equal(config.device, "eth1");
	assert_memory_equal(config.dst_mac, mac, ETH_ALEN);
}

static void parser_knows_linuxs_defaults(void **state)
{
	assert_true(netconsole_parse("@/,@10.0.0.2/", &config));
	assert_int_equal(config.src_port, 6665);
	assert_int_equal(config.dst_port, 6666);
	assert_int_equal(config.src_ip.raw, 0);
	assert_string_equal(config.device, "eth0");
	assert_memory_equal(config.dst_mac, fixture_bcast, ETH_ALEN);
}

static void parser_refuses_nonsense(void **state)
{
	static const char *const bad[] = {
		"",
		"@",
		"@/",
		"@/,",
		"@/,@",
		"@/,@/",
		"@/,@10.0.0.2",
		"@/,@0.0.0.0/",
		"@/,@10.0.0/",
		"@/,@10.0.0.256/",
		"@/,@10.0.0.2/x",
		"@/,@10.0.0.2/02:00:00:00:00",
		"@/,@10.0.0.2/02:00:00:00:00:0",
		"@/,@10.0.0.2/02:00:00:00:00:0g",
		"@/,@10.0.0.2/02:00:00:00:00:00:",
		"@/,0@10.0.0.2/",
		"65536@/,@10.0.0.2/",
		"x@/,@10.0.0.2/",
		"@10.0.0/,@10.0.0.2/",
		"@/a-name-of-16-chr,@10.0.0.2/",
		"@/,@10.0.0.2/ ",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		if (netconsole_parse(bad[i], &config))
			fail_msg("netconsole=%s was taken", bad[i]);
}

static struct fixture *start(void **state)
{
	struct fixture *f = *state;

	assert_true(
		netconsole_parse("@/,@10.0.0.2/02:00:00:00:00:02", &config));
	local_bh_disable();
	assert_int_equal(netconsole_start(f->net, &config), 0);
	local_bh_enable();
	fixture_settle(f);
	fixture_tx_purge(f);
	return f;
}

/* The next frame: all its headers right, and this text in it. */
static void assert_sent(struct fixture *f, const char *text)
{
	struct sk_buff *skb = fixture_tx(f);
	const struct ethhdr *eth;
	struct iphdr *iph;
	struct udphdr *uh;
	u16 len;

	assert_non_null(skb);
	eth = (void *)skb->data;
	iph = (void *)(skb->data + ETH_HLEN);
	uh = (void *)(iph + 1);
	assert_memory_equal(eth->dest, fixture_peer, ETH_ALEN);
	assert_memory_equal(eth->source, fixture_mac, ETH_ALEN);
	assert_true(skb->len >= ETH_ZLEN);
	assert_true(ip_sum20_is_right(iph));
	assert_true(be32_eq(iph->saddr, FIXTURE_ADDR));
	len = ntohs(uh->len);
	assert_int_equal(ntohs(iph->tot_len), len + 20);
	assert_int_equal(ntohs(uh->dest), 6666);
	assert_int_equal(
		csum_fold(csum_partial(
				  uh, len,
				  csum_pseudo(iph->saddr, iph->daddr, 17, len)))
			.raw,
		0);
	assert_int_equal(len, 8 + strlen(text));
	assert_memory_equal(uh + 1, text, strlen(text));
	consume_skb(skb);
}

static void each_line_is_a_datagram(void **state)
{
	struct fixture *f = start(state);

	pr_info("hello");
	pr_info("a line that needs no padding: %d", 1234567890);
	fixture_settle(f);
	assert_sent(f, "[    0.000000] hello\n");
	assert_sent(f, "[    0.000000] a line that needs no padding: "
		       "1234567890\n");
	assert_int_equal(fixture_tx_count(f), 0);
}

static void the_longest_line_fits(void **state)
{
	struct fixture *f = start(state);
	char text[LOG_LINE_LEN + 1];

	memset(text, 'x', sizeof(text));
	memcpy(text + LOG_LINE_LEN - 1, "\n", 2);
	log_line("%.*s", LOG_LINE_LEN * 2, text);
	fixture_settle(f);
	consume_skb(fixture_tx(f));
	memset(text, 'y', LOG_LINE_LEN - 1);
	text[LOG_LINE_LEN - 1] = '\0';
	log_line("%s%s", text, text);
	fixture_settle(f);
	text[LOG_LINE_LEN - 1] = '\n';
	text[LOG_LINE_LEN] = '\0';
	assert_sent(f, text);
}

static void without_carrier_lines_wait(void **state)
{
	struct fixture *f = start(state);

	local_bh_disable();
	netif_carrier_off(&f->dev);
	local_bh_enable();
	pr_info("later");
	fixture_settle(f);
	assert_int_equal(fixture_tx_count(f), 0);
	local_bh_disable();
	netif_carrier_on(&f->dev);
	local_bh_enable();
	fixture_settle(f);
	assert_sent(f, "[    0.000000] later\n");
}

static void without_memory_nothing_is_lost(void **state)
{
	struct fixture *f = start(state);

	sim_fail_alloc_every(1);
	pr_info("later");
	fixture_settle(f);
	sim_fail_alloc_every(0);
	assert_int_equal(fixture_tx_count(f), 0);
	pr_info("now");
	fixture_settle(f);
	assert_sent(f, "[    0.000000] later\n");
	assert_sent(f, "[    0.000000] now\n");
	fixture_forget_drops(f);
}

/* Without another line that would push it. */
static void the_last_line_is_tried_again(void **state)
{
	struct fixture *f = start(state);

	sim_fail_alloc_every(1);
	pr_info("the last one");
	fixture_settle(f);
	sim_fail_alloc_every(0);
	assert_int_equal(fixture_tx_count(f), 0);
	sim_run_ms(100);
	assert_sent(f, "[    0.000000] the last one\n");
	fixture_forget_drops(f);
}

static void do_panic(void *arg)
{
	pr_info("the last line");
	panic("why");
}

/* The frame is one and the same: the fake driver keeps it, so it is busy. */
static void after_a_panic_the_frame_goes_at_once(void **state)
{
	struct fixture *f = start(state);

	sim_expect_panic(do_panic, NULL);
	assert_sent(f, "[    0.000000] the last line\n");
	assert_non_null(strstr(sim_console(), "*** halted after panic: why"));
	fixture_settle(f);
}

static void a_busy_device_does_not_stop_the_report(void **state)
{
	struct fixture *f = start(state);

	f->room = 0;
	sim_expect_panic(do_panic, NULL);
	assert_non_null(strstr(sim_console(), "*** halted after panic: why"));
	f->room = 1000;
	local_bh_disable();
	netif_wake_queue(&f->dev);
	local_bh_enable();
}

static void start_says_what_is_wrong(void **state)
{
	struct fixture *f = start(state);

	assert_int_equal(netconsole_start(f->net, &config), -EEXIST);
	netconsole_stop(f->net);
	netconsole_stop(f->net);
	config.device[3] = '7';
	assert_int_equal(netconsole_start(f->net, &config), -ENODEV);
	config.device[3] = '0';
	sim_fail_alloc_after(2);
	assert_int_equal(netconsole_start(f->net, &config), -ENOMEM);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fixture_tx_purge(f);
	netconsole_stop(f->net);
	return fixture_teardown(state);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parser_takes_all_fields),
		cmocka_unit_test(parser_knows_linuxs_defaults),
		cmocka_unit_test(parser_refuses_nonsense),
		T(each_line_is_a_datagram),
		T(the_longest_line_fits),
		T(without_carrier_lines_wait),
		T(without_memory_nothing_is_lost),
		T(the_last_line_is_tried_again),
		T(after_a_panic_the_frame_goes_at_once),
		T(a_busy_device_does_not_stop_the_report),
		T(start_says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
