/* Request targets: forms, escapes, dot segments (threats row 43). */
#include <stdlib.h>
#include <string.h>
#include "app/http_path.h"
#include "test/host/http_feed.h"

static void paths(void **state)
{
	static const struct {
		const char *target;
		int method, err;
		const char *path;
	} samples[] = {
		{"/", HTTP_GET, 0, "/"},
		{"/a?b=c", HTTP_GET, 0, "/a"},
		{"/a?../%00", HTTP_GET, 0, "/a"}, /* a query is not a path */
		{"/%61%62", HTTP_GET, 0, "/ab"},
		{"/...", HTTP_GET, 0, "/..."},
		{"/.a", HTTP_GET, 0, "/.a"},
		{"/a.b", HTTP_GET, 0, "/a.b"},
		{"//", HTTP_GET, 0, "//"},
		{"/%252e%252e", HTTP_GET, 0, "/%2e%2e"}, /* decoded once */
		{"http://h/x", HTTP_GET, 0, "/x"},
		{"HTTP://h:8/x?y", HTTP_GET, 0, "/x"},
		{"http://h", HTTP_GET, 0, "/"},
		{"https://h?q", HTTP_GET, 0, "/"},
		{"*", HTTP_OPTIONS, 0, ""},
		{"h:443", HTTP_CONNECT, 0, ""},
		{"*", HTTP_GET, 400, ""},
		{"x", HTTP_GET, 400, ""},
		{"h:80", HTTP_GET, 400, ""},
		{"http://", HTTP_GET, 400, ""},
		{"http:///x", HTTP_GET, 400, ""},
		{"ftp://h/", HTTP_GET, 400, ""},
		{"/a#b", HTTP_GET, 400, ""},
		{"/..", HTTP_GET, 400, ""},
		{"/.", HTTP_GET, 400, ""},
		{"/../etc/passwd", HTTP_GET, 400, ""},
		{"/a/../b", HTTP_GET, 400, ""},
		{"/a/./b", HTTP_GET, 400, ""},
		{"/a/..", HTTP_GET, 400, ""},
		{"/%2e%2e/x", HTTP_GET, 400, ""},
		{"/.%2E/x", HTTP_GET, 400, ""},
		{"/a%2fb", HTTP_GET, 400, ""},
		{"/a%2Fb", HTTP_GET, 400, ""},
		{"/a%5cb", HTTP_GET, 400, ""},
		{"/a\\b", HTTP_GET, 400, ""},
		{"/%00", HTTP_GET, 400, ""},
		{"/%0d%0a", HTTP_GET, 400, ""},
		{"/%7f", HTTP_GET, 400, ""},
		{"/%", HTTP_GET, 400, ""},
		{"/%4", HTTP_GET, 400, ""},
		{"/%4?1", HTTP_GET, 400, ""},
		{"/%zz", HTTP_GET, 400, ""},
		{"/%u002e", HTTP_GET, 400, ""},
		{"/%c0%ae/", HTTP_GET, 0, "/\300\256/"}, /* no dot: bytes */
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		size_t n = strlen(samples[i].target);
		u8 *target = malloc(n), path[HTTP_PATH_MAX];
		u32 len;
		int err;

		memcpy(target, samples[i].target, n);
		err = http_path((enum http_method)samples[i].method, target,
				(u32)n, path, &len);
		free(target);
		if (err != samples[i].err)
			fail_msg("%d: %s", err, samples[i].target);
		if (err)
			continue;
		assert_int_equal(len, strlen(samples[i].path));
		assert_memory_equal(path, samples[i].path, len);
	}
}

static void a_long_path_is_cut_but_judged(void **state)
{
	u8 target[2000], path[HTTP_PATH_MAX];
	u32 len;

	memset(target, '/', sizeof(target));
	assert_int_equal(http_path(HTTP_GET, target, 2000, path, &len), 0);
	assert_int_equal(len, HTTP_PATH_MAX);
	memcpy(target + 1997, "/..", 3);
	assert_int_equal(http_path(HTTP_GET, target, 2000, path, &len), 400);
}

#define T(t) cmocka_unit_test(t)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(paths),
		T(a_long_path_is_cut_but_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
