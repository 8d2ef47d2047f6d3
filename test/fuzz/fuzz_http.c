/*
 * Requests: whole and in pieces the parser comes to the same, and what a
 * site answers is inside of its files, in a head without stray line ends.
 */
#include <string.h>
#include "app/http_body.h"
#include "app/http_file.h"
#include "app/http_path.h"
#include "kernel/log.h"
#include "test/fuzz/fuzz.h"
#include "test/host/machine_sim.h"
#include "test/host/tar_make.h"

static struct tar_maker maker;
static struct site *site;

void fuzz_init(void)
{
	sim_init();
	log_set_level(LOG_ERR);
	tar_put_text(&maker, "index.html", "0123456789");
	tar_put_text(&maker, "a", "abc");
	tar_put_text(&maker, "a.gz", "\037\213\010");
	tar_put_text(&maker, "d/b c", "");
	tar_finish(&maker);
	site = site_open(maker.data, maker.len);
	FUZZ_CHECK(site);
}

/* The head, `step` bytes more at each look; always in exactly its size. */
static int parse(struct http_request *req, const u8 *data, u32 len, u32 step)
{
	int result = HTTP_NEED_MORE;
	u32 have = 0;

	http_request_init(req);
	while (result == HTTP_NEED_MORE && have < len) {
		u8 *buf;

		have = MIN(have + step, len);
		buf = malloc(have + 1);
		memcpy(buf, data, have);
		buf[have] = 0;
		result = http_parse_head(req, buf, have);
		free(buf);
		FUZZ_CHECK(req->line <= have);
	}
	return result;
}

static int eat(const struct http_request *req, const u8 *data, u32 len,
	       u32 step)
{
	struct http_body body;
	int result = http_body_init(&body, req);
	u32 at = 0;

	while (!result && !http_body_done(&body) && at < len) {
		u32 n = MIN(step, len - at), used;

		result = http_body_eat(&body, data + at, n, &used);
		FUZZ_CHECK(used <= n);
		at += used;
		if (result == HTTP_NEED_MORE)
			FUZZ_CHECK(used == n);
	}
	return result >= HTTP_BAD_REQUEST ? result : (int)at;
}

static void check_head(const struct http_pick *pick, u32 status)
{
	u32 max = http_file_head_max(pick);
	char *head = malloc(max + 1);
	u32 len = http_file_head(pick, status, MODE_CLOSE, head);

	FUZZ_CHECK(len <= max);
	head[len] = 0;
	FUZZ_CHECK(strlen(head) == len);
	FUZZ_CHECK(strstr(head, "\r\n\r\n") == head + len - 4);
	for (char *p = head; *p; p++)
		FUZZ_CHECK((*p == '\n') == (p > head && p[-1] == '\r'));
	free(head);
}

static void check_pick(const struct http_pick *found,
		       const struct http_ask *ask)
{
	struct http_pick pick = *found;
	u32 status = http_pick_file(&pick, site, ask);

	FUZZ_CHECK(status == 200 || status == 206 || status == 304 ||
		   status == 412 || status == 416);
	if (status == 206)
		FUZZ_CHECK(pick.len && pick.len <= pick.entry->size &&
			   pick.first <= pick.entry->size - pick.len);
	if (status == 200)
		FUZZ_CHECK(!pick.first && pick.len == pick.entry->size);
	if (status != 412)
		check_head(&pick, status);
}

static void check_request(const struct http_request *req, const u8 *data)
{
	u8 *head = malloc(req->line), path[HTTP_PATH_MAX];
	struct http_pick pick = {0};
	struct http_ask ask;
	u32 len = 0, status = 404;

	memcpy(head, data, req->line);
	if (!http_path(req->method, head + req->target, req->target_len, path,
		       &len) &&
	    len)
		status = http_pick_path(&pick, site, path, len);
	FUZZ_CHECK(status == 404 || pick.entry);
	if (status == 301)
		check_head(&pick, 301);
	http_ask_read(&ask, req, head);
	/* The fields are tried on every file, whatever the target is. */
	for (u32 i = 1; i < site->count; i++) {
		pick = (struct http_pick){.entry = &site->entries[i]};
		if (!pick.entry->is_dir)
			check_pick(&pick, &ask);
	}
	free(head);
}

void fuzz_one(const u8 *data, size_t size)
{
	u32 len = (u32)MIN(size, (size_t)HTTP_HEAD_MAX);
	struct http_request whole, cut;
	int result = parse(&whole, data, len, len);
	static const u32 steps[] = {1, 7, 100};

	for (u32 i = len > 2000; i < ARRAY_SIZE(steps); i++) {
		int other = parse(&cut, data, len, steps[i]);

		FUZZ_CHECK((result == HTTP_COMPLETE) ==
			   (other == HTTP_COMPLETE));
		/* A refusal may wait for the end of a line that was cut. */
		FUZZ_CHECK(result != HTTP_NEED_MORE || other == result);
		if (result == HTTP_COMPLETE)
			FUZZ_CHECK(cut.line == whole.line &&
				   cut.flags == whole.flags &&
				   cut.length == whole.length &&
				   cut.target == whole.target &&
				   cut.target_len == whole.target_len);
	}
	if (result != HTTP_COMPLETE)
		return;
	check_request(&whole, data);
	FUZZ_CHECK(eat(&whole, data + whole.line, len - whole.line, len) ==
		   eat(&whole, data + whole.line, len - whole.line, 1));
}
