/* Names in DNS messages (RFC 1035 sections 3.1 and 4.1.4, RFC 9267). */
#include "app/dns_msg.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/text.h"

#define POINTER	   0xc0
#define POINTER_TO 0x3fff

static u8 lower(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* One label in lower case, room for the last 0 byte kept. */
static bool add_label(struct dns_name *name, const void *label, size_t len)
{
	const u8 *from = label;

	if (!len || len > DNS_LABEL_MAX || name->len + len + 2 > DNS_NAME_MAX)
		return false;
	name->wire[name->len++] = (u8)len;
	for (size_t i = 0; i < len; i++)
		name->wire[name->len++] = lower(from[i]);
	return true;
}

int dns_name_from_text(struct dns_name *name, const char *text)
{
	name->len = 0;
	while (*text) {
		size_t len = 0;

		while (is_host_char(text[len]))
			len++;
		if ((text[len] && text[len] != '.') ||
		    !add_label(name, text, len))
			return -EINVAL;
		text += len;
		if (*text == '.')
			text++;
	}
	if (!name->len)
		return -EINVAL;
	name->wire[name->len++] = 0;
	return 0;
}

/*
 * The pointer at `from`, below all of the name so far (`limit`), which falls
 * with each pointer: that alone ends every chain. 0: none that may be.
 */
static size_t pointer_at(const u8 *msg, size_t len, size_t from, size_t limit)
{
	size_t to;

	if (len - from < 2)
		return 0;
	to = get_be16(msg + from) & POINTER_TO;
	return to >= DNS_HEADER && to < limit ? to : 0;
}

int dns_name_read(const u8 *msg, size_t len, size_t *at, struct dns_name *out)
{
	size_t from = *at, limit = from;
	unsigned pointers = 0;

	out->len = 0;
	while (from < len && msg[from]) {
		u8 head = msg[from];

		if ((head & POINTER) == POINTER) {
			if (!pointers)
				*at = from + 2;
			limit = from = pointer_at(msg, len, from, limit);
			if (!from || ++pointers > DNS_POINTERS)
				return -EBADMSG;
			continue;
		}
		if (head > DNS_LABEL_MAX || head > len - from - 1 ||
		    !add_label(out, msg + from + 1, head))
			return -EBADMSG;
		from += 1u + head;
	}
	if (from >= len)
		return -EBADMSG;
	if (!pointers)
		*at = from + 1;
	out->wire[out->len++] = 0;
	return 0;
}
