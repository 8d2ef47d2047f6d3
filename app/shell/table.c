/* All commands, in the order in which help lists them; and errors by name. */
#include "app/shell/commands.h"

#include "lib/errno.h"

const struct shell_command shell_commands[] = {
	{"help", cmd_help, "[command]", "list the commands"},
	{"ifconfig", cmd_ifconfig,
	 "[-a] [interface [address [netmask mask]] [up|down]]",
	 "show or set interfaces"},
	{"ifup", cmd_ifup, "interface", "bring an interface up"},
	{"ifdown", cmd_ifdown, "interface", "take an interface down"},
	{"route", cmd_route,
	 "[-n] | add|del [-net|-host] target|default [netmask mask] "
	 "[gw gateway] [metric n] [dev interface]",
	 "show or change the route table"},
	{"arp", cmd_arp, "[-n] [-a] | -d address | -s address mac",
	 "show or change the ARP table"},
	{"netstat", cmd_netstat, "[-tuwlan] | -r | -i | -s",
	 "sockets, routes, interfaces, statistics"},
	{"ping", cmd_ping,
	 "[-c count] [-i seconds] [-s size] [-t ttl] [-W seconds] [-q] host",
	 "send ICMP echo requests"},
	{"traceroute", cmd_traceroute,
	 "[-m hops] [-q probes] [-w seconds] [-p port] host",
	 "the way to a host"},
	{"nslookup", cmd_nslookup, "name", "look up a name"},
	{"wget", cmd_wget, "[-q] [-O -] http://host[:port][/path]",
	 "fetch a page; -O - shows it"},
	{"telnet", cmd_telnet, "host [port]", "connect to a TCP port"},
	{"hostname", cmd_hostname, "[name]", "show or set the host's name"},
	{"ethtool", cmd_ethtool, "[-S|-g|-k] interface",
	 "an interface's driver: counters, rings, features"},
	{"dmesg", cmd_dmesg, "", "the last lines of the log"},
	{"uptime", cmd_uptime, "", "how long the machine runs"},
	{"ps", cmd_ps, "", "list the tasks"},
	{"reboot", cmd_reboot, "", "start the machine anew"},
	{"poweroff", cmd_poweroff, "", "switch the machine off"},
	{"exit", cmd_exit, "", "leave the shell"},
	{NULL, NULL, NULL, NULL},
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
