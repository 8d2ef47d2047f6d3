/* Starts the clients of DHCP, DNS and NTP as the command line says. */
#pragma once

#include "boot/cmdline.h"

struct net;

/* cmdline must stay; the devices that are to be used are up. */
void clients_start(struct net *net, const struct cmdline *cmdline);
