/*
 * An e1000 or e1000e in memory, behind the registers and the rings, with the
 * behaviour of QEMU 7.2 as reference/nic-e1000.md has it: reset that resets
 * nothing, cause bits, auto-clear, synchronous transmit, frames that wait
 * while there is no buffer.
 */
#pragma once

#include "drivers/e1000/regs.h"
#include "test/host/pci_model.h"

#define MODEL_REGS_LEN	 0x20000
#define MODEL_MSIX_LEN	 0x4000
#define MODEL_FRAME_MAX	 70000
#define MODEL_SENT_KEPT	 256
#define MODEL_WRITES_MAX 2048

struct model_frame {
	u32 len, descriptors;
	u8 *data;
	bool tso;
};

struct model_write {
	u32 reg, value;
};

struct e1000_model {
	bool is_82574;
	struct pci_model_fn *pci;
	u8 *bar, *msix;
	u32 regs[MODEL_REGS_LEN / 4];
	u16 eeprom[64];
	u8 line;

	/* What a test changes. */
	bool link;
	bool tx_hang;	   /* the tail write does nothing */
	bool tx_manual;	   /* nor this, but model_tx_run does */
	bool reset_hangs;  /* CTRL.RST stays set */
	bool reset_resets; /* as on silicon and in QEMU 10 */
	u8 rx_errors;	   /* in the next frame's descriptor */
	u8 rx_status;	   /* checksum bits of it */
	u32 rx_len_lie;	   /* its length, whatever is true; 0: the truth */

	/* What a test looks at. */
	struct model_frame sent[MODEL_SENT_KEPT]; /* ring by nr_sent */
	u64 nr_sent, nr_received, nr_dropped, nr_contexts, nr_resets;
	u64 bad_seeds; /* sums to be inserted without their pseudo-header */
	u64 rx_tail_writes, tx_tail_writes, icr_reads, messages, line_raises;
	struct model_write writes[MODEL_WRITES_MAX];
	unsigned nr_writes;

	/* The device's own state. */
	struct e1000_tx_context context, tso_context;
	u8 frame[MODEL_FRAME_MAX];
	u32 frame_len, frame_descriptors;
	u8 popts_first, popts_last;
	bool tse;
	u32 line_up;
	bool updating, again;
};

/* On the bus at 00:slot.0; device id 100e, 100f or 10d3. */
struct e1000_model *e1000_model_create(u8 slot, u16 device);
void e1000_model_destroy(struct e1000_model *m);

u32 model_reg(const struct e1000_model *m, u32 reg);

/* A frame from the wire; false when the device has no place for it. */
bool model_rx(struct e1000_model *m, const void *frame, u32 len);

/* The descriptors that it may fill now. */
u32 model_rx_free(const struct e1000_model *m);

/* Sends at most n descriptors: a slow device. */
void model_tx_run(struct e1000_model *m, u32 n);

/* The i-th frame sent, of the last MODEL_SENT_KEPT. */
const struct model_frame *model_sent(const struct e1000_model *m, u64 i);

void model_set_link(struct e1000_model *m, bool up);

/* Interrupts that could not be taken when they came up. */
void model_irq_poll(struct e1000_model *m);

/* Position of the first or last write to a register; -1: none. */
int model_first_write(const struct e1000_model *m, u32 reg);
int model_last_write(const struct e1000_model *m, u32 reg);
unsigned model_count_writes(const struct e1000_model *m, u32 reg);
