/*
 * The index of a site, and paths of requests against it: what the tar holds
 * is found, and nothing else is (threats row 43).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/http_file.h"
#include "app/http_path.h"
#include "app/mime.h"
#include "test/host/machine_sim.h"
#include "test/host/tar_make.h"

static struct tar_maker maker;
static struct site *site;

static int setup(void **state)
{
	sim_init();
	maker = (struct tar_maker){0};
	return 0;
}

static int teardown(void **state)
{
	if (site)
		site_close(site);
	site = NULL;
	tar_free(&maker);
	sim_exit();
	assert_int_equal(sim_live_objects(), 0);
	assert_int_equal(sim_live_pages(), 0);
	return 0;
}

static void open_made(void)
{
	tar_finish(&maker);
	site = site_open(maker.data, maker.len);
}

static const struct site_entry *lookup(const char *path)
{
	return site_find(site, path, (u32)strlen(path));
}

static void assert_file(const char *path, const char *text)
{
	const struct site_entry *entry = lookup(path);

	if (!entry || entry->is_dir)
		fail_msg("no file %s", path);
	assert_int_equal(entry->size, strlen(text));
	assert_memory_equal(entry->data, text, strlen(text));
	assert_in_range((uintptr_t)entry->data, (uintptr_t)maker.data,
			(uintptr_t)maker.data + maker.len);
}

static void files_are_found_where_they_lie(void **state)
{
	tar_put_text(&maker, "./index.html", "front");
	tar_put_text(&maker, "a/b/c.css", "css");
	tar_put_text(&maker, "/d.txt", "text");
	open_made();
	assert_file("index.html", "front");
	assert_file("a/b/c.css", "css");
	assert_file("d.txt", "text");
	assert_true(lookup("a/b")->is_dir);
	assert_true(lookup("")->is_dir);
	assert_int_equal(site->files, 3);
	assert_int_equal(site->dirs, 2);
	assert_int_equal(site->bytes, 12);
	assert_null(lookup("a/b/"));
	assert_null(lookup("a/b/c"));
	assert_null(lookup("A/b/c.css"));
	assert_null(lookup("/index.html"));
	assert_string_equal(mime_type(lookup("a/b/c.css")->mime),
			    "text/css; charset=utf-8");
}

static void the_later_of_two_counts(void **state)
{
	tar_put_text(&maker, "a", "old one");
	tar_put_text(&maker, "./a", "new");
	open_made();
	assert_file("a", "new");
	assert_int_equal(site->files, 1);
	assert_int_equal(site->bytes, 3);
}

static void a_name_is_a_file_or_a_directory(void **state)
{
	struct tar_file dir = {.path = "f/", .type = '5'};

	tar_put_text(&maker, "d/x", "x");
	tar_put_text(&maker, "d", "no");
	tar_put_text(&maker, "f", "f");
	tar_put_text(&maker, "f/y", "no");
	tar_put(&maker, &dir);
	open_made();
	assert_file("d/x", "x");
	assert_file("f", "f");
	assert_null(lookup("f/y"));
	assert_int_equal(site->files, 2);
	assert_non_null(strstr(sim_console(), "both a file and a directory"));
}

static void directories_know_what_is_in_them(void **state)
{
	struct tar_file dir = {.path = "empty/", .type = '5'};
	const struct site_entry *entry;
	char seen[100] = "";

	tar_put_text(&maker, "x", "");
	tar_put_text(&maker, "d/a", "");
	tar_put(&maker, &dir);
	tar_put_text(&maker, "d/b", "");
	tar_put_text(&maker, "y", "");
	open_made();
	for (entry = site_entry(site, lookup("")->child); entry;
	     entry = site_entry(site, entry->sibling))
		snprintf(seen + strlen(seen), 20, "%.*s ", entry->path_len,
			 entry->path);
	assert_string_equal(seen, "x d empty y ");
	assert_int_equal(lookup("empty")->child, 0);
}

static void index_and_gz_are_known(void **state)
{
	tar_put_text(&maker, "d/a.js.gz", "gz");
	tar_put_text(&maker, "d/a.js", "js");
	tar_put_text(&maker, "d/b.js", "js");
	tar_put_text(&maker, "d/b.js.gz", "gz");
	tar_put_text(&maker, "d/index.html", "i");
	tar_put_text(&maker, "xindex.html", "i");
	tar_put_text(&maker, ".gz", "i");
	tar_put_text(&maker, "c.gz/x", "i");
	tar_put_text(&maker, "c", "i");
	open_made();
	assert_ptr_equal(site_entry(site, lookup("d/a.js")->other),
			 lookup("d/a.js.gz"));
	assert_ptr_equal(site_entry(site, lookup("d/b.js")->other),
			 lookup("d/b.js.gz"));
	assert_ptr_equal(site_entry(site, lookup("d")->other),
			 lookup("d/index.html"));
	assert_int_equal(lookup("")->other, 0);
	assert_int_equal(lookup("c")->other, 0); /* c.gz is a directory */
}

static void problems_are_logged_and_the_rest_is_served(void **state)
{
	struct tar_file link = {.path = "link\n\033[2J", .type = '2'};

	tar_put_text(&maker, "bad", "lost");
	tar_put(&maker, &link);
	tar_put_text(&maker, "../up", "no");
	tar_put_text(&maker, "good", "here");
	maker.data[150] ^= 1;
	open_made();
	assert_file("good", "here");
	assert_int_equal(site->files, 1);
	assert_non_null(strstr(sim_console(), "site: header at 0 (bad): bad "
					      "checksum, left out"));
	assert_non_null(strstr(sim_console(), "(link??[2J): a symbolic link"));
	assert_non_null(strstr(sim_console(), "(../up): a name that is not "
					      "safe"));
	assert_non_null(strstr(sim_console(), "site: 1 files, 0 directories, "
					      "4 bytes"));
}

static void many_problems_are_a_number(void **state)
{
	struct tar_file link = {.path = "l", .type = '2'};

	for (u32 i = 0; i < 100; i++)
		tar_put(&maker, &link);
	tar_put_text(&maker, "good", "here");
	open_made();
	assert_non_null(strstr(sim_console(), "site: 84 more problems"));
}

static void without_a_file_there_is_no_site(void **state)
{
	open_made();
	assert_null(site);
	assert_non_null(strstr(sim_console(), "nothing to serve"));
	assert_null(site_open("x", 0));
}

static void ten_thousand_files(void **state)
{
	char path[60];

	for (u32 i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "d%u/e%u/f%u", i % 10, i % 100, i);
		tar_put_text(&maker, path, path);
	}
	open_made();
	assert_int_equal(site->files, 10000);
	assert_int_equal(site->dirs, 110);
	for (u32 i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "d%u/e%u/f%u", i % 10, i % 100, i);
		assert_file(path, path);
	}
	assert_null(lookup("d0/e0/f1"));
}

static void entries_have_a_bound(void **state)
{
	struct tar_file file = {0};
	char path[60];

	file.path = path;
	for (u32 i = 0; i < SITE_ENTRIES + 10; i++) {
		snprintf(path, sizeof(path), "%u", i);
		tar_put(&maker, &file);
	}
	open_made();
	assert_int_equal(site->count, SITE_ENTRIES);
	assert_int_equal(site->files, SITE_ENTRIES - 1);
	assert_non_null(lookup("65534"));
	assert_null(lookup("65535"));
	assert_non_null(strstr(sim_console(), "(65535): too many entries"));
	assert_non_null(strstr(sim_console(), "(65536): too many entries"));
}

/* The n-th allocation fails: fewer files, or no site, but no harm. */
static void memory_may_run_out(void **state)
{
	char path[300];

	for (u32 i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "d%u/%0200u", i % 7, i);
		tar_put_text(&maker, path, "x");
	}
	tar_finish(&maker);
	for (u64 n = 1; n < 30; n++) {
		sim_fail_alloc_after(n);
		site = site_open(maker.data, maker.len);
		sim_fail_alloc_after(0);
		if (site)
			site_close(site);
		site = NULL;
		assert_int_equal(sim_live_pages(), 0);
	}
}

/* ---- requests */

static u32 status_of(const char *target, struct http_pick *pick)
{
	u32 len = (u32)strlen(target), path_len;
	u8 *copy = malloc(len), path[HTTP_PATH_MAX];
	int err;

	memcpy(copy, target, len);
	err = http_path(HTTP_GET, copy, len, path, &path_len);
	free(copy);
	pick->entry = NULL;
	return err ? (u32)err : http_pick_path(pick, site, path, path_len);
}

static void put_site(void)
{
	tar_put_text(&maker, "index.html", "front");
	tar_put_text(&maker, "a/index.html", "a");
	tar_put_text(&maker, "a/b c.txt", "bc");
	tar_put_text(&maker, "a/100%.txt", "percent");
	tar_put_text(&maker, "a/q?.txt", "question");
	tar_put_text(&maker, "\303\244.txt", "umlaut");
	tar_put_text(&maker, "e/f/g", "g");
	tar_put_text(&maker, "..a/...", "dots");
	tar_put_text(&maker, "../secret.txt", "outside");
	tar_put_text(&maker, "/../../etc/passwd", "outside");
	open_made();
}

static void normalisation(void **state)
{
	static const struct {
		const char *target;
		u32 status;
		const char *path;
	} samples[] = {
		{"/", 200, "index.html"},
		{"/?x", 200, "index.html"},
		{"/index.html", 200, "index.html"},
		{"/index.html?v=1", 200, "index.html"},
		{"/%69ndex.html", 200, "index.html"},
		{"http://h/index.html", 200, "index.html"},
		{"http://h", 200, "index.html"},
		{"/a", 301, "a"},
		{"/a/", 200, "a/index.html"},
		{"/a?x=y", 301, "a"},
		{"/a/index.html", 200, "a/index.html"},
		{"/a/b%20c.txt", 200, "a/b c.txt"},
		{"/a/100%25.txt", 200, "a/100%.txt"},
		{"/a/q%3f.txt", 200, "a/q?.txt"},
		{"/%c3%a4.txt", 200, "\303\244.txt"},
		{"/\303\244.txt", 200, "\303\244.txt"},
		{"/e", 301, "e"},
		{"/e/", 200, "e"},
		{"/e/f", 301, "e/f"},
		{"/e/f/g", 200, "e/f/g"},
		{"/..a/...", 200, "..a/..."},
		{"/a/100%.txt", 400, NULL},
		{"/a/q?.txt", 404, NULL},
		{"/index.html/", 404, NULL},
		{"/index.html/x", 404, NULL},
		{"/INDEX.HTML", 404, NULL},
		{"/a//index.html", 404, NULL},
		{"//index.html", 404, NULL},
		{"//", 404, NULL},
		{"///", 404, NULL},
		{"/a//", 404, NULL},
		{"/e/g", 404, NULL},
		{"/b", 404, NULL},
		{"/a/../index.html", 400, NULL},
		{"/./index.html", 400, NULL},
		{"/a%2findex.html", 400, NULL},
		{"/index.html%00", 400, NULL},
		{"/index.html%0a", 400, NULL},
		{"/index.html%", 400, NULL},
		{"/a\\index.html", 400, NULL},
		{"/%2569ndex.html", 404, NULL},
		{"index.html", 400, NULL},
	};
	struct http_pick pick;

	put_site();
	assert_non_null(site);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		u32 status = status_of(samples[i].target, &pick);

		if (status != samples[i].status)
			fail_msg("%u: %s", status, samples[i].target);
		if (!samples[i].path)
			continue;
		assert_int_equal(pick.entry->path_len, strlen(samples[i].path));
		assert_memory_equal(pick.entry->path, samples[i].path,
				    pick.entry->path_len);
	}
}

static const char *const up[] = {
	"..",
	"%2e%2e",
	"%2E.",
	".%2e",
	"%252e%252e",
	"%c0%ae%c0%ae",
	"%e0%80%ae%e0%80%ae",
	"%uff0e%uff0e",
	"..%00",
	"..;",
	"....",
	"%2e%2e%20",
	"%%32%65%%32%65",
};

static const char *const slash[] = {
	"/",	  "%2f",    "%2F", "\\",  "%5c",       "%252f",
	"%c0%af", "%c1%9c", "//",  "/./", "%e0%80%af", "%255c",
};

static const char *const end[] = {
	"etc/passwd",
	"secret.txt",
	"secret.txt%00.html",
	"etc%2fpasswd",
	"index.html/../secret.txt",
};

static void no_payload_leaves_the_tar(void **state)
{
	struct http_pick pick;
	char target[400];
	u32 count = 0;

	put_site();
	for (size_t i = 0; i < ARRAY_SIZE(up) * ARRAY_SIZE(slash) * 4; i++) {
		size_t depth = 1 + i % 4, u = i / 4 % ARRAY_SIZE(up);
		size_t s = i / 4 / ARRAY_SIZE(up);
		u32 status;

		snprintf(target, sizeof(target), "/%s", i % 3 ? "" : "a/");
		for (size_t d = 0; d < depth; d++) {
			strcat(target, up[u]);
			strcat(target, slash[s]);
		}
		strcat(target, end[i % ARRAY_SIZE(end)]);
		status = status_of(target, &pick);
		if (status != 400 && status != 404)
			fail_msg("%u: %s", status, target);
		count++;
	}
	assert_true(count >= 500);
}

/* Random bytes and escapes: an entry of the tar, or nothing. */
static void random_targets(void **state)
{
	static const char alphabet[] = "/..%2eaf0c?#index.html\\;:@ \177";
	struct http_pick pick;
	char target[40];

	put_site();
	for (u32 i = 0; i < 200000; i++) {
		u32 len = 1 + (u32)(sim_random() % 20), status;

		target[0] = '/';
		for (u32 j = 1; j < len; j++)
			target[j] =
				alphabet[sim_random() % (sizeof(alphabet) - 1)];
		target[len] = 0;
		status = status_of(target, &pick);
		if (status != 200 && status != 301)
			continue;
		assert_true(pick.entry >= site->entries &&
			    pick.entry < site->entries + site->count);
	}
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(files_are_found_where_they_lie),
		T(the_later_of_two_counts),
		T(a_name_is_a_file_or_a_directory),
		T(directories_know_what_is_in_them),
		T(index_and_gz_are_known),
		T(problems_are_logged_and_the_rest_is_served),
		T(many_problems_are_a_number),
		T(without_a_file_there_is_no_site),
		T(ten_thousand_files),
		T(entries_have_a_bound),
		T(memory_may_run_out),
		T(normalisation),
		T(no_payload_leaves_the_tar),
		T(random_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
