/*
 * The e1000 model's rings: what the device does with descriptors. Addresses
 * are pointers, so AddressSanitizer sees a wrong one or a length too far.
 */
#include "test/host/e1000_rings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "drivers/pci.h"
#include "lib/checksum.h"

#define BUFFER_LEN 2048
#define MAX_BURST  64 /* buffers of one frame on the e1000e */

static void *pointer(u32 low, u32 high)
{
	return (void *)(uintptr_t)((u64)high << 32 | low);
}

static u32 ring_len(const struct e1000_model *m, u32 reg)
{
	return model_reg(m, reg) / 16;
}

static struct e1000_rx_desc *rx_desc(const struct e1000_model *m, u32 i)
{
	struct e1000_rx_desc *ring =
		pointer(model_reg(m, REG_RDBAL), model_reg(m, REG_RDBAH));

	return &ring[i];
}

u32 model_rx_free(const struct e1000_model *m)
{
	u32 len = ring_len(m, REG_RDLEN);

	if (!len)
		return 0;
	return (model_reg(m, REG_RDT) + len - model_reg(m, REG_RDH)) % len;
}

/* Extended: all of it rewritten. Legacy: old status bits survive. */
static void write_back(struct e1000_model *m, struct e1000_rx_desc *desc,
		       u32 len, bool last)
{
	u8 status = RXD_DD | (last ? RXD_EOP | m->rx_status : 0);
	u8 errors = last ? m->rx_errors : 0;

	if (last && m->rx_len_lie)
		len = m->rx_len_lie;
	if (model_reg(m, REG_RFCTL) & RFCTL_EXTEN) {
		desc->addr = 0x5555555555555555;
		desc->word = status | (u64)errors << 24 | (u64)len << 32;
		return;
	}
	status |= desc->word >> 32 & ~(u64)(RXD_DD | RXD_EOP);
	if (last && !m->is_82574)
		status |= m->rx_status ? 0 : RXD_IXSM;
	desc->word = len | (u64)status << 32 | (u64)errors << 40;
}

static void fill(struct e1000_model *m, const u8 *frame, u32 len)
{
	u32 size = ring_len(m, REG_RDLEN);

	while (len) {
		u32 head = model_reg(m, REG_RDH);
		u32 part = len < BUFFER_LEN ? len : BUFFER_LEN;
		struct e1000_rx_desc *desc = rx_desc(m, head);

		assert(desc->addr && !(desc->word & RXD_DD));
		memcpy((void *)(uintptr_t)desc->addr, frame, part);
		frame += part;
		len -= part;
		write_back(m, desc, part, len == 0);
		m->regs[REG_RDH / 4] = (head + 1) % size;
	}
}

bool model_rx(struct e1000_model *m, const void *frame, u32 len)
{
	if (!(m->pci->cfg[1] & PCI_COMMAND_MASTER) || !m->link ||
	    !(model_reg(m, REG_RCTL) & RCTL_EN))
		return false;
	if (model_rx_free(m) < (len + BUFFER_LEN - 1) / BUFFER_LEN) {
		m->nr_dropped++;
		m->regs[REG_MPC / 4]++;
		model_cause(m, INT_RXO);
		return false;
	}
	fill(m, frame, len);
	m->rx_errors = m->rx_status = 0;
	m->rx_len_lie = 0;
	m->nr_received++;
	model_cause(m, INT_RXT0);
	return true;
}

static void keep(struct e1000_model *m, const u8 *data, u32 len, bool tso)
{
	struct model_frame *f = &m->sent[m->nr_sent++ % MODEL_SENT_KEPT];

	free(f->data);
	f->data = malloc(len);
	memcpy(f->data, data, len);
	f->len = len;
	f->descriptors = m->frame_descriptors;
	f->tso = tso;
}

static void put16(u8 *at, u32 value)
{
	at[0] = (u8)(value >> 8);
	at[1] = (u8)value;
}

static u32 get16(const u8 *at)
{
	return (u32)at[0] << 8 | at[1];
}

/* Sums what is there, seed included, and stores the complement. */
static void insert_sum(u8 *frame, u32 start, u32 end, u32 at)
{
	be16 sum = csum_fold(csum_partial(frame + start, end - start, 0));

	assert(start < end && at + 2 <= end);
	memcpy(frame + at, &sum, 2);
}

/* One segment of a TSO frame (SDM 3.5.6). */
static void send_segment(struct e1000_model *m, u32 at, u32 len, u32 index)
{
	const struct e1000_tx_context *c = &m->tso_context;
	u8 seg[20000], *ip = seg + c->ipcss, *tcp = seg + c->tucss;
	u32 total = c->hdrlen + len, seed, seq;

	memcpy(seg, m->frame, c->hdrlen);
	memcpy(seg + c->hdrlen, m->frame + at, len);
	put16(ip + 2, total - c->ipcss);
	put16(ip + 4, get16(ip + 4) + index);
	seq = (get16(tcp + 4) << 16 | get16(tcp + 6)) + at - c->hdrlen;
	put16(tcp + 4, seq >> 16);
	put16(tcp + 6, seq);
	if (at + len < m->frame_len)
		tcp[13] &= ~0x09u; /* FIN, PSH */
	assert(get16(ip + 10) == 0);
	insert_sum(seg, c->ipcss, c->ipcse + 1u, c->ipcso);
	seed = get16(seg + c->tucso) + total - c->tucss;
	put16(seg + c->tucso, (seed & 0xffff) + (seed >> 16));
	insert_sum(seg, c->tucss, total, c->tucso);
	keep(m, seg, total, true);
}

/*
 * QEMU's e1000e parses the frame instead of using the context, and takes all
 * that follows the IP header for L4: Ethernet padding too. With a tap that has
 * vnet_hdr it would need the seed, so a wrong one is counted.
 */
static void insert_parsed_sum(struct e1000_model *m)
{
	u8 *ip = m->frame + 14, *l4 = ip + (ip[0] & 0xf) * 4;
	u32 len = m->frame_len - (u32)(l4 - m->frame);
	u8 *at = l4 + (ip[9] == 6 ? 16 : 6);
	csum_t sum;
	be16 field;

	if (get16(m->frame + 12) != 0x0800 || (ip[9] != 6 && ip[9] != 17))
		return;
	sum = csum_partial(ip + 12, 8, BE16(ip[9]).raw + BE16(len).raw);
	field = csum_fold(sum);
	m->bad_seeds += get16(at) + ntohs(field) != 0xffff;
	put16(at, 0);
	field = csum_fold(csum_partial(l4, len, sum));
	memcpy(at, &field, 2);
}

static void send_frame(struct e1000_model *m)
{
	u8 popts = m->is_82574 ? m->popts_last : m->popts_first;
	const struct e1000_tx_context *c = &m->context;

	if (m->tse) {
		const struct e1000_tx_context *t = &m->tso_context;

		assert((t->cmd_len & 0xfffff) == m->frame_len - t->hdrlen);
		for (u32 at = t->hdrlen, i = 0; at < m->frame_len; i++) {
			u32 left = m->frame_len - at;
			u32 len = left < t->mss ? left : t->mss;

			send_segment(m, at, len, i);
			at += len;
		}
		return;
	}
	if (popts & TXD_POPTS_TXSM && m->is_82574)
		insert_parsed_sum(m);
	else if (popts & TXD_POPTS_TXSM)
		insert_sum(m->frame, c->tucss, m->frame_len, c->tucso);
	if (!m->is_82574 || m->frame_descriptors <= MAX_BURST)
		keep(m, m->frame, m->frame_len, false);
}

static void take_context(struct e1000_model *m,
			 const struct e1000_tx_desc *desc)
{
	m->nr_contexts++;
	memcpy(desc->cmd_len & TXC_TSE ? &m->tso_context : &m->context, desc,
	       sizeof(*desc));
}

static void take_data(struct e1000_model *m, const struct e1000_tx_desc *desc)
{
	u32 len = desc->cmd_len & 0xfffff;

	assert(desc->cmd_len & TXD_DEXT && desc->cmd_len & TXD_IFCS);
	assert(len <= 16288 && m->frame_len + len <= MODEL_FRAME_MAX);
	if (!m->frame_descriptors++) {
		m->popts_first = desc->popts;
		m->tse = true;
	}
	m->popts_last = desc->popts;
	m->tse &= (desc->cmd_len & TXD_TSE) != 0;
	memcpy(m->frame + m->frame_len, (void *)(uintptr_t)desc->addr, len);
	m->frame_len += len;
	if (!(desc->cmd_len & TXD_EOP))
		return;
	if (m->link)
		send_frame(m);
	m->frame_len = m->frame_descriptors = 0;
}

void model_tx_run(struct e1000_model *m, u32 n)
{
	struct e1000_tx_desc *ring =
		pointer(model_reg(m, REG_TDBAL), model_reg(m, REG_TDBAH));
	u32 len = ring_len(m, REG_TDLEN), head, cause = 0;

	if (!(model_reg(m, REG_TCTL) & 2) || !len)
		return;
	assert(m->pci->cfg[1] & PCI_COMMAND_MASTER);
	for (; n && (head = model_reg(m, REG_TDH)) != model_reg(m, REG_TDT);
	     n--) {
		struct e1000_tx_desc *desc = &ring[head];

		if (desc->cmd_len & TXD_DTYP_DATA)
			take_data(m, desc);
		else
			take_context(m, desc);
		if (desc->cmd_len & TXD_RS) {
			desc->status |= TXD_STATUS_DD;
			cause = INT_TXDW;
		}
		m->regs[REG_TDH / 4] = (head + 1) % len;
	}
	if (cause)
		model_cause(m, cause);
}

const struct model_frame *model_sent(const struct e1000_model *m, u64 i)
{
	assert(i < m->nr_sent && i + MODEL_SENT_KEPT >= m->nr_sent);
	return &m->sent[i % MODEL_SENT_KEPT];
}
