/*
 * What the device computes on a frame's way out: the L4 checksum (8254x SDM
 * 3.4) and TCP segments (3.5), told to it by context descriptors.
 */
#include "drivers/e1000/tx.h"

#include "lib/checksum.h"

static void tx_put_context(struct e1000 *nic,
			   const struct e1000_tx_context *context)
{
	struct e1000_tx_ring *tx = &nic->tx;

	__builtin_memcpy(&tx->desc[tx->ntu], context, sizeof(*context));
	tx->ntu = (tx->ntu + 1) & E1000_RING_MASK;
	nic->stats.tx_contexts++;
}

static void tx_put_checksum_context(struct e1000 *nic, u8 css, u8 cso)
{
	struct e1000_tx_context context = {
		.tucss = css,
		.tucso = cso,
		.cmd_len = TXD_DEXT,
	};

	if (cso - css == TCP_CHECK)
		context.cmd_len |= TXC_TCP;
	tx_put_context(nic, &context);
}

/*
 * Checksum insertion (3.4.2.1): the field holds the seed, the device adds
 * from css to the end and stores at cso. The context stays with the device
 * until another is sent. Not for padded frames on the 82574: QEMU's makes a
 * seed of its own there, which counts the padding into the L4 length.
 */
void e1000_tx_checksum(struct e1000 *nic, struct sk_buff *skb,
		       struct e1000_tx_plan *plan)
{
	u32 css = skb->csum_start - skb_headroom(skb);
	u32 cso = css + skb->csum_offset;
	u64 context = 1ull << 32 | cso << 16 | css;

	if (cso > UINT8_MAX || (nic->chip->is_82574 && skb->len <= ETH_ZLEN)) {
		skb_checksum_help(skb);
		return;
	}
	plan->popts = TXD_POPTS_TXSM;
	nic->stats.tx_csum_offload++;
	if (nic->tx.context == context)
		return;
	nic->tx.context = context;
	tx_put_checksum_context(nic, (u8)css, (u8)cso);
}

/*
 * TCP segmentation (3.5). The device writes each segment's lengths, so the
 * seed must be without one and the IP checksum 0. That the header may be
 * shared with a clone does not matter: it is rewritten for each transmit.
 */
static void tx_prepare_tso_headers(u8 *ip, u8 *tcp)
{
	be32 src, dst;
	u16 seed;

	__builtin_memcpy(&src, ip + IP_SRC, sizeof(src));
	__builtin_memcpy(&dst, ip + IP_DST, sizeof(dst));
	seed = (u16)~csum_fold(csum_pseudo(src, dst, PROTO_TCP, 0)).raw;
	__builtin_memset(ip + IP_CHECK, 0, 2);
	__builtin_memcpy(tcp + TCP_CHECK, &seed, sizeof(seed));
}

void e1000_tx_tso(struct e1000 *nic, struct sk_buff *skb,
		  struct e1000_tx_plan *plan)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u8 *ip = skb_network_header(skb), *tcp = skb_transport_header(skb);
	u32 ip_at = (u32)(ip - skb->data), tcp_at = (u32)(tcp - skb->data);
	u32 hdrlen = e1000_tx_header_len(skb);
	u32 more = shinfo->gso_segs > 1 ? shinfo->gso_segs - 1u : 0;
	struct e1000_tx_context context = {
		.ipcss = (u8)ip_at,
		.ipcso = (u8)(ip_at + IP_CHECK),
		.ipcse = (u16)(tcp_at - 1),
		.tucss = (u8)tcp_at,
		.tucso = (u8)(tcp_at + TCP_CHECK),
		.cmd_len = TXD_DEXT | TXC_TSE | TXC_IP4 | TXC_TCP,
		.hdrlen = (u8)hdrlen,
		.mss = plan->gso_size,
	};

	context.cmd_len |= skb->len - hdrlen;
	tx_prepare_tso_headers(ip, tcp);
	tx_put_context(nic, &context);
	nic->tx.context = 0;
	/* TSE and POPTS on every data descriptor: each model reads another. */
	plan->cmd |= TXD_TSE;
	plan->popts = TXD_POPTS_TXSM | TXD_POPTS_IXSM;
	nic->stats.tx_tso++;
	nic->dev.stats.tx_packets += more;
	nic->dev.stats.tx_bytes += (u64)more * hdrlen;
}
