/* boot/cmdline.c and cmdline_ip.c: what is understood, and what is not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "boot/cmdline.h"

static struct cmdline cmdline;
static char last_warning[400];
static int warnings;

static void warn(const char *line)
{
	strncpy(last_warning, line, sizeof(last_warning) - 1);
	warnings++;
}

static void parse(const char *text)
{
	warnings = 0;
	cmdline_parse(&cmdline, text, warn);
}

#define assert_addr(have, want) assert_int_equal(ntohl(have), want)

static void empty_line_gives_defaults(void **state)
{
	parse("");
	assert_int_equal(warnings, 0);
	assert_int_equal(cmdline.ip_count, 1);
	assert_addr(cmdline.ip[0].addr, 0x0a00020f);
	assert_addr(cmdline.ip[0].mask, 0xffffff00);
	assert_addr(cmdline.ip[0].gw, 0x0a000202);
	assert_false(cmdline.ip[0].autoconf);
	assert_int_equal(cmdline.e1000_irq, CMDLINE_IRQ_MSIX);
	assert_int_equal(cmdline.loglevel, LOG_INFO);
	assert_string_equal(cmdline.tcp_congestion, "cubic");
	assert_int_equal(cmdline.tcp_ecn, 2);
}

static void tcp_is_configured(void **state)
{
	parse("tcp.congestion=reno tcp.ecn=1");
	assert_int_equal(warnings, 0);
	assert_string_equal(cmdline.tcp_congestion, "reno");
	assert_int_equal(cmdline.tcp_ecn, 1);
	parse("tcp.congestion=bic tcp.ecn=3");
	assert_int_equal(warnings, 2);
	assert_string_equal(cmdline.tcp_congestion, "cubic");
	assert_int_equal(cmdline.tcp_ecn, 2);
}

static void ip_takes_all_fields(void **state)
{
	parse("ip=192.168.7.5:192.168.7.1:192.168.7.254:255.255.255.0:"
	      "web-1.lan:eth0:off");
	assert_int_equal(warnings, 0);
	assert_int_equal(cmdline.ip_count, 1);
	assert_addr(cmdline.ip[0].addr, 0xc0a80705);
	assert_addr(cmdline.ip[0].gw, 0xc0a807fe);
	assert_addr(cmdline.ip[0].mask, 0xffffff00);
	assert_string_equal(cmdline.ip[0].hostname, "web-1.lan");
	assert_string_equal(cmdline.ip[0].device, "eth0");
	assert_false(cmdline.ip[0].autoconf);
}

static void ip_without_mask_uses_the_class(void **state)
{
	struct ip_config ip;

	assert_true(ip_config_parse("10.1.2.3", &ip));
	assert_addr(ip.mask, 0xff000000);
	assert_true(ip_config_parse("172.16.0.1", &ip));
	assert_addr(ip.mask, 0xffff0000);
	assert_true(ip_config_parse("192.168.0.1::192.168.0.2", &ip));
	assert_addr(ip.mask, 0xffffff00);
	assert_addr(ip.gw, 0xc0a80002);
}

static void ip_dhcp_is_autoconf(void **state)
{
	struct ip_config ip;

	assert_true(ip_config_parse("dhcp", &ip));
	assert_true(ip.autoconf);
	assert_addr(ip.addr, 0);
	assert_true(ip_config_parse("::::host:eth1:dhcp", &ip));
	assert_true(ip.autoconf);
	assert_string_equal(ip.device, "eth1");
	assert_true(ip_config_parse("off", &ip));
	assert_false(ip.autoconf);
}

static void ip_reads_servers_behind_autoconf(void **state)
{
	struct ip_config ip;

	assert_true(ip_config_parse(
		"10.0.0.2:::::eth0:off:1.1.1.1:8.8.8.8:9.9.9.9", &ip));
	assert_string_equal(ip.device, "eth0");
	assert_addr(ip.dns[0], 0x01010101);
	assert_addr(ip.dns[1], 0x08080808);
	assert_addr(ip.ntp, 0x09090909);
	assert_true(ip_config_parse("::::::dhcp::8.8.8.8", &ip));
	assert_addr(ip.dns[0], 0);
	assert_addr(ip.dns[1], 0x08080808);
	assert_addr(ip.ntp, 0);
	assert_false(ip_config_parse("10.0.0.2:::::eth0:off:a.b.c.d", &ip));
	assert_false(ip_config_parse("10.0.0.2:::::eth0:off:::9", &ip));
}

static void ntp_is_a_name_that_fits(void **state)
{
	char line[100] = "ntp=";

	parse("ntp=time.example.org");
	assert_int_equal(warnings, 0);
	assert_string_equal(cmdline.ntp, "time.example.org");
	parse("ntp=");
	assert_int_equal(warnings, 1);
	assert_string_equal(cmdline.ntp, "");
	memset(line + 4, 'a', 64);
	parse(line);
	assert_int_equal(warnings, 1);
	line[67] = '\0';
	parse(line);
	assert_int_equal(strlen(cmdline.ntp), 63);
}

static void ip_refuses_nonsense(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		"10.0.0",
		"10.0.0.256",
		"10.0.0.1.2",
		"10.0.0.1x",
		"a.b.c.d",
		"-1.0.0.1",
		"10..0.1",
		"4294967306.0.0.1",
		"127.0.0.1",
		"0.0.0.0",
		"0.1.2.3",
		"224.0.0.1",
		"255.255.255.255",
		"10.0.0.1:::255.0.255.0",
		"10.0.0.0:::255.255.255.0",
		"10.0.0.255:::255.255.255.0",
		"10.0.0.1::10.0.1.1:255.255.255.0",
		"10.0.0.1:x",
		"10.0.0.1:::::eth0:maybe",
		"10.0.0.1:::::a-device-name-of-20",
		"10.0.0.1::::bad name",
		"10.0.0.1::::ev$il",
		"10.0.0.1:::::::::::",
		"sometimes",
	};
	struct ip_config ip;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (ip_config_parse(bad[i], &ip))
			fail_msg("ip=%s was taken", bad[i]);
}

static void ip_bounds_the_host_name(void **state)
{
	char text[512] = "10.0.0.1::::";
	struct ip_config ip;
	size_t at = strlen(text);

	memset(text + at, 'a', 63);
	assert_true(ip_config_parse(text, &ip));
	assert_int_equal(strlen(ip.hostname), 63);
	memset(text + at, 'a', 64);
	assert_false(ip_config_parse(text, &ip));
	memset(text + at, 'a', 400);
	assert_false(ip_config_parse(text, &ip));
}

static void point_to_point_mask_has_no_broadcast(void **state)
{
	struct ip_config ip;

	assert_true(ip_config_parse("10.0.0.0::10.0.0.1:255.255.255.254", &ip));
	assert_true(ip_config_parse("10.0.0.7:::255.255.255.255", &ip));
}

static void bad_ip_warns_and_leaves_the_default(void **state)
{
	parse("ip=10.0.0.999");
	assert_int_equal(warnings, 1);
	assert_string_equal(last_warning,
			    "command line: bad value, ignored: ip=10.0.0.999");
	assert_addr(cmdline.ip[0].addr, 0x0a00020f);
}

static void two_devices_have_an_address_each(void **state)
{
	parse("ip=10.0.0.2::::"
	      ":eth0 ip=10.1.0.2:::255.255.0.0::eth1");
	assert_int_equal(warnings, 0);
	assert_int_equal(cmdline.ip_count, 2);
	assert_addr(cmdline_ip(&cmdline, "eth0")->addr, 0x0a000002);
	assert_addr(cmdline_ip(&cmdline, "eth1")->addr, 0x0a010002);
	assert_null(cmdline_ip(&cmdline, "eth2"));
}

static void unnamed_ip_serves_any_device(void **state)
{
	parse("ip=10.0.0.2 ip=10.1.0.2:::::eth1");
	assert_addr(cmdline_ip(&cmdline, "eth0")->addr, 0x0a000002);
	assert_addr(cmdline_ip(&cmdline, "eth1")->addr, 0x0a010002);
}

static void later_ip_of_a_device_wins(void **state)
{
	parse("ip=10.0.0.2:::::eth0 ip=10.0.0.3:::::eth0");
	assert_int_equal(cmdline.ip_count, 1);
	assert_addr(cmdline.ip[0].addr, 0x0a000003);
}

static void too_many_devices_warn(void **state)
{
	parse("ip=10.0.0.2:::::a ip=10.0.0.2:::::b ip=10.0.0.2:::::c "
	      "ip=10.0.0.2:::::d ip=10.0.0.2:::::e");
	assert_int_equal(cmdline.ip_count, CMDLINE_IPS);
	assert_int_equal(warnings, 1);
}

static void irq_kinds_are_known(void **state)
{
	parse("e1000.irq=intx");
	assert_int_equal(cmdline.e1000_irq, CMDLINE_IRQ_INTX);
	parse("e1000.irq=msi");
	assert_int_equal(cmdline.e1000_irq, CMDLINE_IRQ_MSI);
	parse("e1000.irq=pigeon");
	assert_int_equal(cmdline.e1000_irq, CMDLINE_IRQ_MSIX);
	assert_int_equal(warnings, 1);
}

static void log_levels_by_name_and_number(void **state)
{
	parse("loglevel=debug");
	assert_int_equal(cmdline.loglevel, LOG_DEBUG);
	parse("loglevel=0");
	assert_int_equal(cmdline.loglevel, LOG_ERR);
	parse("loglevel=7");
	assert_int_equal(cmdline.loglevel, LOG_INFO);
	parse("loglevel=9");
	assert_int_equal(cmdline.loglevel, LOG_INFO);
	assert_int_equal(warnings, 1);
}

static void end_is_known(void **state)
{
	parse("");
	assert_int_equal(cmdline.end, CMDLINE_END_NEVER);
	parse("end=off");
	assert_int_equal(cmdline.end, CMDLINE_END_OFF);
	parse("end=reset");
	assert_int_equal(cmdline.end, CMDLINE_END_RESET);
	parse("end=soon");
	assert_int_equal(cmdline.end, CMDLINE_END_NEVER);
	assert_int_equal(warnings, 1);
}

/* Off by default; on, off again, and what is neither. */
static void check_switch(const char *key, const bool *on)
{
	char line[80];

	parse("");
	assert_false(*on);
	snprintf(line, sizeof(line), "%s=on", key);
	parse(line);
	assert_true(*on);
	snprintf(line, sizeof(line), "%s=on %s=off", key, key);
	parse(line);
	assert_false(*on);
	assert_int_equal(warnings, 0);
	snprintf(line, sizeof(line), "%s=yes", key);
	parse(line);
	assert_false(*on);
	assert_int_equal(warnings, 1);
}

static void listing_is_a_switch(void **state)
{
	check_switch("listing", &cmdline.listing);
}

static void small_servers_are_off_unless_asked_for(void **state)
{
	check_switch("tcp-small-servers", &cmdline.small_servers);
}

static void unknown_keys_warn(void **state)
{
	parse("quiet ipx=1 i=2 =3");
	assert_int_equal(warnings, 4);
	assert_string_equal(last_warning, "command line: unknown, ignored: =3");
}

static void key_without_value_warns(void **state)
{
	parse("ip e1000.irq loglevel=");
	assert_int_equal(warnings, 3);
	assert_int_equal(cmdline.ip_count, 1);
}

static void blanks_of_any_kind_separate(void **state)
{
	parse("  loglevel=err\t\te1000.irq=msi \r\n");
	assert_int_equal(warnings, 0);
	assert_int_equal(cmdline.loglevel, LOG_ERR);
	assert_int_equal(cmdline.e1000_irq, CMDLINE_IRQ_MSI);
}

static void a_very_long_word_is_one_warning(void **state)
{
	char text[1024];

	memset(text, 'x', sizeof(text));
	memcpy(text + 900, " loglevel=err", 14);
	parse(text);
	assert_int_equal(warnings, 1);
	assert_int_equal(cmdline.loglevel, LOG_ERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_line_gives_defaults),
		cmocka_unit_test(tcp_is_configured),
		cmocka_unit_test(ip_takes_all_fields),
		cmocka_unit_test(ip_without_mask_uses_the_class),
		cmocka_unit_test(ip_dhcp_is_autoconf),
		cmocka_unit_test(ip_reads_servers_behind_autoconf),
		cmocka_unit_test(ntp_is_a_name_that_fits),
		cmocka_unit_test(ip_refuses_nonsense),
		cmocka_unit_test(ip_bounds_the_host_name),
		cmocka_unit_test(point_to_point_mask_has_no_broadcast),
		cmocka_unit_test(bad_ip_warns_and_leaves_the_default),
		cmocka_unit_test(two_devices_have_an_address_each),
		cmocka_unit_test(unnamed_ip_serves_any_device),
		cmocka_unit_test(later_ip_of_a_device_wins),
		cmocka_unit_test(too_many_devices_warn),
		cmocka_unit_test(irq_kinds_are_known),
		cmocka_unit_test(log_levels_by_name_and_number),
		cmocka_unit_test(end_is_known),
		cmocka_unit_test(listing_is_a_switch),
		cmocka_unit_test(small_servers_are_off_unless_asked_for),
		cmocka_unit_test(unknown_keys_warn),
		cmocka_unit_test(key_without_value_warns),
		cmocka_unit_test(blanks_of_any_kind_separate),
		cmocka_unit_test(a_very_long_word_is_one_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
