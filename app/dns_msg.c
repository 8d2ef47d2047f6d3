/*
 * Queries and answers (app/dns_msg.h). An answer is believed when it has the
 * id and the question of our query; only what hangs on the asked name by
 * CNAMEs is taken from it, in whatever order the records come.
 */
#include "app/dns_msg.h"
#include "lib/errno.h"
#include "lib/string.h"

#define FLAG_RESPONSE	 0x8000
#define FLAG_OPCODE	 0x7800
#define FLAG_TRUNCATED	 0x0200
#define FLAG_RECURSE	 0x0100
#define FLAG_RCODE	 0x000f
#define RCODE_NAME_ERROR 3
#define TYPE_A		 1
#define TYPE_CNAME	 5
#define CLASS_IN	 1
#define RECORD_FIXED	 10 /* type, class, TTL, RDLENGTH */

struct record {
	struct dns_name owner;
	u16 type, class;
	u32 ttl_s;
	size_t data;
	u16 data_len;
};

/* One pass over the answers, looking for those of out->name. */
struct scan {
	const u8 *msg;
	size_t len;
	size_t at; /* behind the question */
	unsigned records;
	struct dns_answer *out;
};

size_t dns_build(u8 *buf, u16 id, const struct dns_name *name)
{
	u8 *at = buf + DNS_HEADER;

	memset(buf, 0, DNS_HEADER);
	put_be16(buf, id);
	put_be16(buf + 2, FLAG_RECURSE);
	put_be16(buf + 4, 1);
	memcpy(at, name->wire, name->len);
	at += name->len;
	put_be16(at, TYPE_A);
	put_be16(at + 2, CLASS_IN);
	return (size_t)(at + 4 - buf);
}

/* RFC 5452 section 9.1; *at is moved behind the question. */
static bool is_ours(const u8 *msg, size_t len, const struct dns_name *asked,
		    size_t *at)
{
	struct dns_name name;

	if (!(get_be16(msg + 2) & FLAG_RESPONSE) ||
	    (get_be16(msg + 2) & FLAG_OPCODE) || get_be16(msg + 4) != 1)
		return false;
	*at = DNS_HEADER;
	if (dns_name_read(msg, len, at, &name) || len - *at < 4)
		return false;
	*at += 4;
	return dns_name_eq(&name, asked) && get_be16(msg + *at - 4) == TYPE_A &&
	       get_be16(msg + *at - 2) == CLASS_IN;
}

/* RFC 2181 section 8: a TTL with the upper bit is 0. */
static u32 ttl_of(u32 ttl)
{
	return ttl >> 31 ? 0 : MIN(ttl, (u32)DNS_TTL_MAX_S);
}

/* RFC 9267 sections 5 and 6: RDLENGTH fits the message. */
static int read_record(const u8 *msg, size_t len, size_t *at,
		       struct record *record)
{
	int err = dns_name_read(msg, len, at, &record->owner);

	if (err)
		return err;
	if (len - *at < RECORD_FIXED)
		return -EBADMSG;
	record->type = get_be16(msg + *at);
	record->class = get_be16(msg + *at + 2);
	record->ttl_s = ttl_of(get_be32(msg + *at + 4));
	record->data_len = get_be16(msg + *at + 8);
	*at += RECORD_FIXED;
	record->data = *at;
	if (record->data_len > len - *at)
		return -EBADMSG;
	*at += record->data_len;
	return 0;
}

static void add_addr(struct dns_answer *out, be32 addr, u32 ttl_s)
{
	out->ttl_s = MIN(out->ttl_s, ttl_s);
	if (out->count < DNS_ADDRS_MAX)
		out->addrs[out->count++] = addr;
}

/* The target of a CNAME fills its data exactly. */
static int read_alias(const struct scan *scan, const struct record *record,
		      struct dns_name *alias)
{
	size_t at = record->data;
	int err = dns_name_read(scan->msg, scan->len, &at, alias);

	if (!err && at != record->data + record->data_len)
		err = -EBADMSG;
	return err;
}

/*
 * All records: addresses of out->name are collected; its alias, if there is
 * one, is put into *alias, whose len is 0 otherwise. ANCOUNT is only
 * believed as far as there are bytes.
 */
static int scan_once(const struct scan *scan, struct dns_name *alias)
{
	struct dns_answer *out = scan->out;
	size_t at = scan->at;

	alias->len = 0;
	for (unsigned i = 0; i < scan->records; i++) {
		struct record r;
		int err = read_record(scan->msg, scan->len, &at, &r);

		if (err)
			return err;
		if (r.class != CLASS_IN)
			continue;
		if (r.type == TYPE_A && r.data_len != 4)
			return -EBADMSG;
		if (!dns_name_eq(&r.owner, &out->name))
			continue;
		if (r.type == TYPE_A)
			add_addr(out, htonl(get_be32(scan->msg + r.data)),
				 r.ttl_s);
		if (r.type == TYPE_CNAME) {
			err = read_alias(scan, &r, alias);
			if (err)
				return err;
			out->ttl_s = MIN(out->ttl_s, r.ttl_s);
		}
	}
	return 0;
}

/* From the asked name along the aliases, as far as they are in here. */
static int follow(const struct scan *scan)
{
	struct dns_answer *out = scan->out;
	struct dns_name alias;

	for (;;) {
		int err = scan_once(scan, &alias);

		if (err || out->count)
			return err;
		if (!alias.len)
			return out->aliases ? 0 : -ENOENT;
		if (++out->aliases > DNS_ALIASES)
			return -ELOOP;
		out->name = alias;
	}
}

int dns_parse(const u8 *msg, size_t len, u16 id, const struct dns_name *asked,
	      struct dns_answer *out)
{
	struct scan scan = {.msg = msg, .len = len, .out = out};
	u16 flags;

	if (len < DNS_HEADER || get_be16(msg) != id ||
	    !is_ours(msg, len, asked, &scan.at))
		return -EAGAIN;
	flags = get_be16(msg + 2);
	if (flags & FLAG_TRUNCATED)
		return -EMSGSIZE;
	if ((flags & FLAG_RCODE) == RCODE_NAME_ERROR)
		return -ENOENT;
	if (flags & FLAG_RCODE)
		return -EIO;
	scan.records = get_be16(msg + 6);
	out->count = out->aliases = 0;
	out->ttl_s = DNS_TTL_MAX_S;
	out->name = *asked;
	return follow(&scan);
}
