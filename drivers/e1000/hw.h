/*
 * What is done to the hardware outside of the data path: quiesce, reset,
 * MAC address, configuration, link. Task context (or the restart of a hung
 * device, which may spend its milliseconds in a softirq).
 */
#pragma once

#include "drivers/e1000/e1000.h"

/* Stops interrupts, reception and transmission, whoever started them. */
void e1000_hw_quiesce(struct e1000 *nic);

/* Quiesces and resets; 0, or -EIO when the device does not come back. */
int e1000_hw_reset(struct e1000 *nic) must_check;

/* The station address into nic->mac; before the first reset. 0, -EIO. */
int e1000_hw_read_mac(struct e1000 *nic) must_check;

/* Programs every register in use, rings included; RCTL once, last. */
void e1000_hw_configure(struct e1000 *nic);

/* What interrupts; transmits only while the queue is stopped. */
#define E1000_IMS_SINGLE (INT_RXT0 | INT_RXO | INT_RXDMT0 | INT_LSC)
#define E1000_IMS_MSIX	 (INT_RXQ0 | INT_OTHER | INT_LSC)
#define E1000_EIAC	 (INT_RXQ0 | INT_TXQ0 | INT_OTHER)
