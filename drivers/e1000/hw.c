/*
 * Reset and configuration (8254x SDM chapter 14; 82574 datasheet 4.6). The
 * order and the waits are those of the measured sequences: RCTL once and
 * last, because QEMU's e1000 is deaf for a second after each RCTL write, and
 * everything rewritten after a reset, because there CTRL.RST does nothing.
 */
#include "drivers/e1000/hw.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "lib/units.h"

#define QUIESCE_MS    10
#define RESET_HOLD_NS 10000
#define NVM_LOAD_MS   20
#define HW_TIMEOUT_MS 100

/* Reads all the while, so that no posted write waits longer than we do. */
static void hw_wait_ms(struct e1000 *nic, u64 ms)
{
	u64 end = machine_now_ns() + ms * NS_PER_MS;

	while (machine_now_ns() < end) {
		e1000_flush(nic);
		machine_relax();
	}
}

/* Waits until the bits of `mask` are all set; false after the time. */
static bool hw_wait_set(struct e1000 *nic, u32 reg, u32 mask, u64 ms)
{
	u64 end = machine_now_ns() + ms * NS_PER_MS;

	while ((e1000_read(nic, reg) & mask) != mask) {
		if (machine_now_ns() >= end)
			return false;
		machine_relax();
	}
	return true;
}

/* The same until they are all clear. */
static bool hw_wait_clear(struct e1000 *nic, u32 reg, u32 mask)
{
	u64 end = machine_now_ns() + HW_TIMEOUT_MS * NS_PER_MS;

	while (e1000_read(nic, reg) & mask) {
		if (machine_now_ns() >= end)
			return false;
		machine_relax();
	}
	return true;
}

static void hw_set(struct e1000 *nic, u32 reg, u32 clear, u32 set)
{
	e1000_write(nic, reg, (e1000_read(nic, reg) & ~clear) | set);
}

/*
 * Firmware's network boot may have left the receiver running into memory
 * that is ours now, and the reset does not stop it on every model: take bus
 * mastering away first, then stop by hand.
 */
void e1000_hw_quiesce(struct e1000 *nic)
{
	bool running;

	pci_command(nic->pci, PCI_COMMAND_MEM | PCI_COMMAND_INTX_DISABLE,
		    PCI_COMMAND_MASTER);
	e1000_write(nic, REG_IMC, INT_ALL);
	running = e1000_read(nic, REG_RCTL) & RCTL_EN;
	e1000_write(nic, REG_RCTL, 0);
	e1000_write(nic, REG_TCTL, TCTL_PSP);
	e1000_flush(nic);
	if (running)
		hw_wait_ms(nic, QUIESCE_MS);
}

/* 82574 4.6.1: the manageability unit shares the PHY; then stop all DMA. */
static void hw_prepare_reset_82574(struct e1000 *nic)
{
	hw_set(nic, REG_EXTCNF_CTRL, 0, EXTCNF_SW_OWNER);
	(void)hw_wait_set(nic, REG_EXTCNF_CTRL, EXTCNF_SW_OWNER, HW_TIMEOUT_MS);
	hw_set(nic, REG_CTRL, 0, CTRL_GIO_DISABLE);
	(void)hw_wait_clear(nic, REG_STATUS, STATUS_GIO);
}

/*
 * The end of a reset shows in registers, so nothing sleeps for the longest
 * that it may take. CTRL.RST clears itself (but must not be read at once:
 * SDM 13.4.1); then the NVM is loaded, which ends with EECD.AUTO_RD on the
 * 82574 and shows in the 8254x by the station address becoming valid again,
 * or does not when there is no EEPROM. The PHY, which takes the 82574 some
 * 25 ms more, and the NVM's own registers are not touched after a reset: the
 * link comes up by itself and says so by LSC.
 */
static bool hw_reset_is_over(struct e1000 *nic)
{
	u64 end = machine_now_ns() + RESET_HOLD_NS;

	while (machine_now_ns() < end)
		machine_relax();
	if (!hw_wait_clear(nic, REG_CTRL, CTRL_RST))
		return false;
	if (nic->chip->is_82574)
		return hw_wait_set(nic, REG_EECD, EECD_AUTO_RD, HW_TIMEOUT_MS);
	(void)hw_wait_set(nic, REG_RAH(0), RAH_VALID, NVM_LOAD_MS);
	return true;
}

int e1000_hw_reset(struct e1000 *nic)
{
	e1000_hw_quiesce(nic);
	if (nic->chip->is_82574)
		hw_prepare_reset_82574(nic);
	hw_set(nic, REG_CTRL, 0, CTRL_RST);
	if (!hw_reset_is_over(nic))
		return -EIO;
	if (nic->chip->is_82574) {
		e1000_write(nic, REG_EIAC, 0);
		hw_set(nic, REG_CTRL_EXT, CTRL_EXT_IAME | CTRL_EXT_EIAME, 0);
		hw_set(nic, REG_EXTCNF_CTRL, EXTCNF_SW_OWNER, 0);
	} else {
		/* Or the management engine answers ARP for us (13.4.46). */
		hw_set(nic, REG_MANC, MANC_ARP_EN, 0);
	}
	e1000_write(nic, REG_IMC, INT_ALL);
	e1000_write(nic, REG_ICR, INT_ALL);
	(void)e1000_read(nic, REG_ICR);
	nic->fresh = true;
	return 0;
}

/* A station's own address: not a group, not all zeros. */
static bool mac_is_valid(const u8 mac[ETH_ALEN])
{
	static const u8 zero[ETH_ALEN];

	return !(mac[0] & 1) && memcmp(mac, zero, ETH_ALEN) != 0;
}

static bool hw_mac_from_filter(struct e1000 *nic)
{
	u32 low = e1000_read(nic, REG_RAL(0));
	u32 high = e1000_read(nic, REG_RAH(0));

	memcpy(nic->mac, &low, 4);
	memcpy(nic->mac + 4, &high, 2);
	return (high & RAH_VALID) && mac_is_valid(nic->mac);
}

static bool hw_mac_from_eeprom(struct e1000 *nic)
{
	for (u32 word = 0; word < ETH_ALEN / 2; word++) {
		u32 done = nic->chip->eerd_done;
		u16 value;

		e1000_write(nic, REG_EERD,
			    EERD_START | word << nic->chip->eerd_shift);
		if (!hw_wait_set(nic, REG_EERD, done, HW_TIMEOUT_MS))
			return false;
		value = (u16)(e1000_read(nic, REG_EERD) >> EERD_DATA_SHIFT);
		memcpy(nic->mac + 2 * word, &value, 2);
	}
	return mac_is_valid(nic->mac);
}

int e1000_hw_read_mac(struct e1000 *nic)
{
	if (hw_mac_from_filter(nic) || hw_mac_from_eeprom(nic))
		return 0;
	return -EIO;
}

/* Our address alone passes, and broadcast by RCTL.BAM (SDM 14.4). */
static void hw_set_filters(struct e1000 *nic)
{
	u32 low, high = 0;

	memcpy(&low, nic->mac, 4);
	memcpy(&high, nic->mac + 4, 2);
	e1000_write(nic, REG_RAL(0), low);
	e1000_write(nic, REG_RAH(0), high | RAH_VALID);
	for (u32 i = 1; i < NR_MAC_FILTER; i++) {
		e1000_write(nic, REG_RAH(i), 0);
		e1000_write(nic, REG_RAL(i), 0);
	}
	for (u32 i = 0; i < MTA_WORDS; i++)
		e1000_write(nic, REG_MTA + 4 * i, 0);
	for (u32 i = 0; i < VFTA_WORDS; i++)
		e1000_write(nic, REG_VFTA + 4 * i, 0);
}

/* 82574 bits that the datasheet and errata ask for. */
static void hw_tune_82574(struct e1000 *nic)
{
	hw_set(nic, REG_CTRL, CTRL_BIT29, 0);
	hw_set(nic, REG_CTRL_EXT, CTRL_EXT_BIT23,
	       CTRL_EXT_BIT22 | CTRL_EXT_DRV_LOAD);
	hw_set(nic, REG_GCR, 0, GCR_BIT22);
	hw_set(nic, REG_GCR2, 0, GCR2_BIT0);
	hw_set(nic, REG_TARC0, TARC0_CLEAR, TARC0_SET);
	e1000_write(nic, REG_RXDCTL, RXDCTL_82574);
	/* Erratum: both queues must be set alike. */
	e1000_write(nic, REG_TXDCTL, TXDCTL_82574);
	e1000_write(nic, REG_TXDCTL1, TXDCTL_82574);
}

static void hw_set_link_and_delays(struct e1000 *nic)
{
	hw_set(nic, REG_CTRL,
	       CTRL_LRST | CTRL_ILOS | CTRL_FRCSPD | CTRL_FRCDPX | CTRL_VME |
		       CTRL_PHY_RST | CTRL_GIO_DISABLE,
	       CTRL_SLU | CTRL_ASDE);
	/* Moderation is by NAPI: no delay of our own making. */
	e1000_write(nic, REG_RDTR, 0);
	e1000_write(nic, REG_RADV, 0);
	e1000_write(nic, REG_TIDV, 0);
	e1000_write(nic, REG_TADV, 0);
	e1000_write(nic, REG_ITR, 0);
}

/* SDM 14.4, 14.5. Heads are written only here, while all is disabled. */
static void hw_set_rings(struct e1000 *nic)
{
	u64 rx = machine_dma_addr(nic->rx.desc);
	u64 tx = machine_dma_addr(nic->tx.desc);

	e1000_write(nic, REG_RDBAL, (u32)rx);
	e1000_write(nic, REG_RDBAH, (u32)(rx >> 32));
	e1000_write(nic, REG_RDLEN, E1000_RING_SIZE * sizeof(*nic->rx.desc));
	e1000_write(nic, REG_RDH, 0);
	e1000_write(nic, REG_RDT, 0);
	e1000_write(nic, REG_TDBAL, (u32)tx);
	e1000_write(nic, REG_TDBAH, (u32)(tx >> 32));
	e1000_write(nic, REG_TDLEN, E1000_RING_SIZE * sizeof(*nic->tx.desc));
	e1000_write(nic, REG_TDH, 0);
	e1000_write(nic, REG_TDT, 0);
	e1000_write(nic, REG_TIPG, TIPG_COPPER);
}

/* Queue 1 is there but unused; EXTEN must come before RCTL.EN. */
static void hw_set_queues_82574(struct e1000 *nic)
{
	e1000_write(nic, REG_RDLEN1, 0);
	e1000_write(nic, REG_RDH1, 0);
	e1000_write(nic, REG_RDT1, 0);
	e1000_write(nic, REG_TDLEN1, 0);
	e1000_write(nic, REG_TDH1, 0);
	e1000_write(nic, REG_TDT1, 0);
	/* Without ACK_DIS each TCP ACK interrupts by itself. */
	e1000_write(nic, REG_RFCTL, RFCTL_EXTEN | RFCTL_ACK_DIS);
	e1000_write(nic, REG_RXCSUM, RXCSUM_IP_AND_L4);
	e1000_write(nic, REG_MRQC, 0);
}

/* 82574 7.4.2: which cause goes to which vector, and auto-clears. */
static void hw_set_vectors(struct e1000 *nic)
{
	e1000_write(nic, REG_IAM, 0);
	if (nic->pci->irq_mode != PCI_IRQ_MSIX)
		return;
	e1000_write(nic, REG_IVAR, IVAR_THREE_VECTORS);
	hw_set(nic, REG_CTRL_EXT, 0, CTRL_EXT_PBA_CLR);
	e1000_write(nic, REG_EIAC, E1000_EIAC);
	for (u32 i = 0; i < E1000_NR_VEC; i++)
		e1000_write(nic, REG_EITR(i), 0);
}

void e1000_hw_configure(struct e1000 *nic)
{
	u32 rctl = RCTL_EN | RCTL_BAM | RCTL_SECRC;

	nic->fresh = false;
	hw_set_filters(nic);
	hw_set_link_and_delays(nic);
	hw_set_rings(nic);
	if (nic->chip->is_82574) {
		hw_tune_82574(nic);
		hw_set_queues_82574(nic);
		hw_set_vectors(nic);
	} else {
		e1000_write(nic, REG_TXDCTL, TXDCTL_8254X);
	}
	pci_command(nic->pci, PCI_COMMAND_MEM | PCI_COMMAND_MASTER,
		    nic->pci->irq_mode == PCI_IRQ_INTX
			    ? PCI_COMMAND_INTX_DISABLE
			    : 0);
	if (nic->dev.flags & IFF_PROMISC)
		rctl |= RCTL_UPE | RCTL_MPE;
	e1000_write(nic, REG_TCTL, TCTL_ON);
	e1000_write(nic, REG_RCTL, rctl);
	e1000_flush(nic);
}
