/*
 * The one place where the shell's programs turn text into an address. What
 * is no dotted address is known only as "localhost".
 */
#include "app/shell/resolve.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "app/shell/words.h"

int resolve_all(struct net *net, const char *text, be32 *out, unsigned max)
{
	if (!strcmp(text, "localhost"))
		text = "127.0.0.1";
	return parse_address(text, out) ? 1 : -ENOENT;
}

int resolve(struct net *net, const char *text, be32 *addr)
{
	return MIN(resolve_all(net, text, addr, 1), 0);
}
