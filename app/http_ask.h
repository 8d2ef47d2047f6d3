/*
 * What a request says about the representation that it wants: conditions
 * (RFC 9110 section 13), ranges (section 14), content codings (section
 * 12.5.3). These fields are read only when a file has been found, from the
 * head that the parser has accepted.
 */
#pragma once

#include "app/http_parse.h"

struct http_view {
	const u8 *at; /* NULL: not in the request */
	u32 len;
};

struct http_ask {
	struct http_view if_match, if_none_match;
	struct http_view if_modified_since, if_unmodified_since;
	struct http_view if_range, range;
	u16 gzip, identity; /* weights in thousandths; */
	bool gzip_named;    /* "*" speaks for those that are not named */
	bool identity_named;
	bool twice; /* a range or condition came twice: it is not heard */
};

/* Fills *ask from head[0, req->line), a head that was parsed. */
void http_ask_read(struct http_ask *ask, const struct http_request *req,
		   const u8 *head);

/* True when a gzip body is what the client prefers. */
static inline bool http_ask_gzip(const struct http_ask *ask)
{
	return ask->gzip &&
	       (!ask->identity_named || ask->gzip >= ask->identity);
}

/*
 * Is `tag`, with its quotes, in the list, or is that "*"? Strong: a weak one
 * in the list equals nothing (section 8.8.3.2).
 */
bool http_tag_listed(struct http_view list, const char *tag, u32 len,
		     bool strong);

enum http_range { RANGE_NONE, RANGE_ONE, RANGE_NEVER };

/*
 * Of a representation of `size` bytes. RANGE_NONE: all of it is sent, since
 * the field is not valid, names several ranges, or the size is 0.
 */
enum http_range http_range_read(struct http_view field, u64 size, u64 *first,
				u64 *len);
