/*
 * The slow way from a target to a path: the common ones are found by plain
 * comparison before. Decoded once, judged after that, never decoded again.
 */
#include "lib/string.h"
#include "lib/text.h"
#include "app/http_path.h"

static int hex(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX at p means, or -1. */
static int unescape(const u8 *p, const u8 *end)
{
	int high, low;

	if (end - p < 3)
		return -1;
	high = hex(p[1]);
	low = hex(p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Follows segments of one or two dots; false when one has just ended. */
struct dots {
	bool only; /* nothing but dots since the last slash */
	u32 count;
};

static bool dots_ok(struct dots *dots, u8 c)
{
	if (c == '/') {
		if (dots->only && (dots->count == 1 || dots->count == 2))
			return false;
		*dots = (struct dots){true, 0};
	} else if (c == '.') {
		dots->count++;
	} else {
		dots->only = false;
	}
	return true;
}

static int decode(const u8 *p, const u8 *end, u8 *path, u32 *path_len)
{
	struct dots dots = {false, 0};
	u32 len = 0;

	for (; p < end && *p != '?'; p++) {
		int c = *p;

		if (c == '%') {
			c = unescape(p, end);
			if (c < 0x20 || c == 0x7f || c == '/')
				return HTTP_BAD_REQUEST;
			p += 2;
		} else if (c == '#') {
			return HTTP_BAD_REQUEST;
		}
		if (c == '\\' || !dots_ok(&dots, (u8)c))
			return HTTP_BAD_REQUEST;
		if (len < HTTP_PATH_MAX)
			path[len++] = (u8)c;
	}
	*path_len = len;
	return dots_ok(&dots, '/') ? 0 : HTTP_BAD_REQUEST;
}

/* Length of "http://" or "https://" at p, or 0. */
static u32 scheme_len(const u8 *p, u32 len)
{
	if (len > 7 && mem_case_eq(p, "http://", 7))
		return 7;
	if (len > 8 && mem_case_eq(p, "https://", 8))
		return 8;
	return 0;
}

int http_path(enum http_method method, const u8 *target, u32 len, u8 *path,
	      u32 *path_len)
{
	const u8 *p = target, *end = target + len;
	u32 scheme = scheme_len(p, len);

	*path_len = 0;
	if (len == 1 && *p == '*')
		return method == HTTP_OPTIONS ? 0 : HTTP_BAD_REQUEST;
	if (method == HTTP_CONNECT) /* authority-form: no page, but no error */
		return 0;
	if (scheme) {
		p += scheme;
		if (*p == '/' || *p == '?')
			return HTTP_BAD_REQUEST;
		while (p < end && *p != '/' && *p != '?' && *p != '#')
			p++;
		if (p == end || *p == '?') {
			path[0] = '/';
			*path_len = 1;
			return 0;
		}
	}
	return *p == '/' ? decode(p, end, path, path_len) : HTTP_BAD_REQUEST;
}
