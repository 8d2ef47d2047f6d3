/* Entity tags (RFC 9110 section 8.8.3) and byte ranges (section 14.1.2). */
#include "lib/string.h"
#include "app/http_ask.h"

/* Past blanks and commas. */
static void skip_empty(struct http_view *list)
{
	while (list->len &&
	       (*list->at == ',' || *list->at == ' ' || *list->at == '\t')) {
		list->at++;
		list->len--;
	}
}

static void skip(struct http_view *list, u32 len)
{
	list->at += len;
	list->len -= len;
}

bool http_tag_listed(struct http_view list, const char *tag, u32 len,
		     bool strong)
{
	if (list.len == 1 && *list.at == '*')
		return true;
	for (skip_empty(&list); list.len; skip_empty(&list)) {
		bool weak =
			list.len > 2 && list.at[0] == 'W' && list.at[1] == '/';
		const u8 *end;
		u32 size;

		if (weak)
			skip(&list, 2);
		if (*list.at != '"')
			return false;
		end = memchr(list.at + 1, '"', list.len - 1);
		if (!end)
			return false;
		size = (u32)(end + 1 - list.at);
		if (size == len && !memcmp(list.at, tag, len) &&
		    !(weak && strong))
			return true;
		skip(&list, size);
	}
	return false;
}

/* Digits; false when there are none. Too large a number is the largest. */
static bool take_number(struct http_view *text, u64 *out)
{
	u64 value = 0;
	u32 i;

	for (i = 0; i < text->len && text->at[i] >= '0' && text->at[i] <= '9';
	     i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, text->at[i] - '0', &value))
			value = UINT64_MAX;
	skip(text, i);
	*out = value;
	return i > 0;
}

static enum http_range suffix_range(u64 want, u64 size, u64 *first, u64 *len)
{
	if (!want)
		return RANGE_NEVER;
	*len = MIN(want, size);
	*first = size - *len;
	return RANGE_ONE;
}

/* first "-" [ last ], or "-" suffix length; size is not 0. */
static enum http_range read_spec(struct http_view *text, u64 size, u64 *first,
				 u64 *len)
{
	bool from = take_number(text, first);
	u64 last;

	if (!text->len || *text->at != '-')
		return RANGE_NONE;
	skip(text, 1);
	if (!take_number(text, &last)) {
		if (!from)
			return RANGE_NONE;
		last = UINT64_MAX;
	} else if (!from) {
		return suffix_range(last, size, first, len);
	}
	if (last < *first)
		return RANGE_NONE;
	if (*first >= size)
		return RANGE_NEVER;
	*len = MIN(last, size - 1) - *first + 1;
	return RANGE_ONE;
}

enum http_range http_range_read(struct http_view field, u64 size, u64 *first,
				u64 *len)
{
	enum http_range result;

	if (!size || field.len < 6 || !mem_case_eq(field.at, "bytes=", 6))
		return RANGE_NONE;
	skip(&field, 6);
	skip_empty(&field);
	result = read_spec(&field, size, first, len);
	skip_empty(&field);
	return field.len ? RANGE_NONE : result;
}
