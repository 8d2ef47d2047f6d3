/* The one place where the shell's programs turn text into an address. */
#include "app/shell/resolve.h"

#include "app/dns.h"
#include "lib/string.h"

static bool is_interrupted(void *arg)
{
	return sh_interrupted(arg);
}

int resolve_all(struct shell *sh, const char *text, be32 *out, unsigned max)
{
	const struct dns_stop stop = {is_interrupted, sh};

	return dns_lookup_until(sh->net,
				strcmp(text, "localhost") ? text : "127.0.0.1",
				out, max, &stop);
}

int resolve(struct shell *sh, const char *text, be32 *addr)
{
	int count = resolve_all(sh, text, addr, 1);

	return MIN(count, 0);
}
