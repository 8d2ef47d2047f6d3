/* SNTP messages: see sntp_msg.h. */
#include "app/sntp_msg.h"
#include "lib/errno.h"
#include "lib/string.h"

#define VERSION	      4
#define MODE_CLIENT   3
#define MODE_SERVER   4
#define LEAP_UNKNOWN  3 /* not synchronised */
#define STRATUM_KISS  0
#define STRATUM_MAX   15
#define OFF_REFERENCE 12
#define OFF_ORIGIN    24
#define OFF_RECEIVE   32
#define OFF_TRANSMIT  40
#define UNIX_EPOCH_S  2208988800ll /* 1970 in seconds since 1900 */
#define ERA_S	      (1ll << 32)
#define NS_PER_S      1000000000ll

static u64 get_be64(const u8 *p)
{
	return (u64)get_be32(p) << 32 | get_be32(p + 4);
}

void sntp_build(u8 buf[SNTP_MSG_LEN], u64 nonce)
{
	memset(buf, 0, SNTP_MSG_LEN);
	buf[0] = VERSION << 3 | MODE_CLIENT;
	put_be32(buf + OFF_TRANSMIT, (u32)(nonce >> 32));
	put_be32(buf + OFF_TRANSMIT + 4, (u32)nonce);
}

/* RFC 5905 section 7.4: the code in place of the reference id. */
static int kiss(const u8 *code)
{
	if (!memcmp(code, "RATE", 4))
		return -EBUSY;
	if (!memcmp(code, "DENY", 4) || !memcmp(code, "RSTR", 4))
		return -EACCES;
	return -EPROTO;
}

int sntp_parse(const u8 *data, size_t len, u64 nonce, struct sntp_reply *out)
{
	u8 version, stratum;

	if (len < SNTP_MSG_LEN || (data[0] & 7) != MODE_SERVER ||
	    get_be64(data + OFF_ORIGIN) != nonce)
		return -EAGAIN;
	version = data[0] >> 3 & 7;
	stratum = data[1];
	if (version < 3 || version > VERSION)
		return -EPROTO;
	if (stratum == STRATUM_KISS)
		return kiss(data + OFF_REFERENCE);
	if (stratum > STRATUM_MAX || data[0] >> 6 == LEAP_UNKNOWN)
		return -EPROTO;
	*out = (struct sntp_reply){
		.received = get_be64(data + OFF_RECEIVE),
		.sent = get_be64(data + OFF_TRANSMIT),
		.stratum = stratum,
	};
	return out->sent ? 0 : -EPROTO;
}

s64 sntp_unix_ns(u64 ntp)
{
	s64 seconds = (s64)(ntp >> 32);
	u64 fraction = ntp & 0xffffffff;

	/* RFC 4330 section 3: the upper bit says which era it is. */
	if (!(seconds >> 31))
		seconds += ERA_S;
	return (seconds - UNIX_EPOCH_S) * NS_PER_S +
	       (s64)(fraction * NS_PER_S >> 32);
}

s64 sntp_time_ns(const struct sntp_reply *reply, u64 sent_ns, u64 received_ns)
{
	s64 sent = sntp_unix_ns(reply->sent);
	s64 held = sent - sntp_unix_ns(reply->received);
	s64 trip = (s64)(received_ns - sent_ns);

	/* A server that claims to have held it longer counts as the wire. */
	if (held < 0 || held > trip)
		held = 0;
	return sent + (trip - held) / 2;
}
