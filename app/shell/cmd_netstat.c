/* netstat: sockets by kind, and the counters of /proc/net as a list. */
#include "app/shell/commands.h"

#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/socket/netcfg.h"
#include "net/socket/proc.h"
#include "app/shell/netstat_words.h"

struct netstat {
	struct net *net;
	struct seq *seq;
	bool tcp, udp, raw; /* none: all */
	bool listening, all;
	bool routes, interfaces, statistics;
};

static bool set_flag(struct netstat *ns, char flag)
{
	switch (flag) {
	case 't':
		return ns->tcp = true;
	case 'u':
		return ns->udp = true;
	case 'w':
		return ns->raw = true;
	case 'l':
		return ns->listening = true;
	case 'a':
		return ns->all = true;
	case 'r':
		return ns->routes = true;
	case 'i':
		return ns->interfaces = true;
	case 's':
		return ns->statistics = true;
	case 'n':
	case 'e':
		return true; /* always numbers here */
	}
	return false;
}

static bool is_shown(const struct netstat *ns, const struct netcfg_socket *s)
{
	bool any = !ns->tcp && !ns->udp && !ns->raw;

	if (!any && !(s->proto[0] == 't' && ns->tcp) &&
	    !(s->proto[0] == 'u' && ns->udp) &&
	    !(s->proto[0] == 'r' && ns->raw))
		return false;
	return ns->all || s->listens == ns->listening;
}

static void endpoint(char *buf, size_t size, be32 addr, u16 port)
{
	if (port)
		snprintf(buf, size, "%pI4:%u", (const void *)&addr, port);
	else
		snprintf(buf, size, "%pI4:*", (const void *)&addr);
}

static void socket_row(const struct netcfg_socket *s, void *arg)
{
	struct netstat *ns = arg;
	char local[24], remote[24];

	if (!is_shown(ns, s))
		return;
	endpoint(local, sizeof(local), s->laddr, s->lport);
	endpoint(remote, sizeof(remote), s->raddr, s->rport);
	seq_printf(ns->seq, "%-4s  %6u %6u %-23s %-23s %-11s\n", s->proto,
		   s->recv_q, s->send_q, local, remote, s->state);
}

static void fill_sockets(struct seq *seq, void *arg)
{
	struct netstat *ns = arg;

	ns->seq = seq;
	seq_printf(seq,
		   "Active Internet connections (%s)\n"
		   "Proto Recv-Q Send-Q Local Address           "
		   "Foreign Address         State      \n",
		   ns->all	   ? "servers and established"
		   : ns->listening ? "only servers"
				   : "w/o servers");
	netcfg_sockets(ns->net, socket_row, ns);
}

#define WORD_SIZE 40

/* The next word of a line, up to a blank or the line's end; its length. */
static u32 next_word(const char **text, char *word)
{
	const char *p = *text;
	u32 len = 0;

	while (*p == ' ')
		p++;
	for (; *p && *p != ' ' && *p != '\n'; p++)
		if (len + 1 < WORD_SIZE)
			word[len++] = *p;
	word[len] = '\0';
	*text = p;
	return len;
}

static const char *line_behind(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

/* As net-tools: most of what never happened is not told. */
static void counter_line(struct seq *seq, const char *group, const char *name,
			 const char *value)
{
	const char *words = netstat_words(group, name);

	if (!strcmp(name, "Forwarding"))
		seq_printf(seq, "    Forwarding: %s\n", value);
	else if (words)
		seq_printf(seq, "    %s %s\n", value, words);
	else if (strcmp(value, "0") && !netstat_is_constant(name))
		seq_printf(seq, "    %s: %s\n", name, value);
}

/*
 * Two lines of /proc/net/snmp, "Ip: names" and "Ip: values", become a list.
 * Returns what is behind them.
 */
static const char *show_group(struct seq *seq, const char *names)
{
	const char *values = line_behind(names), *end = line_behind(values);
	char group[WORD_SIZE], name[WORD_SIZE], value[WORD_SIZE];

	(void)next_word(&values, value);
	(void)next_word(&names, group);
	seq_printf(seq, "%s\n", group);
	while (next_word(&names, name) && next_word(&values, value))
		counter_line(seq, group, name, value);
	return end;
}

static void fill_file(struct seq *seq,
		      size_t (*text)(struct net *net, char *buf, size_t size),
		      struct net *net)
{
	size_t size = text(net, NULL, 0) + 512; /* counters may grow */
	char *buf = kmalloc(size);
	const char *p = buf;

	if (!buf) {
		seq_printf(seq, "(too little memory)\n");
		return;
	}
	(void)text(net, buf, size);
	while (*p)
		p = show_group(seq, p);
	kfree(buf);
}

static void fill_statistics(struct seq *seq, void *arg)
{
	struct netstat *ns = arg;

	fill_file(seq, proc_net_snmp, ns->net);
	fill_file(seq, proc_net_netstat, ns->net);
}

int cmd_netstat(struct shell *sh, int argc, char **argv)
{
	struct netstat ns = {.net = sh->net};

	for (int i = 1; i < argc; i++) {
		const char *flag = argv[i] + 1;

		if (argv[i][0] != '-' || !*flag)
			return SH_USAGE;
		for (; *flag; flag++)
			if (!set_flag(&ns, *flag))
				return SH_USAGE;
	}
	if (ns.routes)
		show_routes(sh);
	else if (ns.interfaces)
		show_interfaces_short(sh);
	else if (ns.statistics)
		sh_show(sh, fill_statistics, &ns);
	else
		sh_show(sh, fill_sockets, &ns);
	return 0;
}
