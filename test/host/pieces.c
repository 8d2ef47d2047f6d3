/* Fragments for tests: see pieces.h. */
#include "test/host/pieces.h"

#include <string.h>
#include "net/ipv4/ip_frag.h"

u8 piece_bytes[65536 + 256];

struct piece_taken piece_taken;

static void take(struct sk_buff *skb)
{
	piece_taken.count++;
	piece_taken.len = skb->len;
	piece_taken.tos = ip_hdr(skb)->tos;
	piece_taken.right =
		!skb->data_len && !memcmp(skb->data, piece_bytes, skb->len);
	assert_int_equal(
		ip_fast_csum(ip_hdr(skb), ip_hdrlen(ip_hdr(skb)) / 4).raw, 0);
	assert_int_equal(ntohs(ip_hdr(skb)->tot_len),
			 ip_hdrlen(ip_hdr(skb)) + skb->len);
	assert_int_equal(ntohs(ip_hdr(skb)->frag_off), 0);
	consume_skb(skb);
}

const struct net_protocol piece_taker = {.rcv = take};

int pieces_setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	fixture_know_peer(f);
	f->net->protocols[PROTO] = &piece_taker;
	memset(&piece_taken, 0, sizeof(piece_taken));
	for (u32 i = 0; i < sizeof(piece_bytes); i++)
		piece_bytes[i] = (u8)(i * 31 + i / 251);
	return 0;
}

int pieces_teardown(void **state)
{
	struct fixture *f = *state;

	expect_silence(f);
	return fixture_teardown(state);
}

void rx_piece_as(struct fixture *f, struct piece p, struct datagram d)
{
	d.proto = d.proto ? d.proto : PROTO;
	d.id = d.id ? d.id : 77;
	d.frag = (u16)(p.offset / 8 | (p.more ? IP_MF : 0));
	d.data = d.data ? d.data : piece_bytes + p.offset;
	d.len = p.len;
	fixture_rx_datagram(f, &d);
}

void rx_piece(struct fixture *f, struct piece p)
{
	rx_piece_as(f, p, (struct datagram){0});
}

void expect_whole(u32 len)
{
	assert_int_equal(piece_taken.count, 1);
	assert_int_equal(piece_taken.len, len);
	assert_true(piece_taken.right);
	memset(&piece_taken, 0, sizeof(piece_taken));
}

void expect_nothing_held(struct fixture *f)
{
	assert_int_equal(ip_frag_mem(f->net), 0);
	assert_int_equal(ip_frag_count(f->net), 0);
	assert_int_equal(f->net->skb_live, f->sent.qlen);
}
