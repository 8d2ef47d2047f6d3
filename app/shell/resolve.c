/*
 * The one place where the shell's programs turn text into an address. What
 * is no dotted address is known only as "localhost".
 */
#include "app/shell/resolve.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "app/shell/words.h"

int resolve(struct net *net, const char *text, be32 *addr)
{
	u32 value;

	if (!strcmp(text, "localhost"))
		value = 0x7f000001;
	else if (!parse_ipv4(text, &value))
		return -ENOENT;
	*addr = htonl(value);
	return 0;
}
