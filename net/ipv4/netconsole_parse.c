/* The value of netconsole=: see net/ipv4/netconsole.h. Pure. */
#include "lib/string.h"
#include "net/ipv4/netconsole.h"

static bool take(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* An empty one leaves what is there. */
static bool parse_port(const char **s, u16 *port)
{
	u32 number;

	if (**s == '@')
		return true;
	if (!parse_u32(s, 65535, &number) || !number)
		return false;
	*port = (u16)number;
	return true;
}

static bool parse_addr(const char **s, be32 *addr)
{
	return parse_ipv4(s, addr) && addr->raw;
}

static bool parse_device(const char **s, char device[IFNAMSIZ])
{
	size_t len = 0;

	while ((*s)[len] && (*s)[len] != ',')
		len++;
	if (len >= IFNAMSIZ)
		return false;
	if (!len)
		return true;
	memcpy(device, *s, len);
	device[len] = '\0';
	*s += len;
	return true;
}

static bool parse_source(const char **s, struct netconsole_config *out)
{
	if (!parse_port(s, &out->src_port) || !take(s, '@'))
		return false;
	if (**s != '/' && !parse_addr(s, &out->src_ip))
		return false;
	return take(s, '/') && parse_device(s, out->device);
}

bool netconsole_parse(const char *value, struct netconsole_config *out)
{
	const char *s = value;

	memset(out, 0, sizeof(*out));
	out->src_port = NETCONSOLE_SRC_PORT;
	out->dst_port = NETCONSOLE_DST_PORT;
	memset(out->dst_mac, 0xff, ETH_ALEN);
	memcpy(out->device, "eth0", sizeof("eth0"));
	if (!parse_source(&s, out) || !take(&s, ','))
		return false;
	if (!parse_port(&s, &out->dst_port) || !take(&s, '@') ||
	    !parse_addr(&s, &out->dst_ip) || !take(&s, '/'))
		return false;
	if (*s && !parse_hwaddr(&s, out->dst_mac))
		return false;
	return !*s;
}
