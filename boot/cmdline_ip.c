/*
 * The value of `ip=`, in the syntax of Linux's nfsroot.txt. The server field
 * is read over.
 */
#include "boot/cmdline.h"
#include "lib/inet.h"
#include "lib/string.h"
#include "lib/text.h"

#define VALUE_MAX 256

enum field {
	CLIENT,
	SERVER,
	GATEWAY,
	NETMASK,
	HOSTNAME,
	DEVICE,
	AUTOCONF,
	DNS0,
	DNS1,
	NTP0,
	FIELDS
};

/* a.b.c.d and nothing behind it; an empty field is address 0. */
static bool parse_addr(const char *s, u32 *out)
{
	be32 addr = {0};

	if (*s && (!parse_ipv4(&s, &addr) || *s))
		return false;
	*out = ntohl(addr);
	return true;
}

static bool parse_addresses(const char *const field[], struct ip_config *out)
{
	u32 addr, server, gw, mask;

	if (!parse_addr(field[CLIENT], &addr) ||
	    !parse_addr(field[SERVER], &server) ||
	    !parse_addr(field[GATEWAY], &gw) ||
	    !parse_addr(field[NETMASK], &mask))
		return false;
	if (!mask && addr)
		mask = inet_class_mask(addr); /* as in Linux */
	if (!inet_is_mask(mask) || (addr && !inet_is_host(addr, mask)))
		return false;
	if (gw && addr && (!inet_is_host(gw, mask) || ((gw ^ addr) & mask)))
		return false;
	out->addr = htonl(addr);
	out->gw = htonl(gw);
	out->mask = htonl(mask);
	return true;
}

static bool parse_server(const char *text, be32 *out)
{
	u32 addr;

	if (!parse_addr(text, &addr))
		return false;
	*out = htonl(addr);
	return true;
}

static bool parse_servers(const char *const field[], struct ip_config *out)
{
	return parse_server(field[DNS0], &out->dns[0]) &&
	       parse_server(field[DNS1], &out->dns[1]) &&
	       parse_server(field[NTP0], &out->ntp);
}

static bool parse_autoconf(const char *value, bool *out)
{
	static const char *const off[] = {"", "off", "none"};
	static const char *const on[] = {"on", "any", "dhcp", "both"};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(off); i++)
		if (strcmp(value, off[i]) == 0) {
			*out = false;
			return true;
		}
	for (i = 0; i < ARRAY_SIZE(on); i++)
		if (strcmp(value, on[i]) == 0) {
			*out = true;
			return true;
		}
	return false;
}

static bool copy_name(char *dst, const char *name, size_t size)
{
	return is_host_text(name, strlen(name)) &&
	       str_copy(dst, name, size) < size;
}

/* Cuts text at its colons; fields that are not there are empty. */
static bool split(char *text, const char *field[FIELDS])
{
	unsigned count = 0, i;

	for (i = 0; i < FIELDS; i++)
		field[i] = "";
	for (;;) {
		char *colon = strchr(text, ':');

		if (count == FIELDS)
			return false;
		field[count++] = text;
		if (!colon)
			return true;
		*colon = '\0';
		text = colon + 1;
	}
}

bool ip_config_parse(const char *value, struct ip_config *out)
{
	const char *field[FIELDS];
	char text[VALUE_MAX];

	memset(out, 0, sizeof(*out));
	if (str_copy(text, value, sizeof(text)) >= sizeof(text) || !*value)
		return false;
	/* A single word that is no address is the autoconf field. */
	if (!strchr(value, ':') && parse_autoconf(value, &out->autoconf))
		return true;
	if (!split(text, field) || !parse_addresses(field, out) ||
	    !parse_autoconf(field[AUTOCONF], &out->autoconf) ||
	    !parse_servers(field, out) ||
	    !copy_name(out->hostname, field[HOSTNAME], sizeof(out->hostname)) ||
	    !copy_name(out->device, field[DEVICE], sizeof(out->device)))
		return false;
	return out->addr.raw || out->autoconf;
}
