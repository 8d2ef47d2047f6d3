/* A scripted DHCP server: see dhcp_server.h. */
#include "test/host/dhcp_server.h"

#include <string.h>

size_t dhcp_head(u8 *buf, const struct dhcp_script *s)
{
	be32 yiaddr = s->yiaddr.raw ? s->yiaddr : DHCP_LEASED;

	memset(buf, 0, DHCP_MSG_MAX);
	buf[0] = 2;
	buf[1] = 1;
	buf[2] = 6;
	put_be32(buf + 4, s->xid);
	if (s->type != DHCP_NAK)
		memcpy(buf + 16, &yiaddr, 4);
	memcpy(buf + 28, s->chaddr, 6);
	memcpy(buf + 236, "\x63\x82\x53\x63", 4);
	return 240;
}

size_t dhcp_option(u8 *buf, size_t at, u8 code, const void *value, u8 len)
{
	buf[at] = code;
	buf[at + 1] = len;
	memcpy(buf + at + 2, value, len);
	return at + 2 + len;
}

size_t dhcp_option_u32(u8 *buf, size_t at, u8 code, u32 value)
{
	u8 be[4];

	put_be32(be, value);
	return dhcp_option(buf, at, code, be, 4);
}

size_t dhcp_script_write(u8 *buf, const struct dhcp_script *s)
{
	be32 server = s->server.raw ? s->server : DHCP_HERE;
	size_t at = dhcp_head(buf, s);

	at = dhcp_option(buf, at, 53, &s->type, 1);
	at = dhcp_option(buf, at, 54, &server, 4);
	if (s->lease_s) {
		at = dhcp_option_u32(buf, at, 51, s->lease_s);
		at = dhcp_option_u32(buf, at, 1, ntohl(DHCP_MASK));
		at = dhcp_option_u32(buf, at, 3, ntohl(DHCP_ROUTER));
		at = dhcp_option_u32(buf, at, 6, ntohl(DHCP_HERE));
		at = dhcp_option_u32(buf, at, 42, ntohl(DHCP_HERE));
	}
	if (s->t1_s)
		at = dhcp_option_u32(buf, at, 58, s->t1_s);
	if (s->t2_s)
		at = dhcp_option_u32(buf, at, 59, s->t2_s);
	buf[at++] = 255;
	return at;
}

const u8 *dhcp_find(const u8 *msg, size_t len, u8 code, u8 *value_len)
{
	for (size_t at = 240; at + 1 < len && msg[at] != 255;) {
		if (!msg[at]) {
			at++;
			continue;
		}
		if (msg[at] == code) {
			*value_len = msg[at + 1];
			return msg + at + 2;
		}
		at += 2u + msg[at + 1];
	}
	return NULL;
}

u32 dhcp_find_u32(const u8 *msg, size_t len, u8 code)
{
	u8 value_len = 0;
	const u8 *value = dhcp_find(msg, len, code, &value_len);

	assert_true(!value || value_len == 4);
	return value ? get_be32(value) : 0;
}
