/* The HTTP parser fed in pieces. */
#include <stdlib.h>
#include <string.h>
#include "test/host/http_feed.h"

static int eat_body(struct outcome *out, const char *text, size_t len,
		    size_t step)
{
	struct http_body body;
	int result = http_body_init(&body, &out->req);

	if (result)
		return result;
	while (!http_body_done(&body)) {
		size_t n = MIN(step, len - out->used);
		u8 *piece = malloc(n);
		u32 used = 0;

		if (!n) {
			free(piece);
			return MORE;
		}
		memcpy(piece, text + out->used, n);
		result = http_body_eat(&body, piece, (u32)n, &used);
		free(piece);
		out->used += used;
		if (result != MORE && result != OK)
			return result;
	}
	return OK;
}

struct outcome http_feed(const char *text, size_t len, size_t step)
{
	struct outcome out = {.result = MORE};
	size_t have = 0;

	http_request_init(&out.req);
	while (out.result == MORE && have < len) {
		u8 *buf;

		have = MIN(MIN(have + step, len), HTTP_HEAD_MAX);
		buf = malloc(have + 1);
		memcpy(buf, text, have);
		buf[have] = 0;
		out.result = http_parse_head(&out.req, buf, (u32)have);
		free(buf);
	}
	if (out.result == OK) {
		out.used = out.req.line;
		out.result = eat_body(&out, text, len, step);
	}
	return out;
}

struct outcome http_feed_all_ways(const char *text, size_t len)
{
	static const size_t steps[] = {1, 2, 3, 7};
	struct outcome whole = http_feed(text, len, len);

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct outcome cut = http_feed(text, len, steps[i]);

		if (cut.result != whole.result || cut.used != whole.used ||
		    cut.req.flags != whole.req.flags)
			fail_msg("step %zu: %d, whole: %d: %s", steps[i],
				 cut.result, whole.result, text);
	}
	return whole;
}

void http_check(const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = samples[i].text;
		struct outcome out = http_feed_all_ways(text, strlen(text));

		if (out.result != samples[i].result)
			fail_msg("%d, not %d: %s", out.result,
				 samples[i].result, text);
	}
}
