/*
 * The kernel command line: words `key=value`, separated by blanks. A bad
 * value or an unknown key costs a warning line and leaves the default.
 *
 *	ip=<client>:<server>:<gateway>:<netmask>:<hostname>:<device>:<autoconf>
 *	ip=dhcp				as in Linux's nfsroot.txt; may be
 *					given once for each device
 *	e1000.irq=msix|msi|intx		the best kind of interrupt to try
 *	loglevel=err|warn|info|debug	or Linux's numbers, 0 to 8
 *	busypoll=<microseconds>		how long the idle loop looks at the
 *					rings after traffic; 0: never
 *	end=off|reset			once the server listens: for tests and
 *					measurements
 *	listing=on|off			pages of directories without an
 *					index.html; off
 *	tcp-small-servers=on|off	echo and discard over TCP; off
 */
#pragma once

#include "kernel/log.h"
#include "lib/byteorder.h"

struct ip_config {
	be32 addr, gw, mask; /* 0: none */
	char hostname[64];
	char device[16]; /* "": the first, or any without one of its own */
	bool autoconf;	 /* by DHCP */
};

enum cmdline_irq { CMDLINE_IRQ_MSIX, CMDLINE_IRQ_MSI, CMDLINE_IRQ_INTX };

enum cmdline_end { CMDLINE_END_NEVER, CMDLINE_END_OFF, CMDLINE_END_RESET };

#define CMDLINE_IPS	    4
#define CMDLINE_BUSYPOLL_US 200

struct cmdline {
	struct ip_config ip[CMDLINE_IPS];
	unsigned ip_count; /* at least 1 */
	enum cmdline_irq e1000_irq;
	enum log_level loglevel;
	u32 busypoll_us;
	enum cmdline_end end;
	bool listing, small_servers;
};

/* Where a complaint goes: one line of text, without newline. */
typedef void (*cmdline_warn)(const char *line);

/* Pure but for `warn`. Fills all of *out: defaults, then what text says. */
void cmdline_parse(struct cmdline *out, const char *text, cmdline_warn warn);

/* The value of ip=; false and *out undefined when it makes no sense. */
bool ip_config_parse(const char *value, struct ip_config *out);

/* The configuration for a device by name, NULL when there is none. */
const struct ip_config *cmdline_ip(const struct cmdline *cmdline,
				   const char *device);
