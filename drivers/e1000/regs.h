/*
 * Registers and descriptors of the 8254x and 82574 (PCI/PCI-X Family of
 * Gigabit Ethernet Controllers SDM, chapters 3 and 13; 82574 datasheet,
 * chapters 7 and 10): only those that the driver uses.
 */
#pragma once

#include "lib/types.h"

/* General (SDM 13.4.1 to 13.4.7) */
#define REG_CTRL	0x0000
#define REG_STATUS	0x0008
#define REG_EECD	0x0010
#define REG_EERD	0x0014
#define REG_CTRL_EXT	0x0018
#define REG_EXTCNF_CTRL 0x0f00
#define REG_MANC	0x5820
#define REG_GCR		0x5b00
#define REG_GCR2	0x5b64

/* Interrupts (13.4.17 to 13.4.21; 82574 10.2.4) */
#define REG_ICR	    0x00c0
#define REG_ITR	    0x00c4
#define REG_IMS	    0x00d0
#define REG_IMC	    0x00d8
#define REG_EIAC    0x00dc
#define REG_IAM	    0x00e0
#define REG_IVAR    0x00e4
#define REG_EITR(n) (0x00e8 + 4 * (n))

/* Receive (13.4.22 to 13.4.32; 82574 10.2.5, 10.2.6) */
#define REG_RCTL   0x0100
#define REG_RDBAL  0x2800
#define REG_RDBAH  0x2804
#define REG_RDLEN  0x2808
#define REG_RDH	   0x2810
#define REG_RDT	   0x2818
#define REG_RDTR   0x2820
#define REG_RXDCTL 0x2828
#define REG_RADV   0x282c
#define REG_RDLEN1 0x2908
#define REG_RDH1   0x2910
#define REG_RDT1   0x2918
#define REG_RXCSUM 0x5000
#define REG_RFCTL  0x5008
#define REG_MTA	   0x5200
#define REG_RAL(n) (0x5400 + 8 * (n))
#define REG_RAH(n) (0x5404 + 8 * (n))
#define REG_VFTA   0x5600
#define REG_MRQC   0x5818

/* Transmit (13.4.33 to 13.4.44) */
#define REG_TCTL    0x0400
#define REG_TIPG    0x0410
#define REG_TDBAL   0x3800
#define REG_TDBAH   0x3804
#define REG_TDLEN   0x3808
#define REG_TDH	    0x3810
#define REG_TDT	    0x3818
#define REG_TIDV    0x3820
#define REG_TXDCTL  0x3828
#define REG_TADV    0x382c
#define REG_TARC0   0x3840
#define REG_TDLEN1  0x3908
#define REG_TDH1    0x3910
#define REG_TDT1    0x3918
#define REG_TXDCTL1 0x3928

/* Statistics (13.7) */
#define REG_MPC 0x4010 /* frames missed for want of a buffer */

#define MTA_WORDS     128
#define VFTA_WORDS    128
#define NR_MAC_FILTER 16

#define CTRL_FD		 0x00000001
#define CTRL_GIO_DISABLE 0x00000004 /* 82574: no new DMA */
#define CTRL_LRST	 0x00000008
#define CTRL_ASDE	 0x00000020
#define CTRL_SLU	 0x00000040
#define CTRL_ILOS	 0x00000080
#define CTRL_FRCSPD	 0x00000800
#define CTRL_FRCDPX	 0x00001000
#define CTRL_RST	 0x04000000
#define CTRL_BIT29	 0x20000000 /* 82574: to be kept clear */
#define CTRL_VME	 0x40000000
#define CTRL_PHY_RST	 0x80000000

#define STATUS_FD    0x00000001
#define STATUS_LU    0x00000002
#define STATUS_SPEED 0x000000c0 /* 00: 10, 01: 100, 1x: 1000 Mb/s */
#define STATUS_GIO   0x00080000 /* 82574: DMA still enabled */

#define EECD_AUTO_RD	0x00000200
#define EXTCNF_SW_OWNER 0x00000020
#define MANC_ARP_EN	0x00002000

#define CTRL_EXT_BIT22	  0x00400000 /* 82574: to be set */
#define CTRL_EXT_BIT23	  0x00800000 /* 82574: to be kept clear */
#define CTRL_EXT_EIAME	  0x01000000
#define CTRL_EXT_IAME	  0x08000000
#define CTRL_EXT_DRV_LOAD 0x10000000
#define CTRL_EXT_PBA_CLR  0x80000000

#define GCR_BIT22	 0x00400000 /* 82574: to be set */
#define GCR2_BIT0	 0x00000001
#define TARC0_CLEAR	 0x78000000
#define TARC0_SET	 0x04000000
#define TXDCTL_8254X	 0x01010000
#define TXDCTL_82574	 0x0141011f
#define RXDCTL_82574	 0x01040420
#define TIPG_COPPER	 0x00602008
#define RXCSUM_IP_AND_L4 0x00000300
#define RFCTL_ACK_DIS	 0x00001000
#define RFCTL_EXTEN	 0x00008000
#define RAH_VALID	 0x80000000

#define RCTL_EN	   0x00000002
#define RCTL_UPE   0x00000008
#define RCTL_MPE   0x00000010
#define RCTL_BAM   0x00008000
#define RCTL_SECRC 0x04000000
#define TCTL_PSP   0x00000008
#define TCTL_ON	   0x0003f0fa /* EN, PSP, CT 15, COLD 63 (14.5) */

/* Causes: ICR, ICS, IMS, IMC. */
#define INT_TXDW   0x00000001
#define INT_LSC	   0x00000004
#define INT_RXDMT0 0x00000010
#define INT_RXO	   0x00000040
#define INT_RXT0   0x00000080
#define INT_RXQ0   0x00100000
#define INT_TXQ0   0x00400000
#define INT_OTHER  0x01000000
#define INT_ALL	   0xffffffff

/* OTHER is the sum of LSC, RXO, MDAC, SRPD, ACK and MNG. */
#define INT_OTHER_CAUSES 0x00070244

/* RXQ0 -> vector 0, TXQ0 -> 1, other -> 2; bit 3 of each: valid. */
#define IVAR_THREE_VECTORS 0x000a0908

/* The bits of a receive descriptor, the same in both formats. */
#define RXD_DD	  0x01
#define RXD_EOP	  0x02
#define RXD_IXSM  0x04 /* checksum bits mean nothing */
#define RXD_UDPCS 0x10
#define RXD_TCPCS 0x20

#define RXD_ERR_TCPE  0x20
#define RXD_ERR_IPE   0x40
#define RXD_ERR_FRAME 0x97 /* CE, SE, SEQ, CXE, RXE */

/*
 * Receive descriptor: what is written for the device, and the upper half as
 * it comes back. Legacy (3.2.3) and extended (82574 7.1.5) hold the same
 * fields in other places of that half:
 *
 *	legacy   | len 16 | csum 16 | status 8 | errors 8 | vlan 16 |
 *	extended | status 8 .. 20    .. errors 8 | len 16 | vlan 16 |
 */
struct e1000_rx_desc {
	u64 addr;
	u64 word;
};

/* Transmit: data descriptor (3.3.7). */
struct e1000_tx_desc {
	u64 addr;
	u32 cmd_len;
	u8 status;
	u8 popts;
	u16 vlan;
};

/* Transmit: TCP/IP context descriptor (3.3.6), in the same ring. */
struct e1000_tx_context {
	u8 ipcss, ipcso;
	u16 ipcse;
	u8 tucss, tucso;
	u16 tucse;
	u32 cmd_len;
	u8 status;
	u8 hdrlen;
	u16 mss;
};

_Static_assert(sizeof(struct e1000_rx_desc) == 16, "SDM 3.2.3");
_Static_assert(sizeof(struct e1000_tx_desc) == 16, "SDM 3.3.7");
_Static_assert(offsetof(struct e1000_tx_desc, cmd_len) == 8, "SDM 3.3.7");
_Static_assert(offsetof(struct e1000_tx_desc, popts) == 13, "SDM 3.3.7");
_Static_assert(sizeof(struct e1000_tx_context) == 16, "SDM 3.3.6");
_Static_assert(offsetof(struct e1000_tx_context, cmd_len) == 8, "SDM 3.3.6");
_Static_assert(offsetof(struct e1000_tx_context, mss) == 14, "SDM 3.3.6");

#define TXD_STATUS_DD  0x01
#define TXD_POPTS_TXSM 0x02
#define TXD_POPTS_IXSM 0x01

#define TXD_DTYP_DATA 0x00100000
#define TXD_EOP	      0x01000000
#define TXD_IFCS      0x02000000
#define TXD_TSE	      0x04000000
#define TXD_RS	      0x08000000
#define TXD_DEXT      0x20000000

#define TXC_TCP 0x01000000
#define TXC_IP4 0x02000000
#define TXC_TSE 0x04000000

/* EERD (13.4.4): where address and done bit are depends on the chip. */
#define EERD_START	0x00000001
#define EERD_DONE_8254X 0x00000010
#define EERD_DONE_82574 0x00000002
#define EERD_DATA_SHIFT 16
