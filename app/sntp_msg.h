/*
 * SNTP messages (RFC 4330; RFC 5905 sections 7.3 and 14): one request, one
 * answer, and the time that follows from them. No I/O, no state.
 *
 *	 0  LI 2 bits, version 3, mode 3 | 1 stratum | 2 poll | 3 precision
 *	 4  root delay | 8 root dispersion | 12 reference id
 *	16  reference time | 24 origin | 32 receive | 40 transmit, each 32.32
 */
#pragma once

#include "lib/byteorder.h"

#define NTP_PORT     123
#define SNTP_MSG_LEN 48

/* Of a good answer: NTP time stamps of the server. */
struct sntp_reply {
	u64 received, sent;
	u8 stratum;
};

/*
 * A request. Its transmit time is `nonce`, a random number: the server sends
 * it back as origin, and it does not tell what our clock says.
 */
void sntp_build(u8 buf[SNTP_MSG_LEN], u64 nonce);

/*
 * 0; -EAGAIN: no answer to our request, wait on; -EPROTO: the server has no
 * time; the kiss-o'-death: -EBUSY asks for a slower pace, -EACCES for none.
 */
int sntp_parse(const u8 *data, size_t len, u64 nonce,
	       struct sntp_reply *out) must_check;

/* Nanoseconds since 1970; era 1 of NTP's 32 bits begins in 2036. */
s64 sntp_unix_ns(u64 ntp);

/*
 * The time of day at our clock's received_ns, when the request left at
 * sent_ns: half of the way there and back is the way back.
 */
s64 sntp_time_ns(const struct sntp_reply *reply, u64 sent_ns, u64 received_ns);
