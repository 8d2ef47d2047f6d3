/* See e1000_fixture.h. */
#include "test/host/e1000_fixture.h"

#include <stdlib.h>
#include <string.h>

static const struct pci_driver *const drivers[] = {&e1000_driver, NULL};

static const u8 station[ETH_ALEN] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
static const u8 peer[ETH_ALEN] = {0x02, 0, 0, 0, 0, 0x02};

static u8 pattern(u32 sequence, u32 at)
{
	return (u8)(sequence * 7 + at);
}

/* The frame's own words: sequence, then a pattern that depends on it. */
static void receive(struct sk_buff *skb, struct packet_type *pt)
{
	struct nic_fixture *f = pt->arg;
	u32 sequence;

	f->received++;
	f->received_bytes += skb->len;
	f->last_len = skb->len;
	f->last_summed = skb->ip_summed;
	f->last_head_kind = skb->head_kind;
	memcpy(&sequence, skb->data, 4);
	for (u32 i = 4; i < skb->len; i++)
		f->corrupt += skb->data[i] != pattern(sequence, i);
	if (f->hold)
		skb_queue_tail(&f->held, skb);
	else
		consume_skb(skb);
}

void nic_make_frame(struct nic_fixture *f, u8 *frame, u32 len)
{
	memcpy(frame, station, ETH_ALEN);
	memcpy(frame + ETH_ALEN, peer, ETH_ALEN);
	put_be16(frame + 12, TEST_TYPE);
	memcpy(frame + ETH_HLEN, &f->sequence, 4);
	for (u32 i = 4; i + ETH_HLEN < len; i++)
		frame[ETH_HLEN + i] = pattern(f->sequence, i);
	f->sequence++;
}

bool nic_wire(struct nic_fixture *f, u32 len)
{
	u8 *frame = malloc(len);
	bool taken;

	nic_make_frame(f, frame, len);
	taken = model_rx(f->m, frame, len);
	free(frame);
	return taken;
}

void nic_rx(struct nic_fixture *f, u32 len)
{
	nic_wire(f, len);
	nic_settle(f);
}

struct sk_buff *nic_skb(struct nic_fixture *f, u32 len)
{
	struct sk_buff *skb = alloc_skb(f->net, len);

	assert_non_null(skb);
	nic_make_frame(f, skb_put(skb, len), len);
	skb->dev = f->dev;
	skb->protocol = htons(TEST_TYPE);
	return skb;
}

void nic_xmit(struct nic_fixture *f, struct sk_buff *skb)
{
	local_bh_disable();
	(void)dev_queue_xmit(skb);
	local_bh_enable();
}

void nic_tx(struct nic_fixture *f, u32 len)
{
	nic_xmit(f, nic_skb(f, len));
}

void nic_settle(struct nic_fixture *f)
{
	model_irq_poll(f->m);
	sim_settle();
	model_irq_poll(f->m);
	sim_settle();
}

void nic_run_ms(struct nic_fixture *f, u64 ms)
{
	nic_settle(f);
	sim_run_ms(ms);
	nic_settle(f);
}

void nic_open(struct nic_fixture *f)
{
	local_bh_disable();
	assert_int_equal(dev_open(f->dev), 0);
	local_bh_enable();
	nic_settle(f);
}

void nic_close(struct nic_fixture *f)
{
	local_bh_disable();
	dev_close(f->dev);
	local_bh_enable();
	nic_settle(f);
}

int nic_probe(u16 device, enum pci_irq_mode mode, void **state)
{
	struct nic_fixture *f = calloc(1, sizeof(*f));

	sim_init();
	pci_model_reset();
	*state = f;
	skb_queue_head_init(&f->held);
	f->m = e1000_model_create(3, device);
	f->net = net_create();
	assert_non_null(f->net);
	e1000_set_irq_mode(mode);
	local_bh_disable();
	assert_int_equal(pci_scan(&f->host, f->net, drivers), 1);
	f->pt = (struct packet_type){
		.type = TEST_TYPE, .func = receive, .arg = f};
	dev_add_pack(f->net, &f->pt);
	local_bh_enable();
	f->dev = dev_get_by_name(f->net, "eth0");
	assert_non_null(f->dev);
	f->nic = f->dev->priv;
	return 0;
}

int nic_setup(u16 device, enum pci_irq_mode mode, void **state)
{
	int err = nic_probe(device, mode, state);
	struct nic_fixture *f = *state;

	nic_open(f);
	/* Not those of the configuration. */
	f->m->rx_tail_writes = f->m->tx_tail_writes = 0;
	return err;
}

int nic_setup_e1000(void **state)
{
	return nic_setup(0x100e, PCI_IRQ_AUTO, state);
}

int nic_setup_e1000e(void **state)
{
	return nic_setup(0x10d3, PCI_IRQ_AUTO, state);
}

int nic_setup_e1000e_msi(void **state)
{
	return nic_setup(0x10d3, PCI_IRQ_MSI, state);
}

int nic_setup_e1000e_intx(void **state)
{
	return nic_setup(0x10d3, PCI_IRQ_INTX, state);
}

int nic_teardown(void **state)
{
	struct nic_fixture *f = *state;

	local_bh_disable();
	skb_queue_purge(&f->held, DROP_NONE);
	dev_remove_pack(&f->pt);
	pci_release(&f->host);
	local_bh_enable();
	sim_settle();
	assert_int_equal(irq_model_actions(), 0);
	assert_int_equal(f->net->skb_live, 0);
	net_destroy(f->net);
	sim_exit();
	assert_int_equal(sim_live_objects(), 0);
	assert_int_equal(sim_live_pages(), 0);
	assert_int_equal(f->corrupt, 0);
	e1000_model_destroy(f->m);
	free(f);
	return 0;
}

struct stat_search {
	const char *name;
	u64 value;
	bool found;
};

static void stat_visit(const char *name, u64 value, void *arg)
{
	struct stat_search *search = arg;

	if (strcmp(name, search->name) == 0) {
		search->value = value;
		search->found = true;
	}
}

u64 nic_stat(struct nic_fixture *f, const char *name)
{
	struct stat_search search = {.name = name};

	f->dev->ops->ndo_ethtool_stats(f->dev, stat_visit, &search);
	assert_true(search.found);
	return search.value;
}
