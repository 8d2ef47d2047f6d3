/*
 * IPv4 datagrams for tests: described by a structure, zero members taking the
 * value of an honest packet from the peer to eth0.
 *
 *	fixture_rx_datagram(f, &(struct datagram){.proto = 17, ...});
 *	fixture_ping(f, 64)		an echo request with 64 bytes
 *	struct iphdr *iph = sent_ip(skb)	of a frame from fixture_tx_ip
 */
#pragma once

#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/udp.h"
#include "test/host/fixture.h"

struct datagram {
	be32 src, dst; /* 0: the peer, eth0 */
	u8 proto;      /* 0: ICMP */
	u8 ttl;	       /* 0: 64 */
	u8 tos;
	u16 id;
	u16 frag;	     /* flags and offset, as in the header */
	const void *options; /* len a multiple of 4 */
	u32 optlen;
	const void *data;
	u32 len;
	bool zero_src, zero_dst, zero_ttl; /* really 0 */
};

/* Writes it, checksum right; returns its length. */
size_t datagram_build(u8 *buf, const struct datagram *d);
void fixture_rx_datagram(struct fixture *f, const struct datagram *d);

/* Makes the header checksum right again. */
void datagram_fix(u8 *ip);

/* An ICMP message with its checksum; returns its length. */
size_t icmp_build(u8 *buf, u8 type, u8 code, const void *data, size_t len);

/* The same from the peer to eth0. */
void fixture_rx_icmp(struct fixture *f, u8 type, u8 code, const void *data,
		     u32 len);

/* UDP header and data, checksum for the addresses; returns its length. */
size_t udp_build(u8 *buf, be32 src, be32 dst, const u16 ports[2],
		 const char *text);

/* An echo request of `len` data bytes (0, 1, 2 ...) from the peer. */
void fixture_ping(struct fixture *f, size_t len);

/* Parts of a frame sent. */
struct iphdr *sent_ip(const struct sk_buff *skb);
void *sent_l4(const struct sk_buff *skb);

/*
 * The one frame sent is IPv4 with this protocol and right checksums; returns
 * it (consume_skb), its CHECKSUM_PARTIAL completed.
 */
struct sk_buff *expect_sent(struct fixture *f, u8 proto);

/* An echo reply, and an ICMP error, were the only things sent. */
void expect_pong(struct fixture *f);
void expect_icmp(struct fixture *f, u8 type, u8 code);
void expect_silence(struct fixture *f);
