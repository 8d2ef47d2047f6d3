/*
 * For the tests of everything in net/: a stack with one fake Ethernet device
 * `eth0`, 10.0.0.1/24, 02:00:00:00:00:01, up, carrier on.
 *
 *	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
 *
 *	struct fixture *f = *state;
 *	fixture_rx(f, bytes, len);	a frame arrives; softirqs run
 *	fixture_tx(f)			the next frame sent, or NULL: consume
 *	fixture_drop(f, DROP_X)		that counter rose by exactly one
 *	fixture_run_ms(f, ms)		virtual time passes
 *
 * Received frames lie in a buffer of exactly their size: AddressSanitizer
 * sees each byte read behind their end. Teardown asserts that no sk_buff,
 * object, page or timer is left.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/byteorder.h"
#include "net/core/inetdevice.h"
#include "net/core/net.h"
#include "net/core/netdev.h"
#include "net/core/skbuff.h"

/* IPv4 addresses in tests: IP4(10, 0, 0, 1). */
#define IP4(a, b, c, d)                                                        \
	BE32((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))

#define FIXTURE_ADDR IP4(10, 0, 0, 1)
#define FIXTURE_PEER IP4(10, 0, 0, 2)

extern const u8 fixture_mac[ETH_ALEN];	/* of eth0 */
extern const u8 fixture_peer[ETH_ALEN]; /* 02:00:00:00:00:02 */
extern const u8 fixture_bcast[ETH_ALEN];

struct fixture {
	struct net *net;
	struct net_device dev;
	struct sk_buff_head sent; /* by the fake driver, oldest first */
	u32 flushes;		  /* ndo_xmit_flush calls */
	u32 room; /* frames that the driver takes until it is busy */
	u32 timeouts;
	u64 drops[DROP_MAX]; /* as of the last look */
};

int fixture_setup(void **state);
int fixture_setup_peer(void **state); /* and the peer is known */
int fixture_teardown(void **state);

/* The same by hand; `features` of the device. */
#define FIXTURE_FEATURES (NETIF_F_SG | NETIF_F_HW_CSUM) /* fixture_setup's */
struct fixture *fixture_create(u32 features);
void fixture_destroy(struct fixture *f);

/* Another device of the same kind on f's stack; its frames go to f->sent. */
void fixture_add_dev(struct fixture *f, struct net_device *dev,
		     const char *name);

/* eth1, such a device, 10.1.0.1/16. */
void fixture_add_eth1(struct fixture *f, struct net_device *dev);

/* A frame of eth0 to send: len bytes, each `mark`. */
struct sk_buff *fixture_frame(struct fixture *f, u32 len, u8 mark);

/* dev_queue_xmit in task context; its answer. */
int fixture_xmit(struct sk_buff *skb);

/* The driver has room for so many frames again, and says so. */
void fixture_wake(struct fixture *f, u32 room);

/* A received sk_buff with not a byte behind its end; not delivered. */
struct sk_buff *fixture_skb(struct fixture *f, const void *frame, size_t len);

/* A frame arrives at eth0 (short ones are counted ETH_SHORT); settles. */
void fixture_rx(struct fixture *f, const void *frame, size_t len);

/* An Ethernet frame from the peer to eth0 with this payload. */
void fixture_rx_payload(struct fixture *f, u16 type, const void *payload,
			size_t len);

/* An IP packet from the peer's MAC; addresses are the caller's. */
static inline void fixture_rx_ip(struct fixture *f, const void *ip, size_t len)
{
	fixture_rx_payload(f, ETH_P_IP, ip, len);
}

/* The oldest frame sent, data at the Ethernet header; NULL: none. */
struct sk_buff *fixture_tx(struct fixture *f);

/* The same without ARP packets, which are freed. */
struct sk_buff *fixture_tx_ip(struct fixture *f);
u32 fixture_tx_count(const struct fixture *f);
void fixture_tx_purge(struct fixture *f);

/* The peer answers ARP requests for its address: puts it into the table. */
void fixture_know_peer(struct fixture *f);
void fixture_know(struct fixture *f, be32 addr, const u8 *mac);

/* One counter rose by one since the last look, and no other did. */
#define fixture_drop(f, why) fixture_drop_at(f, why, __FILE__, __LINE__)
#define fixture_no_drop(f)   fixture_drop_at(f, DROP_NONE, __FILE__, __LINE__)
void fixture_drop_at(struct fixture *f, enum drop_reason why, const char *file,
		     int line);

/* Forgets the drops so far. */
void fixture_forget_drops(struct fixture *f);
void fixture_settle(struct fixture *f);
void fixture_run_ms(struct fixture *f, u64 ms);
