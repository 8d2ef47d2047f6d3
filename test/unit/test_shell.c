/* app/shell: words, dispatch, and each command's text over a fixed stack. */
#include "test/host/shell_bed.h"

#include <string.h>
#include "app/dhcp_task.h"
#include "app/shell/options.h"
#include "app/shell/telnetd.h"
#include "app/shell/words.h"
#include "kernel/log.h"
#include "test/host/dhcp_server.h"
#include "test/host/machine_sim.h"

static void words_are_split_and_unquoted(void **state)
{
	static const struct {
		const char *line, *words; /* with | behind each */
		int count;
	} cases[] = {
		{"", "", 0},
		{"   \t ", "", 0},
		{"ping", "ping|", 1},
		{"  a  bc\td ", "a|bc|d|", 3},
		{"'a b' \"c d\"", "a b|c d|", 2},
		{"a'b c'd", "ab cd|", 1},
		{"''", "|", 1},
		{"'' x", "|x|", 2},
		{"a\\ b", "a b|", 1},
		{"\"a\\\"b\"", "a\"b|", 1},
		{"'a\\b'", "a\\b|", 1},
		{"'open", "", -EINVAL},
		{"\"open", "", -EINVAL},
		{"end\\", "end\\|", 1},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[64], joined[64] = "", *argv[WORDS_MAX + 1];
		int argc;

		strcpy(text, cases[i].line);
		argc = words_split(text, argv);
		assert_int_equal(argc, cases[i].count);
		for (int n = 0; n < argc; n++)
			strcat(strcat(joined, argv[n]), "|");
		assert_string_equal(joined, cases[i].words);
		if (argc >= 0)
			assert_null(argv[argc]);
	}
}

static void too_many_words_are_refused(void **state)
{
	char text[2 * WORDS_MAX + 3], *argv[WORDS_MAX + 1];

	for (int i = 0; i <= WORDS_MAX; i++)
		memcpy(text + 2 * i, "a ", 3);
	assert_int_equal(words_split(text, argv), -E2BIG);
	memset(text, ' ', 2);
	memcpy(text, "a ", 2);
	for (int i = 0; i < WORDS_MAX; i++)
		memcpy(text + 2 * i, "a ", 3);
	assert_int_equal(words_split(text, argv), WORDS_MAX);
}

static void numbers_and_addresses(void **state)
{
	be32 addr;
	u32 n;
	u8 mac[6];

	assert_true(parse_address("10.0.2.15", &addr));
	assert_int_equal(ntohl(addr), 0x0a00020f);
	assert_false(parse_address("10.0.2.1x", &addr));
	assert_true(parse_seconds("0.25", 10000, &n) && n == 250);
	assert_true(parse_seconds(".5", 10000, &n) && n == 500);
	assert_true(parse_seconds("3", 10000, &n) && n == 3000);
	assert_false(parse_seconds("11", 10000, &n));
	assert_false(parse_seconds("1s", 10000, &n));
	assert_true(parse_mac("52:54:00:12:34:aF", mac));
	assert_int_equal(mac[5], 0xaf);
	assert_false(parse_mac("52:54:00:12:34", mac));
	assert_false(parse_mac("52:54:00:12:34:5", mac));
	assert_false(parse_mac("52-54-00-12-34-56", mac));
}

static void options_are_read(void **state)
{
	char *argv[] = {"x", "-q", "-c", "3", "-i5", "host", NULL};
	char *bad[] = {"x", "-c", NULL};
	struct options o = {.argv = argv}, lacking = {.argv = bad};

	assert_int_equal(options_next(&o, "q", "ci"), 'q');
	assert_int_equal(options_next(&o, "q", "ci"), 'c');
	assert_string_equal(o.value, "3");
	assert_int_equal(options_next(&o, "q", "ci"), 'i');
	assert_string_equal(o.value, "5");
	assert_int_equal(options_next(&o, "q", "ci"), 0);
	assert_string_equal(argv[o.at], "host");
	assert_int_equal(options_next(&lacking, "q", "c"), '?');
}

static void telnet_says_much_that_is_not_typed(void **state)
{
	static const u8 in[] = {255, 253, 1,   'a', 255,  250, 24,   1,
				'x', 255, 240, 'b', '\r', 0,   '\r', '\n',
				255, 255, 'c', 255, 244,  255, 241,  'd'};
	static const u8 want[] = {'a', 'b', '\r', '\r', 255, 'c', 3, 'd'};
	enum telnet_state st = TELNET_DATA;
	u32 n = 0;

	for (u32 i = 0; i < sizeof(in); i++) {
		int byte = telnet_filter(&st, in[i]);

		if (byte >= 0)
			assert_int_equal(byte, want[n++]);
	}
	assert_int_equal(n, sizeof(want));
}

static void unknown_commands_are_named(void **state)
{
	int result;

	assert_string_equal(shell_does(*state, "foo bar", &result),
			    "foo: command not found (try help)\n");
	assert_int_equal(result, 127);
	assert_shell(*state, "", "");
	assert_shell(*state, "'open", "unterminated quote\n");
}

static void bad_words_give_the_usage(void **state)
{
	static const char *const lines[] = {
		"help a b",	  "ifup",	    "ifup a b",
		"ifdown",	  "ifconfig a b c", "route -x",
		"route add x",	  "arp -x",	    "arp -d x",
		"netstat t",	  "netstat -tx",    "ping",
		"ping -c 0 x",	  "traceroute",	    "traceroute -m 0 x",
		"nslookup",	  "nslookup a b",   "wget",
		"wget -O x http", "telnet",	    "telnet a 65536",
		"hostname a b",	  "ethtool",	    "ethtool -x eth0",
		"dmesg x",	  "uptime x",	    "ps x",
		"reboot now",	  "poweroff now",   "exit 1",
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		char want[32] = "usage: ";
		int result;
		const char *out = shell_does(*state, lines[i], &result);

		strncat(want, lines[i], strcspn(lines[i], " "));
		assert_ptr_equal(strstr(out, want), out);
		assert_int_equal(result, SH_USAGE);
	}
}

static void help_has_every_command(void **state)
{
	const char *text = shell_does(*state, "help", NULL);

	for (u32 i = 0; shell_commands[i].name; i++)
		assert_non_null(strstr(text, shell_commands[i].name));
	assert_shell(*state, "help hostname",
		     "usage: hostname [name]\n"
		     "hostname    show or set the host's name\n");
	assert_shell(*state, "help nothing", "help: no command nothing\n");
}

static void ifconfig_is_that_of_net_tools(void **state)
{
	struct shell_bed *bed = *state;

	bed->f->dev.stats = (struct net_device_stats){.rx_packets = 12,
						      .rx_bytes = 12345,
						      .rx_errors = 1,
						      .rx_dropped = 2,
						      .rx_fifo_errors = 3,
						      .rx_frame_errors = 4,
						      .tx_packets = 5,
						      .tx_bytes = 600,
						      .tx_errors = 7,
						      .tx_dropped = 8,
						      .tx_fifo_errors = 9,
						      .tx_carrier_errors = 10,
						      .collisions = 11};
	assert_shell(bed, "ifconfig eth0",
		     "eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  "
		     "mtu 1500\n"
		     "        inet 10.0.0.1  netmask 255.255.255.0  "
		     "broadcast 10.0.0.255\n"
		     "        ether 02:00:00:00:00:01  txqueuelen 1000  "
		     "(Ethernet)\n"
		     "        RX packets 12  bytes 12345 (12.0 KiB)\n"
		     "        RX errors 1  dropped 2  overruns 3  frame 4\n"
		     "        TX packets 5  bytes 600 (600.0 B)\n"
		     "        TX errors 7  dropped 8 overruns 9  carrier 10  "
		     "collisions 11\n\n");
	assert_shell_has(bed, "ifconfig lo", "inet 127.0.0.1  netmask 255.0.0");
	assert_shell(bed, "ifconfig eth9",
		     "eth9: error fetching interface information: "
		     "Device not found\n");
	assert_shell_has(bed, "netstat -i",
			 "\neth0             1500       12      1      2 3     "
			 "        5      7      8      9 BRMU\n");
}

static void an_interface_goes_down_and_up(void **state)
{
	struct shell_bed *bed = *state;

	assert_shell(bed, "ifdown eth0", "");
	assert_false(bed->f->dev.flags & IFF_UP);
	assert_null(strstr(shell_does(bed, "ifconfig", NULL), "eth0"));
	assert_shell_has(bed, "ifconfig -a", "eth0: flags=4162<BROADCAST");
	assert_shell(bed, "ifup eth0", "");
	assert_true(bed->f->dev.flags & IFF_UP);
	assert_shell(bed, "ifconfig eth0 down", "");
	assert_false(bed->f->dev.flags & IFF_UP);
	assert_shell(bed, "ifconfig eth0 10.1.0.5 netmask 255.255.0.0 up", "");
	assert_true(bed->f->dev.flags & IFF_UP);
	assert_shell_has(bed, "ifconfig eth0",
			 "inet 10.1.0.5  netmask 255.255.0.0");
	assert_shell(bed, "ifconfig eth0 10.1.0.255 netmask 255.255.255.0",
		     "ifconfig: eth0: Invalid argument\n");
	assert_shell(bed, "ifup eth7", "ifup: eth7: No such device\n");
	assert_shell_has(bed, "ifconfig eth0 sideways", "usage: ifconfig");
}

static void an_address_by_hand_ends_dhcp(void **state)
{
	static struct dhcp_clients clients;
	struct shell_bed *bed = *state;

	assert_shell(bed, "dhclient eth0",
		     "dhclient: eth0: Operation not supported\n");
	dhcp_init(bed->f->net, &clients);
	assert_shell(bed, "ifdown eth0", "");
	assert_shell(bed, "dhclient eth0", "");
	assert_true(bed->f->dev.flags & IFF_UP);
	assert_null(bed->f->dev.ip);
	assert_shell(bed, "dhclient eth0",
		     "dhclient: eth0: Device or resource busy\n");
	sim_run_ms(100);
	assert_shell(bed, "ifconfig eth0 10.0.0.300",
		     "ifconfig: eth0: Invalid argument\n");
	assert_int_equal(bed->f->net->sock_live, 1);
	assert_shell(bed, "ifconfig eth0 10.0.0.9", "");
	sim_run_ms(100);
	fixture_tx_purge(bed->f);
	assert_int_equal(bed->f->net->sock_live, 0);
	assert_false(dhcp_stop(bed->f->net, "eth0"));
	assert_shell(bed, "dhclient lo",
		     "dhclient: lo: Operation not supported\n");
	assert_shell(bed, "dhclient eth7", "dhclient: eth7: No such device\n");
}

#define HEADERS (14 + 20 + 8) /* Ethernet, IP, UDP */

/* The host name of the DISCOVER that has just been sent; "": none. */
static void assert_asked_as(struct shell_bed *bed, const char *name)
{
	struct sk_buff *skb = fixture_tx(bed->f);
	const u8 *found;
	u8 len = 0;

	assert_non_null(skb);
	found = dhcp_find(skb->data + HEADERS, skb->len - HEADERS, 12, &len);
	assert_int_equal(len, strlen(name));
	assert_memory_equal(found, name, len);
	consume_skb(skb);
}

static void dhcp_is_told_a_chosen_name_only(void **state)
{
	static struct dhcp_clients clients;
	struct shell_bed *bed = *state;

	dhcp_init(bed->f->net, &clients);
	fixture_tx_purge(bed->f);
	assert_shell(bed, "dhclient eth0", "");
	assert_asked_as(bed, "");
	assert_shell(bed, "ifconfig eth0 10.0.0.9", "");
	sim_run_ms(100);
	fixture_tx_purge(bed->f);
	assert_shell(bed, "hostname box", "");
	assert_shell(bed, "dhclient eth0", "");
	assert_asked_as(bed, "box");
	assert_shell(bed, "ifconfig eth0 10.0.0.9", "");
	sim_run_ms(100);
	fixture_tx_purge(bed->f);
}

#define ROUTES                                                                 \
	"Kernel IP routing table\n"                                            \
	"Destination     Gateway         Genmask         "                     \
	"Flags Metric Ref    Use Iface\n"
#define ROUTE_LAN                                                              \
	"10.0.0.0        0.0.0.0         255.255.255.0   "                     \
	"U     0      0        0 eth0\n"

static void routes_are_shown_and_changed(void **state)
{
	struct shell_bed *bed = *state;

	assert_shell(bed, "route -n", ROUTES ROUTE_LAN);
	assert_shell(bed, "route add default gw 10.0.0.2", "");
	assert_shell(bed,
		     "route add -net 10.2.0.0 netmask 255.255.0.0 "
		     "gw 10.0.0.3 metric 5",
		     "");
	assert_shell(bed, "route add -host 10.9.9.9 dev eth0", "");
	assert_shell(bed, "route -n",
		     ROUTES "10.9.9.9        0.0.0.0         255.255.255.255 "
			    "UH    0      0        0 eth0\n" ROUTE_LAN
			    "10.2.0.0        10.0.0.3        255.255.0.0     "
			    "UG    5      0        0 eth0\n"
			    "0.0.0.0         10.0.0.2        0.0.0.0         "
			    "UG    0      0        0 eth0\n");
	assert_shell_has(bed, "route", "\ndefault         10.0.0.2  ");
	assert_shell_has(bed, "netstat -rn",
			 "\n0.0.0.0         10.0.0.2        0.0.0.0         UG "
			 "       0 0          0 eth0\n");
	assert_shell(bed, "route del 10.2.0.0/16", "");
	assert_shell(bed, "route del default", "");
	assert_shell(bed, "route del -host 10.9.9.9", "");
	assert_shell(bed, "route -n", ROUTES ROUTE_LAN);
	assert_shell(bed, "route del default", "SIOCDELRT: No such process\n");
	assert_shell(bed, "route add default gw 10.5.0.1",
		     "SIOCADDRT: Network is unreachable\n");
	assert_shell_has(bed, "route add default gw", "usage: route");
	assert_shell_has(bed, "route frob default", "usage: route");
	assert_shell_has(bed, "route add", "usage: route");
}

#define ARP                                                                    \
	"Address                  HWtype  HWaddress           "                \
	"Flags Mask            Iface\n"

static void arp_is_shown_and_changed(void **state)
{
	struct shell_bed *bed = *state;

	assert_shell(bed, "arp -n",
		     ARP "10.0.0.2                 ether   02:00:00:00:00:02   "
			 "CM                    eth0\n");
	assert_shell(bed, "arp -d 10.0.0.2", "");
	assert_shell(bed, "arp -d 10.0.0.2", "arp: 10.0.0.2: No such entry\n");
	assert_shell(bed, "arp", ARP);
	assert_shell(bed, "arp -s 10.0.0.7 02:00:00:00:00:07", "");
	assert_shell(bed, "arp -a",
		     "? (10.0.0.7) at 02:00:00:00:00:07 [ether] PERM on "
		     "eth0\n");
	assert_shell(bed, "arp -s 10.7.0.7 02:00:00:00:00:07",
		     "arp: 10.7.0.7: Network is unreachable\n");
	assert_shell_has(bed, "arp -s 10.0.0.7 02:00", "usage: arp");
}

static void netstat_shows_sockets(void **state)
{
	const struct sockaddr_in http = {AF_INET, BE16(80), {0}};
	const struct sockaddr_in peer = {AF_INET, BE16(53), FIXTURE_PEER};
	struct shell_bed *bed = *state;
	struct net *net = bed->f->net;
	struct socket *tcp, *udp;

	assert_int_equal(sock_create(net, AF_INET, SOCK_STREAM, 0, &tcp), 0);
	assert_int_equal(sock_bind(tcp, &http), 0);
	assert_int_equal(sock_listen(tcp, 5), 0);
	assert_int_equal(sock_create(net, AF_INET, SOCK_DGRAM, 0, &udp), 0);
	assert_shell(bed, "netstat -tuln",
		     "Active Internet connections (only servers)\n"
		     "Proto Recv-Q Send-Q Local Address           "
		     "Foreign Address         State      \n"
		     "tcp        0      0 0.0.0.0:80              "
		     "0.0.0.0:*               LISTEN     \n");
	assert_int_equal(sock_connect(udp, &peer), 0);
	assert_shell_has(bed, "netstat -un",
			 "10.0.0.2:53             ESTABLISHED\n");
	assert_null(strstr(shell_does(bed, "netstat -n", NULL), ":80 "));
	assert_non_null(strstr(shell_does(bed, "netstat -an", NULL), ":80 "));
	assert_shell_has(bed, "netstat -z", "usage: netstat");
	sock_close(tcp);
	sock_close(udp);
}

static void netstat_lists_the_counters(void **state)
{
	struct shell_bed *bed = *state;

	NET_ADD(bed->f->net, IP_InReceives, 7);
	NET_ADD(bed->f->net, TCPEXT_ListenOverflows, 3);
	assert_shell_has(bed, "netstat -s", "\n    7 total packets received\n");
	assert_shell_has(bed, "netstat -s", "Tcp:\n    0 active connection ");
	assert_shell_has(bed, "netstat -s", "\n    ListenOverflows: 3\n");
}

static void a_long_text_is_shown_whole(void **state)
{
	struct shell_bed *bed = *state;
	char want[64];

	for (int i = 0; i < 120; i++)
		pr_info("line %d %0100d", i, i);
	snprintf(want, sizeof(want), "line 119 ");
	assert_shell_has(bed, "dmesg", "] line 0 0");
	assert_shell_has(bed, "dmesg", want);
	sim_fail_alloc_after(1);
	assert_shell(bed, "dmesg", "(too little memory to show it)\n");
}

static void hostname_is_shown_and_set(void **state)
{
	assert_shell(*state, "hostname", "barenet\n");
	assert_shell(*state, "hostname box-1.lan", "");
	assert_shell(*state, "hostname", "box-1.lan\n");
	assert_shell(*state, "hostname 'a b'",
		     "hostname: a b: Invalid argument\n");
	assert_shell(*state, "hostname ''", "hostname: : Invalid argument\n");
}

static void time_and_tasks(void **state)
{
	struct shell_bed *bed = *state;

	sim_advance_ns(90061ull * 1000000000);
	assert_shell(bed, "uptime", " up 1 day, 01:01:01\n");
	assert_shell_has(bed, "ps", "    1 R    main\n");
}

static void power_off(void *bed)
{
	shell_does(bed, "poweroff", NULL);
}

static void reboot(void *bed)
{
	shell_does(bed, "reboot", NULL);
}

static void the_machine_is_ended(void **state)
{
	(void)sim_expect_panic(power_off, *state);
	assert_non_null(strstr(sim_console(), "power off, code 0\n"));
	(void)sim_expect_panic(reboot, *state);
	assert_non_null(strstr(sim_console(), "reset\n"));
}

static void ethtool_tells_of_the_driver(void **state)
{
	assert_shell_has(*state, "ethtool eth0", "Link detected: yes\n");
	assert_shell_has(*state, "ethtool -k eth0", "scatter-gather: on\n");
	assert_shell(*state, "ethtool -S eth0",
		     "ethtool: eth0: Operation not supported\n");
	assert_shell(*state, "ethtool -S eth9",
		     "ethtool: eth9: No such device\n");
	assert_shell_has(*state, "ethtool -x eth0", "usage: ethtool");
}

static void names_and_connections_may_fail(void **state)
{
	assert_shell(*state, "nslookup localhost",
		     "Name:\tlocalhost\nAddress: 127.0.0.1\n");
	assert_shell(*state, "nslookup no.such",
		     "** server can't find no.such: "
		     "no name server is set\n");
	assert_shell(*state, "wget http://127.0.0.1:81/x",
		     "Connecting to 127.0.0.1:81... failed.\n"
		     "wget: 127.0.0.1: Connection refused\n");
	assert_shell(*state, "telnet 127.0.0.1",
		     "Trying 127.0.0.1...\ntelnet: Unable to connect to remote "
		     "host: Connection refused\n");
	assert_shell_has(*state, "wget http://", "usage: wget");
}

static void a_session_runs_lines_until_it_ends(void **state)
{
	struct shell_bed *bed = *state;

	bed->keys = "hostname\rhostx\003'two words'\rexit\rhostname\r";
	shell_run(&bed->sh);
	assert_string_equal(bed->out,
			    "barenet> hostname\nbarenet\n"
			    "barenet> hostx^C\n"
			    "barenet> 'two words'\n"
			    "two words: command not found (try help)\n"
			    "barenet> exit\n");
	bed->len = 0;
	bed->keys = "\004";
	shell_run(&bed->sh);
	assert_string_equal(bed->out, "barenet> exit\n");
	bed->len = 0;
	bed->keys = "uptime";
	bed->hang_up = true;
	shell_run(&bed->sh);
	assert_string_equal(bed->out, "barenet> uptime");
}

static void dhcp_names_a_host_that_nobody_has_named(void **state)
{
	struct shell_bed *bed = *state;

	shell_host_name(&bed->host, "");
	assert_shell(bed, "hostname", "barenet\n");
	shell_host_name(&bed->host, "fridge");
	assert_shell(bed, "hostname", "fridge\n");
	assert_shell(bed, "hostname oven", "");
	shell_host_name(&bed->host, "fridge");
	assert_shell(bed, "hostname", "oven\n");
}

/* Others' text in the middle of the prompt, as app/shell/console.c does it. */
static void log_amid_prompt(struct shell_io *io, const char *text, size_t len)
{
	struct shell_bed *bed = container_of(io, struct shell_bed, io);

	bed->write(io, text, len);
	if (!bed->sh.editing || bed->sh.spoiled || len < 5)
		return;
	bed->sh.spoiled = true;
	bed->write(io, "\nlog\n", 5);
	io->write = bed->write;
}

static void a_log_line_amid_the_prompt_spoils_it(void **state)
{
	struct shell_bed *bed = *state;

	bed->write = bed->io.write;
	bed->io.write = log_amid_prompt;
	bed->keys = "exit\r";
	shell_run(&bed->sh);
	assert_string_equal(bed->out, "barenet> \nlog\n"
				      "\rbarenet> \033[Kexit\n");
	assert_false(bed->sh.editing);
}

#define T(t) cmocka_unit_test_setup_teardown(t, shell_setup, shell_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(words_are_split_and_unquoted),
		T(too_many_words_are_refused),
		T(numbers_and_addresses),
		T(options_are_read),
		T(telnet_says_much_that_is_not_typed),
		T(unknown_commands_are_named),
		T(bad_words_give_the_usage),
		T(help_has_every_command),
		T(ifconfig_is_that_of_net_tools),
		T(an_address_by_hand_ends_dhcp),
		T(dhcp_is_told_a_chosen_name_only),
		T(an_interface_goes_down_and_up),
		T(routes_are_shown_and_changed),
		T(arp_is_shown_and_changed),
		T(netstat_shows_sockets),
		T(netstat_lists_the_counters),
		T(a_long_text_is_shown_whole),
		T(hostname_is_shown_and_set),
		T(dhcp_names_a_host_that_nobody_has_named),
		T(time_and_tasks),
		T(the_machine_is_ended),
		T(ethtool_tells_of_the_driver),
		T(names_and_connections_may_fail),
		T(a_log_line_amid_the_prompt_spoils_it),
		T(a_session_runs_lines_until_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
