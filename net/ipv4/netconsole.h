/*
 * The log by UDP, as Linux's netconsole (Documentation/networking/
 * netconsole.rst): each line is a datagram, with its newline.
 *
 *	log line -> ring -> softirq -> dev_queue_xmit	   while all is well
 *	report   -> one prebuilt frame -> ndo_start_xmit   after a panic
 *
 * What cannot be sent now is sent when the device is ready, or has left the
 * ring by then: the log never waits.
 */
#pragma once

#include "lib/byteorder.h"
#include "net/core/netdev.h"

#define NETCONSOLE_SRC_PORT 6665
#define NETCONSOLE_DST_PORT 6666

struct netconsole_config {
	u16 src_port, dst_port;
	be32 src_ip, dst_ip; /* source 0: the device's own */
	char device[IFNAMSIZ];
	u8 dst_mac[ETH_ALEN]; /* broadcast when it was not given */
};

/*
 * [src-port]@[src-ip]/[dev],[tgt-port]@<tgt-ip>/[tgt-macaddr]; false and *out
 * undefined when it makes no sense. The device is eth0 unless named.
 */
bool netconsole_parse(const char *value, struct netconsole_config *out);

/* 0, -ENODEV, -ENOMEM, -EEXIST. Task, bottom halves off. */
int netconsole_start(struct net *net,
		     const struct netconsole_config *config) must_check;
void netconsole_stop(struct net *net);
