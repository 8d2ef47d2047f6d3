/*
 * Body framing (RFC 9112 sections 6.3, 7.1). The chunked decoder is a
 * machine of one byte a step but for chunk data, which is skipped as a block:
 *
 *	SIZE --;--> EXT --CR--> SIZE_LF --> DATA --> DATA_CR --> DATA_LF -->
 *SIZE | size 0
 *	                           v
 *	  END <-- LAST_LF <--CR-- TRAILER --> NAME --:--> VALUE --CR--> VALUE_LF
 *	                             ^------------------------------------'
 */
#include "app/http_body.h"
#include "lib/text.h"

enum body_state {
	END, /* 0, as http_body.h says */
	PLAIN,
	SIZE,
	EXT,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER,
	NAME,
	VALUE,
	VALUE_LF,
	LAST_LF,
};

int http_body_init(struct http_body *body, const struct http_request *req)
{
	*body = (struct http_body){.left = req->length};
	if (req->flags & HTTP_F_CHUNKED)
		body->state = SIZE;
	else if (req->length)
		body->state = PLAIN;
	return req->length > HTTP_BODY_MAX ? HTTP_CONTENT_TOO_LARGE : 0;
}

/* Eight digits cannot overflow 32 bits; more are refused, zeros too. */
static int step_size(struct http_body *body, u8 c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		if (++body->digits > 8)
			return HTTP_BAD_REQUEST;
		body->left = body->left << 4 | (u32)digit;
		return 0;
	}
	if (!body->digits || (c != ';' && c != '\r'))
		return HTTP_BAD_REQUEST;
	body->state = c == ';' ? EXT : SIZE_LF;
	return 0;
}

/* Bytes that carry nothing are bounded for a whole body. */
static int step_skip(struct http_body *body, u8 c, u8 after_cr, u32 max)
{
	if (c == '\r') {
		body->state = after_cr;
		return 0;
	}
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return HTTP_BAD_REQUEST;
	if (++body->skipped <= max)
		return 0;
	return max == HTTP_TRAILER_MAX ? HTTP_FIELDS_TOO_LARGE
				       : HTTP_BAD_REQUEST;
}

static int step_trailer(struct http_body *body, u8 c)
{
	if (body->state == TRAILER && c == '\r') {
		body->state = LAST_LF;
		return 0;
	}
	if (body->state == NAME && c == ':') {
		body->state = VALUE;
		return 0;
	}
	body->state = NAME;
	if (!http_tchar[c])
		return HTTP_BAD_REQUEST;
	return ++body->skipped > HTTP_TRAILER_MAX ? HTTP_FIELDS_TOO_LARGE : 0;
}

/* The end of a chunk's first line. */
static int chunk_begins(struct http_body *body)
{
	body->digits = 0;
	if (!body->left) {
		body->state = TRAILER;
		return 0;
	}
	if (body->left > HTTP_BODY_MAX ||
	    body->total + body->left > HTTP_BODY_MAX)
		return HTTP_CONTENT_TOO_LARGE;
	body->total += body->left;
	body->state = DATA;
	return 0;
}

/* Wants c to be `wanted`, then goes to `next`. */
static int step_fixed(struct http_body *body, u8 c, u8 wanted, u8 next)
{
	if (c != wanted)
		return HTTP_BAD_REQUEST;
	body->state = next;
	return 0;
}

static int body_step(struct http_body *body, u8 c)
{
	switch (body->state) {
	case SIZE:
		return step_size(body, c);
	case EXT:
		return step_skip(body, c, SIZE_LF, HTTP_CHUNK_EXT_MAX);
	case SIZE_LF:
		return c == '\n' ? chunk_begins(body) : HTTP_BAD_REQUEST;
	case DATA_CR:
		return step_fixed(body, c, '\r', DATA_LF);
	case DATA_LF:
		return step_fixed(body, c, '\n', SIZE);
	case VALUE:
		return step_skip(body, c, VALUE_LF, HTTP_TRAILER_MAX);
	case VALUE_LF:
		return step_fixed(body, c, '\n', TRAILER);
	case LAST_LF:
		return step_fixed(body, c, '\n', END);
	default:
		return step_trailer(body, c);
	}
}

/* A block of data at once; bytes eaten. */
static u32 body_skip(struct http_body *body, u32 len)
{
	u32 n = MIN(len, body->left);

	body->left -= n;
	if (!body->left)
		body->state = body->state == PLAIN ? END : DATA_CR;
	return n;
}

int http_body_eat(struct http_body *body, const u8 *buf, u32 len, u32 *used)
{
	u32 at = 0;
	int err = 0;

	while (at < len && body->state != END && !err) {
		if (body->state == PLAIN || body->state == DATA)
			at += body_skip(body, len - at);
		else
			err = body_step(body, buf[at++]);
	}
	*used = at;
	if (err)
		return err;
	return body->state == END ? HTTP_COMPLETE : HTTP_NEED_MORE;
}
