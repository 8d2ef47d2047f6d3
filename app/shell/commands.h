/* The commands, by file: what shell_commands[] in table.c names. */
#pragma once

#include "app/shell/shell.h"

#define COMMAND(name) int cmd_##name(struct shell *sh, int argc, char **argv)

/* cmd_net.c, cmd_if.c, cmd_ethtool.c, cmd_netstat.c */
COMMAND(arp);
COMMAND(dhclient);
COMMAND(ethtool);
COMMAND(ifconfig);
COMMAND(ifdown);
COMMAND(ifup);
COMMAND(netstat);
COMMAND(route);

/* cmd_ping.c, cmd_traceroute.c */
COMMAND(ping);
COMMAND(traceroute);

/* cmd_fetch.c, cmd_wget.c */
COMMAND(nslookup);
COMMAND(telnet);
COMMAND(wget);

/* cmd_sys.c */
COMMAND(dmesg);
COMMAND(exit);
COMMAND(help);
COMMAND(hostname);
COMMAND(poweroff);
COMMAND(ps);
COMMAND(reboot);
COMMAND(uptime);

/* Text that more than one command shows. */
void show_routes(struct shell *sh);
void show_interfaces_short(struct shell *sh);
