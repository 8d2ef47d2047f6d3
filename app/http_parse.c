/*
 * The head of a request, line by line (RFC 9112 sections 2 to 5): names byte
 * by byte, targets and values eight bytes at a time. The 0 behind the input
 * ends every loop that has no other bound.
 */
#include "lib/word.h"
#include "app/http_parse.h"

#define ONES  0x0101010101010101ull
#define HIGHS (ONES * 0x80)

#define EMPTY_LINES 8  /* before a request */
#define CUT	    -1 /* more of the line is needed */

/*
 * The lowest high bit set is that of the first byte below 0x20 or equal to
 * 0x7f; after a 0xff it may be that of a byte before: the caller looks.
 */
static inline u64 control_bytes(u64 x)
{
	return ((x - ONES * 0x20) | (x + ONES)) & ~x & HIGHS;
}

/* High bit set in the lowest byte outside of 0x21..0x7e. */
static inline u64 not_graphic(u64 x)
{
	u64 del = x ^ (ONES * 0x7f);

	return ((x - ONES * 0x21) | ((del - ONES) & ~del) | x) & HIGHS;
}

/* The first control byte but tab in [p, end), or end. */
static inline const u8 *skip_text(const u8 *p, const u8 *end)
{
	for (;;) {
		u64 found = 0;

		while (end - p >= 8 &&
		       !(found = control_bytes(*(const word64 *)p)))
			p += 8;
		if (found)
			p += __builtin_ctzll(found) / 8;
		else
			while (*p >= ' ' && *p != 0x7f)
				p++;
		if (likely(*p == '\r') || p == end)
			return p;
		if (*p != '\t' && (*p < ' ' || *p == 0x7f))
			return p;
		p++;
	}
}

static inline bool is_crlf(const u8 *p)
{
	return *(const word16 *)p == ('\r' | '\n' << 8);
}

/* `at` is where skip_text stopped: 0 when that is a line's end. */
static inline int line_end(const u8 *at, const u8 *end)
{
	if (likely(end - at >= 2))
		return is_crlf(at) ? 0 : HTTP_BAD_REQUEST;
	return at == end || *at == '\r' ? CUT : HTTP_BAD_REQUEST;
}

/* The first byte of [p, end) that a target cannot hold, or end. */
static inline const u8 *skip_graphic(const u8 *p, const u8 *end)
{
	u64 found = 0;

	while (end - p >= 8 && !(found = not_graphic(*(const word64 *)p)))
		p += 8;
	if (found)
		return p + __builtin_ctzll(found) / 8;
	while (p != end && *p > 0x20 && *p < 0x7f)
		p++;
	return p;
}

struct method_name {
	u32 len;
	char text[8];
};

static const struct method_name method_names[HTTP_METHODS] = {
	[HTTP_GET] = {3, "GET"},	 [HTTP_HEAD] = {4, "HEAD"},
	[HTTP_POST] = {4, "POST"},	 [HTTP_PUT] = {3, "PUT"},
	[HTTP_DELETE] = {6, "DELETE"},	 [HTTP_OPTIONS] = {7, "OPTIONS"},
	[HTTP_CONNECT] = {7, "CONNECT"}, [HTTP_TRACE] = {5, "TRACE"},
	[HTTP_PATCH] = {5, "PATCH"},
};

/* Its number, or HTTP_METHODS. */
static u32 find_method(const u8 *p, u32 len)
{
	u32 i;

	for (i = 0; i < HTTP_METHODS; i++)
		if (method_names[i].len == len &&
		    !__builtin_memcmp(method_names[i].text, p, len))
			break;
	return i;
}

/*
 * The method up to its space; *p moves behind that. Methods are few: they
 * are looked up by comparison.
 */
static inline int take_method(struct http_request *req, const u8 **p,
			      const u8 *end)
{
	const u8 *start = *p, *at = start;

	if (end - start >= 4 && *(const word32 *)start == HTTP_W4("GET ")) {
		req->method = HTTP_GET;
		*p += 4;
		return 0;
	}
	while (http_tchar[*at])
		at++;
	if (at == end)
		return CUT;
	if (at == start || *at != ' ')
		return HTTP_BAD_REQUEST;
	req->method = (u8)find_method(start, (u32)(at - start));
	*p = at + 1;
	return 0;
}

/* Eight bytes (RFC 9112 section 2.3). */
static inline int take_version(struct http_request *req, const u8 *p)
{
	if (likely(*(const word64 *)p == HTTP_W8("HTTP/1.1"))) {
		req->minor = 1;
		return 0;
	}
	if (*(const word32 *)p != HTTP_W4("HTTP") || p[4] != '/' || p[6] != '.')
		return HTTP_BAD_REQUEST;
	if (p[5] < '0' || p[5] > '9' || p[7] < '0' || p[7] > '9')
		return HTTP_BAD_REQUEST;
	if (p[5] != '1')
		return HTTP_VERSION_NOT_SUPPORTED;
	req->minor = p[7] != '0';
	return 0;
}

/* Fewer bytes than a version and its CRLF: a line that ends in them is bad. */
static cold int short_version(const u8 *p, const u8 *end)
{
	const u8 *at = skip_graphic(p, end);

	return at == end || (*at == '\r' && at + 1 == end) ? CUT
							   : HTTP_BAD_REQUEST;
}

/* RFC 9112 section 3: method SP target SP version CRLF. */
static inline int request_line(struct http_request *req, const u8 *buf,
			       const u8 *end)
{
	const u8 *line = buf + req->line, *p = line, *target;
	int err = take_method(req, &p, end);

	if (err)
		return err;
	target = p;
	p = skip_graphic(p, end);
	if (p == end)
		return CUT;
	if (p == target || *p != ' ')
		return HTTP_BAD_REQUEST;
	if (unlikely(end - p < 11))
		return short_version(p + 1, end);
	err = take_version(req, p + 1);
	if (err)
		return err;
	if (!is_crlf(p + 9))
		return HTTP_BAD_REQUEST;
	if (p + 11 - line > HTTP_LINE_MAX)
		return HTTP_URI_TOO_LONG;
	req->target = (u16)(target - buf);
	req->target_len = (u16)(p - target);
	req->line = req->fields_at = (u16)(p + 11 - buf);
	return req->method == HTTP_METHODS ? HTTP_NOT_IMPLEMENTED : 0;
}

/* What only the whole head can tell. */
static int head_end(const struct http_request *req)
{
	u8 framing = req->flags & (HTTP_F_LENGTH | HTTP_F_CHUNKED);

	/* RFC 9112 section 3.2: 1.1 without Host. */
	if (req->minor && !(req->flags & HTTP_F_HOST))
		return HTTP_BAD_REQUEST;
	if (likely(!framing))
		return HTTP_COMPLETE;
	/* Section 6.1: both, or a transfer coding from a 1.0 client. */
	if (framing == (HTTP_F_LENGTH | HTTP_F_CHUNKED) ||
	    (framing & HTTP_F_CHUNKED && !req->minor))
		return HTTP_BAD_REQUEST;
	if (req->length > HTTP_BODY_MAX)
		return HTTP_CONTENT_TOO_LARGE;
	return HTTP_COMPLETE;
}

/* Nearly always it is none, as one comparison says. */
static inline bool is_blank(u8 c)
{
	return c <= ' ' && http_is_blank(c);
}

/* Bit n: a field that matters may begin with letter n: c, e, h, t. */
#define FIRST_LETTERS (1u << 3 | 1u << 5 | 1u << 8 | 1u << 20)

/*
 * RFC 9112 section 5: name ":" OWS value OWS CRLF. A space before the colon
 * and a folded line both end the name early.
 */
static inline int field_line(struct http_request *req, const u8 **line,
			     const u8 *end)
{
	const u8 *p = *line, *at;
	struct http_field field = {.name = p};
	int err;

	while (http_tchar[*p])
		p++;
	field.name_len = (u32)(p - field.name);
	if (*p != ':' || !field.name_len)
		return p == end ? CUT : HTTP_BAD_REQUEST;
	do
		p++;
	while (is_blank(*p));
	at = skip_text(p, end);
	err = line_end(at, end);
	if (err)
		return err;
	*line = at + 2;
	if (++req->fields > HTTP_FIELDS)
		return HTTP_FIELDS_TOO_LARGE;
	if (!(FIRST_LETTERS >> (*field.name & 31) & 1))
		return 0;
	while (at > p && is_blank(at[-1]))
		at--;
	field.value = p;
	field.value_len = (u32)(at - p);
	return http_field_take(req, &field);
}

/* Field lines, and the empty one that ends the head. */
static int take_fields(struct http_request *req, const u8 *buf, const u8 *end)
{
	const u8 *p = buf + req->line;
	int result = 0;

	while (!result && *p != '\r')
		result = field_line(req, &p, end);
	if (!result)
		result = line_end(p, end);
	if (!result) {
		p += 2;
		result = head_end(req);
		if (p - buf - req->fields_at > HTTP_FIELDS_MAX)
			result = HTTP_FIELDS_TOO_LARGE;
	}
	req->line = (u16)(p - buf);
	return result;
}

/* Section 2.2: empty lines before a request. */
static int empty_lines(struct http_request *req, const u8 *buf, const u8 *end)
{
	while (buf[req->line] == '\r') {
		int err = line_end(buf + req->line, end);

		if (err)
			return err;
		req->line = (u16)(req->line + 2);
		if (req->line > EMPTY_LINES * 2)
			return HTTP_BAD_REQUEST;
	}
	return 0;
}

/* From the current line on: CUT, HTTP_COMPLETE or a status. */
static int take_lines(struct http_request *req, const u8 *buf, const u8 *end)
{
	int err;

	if (!req->fields_at) {
		err = empty_lines(req, buf, end);
		if (!err)
			err = request_line(req, buf, end);
		if (err)
			return err;
	}
	return take_fields(req, buf, end);
}

/* Where to look on; and whether the line is too long as it is. */
static int line_cut(struct http_request *req, const u8 *buf, const u8 *end)
{
	const u8 *p = buf + req->line;
	u32 len = (u32)(end - p) + 1;

	req->scan = (u16)(end - buf);
	if (end > p && end[-1] == '\r')
		req->scan--;
	if (req->fields_at)
		return req->line + len > (u32)req->fields_at + HTTP_FIELDS_MAX
			       ? HTTP_FIELDS_TOO_LARGE
			       : HTTP_NEED_MORE;
	if (len <= HTTP_LINE_MAX)
		return HTTP_NEED_MORE;
	/* RFC 9112 section 3: a method longer than any known one. */
	while (http_tchar[*p])
		p++;
	return p == end ? HTTP_NOT_IMPLEMENTED : HTTP_URI_TOO_LONG;
}

/*
 * Of a line that was cut, first the end is looked for where the last look
 * stopped, so that a head in pieces of one byte costs no more than twice.
 */
int http_parse_head(struct http_request *req, const u8 *buf, u32 len)
{
	const u8 *end = buf + len;
	int result;

	if (req->scan > req->line) {
		const u8 *at = skip_text(buf + req->scan, end);
		u16 line = req->line;

		if (line_end(at, end) == CUT)
			return line_cut(req, buf, end);
		result = take_lines(req, buf, end);
		if (result == CUT && req->line == line)
			return HTTP_BAD_REQUEST;
	} else {
		result = take_lines(req, buf, end);
	}
	return result == CUT ? line_cut(req, buf, end) : result;
}
