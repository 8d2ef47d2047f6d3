/*
 * Counters with Linux's names, in the order and grouping of
 * /proc/net/snmp and /proc/net/netstat (RFC 4293, 4022, 4113).
 */
#pragma once

#include "lib/types.h"

/* X(GROUP, Name) */
/* clang-format off */
#define MIB_IP(X)                                                          \
	X(IP, InReceives) X(IP, InHdrErrors) X(IP, InAddrErrors)           \
	X(IP, ForwDatagrams) X(IP, InUnknownProtos) X(IP, InDiscards)      \
	X(IP, InDelivers) X(IP, OutRequests) X(IP, OutDiscards)            \
	X(IP, OutNoRoutes) X(IP, ReasmTimeout) X(IP, ReasmReqds)           \
	X(IP, ReasmOKs) X(IP, ReasmFails) X(IP, FragOKs)                   \
	X(IP, FragFails) X(IP, FragCreates)
#define MIB_ICMP(X)                                                        \
	X(ICMP, InMsgs) X(ICMP, InErrors) X(ICMP, InCsumErrors)            \
	X(ICMP, InDestUnreachs) X(ICMP, InTimeExcds)                       \
	X(ICMP, InParmProbs) X(ICMP, InSrcQuenchs) X(ICMP, InRedirects)    \
	X(ICMP, InEchos) X(ICMP, InEchoReps) X(ICMP, InTimestamps)         \
	X(ICMP, InTimestampReps) X(ICMP, InAddrMasks)                      \
	X(ICMP, InAddrMaskReps) X(ICMP, OutMsgs) X(ICMP, OutErrors)        \
	X(ICMP, OutRateLimitGlobal) X(ICMP, OutRateLimitHost)              \
	X(ICMP, OutDestUnreachs) X(ICMP, OutTimeExcds)                     \
	X(ICMP, OutParmProbs) X(ICMP, OutSrcQuenchs)                       \
	X(ICMP, OutRedirects) X(ICMP, OutEchos) X(ICMP, OutEchoReps)       \
	X(ICMP, OutTimestamps) X(ICMP, OutTimestampReps)                   \
	X(ICMP, OutAddrMasks) X(ICMP, OutAddrMaskReps)
#define MIB_TCP(X)                                                         \
	X(TCP, ActiveOpens) X(TCP, PassiveOpens) X(TCP, AttemptFails)      \
	X(TCP, EstabResets) X(TCP, CurrEstab) X(TCP, InSegs)               \
	X(TCP, OutSegs) X(TCP, RetransSegs) X(TCP, InErrs)                 \
	X(TCP, OutRsts) X(TCP, InCsumErrors)
#define MIB_UDP(X)                                                         \
	X(UDP, InDatagrams) X(UDP, NoPorts) X(UDP, InErrors)               \
	X(UDP, OutDatagrams) X(UDP, RcvbufErrors) X(UDP, SndbufErrors)     \
	X(UDP, InCsumErrors) X(UDP, IgnoredMulti)
#define MIB_TCPEXT(X)                                                      \
	X(TCPEXT, SyncookiesSent) X(TCPEXT, SyncookiesRecv)                \
	X(TCPEXT, SyncookiesFailed) X(TCPEXT, EmbryonicRsts)               \
	X(TCPEXT, OfoPruned) X(TCPEXT, OutOfWindowIcmps)                   \
	X(TCPEXT, TW) X(TCPEXT, TWRecycled)                                \
	X(TCPEXT, TWKilled) X(TCPEXT, PAWSActive) X(TCPEXT, PAWSEstab)     \
	X(TCPEXT, DelayedACKs) X(TCPEXT, DelayedACKLost)                   \
	X(TCPEXT, ListenOverflows) X(TCPEXT, ListenDrops)                  \
	X(TCPEXT, TCPHPHits) X(TCPEXT, TCPPureAcks) X(TCPEXT, TCPHPAcks)   \
	X(TCPEXT, TCPRenoRecovery) X(TCPEXT, TCPSackRecovery)              \
	X(TCPEXT, TCPSACKReneging) X(TCPEXT, TCPSACKReorder)               \
	X(TCPEXT, TCPFullUndo) X(TCPEXT, TCPPartialUndo)                   \
	X(TCPEXT, TCPDSACKUndo) X(TCPEXT, TCPLossUndo)                     \
	X(TCPEXT, TCPLostRetransmit) X(TCPEXT, TCPFastRetrans)             \
	X(TCPEXT, TCPSlowStartRetrans) X(TCPEXT, TCPTimeouts)              \
	X(TCPEXT, TCPLossProbes) X(TCPEXT, TCPLossProbeRecovery)           \
	X(TCPEXT, TCPRenoRecoveryFail) X(TCPEXT, TCPRcvCollapsed)          \
	X(TCPEXT, TCPDSACKOldSent) X(TCPEXT, TCPDSACKOfoSent)              \
	X(TCPEXT, TCPDSACKRecv) X(TCPEXT, TCPDSACKOfoRecv)                 \
	X(TCPEXT, TCPAbortOnData)                                          \
	X(TCPEXT, TCPAbortOnClose) X(TCPEXT, TCPAbortOnMemory)             \
	X(TCPEXT, TCPAbortOnTimeout) X(TCPEXT, TCPAbortOnLinger)           \
	X(TCPEXT, TCPAbortFailed) X(TCPEXT, TCPMemoryPressures)            \
	X(TCPEXT, TCPBacklogDrop) X(TCPEXT, TCPTimeWaitOverflow)           \
	X(TCPEXT, TCPSACKDiscard) X(TCPEXT, TCPSpuriousRTOs)               \
	X(TCPEXT, TCPReqQFullDoCookies) X(TCPEXT, TCPReqQFullDrop)         \
	X(TCPEXT, TCPRetransFail) X(TCPEXT, TCPRcvCoalesce)                \
	X(TCPEXT, TCPOFOQueue) X(TCPEXT, TCPOFODrop) X(TCPEXT, TCPOFOMerge)\
	X(TCPEXT, TCPChallengeACK) X(TCPEXT, TCPSYNChallenge)              \
	X(TCPEXT, TCPFromZeroWindowAdv) X(TCPEXT, TCPToZeroWindowAdv)      \
	X(TCPEXT, TCPWantZeroWindowAdv) X(TCPEXT, TCPSynRetrans)           \
	X(TCPEXT, TCPOrigDataSent) X(TCPEXT, TCPACKSkippedSynRecv)         \
	X(TCPEXT, TCPACKSkippedPAWS) X(TCPEXT, TCPACKSkippedSeq)           \
	X(TCPEXT, TCPACKSkippedFinWait2) X(TCPEXT, TCPACKSkippedTimeWait)  \
	X(TCPEXT, TCPACKSkippedChallenge) X(TCPEXT, TCPWinProbe)           \
	X(TCPEXT, TCPKeepAlive) X(TCPEXT, TCPDelivered)                    \
	X(TCPEXT, TCPMTUPFail) X(TCPEXT, TCPMTUPSuccess)                   \
	X(TCPEXT, TCPAckCompressed) X(TCPEXT, TCPRcvQDrop)                 \
	X(TCPEXT, TCPWqueueTooBig)                                         \
	X(TCPEXT, TCPHystartDelayDetect) X(TCPEXT, TCPHystartDelayCwnd)    \
	X(TCPEXT, TCPDeferAcceptDrop)
#define MIB_IPEXT(X)                                                       \
	X(IPEXT, InNoRoutes) X(IPEXT, InTruncatedPkts)                     \
	X(IPEXT, InMcastPkts) X(IPEXT, OutMcastPkts)                       \
	X(IPEXT, InBcastPkts) X(IPEXT, OutBcastPkts) X(IPEXT, InOctets)    \
	X(IPEXT, OutOctets) X(IPEXT, InMcastOctets)                        \
	X(IPEXT, OutMcastOctets) X(IPEXT, InBcastOctets)                   \
	X(IPEXT, OutBcastOctets) X(IPEXT, InCsumErrors)                    \
	X(IPEXT, InNoECTPkts)
/* clang-format on */

enum mib_item {
#define MIB_ENUM(group, name) MIB_##group##_##name,
	MIB_IP(MIB_ENUM) MIB_ICMP(MIB_ENUM) MIB_TCP(MIB_ENUM) MIB_UDP(MIB_ENUM)
		MIB_TCPEXT(MIB_ENUM) MIB_IPEXT(MIB_ENUM)
#undef MIB_ENUM
			MIB_MAX
};

/* The items of a line of /proc/net/snmp or netstat follow each other. */
enum mib_group_id {
	MIB_GROUP_IP,
	MIB_GROUP_ICMP,
	MIB_GROUP_TCP,
	MIB_GROUP_UDP,
	MIB_GROUP_TCPEXT,
	MIB_GROUP_IPEXT,
	MIB_GROUPS
};

struct mib_group {
	const char *name; /* "TcpExt" */
	enum mib_item first, end;
};

extern const struct mib_group mib_groups[MIB_GROUPS];

/* "TCPChallengeACK". */
const char *mib_name(enum mib_item item);
