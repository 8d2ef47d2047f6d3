/*
 * The few fields that mean something to this server: Host, Connection,
 * Content-Length, Transfer-Encoding (RFC 9112), Expect (RFC 9110).
 */
#include "lib/word.h"
#include "app/http_parse.h"

const bool http_tchar[256] = {
	['!'] = true,	      ['#' ... '\''] = true, ['*'] = true,
	['+'] = true,	      ['-'] = true,	     ['.'] = true,
	['0' ... '9'] = true, ['A' ... 'Z'] = true,  ['^' ... 'z'] = true,
	['|'] = true,	      ['~'] = true,
};

/* A host's characters but for the port's colon and brackets (RFC 3986). */
static const bool host_plain[256] = {
	['!'] = true, ['$' ... '.'] = true, ['0' ... '9'] = true,
	[';'] = true, ['='] = true,	    ['A' ... 'Z'] = true,
	['_'] = true, ['a' ... 'z'] = true, ['~'] = true,
};

/*
 * Text without regard to case; `lower` holds letters, digits and hyphens
 * only. Setting bit 5 makes no other text equal, since no control byte has
 * come this far.
 */
static bool is_text(const u8 *p, const char *lower, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if ((p[i] | 0x20) != (u8)lower[i])
			return false;
	return true;
}

#define IS(p, len, lower)                                                      \
	((len) == sizeof(lower) - 1 && is_text(p, lower, sizeof(lower) - 1))
#define NAME_IS(field, lower) is_text((field)->name, lower, sizeof(lower) - 1)

/*
 * Plain characters, or an address in brackets; then ":" and digits. What
 * follows a value (white space, CR) ends each loop.
 */
static bool host_valid(const u8 *p, const u8 *end)
{
	if (*p == '[') {
		p++;
		while (host_plain[*p] || *p == ':')
			p++;
		if (*p++ != ']')
			return false;
	} else {
		while (host_plain[*p])
			p++;
	}
	if (likely(p == end))
		return true;
	if (*p++ != ':')
		return false;
	while (*p >= '0' && *p <= '9')
		p++;
	return p == end;
}

/* RFC 9112 section 3.2: one, and valid. */
static int take_host(struct http_request *req, const struct http_field *field)
{
	if (req->flags & HTTP_F_HOST)
		return HTTP_BAD_REQUEST;
	req->flags |= HTTP_F_HOST;
	if (!host_valid(field->value, field->value + field->value_len))
		return HTTP_BAD_REQUEST;
	return 0;
}

/* RFC 9112 section 6.3: digits only, once. A list is refused. */
static int take_length(struct http_request *req, const struct http_field *field)
{
	u64 length = 0;

	if (req->flags & HTTP_F_LENGTH)
		return HTTP_BAD_REQUEST;
	req->flags |= HTTP_F_LENGTH;
	if (!field->value_len || field->value_len > 18)
		return HTTP_BAD_REQUEST;
	for (u32 i = 0; i < field->value_len; i++) {
		u8 c = field->value[i];

		if (c < '0' || c > '9')
			return HTTP_BAD_REQUEST;
		length = length * 10 + (c - '0');
	}
	req->length = (u32)MIN(length, UINT32_MAX);
	return 0;
}

/* The next element of a comma-separated list at *p; false at its end. */
static bool list_next(const u8 **p, const u8 *end, const u8 **item, u32 *len)
{
	const u8 *at = *p, *stop;

	while (at < end && (http_is_blank(*at) || *at == ','))
		at++;
	if (at == end)
		return false;
	*item = at;
	while (at < end && *at != ',')
		at++;
	*p = stop = at;
	while (http_is_blank(stop[-1]))
		stop--;
	*len = (u32)(stop - *item);
	return true;
}

static int take_connection(struct http_request *req,
			   const struct http_field *field)
{
	const u8 *p = field->value, *end = p + field->value_len, *item;
	u32 len = field->value_len;

	if (IS(p, len, "keep-alive")) { /* not a list: the common one */
		req->flags |= HTTP_F_KEEP;
		return 0;
	}
	while (list_next(&p, end, &item, &len)) {
		if (IS(item, len, "close"))
			req->flags |= HTTP_F_CLOSE;
		else if (IS(item, len, "keep-alive"))
			req->flags |= HTTP_F_KEEP;
	}
	return 0;
}

/*
 * RFC 9112 sections 6.1 and 7: chunked alone is understood. Anything behind
 * it, or a second one, leaves the end of the body in doubt.
 */
static int take_coding(struct http_request *req, const struct http_field *field)
{
	const u8 *p = field->value, *end = p + field->value_len, *item;
	int result = HTTP_BAD_REQUEST; /* an empty list */
	u32 len;

	while (list_next(&p, end, &item, &len)) {
		if (req->flags & HTTP_F_CHUNKED)
			return HTTP_BAD_REQUEST;
		if (IS(item, len, "chunked")) {
			req->flags |= HTTP_F_CHUNKED;
			if (result != HTTP_NOT_IMPLEMENTED)
				result = 0;
		} else {
			result = HTTP_NOT_IMPLEMENTED;
		}
	}
	return result;
}

/* RFC 9110 section 10.1.1; a 1.0 client's is ignored. */
static int take_expect(struct http_request *req, const struct http_field *field)
{
	if (!req->minor)
		return 0;
	if (!IS(field->value, field->value_len, "100-continue"))
		return HTTP_EXPECTATION_FAILED;
	req->flags |= HTTP_F_EXPECT;
	return 0;
}

int http_field_take(struct http_request *req, const struct http_field *field)
{
	switch (field->name_len) {
	case 4:
		/* The one that every request has: as one word. */
		if ((*(const word32 *)field->name | 0x20202020) ==
		    HTTP_W4("host"))
			return take_host(req, field);
		break;
	case 6:
		if (NAME_IS(field, "expect"))
			return take_expect(req, field);
		break;
	case 10:
		if (NAME_IS(field, "connection"))
			return take_connection(req, field);
		break;
	case 14:
		if (NAME_IS(field, "content-length"))
			return take_length(req, field);
		break;
	case 17:
		if (NAME_IS(field, "transfer-encoding"))
			return take_coding(req, field);
		break;
	}
	return 0;
}
