/*
 * The kernel command line: words `key=value`, separated by blanks. A bad
 * value or an unknown key costs a warning line and leaves the default.
 *
 *	ip=<client>:<server>:<gateway>:<netmask>:<hostname>:<device>:<autoconf>
 *	   :<dns0>:<dns1>:<ntp0>
 *	ip=dhcp				as in Linux's nfsroot.txt; may be
 *					given once for each device
 *	ntp=<address or name>		a time server to ask by SNTP
 *	e1000.irq=msix|msi|intx		the best kind of interrupt to try
 *	loglevel=err|warn|info|debug	or Linux's numbers, 0 to 8
 *	telnet=on|off			a shell on TCP port 23, for anybody
 *	busypoll=<microseconds>		how long the idle loop looks at the
 *					rings after traffic; 0: never
 *	end=off|reset			once the server listens: for tests and
 *					measurements
 *	listing=on|off			pages of directories without an
 *					index.html; off
 *	tcp-small-servers=on|off	echo and discard over TCP; off
 *	tcp.congestion=cubic|reno	TCP_CONGESTION's default
 *	tcp.ecn=0|1|2			RFC 3168: no; ask for it and accept
 *					it; accept it
 *	panic=<seconds>			from a crash to the reset; 0: halts,
 *					below 0: at once
 *	netconsole=[port]@[ip]/[dev],[port]@<ip>/[mac]
 *					the log by UDP: net/ipv4/netconsole.h
 *	crash=<kind>			for tests: crashes 100 ms after boot
 *					(boot/crash_test.h)
 */
#pragma once

#include "kernel/log.h"
#include "lib/byteorder.h"
#include "net/ipv4/netconsole.h"

struct ip_config {
	be32 addr, gw, mask; /* 0: none */
	be32 dns[2], ntp;
	char hostname[64];
	char device[16]; /* "": the first, or any without one of its own */
	bool autoconf;	 /* by DHCP */
};

/* In the order of their names in cmdline_crash.c. */
enum crash_kind {
	CRASH_NONE,
	CRASH_PANIC,
	CRASH_ASSERT,
	CRASH_NULL,
	CRASH_STACK,
	CRASH_EXEC,
	CRASH_NESTED,
	CRASH_SOFTLOCKUP,
	CRASH_SOFTIRQ,
	CRASH_SOFTIRQ_PANIC,
};

enum cmdline_irq { CMDLINE_IRQ_MSIX, CMDLINE_IRQ_MSI, CMDLINE_IRQ_INTX };

enum cmdline_end { CMDLINE_END_NEVER, CMDLINE_END_OFF, CMDLINE_END_RESET };

#define CMDLINE_IPS	    4
#define CMDLINE_BUSYPOLL_US 200
#define CMDLINE_TCP_ECN	    2
#define CMDLINE_NAME_MAX    64

struct cmdline {
	struct ip_config ip[CMDLINE_IPS];
	unsigned ip_count; /* at least 1 */
	enum cmdline_irq e1000_irq;
	enum log_level loglevel;
	u32 busypoll_us;
	char ntp[CMDLINE_NAME_MAX]; /* "": none */
	enum cmdline_end end;
	bool listing, small_servers, telnet;
	s32 panic_seconds;
	enum crash_kind crash;
	bool has_netconsole;
	struct netconsole_config netconsole;
	const char *tcp_congestion;
	u32 tcp_ecn;
};

/* Where a complaint goes: one line of text, without newline. */
typedef void (*cmdline_warn)(const char *line);

/* Pure but for `warn`. Fills all of *out: defaults, then what text says. */
void cmdline_parse(struct cmdline *out, const char *text, cmdline_warn warn);

/* The value of ip=; false and *out undefined when it makes no sense. */
bool ip_config_parse(const char *value, struct ip_config *out);

/* The values of panic= and crash=; false when they make no sense. */
bool panic_parse(const char *value, s32 *seconds);
bool crash_parse(const char *value, enum crash_kind *kind);

/* The configuration for a device by name, NULL when there is none. */
const struct ip_config *cmdline_ip(const struct cmdline *cmdline,
				   const char *device);
