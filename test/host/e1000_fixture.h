/*
 * For the e1000 tests: a stack, a modelled NIC found by pci_scan and opened,
 * and a receiver of frames of an EtherType of our own. Teardown asserts that
 * nothing is left alive.
 *
 *	nic_setup(0x10d3, PCI_IRQ_MSIX, state)
 *	nic_rx(f, len)     a frame from the wire; nic_settle runs the rest
 *	nic_tx(f, len)     a linear frame to the wire
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/e1000/e1000.h"
#include "net/core/net.h"
#include "test/host/e1000_model.h"
#include "test/host/machine_sim.h"

#define TEST_TYPE 0x88b5 /* IEEE 802 local experimental */

struct nic_fixture {
	struct net *net;
	struct pci_host host;
	struct e1000_model *m;
	struct e1000 *nic;
	struct net_device *dev;
	struct packet_type pt;
	u64 received, received_bytes, corrupt;
	u32 last_len, sequence;
	u8 last_summed, last_head_kind;
	bool hold; /* the receiver keeps frames in `held` */
	struct sk_buff_head held;
};

/* Probed and open; not open yet with nic_probe. */
int nic_setup(u16 device, enum pci_irq_mode mode, void **state);
int nic_probe(u16 device, enum pci_irq_mode mode, void **state);
int nic_teardown(void **state);

int nic_setup_e1000(void **state);
int nic_setup_e1000e(void **state);
int nic_setup_e1000e_msi(void **state);
int nic_setup_e1000e_intx(void **state);

void nic_open(struct nic_fixture *f);
void nic_close(struct nic_fixture *f);

/* Interrupts, softirqs and tasks at this instant. */
void nic_settle(struct nic_fixture *f);
void nic_run_ms(struct nic_fixture *f, u64 ms);

/* Fills a frame for the station, of `len` bytes, patterned by `sequence`. */
void nic_make_frame(struct nic_fixture *f, u8 *frame, u32 len);

/* The wire: one frame; false when the device refuses it. nic_rx settles. */
bool nic_wire(struct nic_fixture *f, u32 len);
void nic_rx(struct nic_fixture *f, u32 len);

/* A linear sk_buff of len bytes, ready for dev_queue_xmit. */
struct sk_buff *nic_skb(struct nic_fixture *f, u32 len);
void nic_xmit(struct nic_fixture *f, struct sk_buff *skb);
void nic_tx(struct nic_fixture *f, u32 len);

/* A counter of ndo_ethtool_stats by name; fails where there is none. */
u64 nic_stat(struct nic_fixture *f, const char *name);
