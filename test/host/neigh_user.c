/* Calls of a neighbour's user for tests: see neigh_user.h. */
#include "test/host/neigh_user.h"

struct neighbour *neigh_of(struct fixture *f, be32 addr)
{
	struct neighbour *n;

	local_bh_disable();
	n = neigh_lookup(&f->dev, addr);
	local_bh_enable();
	assert_non_null(n);
	return n;
}

void neigh_release(struct neighbour *n)
{
	local_bh_disable();
	neigh_put(n);
	local_bh_enable();
}

int neigh_give(struct neighbour *n, struct sk_buff *skb)
{
	int err;

	local_bh_disable();
	err = neigh_output(n, skb);
	local_bh_enable();
	return err;
}

void neigh_answer(struct neighbour *n)
{
	local_bh_disable();
	neigh_update(n, fixture_peer, NEIGH_REACHABLE);
	local_bh_enable();
}
