/*
 * The clients of the network's services: DHCP for each device that has no
 * address of its own, the resolver, and the time.
 */
#include "boot/clients.h"

#include "app/dhcp_task.h"
#include "app/dns.h"
#include "app/shell/shell_start.h"
#include "app/sntp.h"
#include "kernel/log.h"
#include "net/core/net.h"
#include "net/core/netdev.h"

/* What the command line says about servers is stronger than DHCP. */
struct servers {
	struct net *net;
	struct sntp *sntp;
	const struct cmdline *cmdline;
};

static void learned(void *arg, const struct dhcp_lease *lease)
{
	const struct servers *s = arg;
	const struct ip_config *ip = &s->cmdline->ip[0];

	shell_set_hostname(lease->hostname);
	dns_set_domain(s->net, lease->domain);
	if (!ip->dns[0].raw)
		dns_set_servers(s->net, lease->dns, DHCP_SERVERS);
	if (!s->sntp)
		return;
	if (s->cmdline->ntp[0])
		sntp_kick(s->sntp);
	else if (!ip->ntp.raw)
		sntp_set_servers(s->sntp, lease->ntp, DHCP_SERVERS);
}

static void start_dhcp(struct net *net, const struct cmdline *cmdline)
{
	struct net_device *dev;

	list_for_each_entry (dev, &net->devs, node) {
		const struct ip_config *ip = cmdline_ip(cmdline, dev->name);
		int err;

		if (!(dev->flags & IFF_UP) || dev->flags & IFF_LOOPBACK ||
		    !ip || ip->addr.raw)
			continue;
		err = dhcp_start(net, dev->name, ip->hostname);
		if (err)
			pr_err("%s: no DHCP (error %d)", dev->name, -err);
	}
}

void clients_start(struct net *net, const struct cmdline *cmdline)
{
	static struct servers servers;
	static struct dhcp_clients dhcp = {.learned = learned, .arg = &servers};
	const struct ip_config *ip = &cmdline->ip[0];

	if (dns_start(net)) {
		pr_err("too little memory for the resolver");
		return;
	}
	dns_set_servers(net, ip->dns, ARRAY_SIZE(ip->dns));
	servers = (struct servers){net, sntp_start(net, cmdline->ntp), cmdline};
	if (!servers.sntp)
		pr_err("too little memory for the time client");
	else if (!cmdline->ntp[0])
		sntp_set_servers(servers.sntp, &ip->ntp, 1);
	dhcp_init(net, &dhcp);
	start_dhcp(net, cmdline);
}
