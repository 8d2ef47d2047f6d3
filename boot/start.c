/*
 * From a machine to a server: drivers, addresses by the command line, the
 * programs. Whatever is missing costs a clear line, never the boot.
 */
#include "boot/start.h"

#include "app/echo.h"
#include "app/http.h"
#include "app/shell/shell_start.h"
#include "app/small_servers.h"
#include "boot/clients.h"
#include "boot/cmdline.h"
#include "boot/crash_test.h"
#include "drivers/e1000/e1000.h"
#include "drivers/pci.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/panic.h"
#include "kernel/softirq.h"
#include "lib/string.h"
#include "net/core/net.h"
#include "net/core/netdev.h"
#include "net/ipv4/route.h"
#include "net/link/acd.h"
#include "net/tcp/tcp.h"

static void warn(const char *line)
{
	pr_warn("%s", line);
}

static enum pci_irq_mode irq_mode_of(enum cmdline_irq irq)
{
	switch (irq) {
	case CMDLINE_IRQ_INTX:
		return PCI_IRQ_INTX;
	case CMDLINE_IRQ_MSI:
		return PCI_IRQ_MSI;
	default:
		return PCI_IRQ_MSIX;
	}
}

static void add_gateway(struct net_device *dev, be32 gateway)
{
	struct fib_route route = {.gateway = gateway, .dev = dev};

	if (!gateway.raw)
		return;
	if (fib_add(dev->net, &route))
		pr_err("%s: gateway %pI4 refused", dev->name, &gateway);
}

/*
 * Address, then open: the first frame in already finds it configured. A
 * server must be there at once: its address is announced, not probed.
 */
static void configure_static(struct net_device *dev, const struct ip_config *ip)
{
	int err = ip_set_address(dev, ip->addr, ip->mask);

	if (!err)
		err = dev_open(dev);
	if (!err)
		err = acd_claim(dev, true);
	if (err) {
		pr_err("%s: cannot bring it up with %pI4 (error %d)", dev->name,
		       &ip->addr, -err);
		return;
	}
	add_gateway(dev, ip->gw);
	pr_info("%s: address %pI4 netmask %pI4 gateway %pI4", dev->name,
		&ip->addr, &ip->mask, &ip->gw);
}

static void configure(struct net_device *dev, const struct cmdline *cmdline)
{
	const struct ip_config *ip = cmdline_ip(cmdline, dev->name);
	int err;

	if (!ip || (!ip->addr.raw && !ip->autoconf)) {
		pr_info("%s: no ip= for it, left down", dev->name);
	} else if (ip->addr.raw) {
		configure_static(dev, ip);
	} else {
		err = dev_open(dev);
		if (err)
			pr_err("%s: cannot bring it up (error %d)", dev->name,
			       -err);
	}
}

static unsigned configure_all(struct net *net, const struct cmdline *cmdline)
{
	struct net_device *dev;
	unsigned up = 0;

	local_bh_disable();
	list_for_each_entry (dev, &net->devs, node) {
		if (dev->flags & IFF_LOOPBACK)
			continue;
		configure(dev, cmdline);
		up += !!(dev->flags & IFF_UP);
	}
	local_bh_enable();
	return up;
}

static void start_netconsole(struct net *net, const struct cmdline *cmdline)
{
	int err;

	if (!cmdline->has_netconsole)
		return;
	local_bh_disable();
	err = netconsole_start(net, &cmdline->netconsole);
	local_bh_enable();
	if (err)
		pr_err("netconsole: cannot start on %s (error %d)",
		       cmdline->netconsole.device, -err);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

/* The first module whose name says that it is a tar is the site. */
static void find_site(const struct boot_info *info, struct http_config *config)
{
	for (unsigned i = 0; i < info->module_count; i++) {
		const struct boot_module *m = &info->modules[i];

		pr_info("module %s: %llu bytes", m->name,
			(unsigned long long)m->len);
		if (config->site || !ends_with(m->name, ".tar") || !m->len)
			continue;
		config->site = (const void *)m->start;
		config->site_len = m->len;
	}
}

static void start_programs(struct net *net, const struct boot_info *info,
			   const struct cmdline *cmdline)
{
	struct http_config config = http_default;
	int err;

	config.listing = cmdline->listing;
	find_site(info, &config);
	err = http_start(net, &config);
	if (err)
		pr_err("http: cannot start (error %d)", -err);
	err = echo_start(net);
	if (err)
		pr_err("echo: cannot start (error %d)", -err);
	err = cmdline->small_servers ? small_servers_start(net) : 0;
	if (err)
		pr_err("echo and discard over TCP: cannot start (error %d)",
		       -err);
}

static void announce(struct net *net)
{
	struct net_device *dev;

	list_for_each_entry (dev, &net->devs, node)
		if (dev->ip && !(dev->flags & IFF_LOOPBACK))
			pr_info("net up: http://%pI4/", &dev->ip->addr);
	pr_info("listening after %llu us",
		(unsigned long long)machine_now_ns() / 1000);
}

static void end(enum cmdline_end how)
{
	if (how == CMDLINE_END_OFF)
		machine_poweroff(0);
	if (how == CMDLINE_END_RESET)
		machine_reset();
}

/* Named by the first ip= that says how. */
static const char *hostname_of(const struct cmdline *cmdline)
{
	for (unsigned i = 0; i < cmdline->ip_count; i++)
		if (cmdline->ip[i].hostname[0])
			return cmdline->ip[i].hostname;
	return "";
}

/* Last: its prompt is the console's last line. */
static void start_shell(struct net *net, const struct cmdline *cmdline)
{
	int err = shell_start(net, hostname_of(cmdline));

	if (err)
		pr_warn("shell: not on this console (error %d)", -err);
	if (!cmdline->telnet)
		return;
	err = shell_start_telnet();
	if (err)
		pr_err("shell: no telnet (error %d)", -err);
}

struct net *barenet_start(const struct boot_info *info)
{
	static struct cmdline cmdline;
	static struct pci_host host;
	struct net *net = net_create();

	if (!net) {
		pr_err("too little memory for the network");
		return NULL;
	}
	cmdline_parse(&cmdline, info->cmdline, warn);
	log_set_level(cmdline.loglevel);
	panic_set_timeout(cmdline.panic_seconds);
	net->busy_poll_ns = cmdline.busypoll_us * 1000ull;
	ASSERT(tcp_set_default_congestion(net, cmdline.tcp_congestion));
	tcp_set_ecn(net, (u8)cmdline.tcp_ecn);
	e1000_set_irq_mode(irq_mode_of(cmdline.e1000_irq));
	pci_scan(&host, net, pci_drivers);
	if (!configure_all(net, &cmdline))
		pr_err("no network device is up: barenet is on its own");
	start_netconsole(net, &cmdline);
	start_programs(net, info, &cmdline);
	clients_start(net, &cmdline);
	announce(net);
	crash_test_start(cmdline.crash);
	end(cmdline.end);
	start_shell(net, &cmdline);
	return net;
}
