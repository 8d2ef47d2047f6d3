/* Numbers, URLs (RFC 3986 section 2.1) and HTML text, piece by piece. */
#include "app/writer.h"

static void put_base(struct writer *out, u64 value, u32 base)
{
	char digits[20];
	u32 at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[value % base];
	while (value /= base);
	put_bytes(out, digits + at, sizeof(digits) - at);
}

void put_number(struct writer *out, u64 value)
{
	put_base(out, value, 10);
}

void put_hex(struct writer *out, u64 value)
{
	put_base(out, value, 16);
}

static bool is_plain(u8 c)
{
	u8 letter = c | 0x20;

	return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
	       c == '/' || c == '-' || c == '.' || c == '_' || c == '~';
}

void put_url(struct writer *out, const char *path, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		u8 c = (u8)path[i];
		char escape[3] = {'%', "0123456789ABCDEF"[c >> 4],
				  "0123456789ABCDEF"[c & 15]};

		if (is_plain(c))
			put_bytes(out, &c, 1);
		else
			put_bytes(out, escape, 3);
	}
}

void put_html(struct writer *out, const char *text, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		switch (text[i]) {
		case '&':
			put_text(out, "&amp;");
			break;
		case '<':
			put_text(out, "&lt;");
			break;
		case '>':
			put_text(out, "&gt;");
			break;
		case '"':
			put_text(out, "&quot;");
			break;
		case '\'':
			put_text(out, "&#39;");
			break;
		default:
			put_bytes(out, &text[i], 1);
			break;
		}
	}
}
