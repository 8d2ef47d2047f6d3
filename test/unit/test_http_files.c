/*
 * Files over HTTP: validators, conditions, ranges, codings, directories
 * (RFC 9110 sections 8, 12 to 15).
 */
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"
#include "test/host/http_bed.h"
#include "test/host/tar_make.h"

#define BIG  70001u
#define TAG  "\"5e0be100-" /* of all text files: 2020-01-01 */
#define DATE "Wed, 01 Jan 2020 00:00:00 GMT"

static struct tar_maker maker;
static u8 big[BIG];

static void make_site(void)
{
	static const char gz[] = "\037\213\010 not really";
	struct tar_file file = {.path = "big.bin", .data = big, .size = BIG};

	maker = (struct tar_maker){0};
	for (u32 i = 0; i < BIG; i++)
		big[i] = (u8)(i * 31 + (i >> 8) * 7);
	tar_put_text(&maker, "index.html", "<p>site");
	tar_put_text(&maker, "a.txt", "0123456789");
	tar_put_text(&maker, "empty", "");
	tar_put_text(&maker, "app.js", "a long script");
	tar_put_text(&maker, "app.js.gz", gz);
	tar_put_text(&maker, "fake.js", "plain");
	tar_put_text(&maker, "fake.js.gz", "no gzip");
	tar_put_text(&maker, "d/x&<y>\".txt", "x");
	tar_put_text(&maker, "d/e/index.html", "e");
	tar_put_text(&maker, "1k", "covered by a page");
	tar_put(&maker, &file);
	file.path = "timeless";
	tar_put(&maker, &file);
	memset(maker.data + maker.len - ALIGN_UP(BIG, 512u) - 512 + 136, ' ',
	       12);
	tar_sign(&maker, maker.len - ALIGN_UP(BIG, 512u) - 512);
	tar_finish(&maker);
}

static int setup_site(void **state, bool listing)
{
	struct http_config config = http_default;

	make_site();
	config.site = maker.data;
	config.site_len = maker.len;
	config.listing = listing;
	return http_bed_setup_with(state, &config);
}

static int setup(void **state)
{
	return setup_site(state, false);
}

static int setup_listing(void **state)
{
	return setup_site(state, true);
}

static int teardown(void **state)
{
	int err = http_bed_teardown(state);

	tar_free(&maker);
	return err;
}

/* One request on the bed's first connection; `fields` end with CRLF. */
static struct fake_peer *ask(void **state, const char *line, const char *fields)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = bed->count ? bed->peers[0] : http_client(bed);
	char text[1200];

	if (peer->out)
		fake_clear(peer);
	snprintf(text, sizeof(text), "%s HTTP/1.1\r\n%s" HTTP_HOST, line,
		 fields);
	http_ask(bed, peer, text);
	assert_false(peer->closed);
	assert_int_equal(bed->srv->held, 0);
	return peer;
}

static void assert_status(const struct fake_peer *peer, int status)
{
	char line[20];

	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	if (strncmp(peer->out, line, strlen(line)) != 0)
		fail_msg("not %d: %s", status, peer->out);
	assert_int_equal(http_responses(peer), 1);
}

static void assert_body(const struct fake_peer *peer, const void *bytes,
			size_t len)
{
	const char *body = http_body_of(peer);

	assert_non_null(body);
	assert_int_equal(http_length_of(peer), len);
	assert_int_equal(peer->out + peer->out_len - body, len);
	assert_memory_equal(body, bytes, len);
}

static void a_file_and_its_fields(void **state)
{
	struct fake_peer *peer = ask(state, "GET /a.txt", "");

	assert_status(peer, 200);
	assert_body(peer, "0123456789", 10);
	assert_true(http_has(peer, "\r\nContent-Type: text/plain; "
				   "charset=utf-8\r\n"));
	assert_true(http_has(peer, "\r\nETag: " TAG "a\"\r\n"));
	assert_true(http_has(peer, "\r\nLast-Modified: " DATE "\r\n"));
	assert_true(http_has(peer, "\r\nAccept-Ranges: bytes\r\n"));
	assert_false(http_has(peer, "Vary"));
	assert_false(http_has(peer, "Connection"));
	/* The head, then the data from where it lies. */
	assert_int_equal(peer->sends, 2);
	assert_true(peer->last_flags & MSG_STATIC);
}

static void a_big_file(void **state)
{
	struct fake_peer *peer = ask(state, "GET /big.bin", "");

	assert_status(peer, 200);
	assert_body(peer, big, BIG);
	assert_true(http_has(peer, "application/octet-stream"));
}

static void a_slow_reader_gets_every_byte(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	peer->window = 100;
	http_ask(bed, peer, "GET /big.bin HTTP/1.1\r\n" HTTP_HOST);
	assert_true(bed->srv->held > 0);
	for (u32 i = 0; i < 100; i++) {
		fake_window(peer, 777);
		http_poll(bed->srv, 0);
	}
	assert_body(peer, big, BIG);
	assert_int_equal(bed->srv->held, 0);
}

static void an_empty_file(void **state)
{
	struct fake_peer *peer = ask(state, "GET /empty", "");

	assert_status(peer, 200);
	assert_body(peer, "", 0);
	assert_status(ask(state, "GET /empty", "Range: bytes=0-\r\n"), 200);
	assert_status(ask(state, "GET /empty", "Range: bytes=-5\r\n"), 200);
}

static void the_front_page_is_the_sites(void **state)
{
	struct fake_peer *peer = ask(state, "GET /", "");

	assert_status(peer, 200);
	assert_body(peer, "<p>site", 7);
	peer = ask(state, "GET http://h/?q", "");
	assert_body(peer, "<p>site", 7);
}

static void built_in_pages_stay(void **state)
{
	assert_int_equal(http_length_of(ask(state, "GET /1k", "")), 1024);
	assert_status(ask(state, "GET /stat", ""), 200);
	assert_status(ask(state, "GET /proc/net/tcp", ""), 200);
	assert_status(ask(state, "GET /%31k", ""), 200);
}

static void head_is_get_without_content(void **state)
{
	static const char *const paths[] = {"a.txt", "big.bin", "app.js", "d/e",
					    "d/",    "nothing", ""};
	char *get, line[60];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct fake_peer *peer;
		size_t len;

		snprintf(line, sizeof(line), "GET /%s", paths[i]);
		peer = ask(state, line, "Accept-Encoding: gzip\r\n");
		len = (size_t)(http_body_of(peer) - peer->out);
		get = malloc(len);
		memcpy(get, peer->out, len);
		snprintf(line, sizeof(line), "HEAD /%s", paths[i]);
		peer = ask(state, line, "Accept-Encoding: gzip\r\n");
		assert_int_equal(peer->out_len, len);
		assert_memory_equal(peer->out, get, len);
		free(get);
	}
	/* Section 14.2: no range for HEAD. */
	assert_status(ask(state, "HEAD /a.txt", "Range: bytes=0-1\r\n"), 200);
}

static void methods(void **state)
{
	static const char *const lines[] = {"POST /a.txt", "PUT /d/",
					    "DELETE /", "TRACE /a.txt",
					    "CONNECT a:1"};
	struct fake_peer *peer;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		peer = ask(state, lines[i], "");
		assert_status(peer, 405);
		assert_true(http_has(peer, "Allow: GET, HEAD, OPTIONS\r\n"));
	}
	assert_status(ask(state, "POST /nothing", ""), 404);
	peer = ask(state, "OPTIONS /a.txt", "Range: bytes=99-\r\n");
	assert_status(peer, 200);
	assert_int_equal(http_length_of(peer), 0);
	assert_status(ask(state, "OPTIONS /d", ""), 200);
	assert_status(ask(state, "OPTIONS *", ""), 200);
	assert_status(ask(state, "OPTIONS /nothing", ""), 404);
}

static void directories(void **state)
{
	struct fake_peer *peer = ask(state, "GET /d/e?x", "");

	assert_status(peer, 301);
	assert_true(http_has(peer, "\r\nLocation: /d/e/\r\n"));
	assert_int_equal(http_length_of(peer), 0);
	assert_body(ask(state, "GET /d/e/", ""), "e", 1);
	assert_status(ask(state, "GET /d/", ""), 403);
	assert_status(ask(state, "GET /d", ""), 301);
	assert_status(ask(state, "GET //d", ""), 404);
	assert_status(ask(state, "GET /a.txt/", ""), 404);
	assert_status(ask(state, "GET /nothing/", ""), 404);
}

static void listing(void **state)
{
	struct fake_peer *peer = ask(state, "GET /d/", "");

	assert_response(peer, 200);
	assert_true(http_has(peer, "text/html"));
	assert_true(http_has(peer, "<li><a href=\"./x%26%3Cy%3E%22.txt\">"
				   "x&amp;&lt;y&gt;&quot;.txt</a> 1\n"));
	assert_true(http_has(peer, "<li><a href=\"./e/\">e/</a>\n"));
	assert_true(http_has(peer, "<li><a href=\"../\">"));
	assert_body(ask(state, "GET /", ""), "<p>site", 7);
	assert_body(ask(state, "GET /d/e/", ""), "e", 1);
}

/* ---- conditions */

struct sample {
	const char *fields;
	int status;
};

static void check(void **state, const char *line, const struct sample *s)
{
	for (; s->fields; s++) {
		struct fake_peer *peer = ask(state, line, s->fields);

		if (atoi(peer->out + 9) != s->status)
			fail_msg("%.12s for %s", peer->out, s->fields);
	}
}

static void none_match(void **state)
{
	static const struct sample samples[] = {
		{"If-None-Match: " TAG "a\"\r\n", 304},
		{"If-None-Match: W/" TAG "a\"\r\n", 304},
		{"if-none-match: *\r\n", 304},
		{"If-None-Match: \"x\", " TAG "a\"\r\n", 304},
		{"If-None-Match: \"x\",W/\"y\" , W/" TAG "a\" , \"z\"\r\n",
		 304},
		{"If-None-Match: \"a,b\"," TAG "a\"\r\n", 304},
		{"If-None-Match: " TAG "b\"\r\n", 200},
		{"If-None-Match: 5e0be100-a\r\n", 200},
		{"If-None-Match: \"\"\r\n", 200},
		{"If-None-Match:\r\n", 200},
		{"If-None-Match: \"\r\n", 200},
		{"If-None-Match: W/\r\n", 200},
		{"If-None-Match: W/\"\r\n", 200},
		{"If-None-Match: " TAG "a\r\n", 200},
		{"If-None-Match: **\r\n", 200},
		/* The date is not looked at beside it. */
		{"If-None-Match: \"x\"\r\nIf-Modified-Since: " DATE "\r\n",
		 200},
		{NULL, 0},
	};
	struct fake_peer *peer;

	check(state, "GET /a.txt", samples);
	check(state, "HEAD /a.txt", samples);
	peer = ask(state, "GET /a.txt", samples[0].fields);
	assert_true(http_has(peer, "\r\nETag: " TAG "a\"\r\n"));
	assert_true(http_has(peer, "\r\nLast-Modified: "));
	assert_false(http_has(peer, "Content-Length"));
	assert_string_equal(http_body_of(peer), "");
}

static void modified_since(void **state)
{
	static const struct sample samples[] = {
		{"If-Modified-Since: " DATE "\r\n", 304},
		{"If-Modified-Since: Thu, 02 Jan 2020 00:00:00 GMT\r\n", 304},
		{"If-Modified-Since: Thursday, 02-Jan-20 00:00:00 GMT\r\n",
		 304},
		{"If-Modified-Since: Thu Jan  2 00:00:00 2020\r\n", 304},
		{"If-Modified-Since: Tue, 31 Dec 2019 23:59:59 GMT\r\n", 200},
		{"If-Modified-Since: yesterday\r\n", 200},
		{"If-Modified-Since:\r\n", 200},
		{"If-Modified-Since: " DATE "\r\nIf-Modified-Since: " DATE
		 "\r\n",
		 200},
		{NULL, 0},
	};
	struct fake_peer *peer;

	check(state, "GET /a.txt", samples);
	peer = ask(state, "GET /timeless", samples[0].fields);
	assert_status(peer, 200);
	assert_false(http_has(peer, "Last-Modified"));
}

static void preconditions(void **state)
{
	static const struct sample samples[] = {
		{"If-Match: *\r\n", 200},
		{"If-Match: \"x\", " TAG "a\"\r\n", 200},
		{"If-Match: W/" TAG "a\"\r\n", 412},
		{"If-Match: \"x\"\r\n", 412},
		{"If-Match: \"x\"\r\nIf-None-Match: *\r\n", 412},
		{"If-Unmodified-Since: " DATE "\r\n", 200},
		{"If-Unmodified-Since: nonsense\r\n", 200},
		{"If-Unmodified-Since: Tue, 31 Dec 2019 23:59:59 GMT\r\n", 412},
		{"If-Match: *\r\n"
		 "If-Unmodified-Since: Tue, 31 Dec 2019 23:59:59 GMT\r\n",
		 200},
		{NULL, 0},
	};

	check(state, "GET /a.txt", samples);
	assert_response(ask(state, "GET /a.txt", "If-Match: \"x\"\r\n"), 412);
}

/* ---- ranges */

static void ranges(void **state)
{
	static const struct sample samples[] = {
		{"Range: bytes=0-0\r\n", 206},
		{"Range: bytes=9-\r\n", 206},
		{"Range: bytes=-3\r\n", 206},
		{"Range: bytes=-999999999999999999999999\r\n", 206},
		{"Range: bytes=3-999999999999999999999999\r\n", 206},
		{"Range: Bytes=0-1\r\n", 206},
		{"Range: bytes= 0-1 \r\n", 206},
		{"Range: bytes=,,0-1,\r\n", 206},
		{"Range: bytes=10-\r\n", 416},
		{"Range: bytes=10-11\r\n", 416},
		{"Range: bytes=99999999999999999999999-\r\n", 416},
		{"Range: bytes=-0\r\n", 416},
		{"Range: bytes=5-4\r\n", 200},
		{"Range: bytes=0-1,3-4\r\n", 200},
		{"Range: bytes=0-0,-1\r\n", 200},
		{"Range: bytes=\r\n", 200},
		{"Range: bytes\r\n", 200},
		{"Range: bytes=-\r\n", 200},
		{"Range: bytes=x-1\r\n", 200},
		{"Range: bytes=1-x\r\n", 200},
		{"Range: bytes=1\r\n", 200},
		{"Range: bytes=+1-2\r\n", 200},
		{"Range: bytes=0x1-2\r\n", 200},
		{"Range: bytes=1-2;\r\n", 200},
		{"Range: bytes =0-1\r\n", 200},
		{"Range: lines=0-1\r\n", 200},
		{"Range: 0-1\r\n", 200},
		{"Range: bytes=0-1\r\nRange: bytes=2-3\r\n", 200},
		{NULL, 0},
	};
	struct fake_peer *peer;

	check(state, "GET /a.txt", samples);
	peer = ask(state, "GET /a.txt", "Range: bytes=2-4\r\n");
	assert_body(peer, "234", 3);
	assert_true(http_has(peer, "\r\nContent-Range: bytes 2-4/10\r\n"));
	assert_true(http_has(peer, "\r\nETag: " TAG "a\"\r\n"));
	peer = ask(state, "GET /a.txt", "Range: bytes=10-\r\n");
	assert_true(http_has(peer, "\r\nContent-Range: bytes */10\r\n"));
	assert_int_equal(http_length_of(peer), 0);
}

static void if_range(void **state)
{
#define RANGE "Range: bytes=0-1\r\nIf-Range: "
	static const struct sample samples[] = {
		{RANGE TAG "a\"\r\n", 206},
		{RANGE DATE "\r\n", 206},
		{RANGE "W/" TAG "a\"\r\n", 200},
		{RANGE "\"x\"\r\n", 200},
		{RANGE "Thu, 02 Jan 2020 00:00:00 GMT\r\n", 200},
		{RANGE "nonsense\r\n", 200},
		{RANGE "\r\n", 200},
		{"Range: bytes=99-\r\nIf-Range: \"x\"\r\n", 200},
		{"If-Range: \"x\"\r\n", 200},
		{RANGE TAG "a\"\r\nIf-None-Match: *\r\n", 304},
		{NULL, 0},
	};

	check(state, "GET /a.txt", samples);
}

/* A random Range and what it must come to. */
struct want {
	char field[120];
	int status;
	u64 first, len;
};

static u64 number(u32 size)
{
	switch (sim_random() % 6) {
	case 0:
		return sim_random();
	case 1:
		return size - 1 + sim_random() % 3;
	case 2:
		return sim_random() % 3;
	default:
		return sim_random() % (size + size / 8 + 1);
	}
}

static struct want random_range(u32 size)
{
	struct want want = {.status = 200, .len = size};
	u64 a = number(size), b = number(size);
	const char *text = "Range: bytes=%llu-%llu\r\n";
	u32 form = (u32)(sim_random() % 8);

	if (form < 4) {
		if (a <= b) {
			want.status = a < size ? 206 : 416;
			want.first = a;
			want.len = MIN(b, size - 1ull) - a + 1;
		}
	} else if (form == 4) {
		text = "Range: bytes=%llu-\r\n";
		want.status = a < size ? 206 : 416;
		want.first = a;
		want.len = size - a;
	} else if (form == 5) {
		text = "Range: bytes=-%llu\r\n";
		want.status = a ? 206 : 416;
		want.len = MIN(a, size);
		want.first = size - want.len;
	} else if (form == 6) {
		text = "Range: bytes=%llu-%llu,1-2\r\n";
	} else {
		text = "Range: bytes=%llu--%llu\r\n";
	}
	if (want.status != 206 && want.status != 200)
		want.first = want.len = 0;
	if (want.status == 200)
		want.first = 0, want.len = size;
	snprintf(want.field, sizeof(want.field), text, (unsigned long long)a,
		 (unsigned long long)b);
	return want;
}

static void check_range(void **state, const char *line, const u8 *data,
			u32 size)
{
	struct want want = random_range(size);
	struct fake_peer *peer = ask(state, line, want.field);
	char text[100];

	if (atoi(peer->out + 9) != want.status)
		fail_msg("%.12s, not %d: %s", peer->out, want.status,
			 want.field);
	assert_body(peer, data + want.first, want.len);
	if (want.status == 200)
		return;
	snprintf(text, sizeof(text),
		 "\r\nContent-Range: bytes %llu-%llu/%u\r\n",
		 (unsigned long long)want.first,
		 (unsigned long long)(want.first + want.len - 1), size);
	if (want.status == 416)
		snprintf(text, sizeof(text),
			 "\r\nContent-Range: bytes */%u\r\n", size);
	if (!http_has(peer, text))
		fail_msg("%s: %s", want.field, text);
}

static void ten_thousand_random_ranges(void **state)
{
	for (u32 i = 0; i < 9000; i++)
		check_range(state, "GET /a.txt", (const u8 *)"0123456789", 10);
	for (u32 i = 0; i < 2000; i++)
		check_range(state, "GET /big.bin", big, BIG);
}

/* ---- content codings */

static void accepted_codings(void **state)
{
	static const struct {
		const char *field;
		bool gzip;
	} samples[] = {
		{"", false},
		{"Accept-Encoding: gzip\r\n", true},
		{"accept-encoding: GZip\r\n", true},
		{"Accept-Encoding: x-gzip\r\n", true},
		{"Accept-Encoding: deflate, gzip, br\r\n", true},
		{"Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", true},
		{"Accept-Encoding: gzip;q=0.001\r\n", true},
		{"Accept-Encoding: gzip ; q=1.000\r\n", true},
		{"Accept-Encoding: gzip;Q=0.5\r\n", true},
		{"Accept-Encoding: *\r\n", true},
		{"Accept-Encoding: br, *;q=0.1\r\n", true},
		{"Accept-Encoding: identity;q=0.5, gzip;q=0.5\r\n", true},
		{"Accept-Encoding: identity;q=0, gzip\r\n", true},
		{"Accept-Encoding: gzip;q=0\r\n", false},
		{"Accept-Encoding: gzip;q=0.0\r\n", false},
		{"Accept-Encoding: gzip;q=0.000, *\r\n", false},
		{"Accept-Encoding: *, gzip;q=0\r\n", false},
		{"Accept-Encoding: *;q=0\r\n", false},
		{"Accept-Encoding: identity, gzip;q=0.9\r\n", false},
		{"Accept-Encoding: identity\r\n", false},
		{"Accept-Encoding: br\r\n", false},
		{"Accept-Encoding: gzipped\r\n", false},
		{"Accept-Encoding: gzip;q=2\r\n", false},
		{"Accept-Encoding: gzip;q=1.1\r\n", false},
		{"Accept-Encoding: gzip;q=x\r\n", false},
		{"Accept-Encoding: gzip;q=0.0001\r\n", false},
		{"Accept-Encoding: gzip;q=\r\n", false},
		{"Accept-Encoding:\r\n", false},
		{"Accept-Encoding: ,;,;q=1,\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct fake_peer *peer =
			ask(state, "GET /app.js", samples[i].field);

		assert_status(peer, 200);
		if (http_has(peer, "\r\nContent-Encoding: gzip\r\n") !=
		    samples[i].gzip)
			fail_msg("%s", samples[i].field);
		assert_true(http_has(peer, "\r\nVary: Accept-Encoding\r\n"));
		assert_true(http_has(peer, "text/javascript"));
		if (samples[i].gzip)
			assert_body(peer, "\037\213\010 not really", 14);
		else
			assert_body(peer, "a long script", 13);
	}
}

static void each_coding_has_its_own_tag(void **state)
{
	static const struct sample plain[] = {
		{"If-None-Match: " TAG "d\"\r\n", 304},
		{"If-None-Match: " TAG "e-gz\"\r\n", 200},
		{NULL, 0},
	};
	static const struct sample gzip[] = {
		{"Accept-Encoding: gzip\r\nIf-None-Match: " TAG "d\"\r\n", 200},
		{"Accept-Encoding: gzip\r\nIf-None-Match: " TAG "e-gz\"\r\n",
		 304},
		{NULL, 0},
	};
	struct fake_peer *peer;

	check(state, "GET /app.js", plain);
	check(state, "GET /app.js", gzip);
	peer = ask(state, "GET /app.js", gzip[1].fields);
	assert_true(http_has(peer, "\r\nVary: Accept-Encoding\r\n"));
	peer = ask(state, "GET /app.js",
		   "Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n");
	assert_status(peer, 206);
	assert_body(peer, "\037\213", 2);
}

static void what_is_no_gzip_is_not_sent_as_one(void **state)
{
	struct fake_peer *peer =
		ask(state, "GET /fake.js", "Accept-Encoding: gzip\r\n");

	assert_body(peer, "plain", 5);
	assert_false(http_has(peer, "Vary"));
	peer = ask(state, "GET /app.js.gz", "Accept-Encoding: gzip\r\n");
	assert_true(http_has(peer, "application/gzip"));
	assert_false(http_has(peer, "Content-Encoding"));
}

/* A file that was picked is forgotten when the request then fails. */
static void failures_after_a_file(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	http_ask(bed, peer,
		 "GET /a.txt HTTP/1.1\r\nTransfer-Encoding: "
		 "chunked\r\n" HTTP_HOST "zz\r\n");
	assert_response(peer, 400);
	peer = http_client(bed);
	http_ask(bed, peer, "GET /a.txt HTTP/1.1\r\n" HTTP_HOST);
	fake_clear(peer);
	http_ask(bed, peer, "GET / HTTP/9.1\r\n" HTTP_HOST);
	assert_response(peer, 505);
	peer = http_client(bed);
	http_ask(bed, peer,
		 "GET /a.txt HTTP/1.1\r\nContent-Length: 9\r\n" HTTP_HOST);
	http_pass_ms(bed, 11000);
	assert_response(peer, 408);
}

/* A body before the answer: the head is long gone by then. */
static void a_range_with_a_body(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	http_ask(bed, peer,
		 "GET /a.txt HTTP/1.1\r\nRange: bytes=1-2\r\n"
		 "Content-Length: 3\r\n" HTTP_HOST "ab");
	http_ask(bed, peer, "c");
	assert_status(peer, 206);
	assert_body(peer, "12", 2);
}

static void pipelined_files(void **state)
{
	struct http_bed *bed = *state;
	struct fake_peer *peer = http_client(bed);

	for (u32 i = 0; i < 100; i++)
		fake_send_text(peer, "GET /a.txt HTTP/1.1\r\n" HTTP_HOST
				     "HEAD /big.bin HTTP/1.1\r\n" HTTP_HOST);
	http_serve(bed);
	assert_int_equal(http_responses(peer), 200);
}

/* Every allocation of a request may fail: the connection ends, no more. */
static void without_memory(void **state)
{
	struct http_bed *bed = *state;

	for (u64 n = 1; n < 6; n++) {
		struct fake_peer *peer = http_client(bed);

		http_serve(bed);
		sim_fail_alloc_after(n);
		http_ask(bed, peer, "GET /big.bin HTTP/1.1\r\n" HTTP_HOST);
		sim_fail_alloc_after(0);
		assert_true(peer->closed || peer->out_len > BIG);
	}
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_and_its_fields),
		T(a_big_file),
		T(a_slow_reader_gets_every_byte),
		T(an_empty_file),
		T(the_front_page_is_the_sites),
		T(built_in_pages_stay),
		T(head_is_get_without_content),
		T(methods),
		T(directories),
		cmocka_unit_test_setup_teardown(listing, setup_listing,
						teardown),
		T(none_match),
		T(modified_since),
		T(preconditions),
		T(ranges),
		T(if_range),
		T(ten_thousand_random_ranges),
		T(accepted_codings),
		T(each_coding_has_its_own_tag),
		T(what_is_no_gzip_is_not_sent_as_one),
		T(failures_after_a_file),
		T(a_range_with_a_body),
		T(pipelined_files),
		T(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
