/* The resolver (app/dns.h): cache, servers in turn, aliases. */
#include "app/dns.h"
#include "app/dns_cache.h"
#include "app/dns_io.h"
#include "kernel/slab.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/text.h"
#include "net/socket/socket.h"

#define ROUNDS		 3
#define TIMEOUT_FIRST_MS 1000 /* doubled with each round */

struct dns_resolver {
	struct net *net;
	be32 servers[DNS_SERVERS];
	unsigned count;
	char domain[DNS_DOMAIN_SIZE]; /* "": none */
	struct dns_cache cache;
};

int dns_start(struct net *net)
{
	net->resolver = kzalloc(sizeof(*net->resolver));
	if (!net->resolver)
		return -ENOMEM;
	net->resolver->net = net;
	dns_cache_init(&net->resolver->cache);
	return 0;
}

void dns_stop(struct net *net)
{
	dns_cache_clear(&net->resolver->cache);
	kfree(net->resolver);
	net->resolver = NULL;
}

void dns_set_servers(struct net *net, const be32 *servers, unsigned count)
{
	struct dns_resolver *r = net->resolver;

	r->count = 0;
	for (unsigned i = 0; i < count && r->count < DNS_SERVERS; i++)
		if (servers[i].raw)
			r->servers[r->count++] = servers[i];
}

void dns_set_domain(struct net *net, const char *domain)
{
	struct dns_resolver *r = net->resolver;
	struct dns_name name;

	if (dns_name_from_text(&name, domain) ||
	    str_copy(r->domain, domain, sizeof(r->domain)) >= sizeof(r->domain))
		r->domain[0] = '\0';
}

be32 dns_server(const struct net *net)
{
	const struct dns_resolver *r = net->resolver;

	return r && r->count ? r->servers[0] : INADDR_ANY;
}

/* What another server would not know better, or nobody wants to know. */
static bool is_final(int err)
{
	return !err || err == -ENOENT || err == -ELOOP || err == -EINTR;
}

/* Servers in turn, each with more time in the next round. */
static int ask_servers(struct dns_resolver *r, struct dns_query *query,
		       struct dns_answer *out)
{
	int err = -ENETUNREACH;

	query->timeout_ms = TIMEOUT_FIRST_MS;
	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < r->count; i++) {
			err = dns_ask(query, r->servers[i], out);
			if (is_final(err))
				return err;
		}
		query->timeout_ms *= 2;
	}
	return err;
}

/* The name at *name becomes each alias that must be asked for apart. */
static int resolve(struct dns_resolver *r, struct dns_query *query,
		   struct dns_name *name, struct dns_answer *answer)
{
	unsigned aliases = 0;
	u32 ttl_s = DNS_TTL_MAX_S;

	query->name = name;
	while (aliases <= DNS_ALIASES) {
		int err = ask_servers(r, query, answer);

		if (err)
			return err;
		ttl_s = answer->ttl_s = MIN(ttl_s, answer->ttl_s);
		if (answer->count)
			return 0;
		aliases += answer->aliases;
		*name = answer->name;
	}
	return -ELOOP;
}

struct lookup {
	const struct dns_stop *stop;
	const char *text;
	struct dns_name asked, name;
	struct dns_answer answer;
	char full[DNS_LABEL_MAX + 1 + DNS_DOMAIN_SIZE]; /* name.domain */
	u8 buf[DNS_MSG_MAX];
};

static int lookup_name(struct dns_resolver *r, struct lookup *l, be32 *out,
		       unsigned max)
{
	struct dns_query query = {
		.net = r->net, .buf = l->buf, .stop = l->stop};
	unsigned known;
	int err = dns_name_from_text(&l->asked, l->text);

	if (err)
		return err;
	known = dns_cache_find(&r->cache, &l->asked, out, max);
	if (known)
		return (int)known;
	l->name = l->asked;
	err = resolve(r, &query, &l->name, &l->answer);
	if (err)
		return err;
	dns_cache_add(&r->cache, &l->asked, &l->answer);
	max = MIN(max, l->answer.count);
	memcpy(out, l->answer.addrs, max * sizeof(*out));
	return (int)max;
}

/* -ENOENT, too, when there is nothing to put the domain behind. */
static int lookup_in_domain(struct dns_resolver *r, struct lookup *l,
			    const char *name, be32 *out, unsigned max)
{
	if (!r->domain[0] || strchr(name, '.') || strlen(name) > DNS_LABEL_MAX)
		return -ENOENT;
	(void)snprintf(l->full, sizeof(l->full), "%s.%s", name, r->domain);
	l->text = l->full;
	return lookup_name(r, l, out, max);
}

int dns_lookup_until(struct net *net, const char *name, be32 *out, unsigned max,
		     const struct dns_stop *stop)
{
	const char *end = name;
	struct lookup *l;
	int result;

	if (!max)
		return -EINVAL;
	/* An address that is written out needs no server. */
	if (parse_ipv4(&end, out) && !*end)
		return 1;
	if (!net->resolver) /* no memory for it at the start */
		return -ENETUNREACH;
	l = kmalloc(sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->stop = stop;
	result = lookup_in_domain(net->resolver, l, name, out, max);
	l->text = name;
	if (result == -ENOENT)
		result = lookup_name(net->resolver, l, out, max);
	kfree(l);
	return result;
}

int dns_lookup(struct net *net, const char *name, be32 *out, unsigned max)
{
	return dns_lookup_until(net, name, out, max, NULL);
}
