/*
 * The resolver: names to addresses by the servers that DHCP or the command
 * line names (RFC 1034 section 5.3.1: a stub resolver with a cache).
 */
#pragma once

#include "lib/byteorder.h"

struct net;

#define DNS_SERVERS 3

/*
 * Makes the stack's resolver, without servers yet; and its end, when no lookup
 * sleeps any more.
 */
int dns_start(struct net *net) must_check;
void dns_stop(struct net *net);

/* Takes the place of earlier ones, up to DNS_SERVERS; 0.0.0.0 is skipped. */
void dns_set_servers(struct net *net, const be32 *servers, unsigned count);

/*
 * A name without a dot is looked up in this domain first, then as it is.
 * "", no name, or one too long for DNS_DOMAIN_SIZE: no domain.
 */
#define DNS_DOMAIN_SIZE 64
void dns_set_domain(struct net *net, const char *domain);

/* The server that is asked first; 0.0.0.0: none is known. */
be32 dns_server(const struct net *net);

/*
 * The addresses of a name (or of an address written out), at most max: their
 * number, or -ENOENT (no such name or no address), -ETIMEDOUT, -EINVAL (not
 * a name), -ENETUNREACH (no server known), -ELOOP, -EIO, -EBADMSG, -ENOMEM.
 * Task context; may sleep for 7 s for each server, for each of 8 aliases.
 */
int dns_lookup(struct net *net, const char *name, be32 *out,
	       unsigned max) must_check;

/* Asked ten times a second: does nobody want the answer any more? */
struct dns_stop {
	bool (*wanted)(void *arg);
	void *arg;
};

/* The same, with -EINTR once stop->wanted says so. NULL: never. */
int dns_lookup_until(struct net *net, const char *name, be32 *out, unsigned max,
		     const struct dns_stop *stop) must_check;
