/*
 * What makes a lease: an address that a host can have, a mask that is one,
 * a router on the link, and times in their order (RFC 2131 section 4.4.5).
 */
#include "app/dhcp.h"
#include "lib/inet.h"
#include "lib/string.h"

#define T1_LEAST_MS (DHCP_LEASE_MIN_S * 1000 / 2)

bool dhcp_lease_read(struct dhcp_lease *lease, const struct dhcp_reply *reply)
{
	u32 addr = ntohl(reply->yiaddr), mask = ntohl(reply->mask);
	u32 router = ntohl(reply->router);

	if (!mask)
		mask = inet_class_mask(addr);
	if (!inet_is_mask(mask) || !inet_is_host(addr, mask))
		return false;
	if (!reply->server.raw || reply->lease_s < DHCP_LEASE_MIN_S)
		return false;
	if (router == addr || ((router ^ addr) & mask) ||
	    !inet_is_host(router, mask))
		router = 0;
	*lease = (struct dhcp_lease){
		.addr = reply->yiaddr,
		.mask = htonl(mask),
		.router = htonl(router),
		.server = reply->server,
		.lease_s = reply->lease_s,
	};
	memcpy(lease->dns, reply->dns, sizeof(lease->dns));
	memcpy(lease->ntp, reply->ntp, sizeof(lease->ntp));
	memcpy(lease->hostname, reply->hostname, sizeof(lease->hostname));
	memcpy(lease->domain, reply->domain, sizeof(lease->domain));
	return true;
}

void dhcp_lease_start(struct dhcp_lease *lease, const struct dhcp_reply *reply,
		      u64 request_ms)
{
	u64 t1 = reply->t1_s * 1000ull, t2 = reply->t2_s * 1000ull;
	u64 end = reply->lease_s * 1000ull;

	if (reply->lease_s == DHCP_FOREVER_S) {
		lease->t1_ms = lease->t2_ms = lease->end_ms = DHCP_NEVER;
		return;
	}
	/* Times out of order, or of a storm, are not the server's to choose. */
	if (t2 < 2 * T1_LEAST_MS || t2 >= end || t2 <= t1)
		t2 = end / 8 * 7;
	if (t1 < T1_LEAST_MS || t1 >= t2)
		t1 = MIN(end / 2, t2 - t2 / 8);
	lease->t1_ms = request_ms + t1;
	lease->t2_ms = request_ms + t2;
	lease->end_ms = request_ms + end;
}
