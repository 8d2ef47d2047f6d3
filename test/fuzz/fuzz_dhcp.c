/*
 * DHCP messages: whatever a server sends, what the parser gives is within
 * its bounds; and the client, fed with it in each of its states, uses only
 * addresses that a host can have, and has its times in order.
 */
#include <string.h>
#include "app/dhcp.h"
#include "kernel/log.h"
#include "lib/errno.h"
#include "test/fuzz/fuzz.h"
#include "test/host/dhcp_server.h"
#include "test/host/machine_sim.h"

#define ROUNDS 18

static const u8 mac[6] = {2, 0, 0, 0, 0, 1};
static u8 sent[DHCP_MSG_MAX];

static void on_send(void *arg, const u8 *data, size_t len, be32 to)
{
	FUZZ_CHECK(len >= DHCP_MSG_MIN && len <= DHCP_MSG_MAX);
	memcpy(sent, data, len);
}

static void on_bound(void *arg, const struct dhcp_lease *lease)
{
	u32 addr = ntohl(lease->addr), mask = ntohl(lease->mask);

	FUZZ_CHECK(addr >> 24 && addr >> 24 < 224 && addr >> 24 != 127);
	FUZZ_CHECK(mask && !(~mask & (~mask + 1)));
	FUZZ_CHECK(lease->lease_s >= DHCP_LEASE_MIN_S);
	FUZZ_CHECK(!lease->router.raw ||
		   !((ntohl(lease->router) ^ addr) & mask));
	FUZZ_CHECK(
		lease->t1_ms == DHCP_NEVER ||
		(lease->t1_ms < lease->t2_ms && lease->t2_ms < lease->end_ms));
}

static void on_lost(void *arg)
{
}

void fuzz_init(void)
{
	sim_init();
	log_set_level(LOG_ERR);
}

static void check_reply(const u8 *data, size_t size)
{
	struct dhcp_reply reply;

	if (dhcp_parse(data, size, &reply))
		return;
	FUZZ_CHECK(reply.type >= DHCP_DISCOVER && reply.type <= DHCP_INFORM);
	FUZZ_CHECK(strlen(reply.hostname) < DHCP_NAME_MAX);
	FUZZ_CHECK(strlen(reply.domain) < DHCP_NAME_MAX);
}

/* The message with the xid, address and type that the client waits for. */
static void hear(struct dhcp_client *c, const u8 *data, size_t size, bool nak)
{
	u8 *copy = malloc(size + 1), len = 0, *type = NULL;

	memcpy(copy, data, size);
	if (size >= 44) {
		memcpy(copy + 4, sent + 4, 4);
		memcpy(copy + 28, mac, 6);
		type = (u8 *)dhcp_find(copy, size, 53, &len);
	}
	if (len == 1 && type < copy + size && c->state == DHCP_SELECTING)
		*type = DHCP_OFFER;
	else if (len == 1 && type < copy + size)
		*type = nak ? DHCP_NAK : DHCP_ACK;
	dhcp_receive(c, c->now_ms + 1, copy, size);
	free(copy);
}

/* What happens in a round is told by bytes of the header that say nothing. */
enum { NAK = 1, LINK_UP = 2, IN_USE = 4, SILENCE = 8 };

static u8 event(const u8 *data, size_t size, unsigned round)
{
	return size < 12 ? 0 : data[3 + round % 9];
}

static void play(struct dhcp_client *c, const u8 *data, size_t size, u8 what)
{
	if (!(what & SILENCE))
		hear(c, data, size, what & NAK);
	if (what & LINK_UP)
		dhcp_link_up(c, c->now_ms);
	if (c->state == DHCP_PROBING)
		dhcp_probed(c, c->now_ms, what & IN_USE ? -EADDRINUSE : 0);
	FUZZ_CHECK(c->due_ms > c->now_ms || c->state == DHCP_BOUND);
	FUZZ_CHECK(c->configured || c->state < DHCP_BOUND);
	if (c->due_ms != DHCP_NEVER)
		dhcp_timeout(c, MAX(c->due_ms, c->now_ms));
}

void fuzz_one(const u8 *data, size_t size)
{
	static const struct dhcp_ops ops = {on_send, on_bound, on_lost};
	struct dhcp_client c = {.ops = &ops};

	check_reply(data, size);
	memcpy(c.chaddr, mac, 6);
	dhcp_begin(&c, 1000);
	for (unsigned i = 0; i < ROUNDS; i++)
		play(&c, data, size, event(data, size, i));
}
