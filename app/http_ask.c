/*
 * The fields of a request that matter to files, found by walking its lines
 * once more: the parser has checked them all, and pages without a file never
 * pay for this.
 */
#include "lib/string.h"
#include "app/http_ask.h"

static bool view_is(struct http_view view, const char *text)
{
	return view.len == strlen(text) && mem_case_eq(view.at, text, view.len);
}

static struct http_view trim(const u8 *from, const u8 *to)
{
	while (from < to && http_is_blank(*from))
		from++;
	while (to > from && http_is_blank(to[-1]))
		to--;
	return (struct http_view){from, (u32)(to - from)};
}

/* Cuts *rest behind the next `stop`; what was before it, trimmed. */
static struct http_view cut(struct http_view *rest, u8 stop)
{
	const u8 *end = rest->at + rest->len;
	const u8 *at = memchr(rest->at, stop, rest->len);
	struct http_view first = trim(rest->at, at ? at : end);

	rest->at = at ? at + 1 : end;
	rest->len = (u32)(end - rest->at);
	return first;
}

/* RFC 9110 section 12.4.2: "0.123" in thousandths; 0 when it is no weight. */
static u16 read_weight(struct http_view text)
{
	u32 value = 0, scale = 1000;

	if (!text.len || (text.at[0] != '0' && text.at[0] != '1') ||
	    text.len > 5 || (text.len > 1 && text.at[1] != '.'))
		return 0;
	for (u32 i = 0; i < text.len; i++) {
		if (i == 1)
			continue;
		if (text.at[i] < '0' || text.at[i] > '9')
			return 0;
		value += (text.at[i] - (u32)'0') * scale;
		scale /= 10;
	}
	return (u16)(value <= 1000 ? value : 0);
}

/* The weight behind a coding's name: 1000 when none is given. */
static u16 weight_of(struct http_view rest)
{
	while (rest.len) {
		struct http_view word = cut(&rest, ';');

		if (word.len >= 2 && mem_case_eq(word.at, "q=", 2)) {
			word.at += 2;
			word.len -= 2;
			return read_weight(word);
		}
	}
	return 1000;
}

static void take_codings(struct http_ask *ask, struct http_view list)
{
	while (list.len) {
		struct http_view item = cut(&list, ',');
		struct http_view name = cut(&item, ';');
		u16 weight = weight_of(item);

		if (view_is(name, "gzip") || view_is(name, "x-gzip")) {
			ask->gzip = weight;
			ask->gzip_named = true;
		} else if (view_is(name, "identity")) {
			ask->identity = weight;
			ask->identity_named = true;
		} else if (view_is(name, "*") && !ask->gzip_named) {
			ask->gzip = weight;
		}
	}
}

static void take_once(struct http_ask *ask, struct http_view *to,
		      struct http_view value)
{
	if (to->at)
		ask->twice = true;
	*to = value;
}

static void take_field(struct http_ask *ask, struct http_view name,
		       struct http_view value)
{
	static const struct {
		const char *name;
		u32 at;
	} fields[] = {
		{"range", offsetof(struct http_ask, range)},
		{"if-range", offsetof(struct http_ask, if_range)},
		{"if-match", offsetof(struct http_ask, if_match)},
		{"if-none-match", offsetof(struct http_ask, if_none_match)},
		{"if-modified-since",
		 offsetof(struct http_ask, if_modified_since)},
		{"if-unmodified-since",
		 offsetof(struct http_ask, if_unmodified_since)},
	};

	if (view_is(name, "accept-encoding")) {
		take_codings(ask, value);
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		if (view_is(name, fields[i].name))
			take_once(ask, (void *)((u8 *)ask + fields[i].at),
				  value);
}

void http_ask_read(struct http_ask *ask, const struct http_request *req,
		   const u8 *head)
{
	const u8 *p = head + req->fields_at, *end = head + req->line;

	*ask = (struct http_ask){0};
	while (p < end && *p != '\r') {
		const u8 *stop = memchr(p, '\r', (size_t)(end - p));
		const u8 *colon = memchr(p, ':', (size_t)(stop - p));
		u8 first = *p | 0x20;

		if (first == 'i' || first == 'r' || first == 'a')
			take_field(ask, (struct http_view){p, (u32)(colon - p)},
				   trim(colon + 1, stop));
		p = stop + 2;
	}
}
