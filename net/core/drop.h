/*
 * Why a packet was dropped. One line here gives a reason its counter, its
 * name on /drops and in tests, and its sentence in docs/drops.md. A packet
 * is never an error: it is delivered, answered, or dropped with a reason.
 */
#pragma once

#include "lib/types.h"

/* X(NAME, sentence) */
/* clang-format off */
#define DROP_REASONS(X)                                                    \
	/* device and link */                                              \
	X(DEV_DOWN, "the device is not up")                                \
	X(NO_BUFFER, "no memory for a buffer")                             \
	X(BACKLOG_FULL, "netif_rx backlog full")                           \
	X(ETH_SHORT, "frame shorter than an Ethernet header")              \
	X(ETH_802_3, "802.3 length field, not Ethernet II")                \
	X(ETH_OTHERHOST, "frame for another station")                      \
	X(ETH_UNKNOWN_TYPE, "no handler for the EtherType")                \
	X(ETH_SRC_MULTICAST, "source MAC is multicast or zero")            \
	X(TX_TOO_LONG, "longer than the device's MTU")                     \
	X(TX_DEV_FULL, "transmit ring full")                               \
	X(TX_NO_DEV, "device gone or carrier lost before transmit")        \
	X(NETDEV_SHUTDOWN, "flushed as the device went down")              \
	/* ARP and neighbours */                                           \
	X(ARP_SHORT, "ARP packet shorter than 28 bytes")                   \
	X(ARP_BAD_HEADER, "hardware or protocol type or length wrong")     \
	X(ARP_BAD_OPCODE, "opcode neither request nor reply")              \
	X(ARP_BAD_SENDER, "sender address cannot be a neighbour")          \
	X(ARP_UNSOLICITED, "reply to no request of ours")                  \
	X(ARP_NOT_MINE, "request for another host")                        \
	X(ARP_CONSUMED, "ARP packet processed")                            \
	X(NEIGH_QUEUE_FULL, "too many packets wait for this neighbour")    \
	X(NEIGH_FAILED, "the neighbour does not answer")                   \
	X(NEIGH_TABLE_FULL, "neighbour table full of entries in use")      \
	/* IPv4 */                                                         \
	X(IP_SHORT, "shorter than an IP header")                           \
	X(IP_BAD_VERSION, "version is not 4")                              \
	X(IP_BAD_IHL, "header length below 5 words or beyond the packet")  \
	X(IP_BAD_LENGTH, "total length below the header's or beyond the "  \
			 "frame's")                                        \
	X(IP_BAD_CHECKSUM, "header checksum wrong")                        \
	X(IP_BAD_OPTION, "malformed option")                               \
	X(IP_SOURCE_ROUTE, "source route option refused")                  \
	X(IP_BAD_SOURCE, "source address that no host can have")           \
	X(IP_OWN_SOURCE, "from the wire with our own source address")      \
	X(IP_LOOPBACK_ON_WIRE, "127/8 on a wire")                          \
	X(IP_NOT_MINE, "destination is not ours and forwarding is off")    \
	X(IP_UNICAST_IN_BROADCAST, "unicast IP in a link broadcast")       \
	X(IP_BROADCAST, "broadcast or multicast nobody listens to")        \
	X(IP_FRAGMENT, "fragment: reassembly queue refused it")            \
	X(IP_FRAG_BAD_LENGTH, "fragment length not a multiple of 8 or 0")  \
	X(IP_FRAG_TOO_LONG, "fragment reaches beyond 65535 bytes")         \
	X(IP_FRAG_OVERLAP, "fragment overlaps another")                    \
	X(IP_FRAG_TIMEOUT, "datagram not complete in time")                \
	X(IP_FRAG_MEMORY, "reassembly memory at its cap")                  \
	X(IP_NO_PROTOCOL, "no handler for the IP protocol")                \
	X(IP_NO_ROUTE, "no route to the destination")                      \
	X(IP_DF_TOO_BIG, "longer than the MTU with DF set")                \
	/* ICMP */                                                         \
	X(ICMP_SHORT, "shorter than an ICMP header")                       \
	X(ICMP_BAD_CHECKSUM, "ICMP checksum wrong")                        \
	X(ICMP_UNKNOWN_TYPE, "type not handled")                           \
	X(ICMP_BROADCAST, "echo to a broadcast address")                   \
	X(ICMP_BAD_QUOTE, "error message with a useless quotation")        \
	X(ICMP_NO_SOCKET, "error message for no connection of ours")       \
	X(ICMP_CONSUMED, "ICMP message processed")                         \
	X(RAW_RCVBUF, "raw socket's receive buffer full")                  \
	X(ICMP_REDIRECT, "redirect ignored")                               \
	/* UDP */                                                          \
	X(UDP_SHORT, "shorter than a UDP header")                          \
	X(UDP_BAD_LENGTH, "length field below 8 or beyond the packet")     \
	X(UDP_BAD_CHECKSUM, "UDP checksum wrong")                          \
	X(UDP_BAD_PORT, "port 0")                                          \
	X(UDP_NO_PORT, "nobody listens on the port")                       \
	X(UDP_RCVBUF, "socket receive buffer full")                        \
	X(UDP_NOT_CONNECTED_PEER, "not from the peer of the socket")       \
	X(UDP_ECHO_LOOP, "echo to a small server port would loop")         \
	/* TCP */                                                          \
	X(TCP_SHORT, "shorter than a TCP header")                          \
	X(TCP_BAD_OFFSET, "data offset below 5 or beyond the segment")     \
	X(TCP_BAD_CHECKSUM, "TCP checksum wrong")                          \
	X(TCP_BAD_OPTION, "option length 0, 1 or past the header")         \
	X(TCP_BAD_FLAGS, "flag combination that no state accepts")         \
	X(TCP_BROADCAST, "segment to a broadcast or multicast address")    \
	X(TCP_BAD_PORT, "port 0")                                          \
	X(TCP_NO_SOCKET, "no socket: answered by RST, or a stray RST")     \
	X(TCP_LISTEN_BAD, "not a SYN, for a listening socket")             \
	X(TCP_LISTEN_OVERFLOW, "accept backlog full")                      \
	X(TCP_OLD_SEQUENCE, "wholly left of the receive window")           \
	X(TCP_OUT_OF_WINDOW, "outside of the receive window")              \
	X(TCP_ZERO_WINDOW, "data while the receive window is closed")      \
	X(TCP_PAWS, "timestamp older than the last (RFC 7323)")            \
	X(TCP_NO_TIMESTAMP, "timestamp missing after negotiation")         \
	X(TCP_BAD_RST, "RST not at RCV.NXT (RFC 5961)")                    \
	X(TCP_BAD_SYN, "SYN in a synchronized state (RFC 5961)")           \
	X(TCP_BAD_ACK, "ACK outside of what was sent (RFC 5961)")          \
	X(TCP_NO_ACK_FLAG, "segment without ACK in a synchronized state")  \
	X(TCP_RESET, "RST processed")                                      \
	X(TCP_OFO_FULL, "out-of-order queue at its cap")                   \
	X(TCP_RCVBUF, "socket receive buffer full")                        \
	X(TCP_CLOSED, "data after close: answered by RST")                 \
	X(TCP_TIME_WAIT, "segment for a TIME-WAIT connection")             \
	X(TCP_REQUEST, "segment for a half-open request")                  \
	X(TCP_DUPLICATE, "data already held")                              \
	X(TCP_SYN_SENT_BAD, "unacceptable segment in SYN-SENT")            \
	X(TCP_FLUSH, "queue of a closing socket")                          \
	/* device receive errors */                                        \
	X(RX_FRAME_ERROR, "the device marked the frame as bad")            \
	X(RX_LONG_FRAME, "frame over more than one descriptor")            \
	X(RX_BAD_LENGTH, "device reports an impossible length")            \
	X(RX_CHECKSUM, "device found a wrong L4 checksum")
/* clang-format on */

enum drop_reason {
	DROP_NONE,
#define DROP_ENUM(name, text) DROP_##name,
	DROP_REASONS(DROP_ENUM)
#undef DROP_ENUM
		DROP_MAX
};

/* "IP_BAD_CHECKSUM", and the sentence. */
const char *drop_name(enum drop_reason why);
const char *drop_text(enum drop_reason why);
