/*
 * DNS messages (RFC 1035 section 4) as a stub resolver needs them: a query
 * for an address is written, an answer is judged. No I/O, no state.
 *
 *	 0    2       4         6         8         10        12
 *	+----+-------+---------+---------+---------+---------+----------
 *	| id | flags | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT | question
 *	+----+-------+---------+---------+---------+---------+----------
 *
 *	question: name, type, class
 *	record:   name, type, class, TTL 4, RDLENGTH 2, data
 */
#pragma once

#include "lib/byteorder.h"

#define DNS_PORT      53
#define DNS_NAME_MAX  255 /* RFC 1035 section 2.3.4 */
#define DNS_LABEL_MAX 63
#define DNS_HEADER    12
#define DNS_QUERY_MAX (DNS_HEADER + DNS_NAME_MAX + 4)
#define DNS_POINTERS  16 /* compression pointers in one name */
#define DNS_ALIASES   8	 /* CNAMEs in a row */
#define DNS_ADDRS_MAX 8
#define DNS_TTL_MAX_S 86400

/* As on the wire, without pointers, in lower case: labels and a 0 byte. */
struct dns_name {
	u8 len;
	u8 wire[DNS_NAME_MAX];
};

struct dns_answer {
	be32 addrs[DNS_ADDRS_MAX];
	unsigned count;	      /* 0: ask for `name`, an alias */
	unsigned aliases;     /* CNAMEs that were followed */
	u32 ttl_s;	      /* the least of what led here */
	struct dns_name name; /* where the aliases ended */
};

/* "www.example.org", a dot at the end or not. 0, -EINVAL. */
int dns_name_from_text(struct dns_name *name, const char *text) must_check;

static inline bool dns_name_eq(const struct dns_name *a,
			       const struct dns_name *b)
{
	return a->len == b->len && !__builtin_memcmp(a->wire, b->wire, a->len);
}

/*
 * Reads the name at *at of msg[len] and moves *at behind it. RFC 9267: each
 * pointer leads backwards, before all that has been read of the name. 0 or
 * -EBADMSG.
 */
int dns_name_read(const u8 *msg, size_t len, size_t *at,
		  struct dns_name *out) must_check;

/* A query for the A records of name; its length, at most DNS_QUERY_MAX. */
size_t dns_build(u8 *buf, u16 id, const struct dns_name *name);

/*
 * 0: *out has addresses, or the alias to ask for. -EAGAIN: no answer to this
 * query at all (RFC 5452 section 9.1), wait on. -EMSGSIZE: truncated.
 * -ENOENT: there is no such name, or no address. -ELOOP: too many aliases.
 * -EIO: the server cannot. -EBADMSG: malformed.
 */
int dns_parse(const u8 *msg, size_t len, u16 id, const struct dns_name *asked,
	      struct dns_answer *out) must_check;
