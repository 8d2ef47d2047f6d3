/*
 * Fragments for tests: datagrams of protocol 200 with the bytes piece_bytes,
 * whose receiver compares what it gets with them.
 *
 *	rx_piece(f, (struct piece){0, 16, true});	the first 16 bytes
 *	rx_piece(f, (struct piece){16, 5, false});	the last 5
 *	expect_whole(21);
 */
#pragma once

#include "test/host/datagram.h"

#define PROTO 200

extern u8 piece_bytes[65536 + 256];
extern const struct net_protocol piece_taker;

/* What the last whole datagram was. */
extern struct piece_taken {
	u32 count, len;
	u8 tos;
	bool right; /* the bytes are piece_bytes's */
} piece_taken;

struct piece {
	u32 offset, len;
	bool more;
};

int pieces_setup(void **state);
int pieces_teardown(void **state);

/* It arrives; d says what is not as usual: id, addresses, options. */
void rx_piece_as(struct fixture *f, struct piece p, struct datagram d);
void rx_piece(struct fixture *f, struct piece p);

/* One whole datagram has come since the last look, of `len` right bytes. */
void expect_whole(u32 len);
void expect_nothing_held(struct fixture *f);
