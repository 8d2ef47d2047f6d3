/*
 * The codec of DHCP messages: see dhcp_msg.h. Options lie in up to three
 * areas (RFC 2132 section 9.3: overload) and one option may be split over
 * several (RFC 3396): its pieces are put together before it is looked at.
 *
 *	| code | len | len bytes |	code 0: pad, 255: end, alone
 */
#include "app/dhcp_msg.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/text.h"

#define BOOTREQUEST   1
#define BOOTREPLY     2
#define HTYPE_ETHER   1
#define MAGIC_COOKIE  0x63825363
#define OFF_XID	      4
#define OFF_SECS      8
#define OFF_CIADDR    12
#define OFF_YIADDR    16
#define OFF_CHADDR    28
#define OFF_SNAME     44
#define SNAME_LEN     64
#define OFF_FILE      108
#define FILE_LEN      128
#define OFF_COOKIE    236
#define OFF_OPTIONS   240
#define OVERLOAD_FILE 1
#define OVERLOAD_NAME 2

enum option {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOSTNAME = 12,
	OPT_DOMAIN = 15,
	OPT_NTP = 42,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_LIST = 55,
	OPT_MAX_SIZE = 57,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_END = 255,
};

struct area {
	const u8 *data;
	size_t len;
};

#define AREAS 3

/* In the order of RFC 3396 section 5. */
struct areas {
	struct area area[AREAS];
	unsigned count;
};

/* A field that is not an option: never read past the message's end. */
static be32 addr_at(const u8 *data, size_t offset)
{
	return htonl(get_be32(data + offset));
}

/*
 * The next option of an area: its code, and *at moved to its length byte.
 * OPT_END at the end; -1 when it is cut.
 */
static int next_option(const struct area *area, size_t *at)
{
	u8 code;

	while (*at < area->len && area->data[*at] == OPT_PAD)
		++*at;
	if (*at == area->len)
		return OPT_END;
	code = area->data[(*at)++];
	if (code == OPT_END)
		return OPT_END;
	if (*at == area->len || area->data[*at] > area->len - *at - 1)
		return -1;
	return code;
}

/* Whether every option of the area lies within it. */
static bool area_is_whole(const struct area *area)
{
	size_t at = 0;
	int code;

	while ((code = next_option(area, &at)) != OPT_END) {
		if (code < 0)
			return false;
		at += 1u + area->data[at];
	}
	return true;
}

/*
 * The value of an option, its pieces put together, as far as buf holds it.
 * Returns the length of the whole; 0: absent, or empty, which is the same.
 */
static size_t option(const struct areas *areas, u8 wanted, u8 *buf, size_t size)
{
	size_t total = 0;

	for (unsigned i = 0; i < areas->count; i++) {
		const struct area *area = &areas->area[i];
		size_t at = 0;
		int code;

		while ((code = next_option(area, &at)) != OPT_END) {
			u8 len = area->data[at++];

			if (code == wanted && total < size)
				memcpy(buf + total, area->data + at,
				       MIN((size_t)len, size - total));
			if (code == wanted)
				total += len;
			at += len;
		}
	}
	return total;
}

/* A number of `width` bytes; false when it has another length. */
static bool read_number(const struct areas *areas, u8 code, size_t width,
			u32 *out)
{
	u8 buf[4] = {0};
	size_t len = option(areas, code, buf, sizeof(buf));

	if (!len)
		return true;
	if (len != width)
		return false;
	*out = width == 1 ? buf[0] : get_be32(buf);
	return true;
}

static bool read_addr(const struct areas *areas, u8 code, be32 *out)
{
	u32 addr = 0;
	bool good = read_number(areas, code, 4, &addr);

	*out = htonl(addr);
	return good;
}

/* The first of a list, as many as there is room for. */
static bool read_addrs(const struct areas *areas, u8 code, be32 *out,
		       unsigned max)
{
	u8 buf[4 * DHCP_SERVERS];
	size_t len = option(areas, code, buf, sizeof(buf));

	if (len % 4)
		return false;
	for (unsigned i = 0; i < max && i * 4 < len; i++)
		out[i] = addr_at(buf, i * 4u);
	return true;
}

/* A name that is none, or too long, is as good as absent. */
static void read_name(const struct areas *areas, u8 code, char *out)
{
	char buf[DHCP_NAME_MAX];
	size_t len = option(areas, code, (u8 *)buf, sizeof(buf));

	out[0] = '\0';
	while (len && len <= sizeof(buf) && !buf[len - 1])
		len--;
	if (len >= DHCP_NAME_MAX || !is_host_text(buf, len))
		return;
	memcpy(out, buf, len);
	out[len] = '\0';
}

/* Fills `areas`; false when any of them is malformed. */
static bool find_areas(const u8 *data, size_t len, struct areas *areas)
{
	u32 overload = 0;

	areas->area[0] = (struct area){data + OFF_OPTIONS, len - OFF_OPTIONS};
	areas->count = 1;
	if (!area_is_whole(&areas->area[0]) ||
	    !read_number(areas, OPT_OVERLOAD, 1, &overload) || overload > 3)
		return false;
	if (overload & OVERLOAD_FILE)
		areas->area[areas->count++] =
			(struct area){data + OFF_FILE, FILE_LEN};
	if (overload & OVERLOAD_NAME)
		areas->area[areas->count++] =
			(struct area){data + OFF_SNAME, SNAME_LEN};
	for (unsigned i = 1; i < areas->count; i++)
		if (!area_is_whole(&areas->area[i]))
			return false;
	return true;
}

static bool read_options(const struct areas *areas, struct dhcp_reply *out)
{
	u32 type = 0;

	if (!read_number(areas, OPT_TYPE, 1, &type) || type < DHCP_DISCOVER ||
	    type > DHCP_INFORM)
		return false;
	out->type = type;
	read_name(areas, OPT_HOSTNAME, out->hostname);
	read_name(areas, OPT_DOMAIN, out->domain);
	return read_addr(areas, OPT_SERVER, &out->server) &&
	       read_addr(areas, OPT_MASK, &out->mask) &&
	       read_addrs(areas, OPT_ROUTER, &out->router, 1) &&
	       read_addrs(areas, OPT_DNS, out->dns, DHCP_SERVERS) &&
	       read_addrs(areas, OPT_NTP, out->ntp, DHCP_SERVERS) &&
	       read_number(areas, OPT_LEASE, 4, &out->lease_s) &&
	       read_number(areas, OPT_T1, 4, &out->t1_s) &&
	       read_number(areas, OPT_T2, 4, &out->t2_s);
}

int dhcp_parse(const u8 *data, size_t len, struct dhcp_reply *out)
{
	struct areas areas;

	memset(out, 0, sizeof(*out));
	if (len < OFF_OPTIONS || get_be32(data + OFF_COOKIE) != MAGIC_COOKIE)
		return -EBADMSG;
	if (data[0] != BOOTREPLY || data[1] != HTYPE_ETHER || data[2] != 6)
		return -EBADMSG;
	if (!find_areas(data, len, &areas) || !read_options(&areas, out))
		return -EBADMSG;
	out->xid = get_be32(data + OFF_XID);
	out->yiaddr = addr_at(data, OFF_YIADDR);
	memcpy(out->chaddr, data + OFF_CHADDR, sizeof(out->chaddr));
	return 0;
}

static u8 *put_option(u8 *at, u8 code, const void *value, u8 len)
{
	*at++ = code;
	*at++ = len;
	memcpy(at, value, len);
	return at + len;
}

static u8 *put_addr(u8 *at, u8 code, be32 addr)
{
	return addr.raw ? put_option(at, code, &addr, sizeof(addr)) : at;
}

/* RFC 2131 table 5: what a DECLINE must not carry is left out there. */
static u8 *put_wishes(u8 *at, const char *hostname)
{
	static const u8 list[] = {OPT_MASK,   OPT_ROUTER, OPT_DNS,
				  OPT_DOMAIN, OPT_NTP,	  OPT_HOSTNAME,
				  OPT_LEASE,  OPT_T1,	  OPT_T2};
	u8 max_size[2];
	size_t len = hostname ? strlen(hostname) : 0;

	put_be16(max_size, DHCP_MSG_MAX);
	at = put_option(at, OPT_MAX_SIZE, max_size, sizeof(max_size));
	at = put_option(at, OPT_LIST, list, sizeof(list));
	if (len && len < DHCP_NAME_MAX)
		at = put_option(at, OPT_HOSTNAME, hostname, (u8)len);
	return at;
}

size_t dhcp_build(u8 *buf, const struct dhcp_request *request)
{
	u8 type = (u8)request->type;
	u8 *at = buf + OFF_OPTIONS;
	size_t len;

	memset(buf, 0, DHCP_MSG_MAX);
	buf[0] = BOOTREQUEST;
	buf[1] = HTYPE_ETHER;
	buf[2] = sizeof(request->chaddr);
	put_be32(buf + OFF_XID, request->xid);
	put_be16(buf + OFF_SECS, request->secs);
	put_be32(buf + OFF_CIADDR, ntohl(request->ciaddr));
	memcpy(buf + OFF_CHADDR, request->chaddr, sizeof(request->chaddr));
	put_be32(buf + OFF_COOKIE, MAGIC_COOKIE);
	at = put_option(at, OPT_TYPE, &type, 1);
	at = put_addr(at, OPT_SERVER, request->server);
	at = put_addr(at, OPT_REQUESTED, request->requested);
	if (request->type == DHCP_DISCOVER || request->type == DHCP_REQUEST)
		at = put_wishes(at, request->hostname);
	*at++ = OPT_END;
	len = (size_t)(at - buf);
	return MAX(len, (size_t)DHCP_MSG_MIN);
}
