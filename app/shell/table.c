/* All commands, in the order in which help lists them; and errors by name. */
#include "app/shell/commands.h"

#include "lib/errno.h"
#include "app/shell/words.h"

const struct shell_command shell_commands[] = {
	{"help", cmd_help, 0, 1, "[command]", "list the commands"},
	{"ifconfig", cmd_ifconfig, 0, WORDS_MAX,
	 "[-a] [interface [address [netmask mask]] [up|down]]",
	 "show or set interfaces"},
	{"dhclient", cmd_dhclient, 1, 1, "interface",
	 "let DHCP give an interface its address"},
	{"ifup", cmd_ifup, 1, 1, "interface", "bring an interface up"},
	{"ifdown", cmd_ifdown, 1, 1, "interface", "take an interface down"},
	{"route", cmd_route, 0, WORDS_MAX,
	 "[-n] | add|del [-net|-host] target|default [netmask mask] "
	 "[gw gateway] [metric n] [dev interface]",
	 "show or change the route table"},
	{"arp", cmd_arp, 0, 3, "[-n] [-a] | -d address | -s address mac",
	 "show or change the ARP table"},
	{"netstat", cmd_netstat, 0, WORDS_MAX, "[-tuwlan] | -r | -i | -s",
	 "sockets, routes, interfaces, statistics"},
	{"ping", cmd_ping, 1, WORDS_MAX,
	 "[-c count] [-i seconds] [-s size] [-t ttl] [-W seconds] [-q] host",
	 "send ICMP echo requests"},
	{"traceroute", cmd_traceroute, 1, WORDS_MAX,
	 "[-m hops] [-q probes] [-w seconds] [-p port] host",
	 "the way to a host"},
	{"nslookup", cmd_nslookup, 1, 1, "name", "look up a name"},
	{"wget", cmd_wget, 1, 4, "[-q] [-O -] http://host[:port][/path]",
	 "fetch a page; -O - shows it"},
	{"telnet", cmd_telnet, 1, 2, "host [port]", "connect to a TCP port"},
	{"hostname", cmd_hostname, 0, 1, "[name]",
	 "show or set the host's name"},
	{"ethtool", cmd_ethtool, 1, 2, "[-S|-g|-k] interface",
	 "an interface's driver: counters, rings, features"},
	{"dmesg", cmd_dmesg, 0, 0, "", "the last lines of the log"},
	{"uptime", cmd_uptime, 0, 0, "", "how long the machine runs"},
	{"ps", cmd_ps, 0, 0, "", "list the tasks"},
	{"reboot", cmd_reboot, 0, 0, "", "start the machine anew"},
	{"poweroff", cmd_poweroff, 0, 0, "", "switch the machine off"},
	{"exit", cmd_exit, 0, 0, "", "leave the shell"},
	{NULL, NULL, 0, 0, NULL, NULL},
};

const char *error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} errors[] = {
		{EPERM, "Operation not permitted"},
		{ENOENT, "Name or service not known"},
		{ENXIO, "No such entry"},
		{EAGAIN, "Timed out"},
		{ENOMEM, "Out of memory"},
		{EACCES, "Permission denied"},
		{EBUSY, "Device or resource busy"},
		{EEXIST, "File exists"},
		{ENODEV, "No such device"},
		{EINVAL, "Invalid argument"},
		{ENOSPC, "No space left"},
		{EPIPE, "Broken pipe"},
		{EMSGSIZE, "Message too long"},
		{EOPNOTSUPP, "Operation not supported"},
		{EADDRNOTAVAIL, "Cannot assign requested address"},
		{ENETDOWN, "Network is down"},
		{ENETUNREACH, "Network is unreachable"},
		{ECONNABORTED, "Connection aborted"},
		{ECONNRESET, "Connection reset by peer"},
		{ENOBUFS, "No buffer space available"},
		{ETIMEDOUT, "Connection timed out"},
		{EINPROGRESS, "Connection timed out"},
		{ECONNREFUSED, "Connection refused"},
		{EHOSTUNREACH, "No route to host"},
	};

	err = err < 0 ? -err : err;
	for (u32 i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return errors[i].text;
	return "Error";
}
