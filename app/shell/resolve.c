/* The one place where the shell's programs turn text into an address. */
#include "app/shell/resolve.h"

#include "app/dns.h"
#include "lib/string.h"

int resolve_all(struct net *net, const char *text, be32 *out, unsigned max)
{
	return dns_lookup(net, strcmp(text, "localhost") ? text : "127.0.0.1",
			  out, max);
}

int resolve(struct net *net, const char *text, be32 *addr)
{
	return MIN(resolve_all(net, text, addr, 1), 0);
}
