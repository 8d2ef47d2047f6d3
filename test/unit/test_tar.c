/*
 * app/tar.c on archives that are right, cut, changed and hostile. Each lies
 * in a buffer of exactly its size: AddressSanitizer sees a byte too far.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test/host/tar_make.h"

#define OFF_SIZE  124
#define OFF_MTIME 136
#define OFF_TYPE  156
#define OFF_MAGIC 257

static struct tar_maker maker;

static int setup(void **state)
{
	maker = (struct tar_maker){0};
	return 0;
}

static int teardown(void **state)
{
	tar_free(&maker);
	return 0;
}

/* Everything that an archive has to say, in short. */
struct seen {
	u32 entries, problems;
	u64 bytes;
	char names[400]; /* "a=3 b/=0 " */
	char why[400];	 /* "bad checksum;" */
};

static void note(struct seen *seen, const struct tar_entry *entry)
{
	size_t at = strlen(seen->names);

	snprintf(seen->names + at, sizeof(seen->names) - at, "%s%s=%llu ",
		 entry->path, entry->is_dir ? "/" : "",
		 (unsigned long long)entry->size);
	for (u64 i = 0; i < entry->size; i++)
		seen->bytes += entry->data[i] + 1u;
	assert_int_equal(strlen(entry->path), entry->path_len);
}

static struct seen read_tar(const u8 *data, size_t len)
{
	u8 *copy = malloc(len ? len : 1);
	struct tar_entry entry;
	struct seen seen = {0};
	struct tar tar;
	enum tar_result result;

	if (len)
		memcpy(copy, data, len);
	tar_open(&tar, copy, len);
	while ((result = tar_next(&tar, &entry)) != TAR_END) {
		size_t at = strlen(seen.why);

		assert_true(entry.header <= len);
		if (result == TAR_ENTRY) {
			seen.entries++;
			note(&seen, &entry);
			continue;
		}
		seen.problems++;
		assert_non_null(entry.problem);
		snprintf(seen.why + at, sizeof(seen.why) - at, "%s;",
			 entry.problem);
	}
	assert_int_equal(tar_next(&tar, &entry), TAR_END);
	free(copy);
	return seen;
}

static struct seen read_made(void)
{
	return read_tar(maker.data, maker.len);
}

static void put_three(void)
{
	struct tar_file dir = {.path = "./b/", .type = '5'};

	tar_put_text(&maker, "./a.txt", "hello");
	tar_put(&maker, &dir);
	tar_put_text(&maker, "b/c", "");
	tar_finish(&maker);
}

static void entries_in_order(void **state)
{
	struct seen seen;

	put_three();
	seen = read_made();
	assert_string_equal(seen.names, "a.txt=5 b/=0 b/c=0 ");
	assert_int_equal(seen.problems, 0);
}

static void fields_of_an_entry(void **state)
{
	struct tar_entry entry;
	struct tar tar;

	put_three();
	tar_open(&tar, maker.data, maker.len);
	assert_int_equal(tar_next(&tar, &entry), TAR_ENTRY);
	assert_int_equal(entry.header, 0);
	assert_ptr_equal(entry.data, maker.data + TAR_BLOCK);
	assert_int_equal(entry.mtime, 1577836800);
	assert_memory_equal(entry.data, "hello", 5);
}

/* Whatever is whole is given, and nothing but the end mark goes unsaid. */
static void cut_at_every_byte(void **state)
{
	/* Entries whole from this length on. */
	static const size_t whole[] = {1024, 1536, 2048};

	put_three();
	assert_int_equal(maker.len, 3072);
	for (size_t len = 0; len < maker.len; len++) {
		struct seen seen = read_tar(maker.data, len);
		u32 want = 0;

		for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
			want += len >= whole[i];
		/* The text itself may be whole with its padding cut. */
		if (len >= 517 && len < 1024)
			want = 1;
		if (seen.entries != want)
			fail_msg("%zu: %u entries", len, seen.entries);
		if (seen.problems != (len < 2560))
			fail_msg("%zu: %u problems", len, seen.problems);
	}
}

/* One header wrong in one bit: that entry is lost, the others are not. */
static void every_bit_of_a_header_is_checked(void **state)
{
	put_three();
	for (u32 bit = 0; bit < TAR_BLOCK * 8; bit++) {
		u8 *byte = &maker.data[1024 + bit / 8];
		struct seen seen;

		*byte ^= (u8)(1 << bit % 8);
		seen = read_made();
		*byte ^= (u8)(1 << bit % 8);
		/* Spaces and digits of the checksum have other spellings. */
		if (bit / 8 >= 148 && bit / 8 < 156 && !seen.problems)
			continue;
		if (seen.problems != 1 ||
		    strcmp(seen.names, "a.txt=5 b/c=0 ") != 0)
			fail_msg("bit %u: %s %s", bit, seen.names, seen.why);
	}
}

static void bad_checksum_is_said_once(void **state)
{
	struct seen seen;
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	tar_put_text(&maker, "lost", text);
	tar_put_text(&maker, "good", "g");
	tar_finish(&maker);
	maker.data[0] ^= 1;
	seen = read_made();
	assert_string_equal(seen.why, "bad checksum;");
	assert_string_equal(seen.names, "good=1 ");
}

/* Zeros in the data of a lost file are not the end. */
static void zeros_behind_a_bad_header(void **state)
{
	struct tar_file zeros = {.path = "zeros", .size = 5000};
	struct seen seen;

	tar_put(&maker, &zeros);
	tar_put_text(&maker, "good", "g");
	tar_finish(&maker);
	maker.data[0] ^= 1;
	seen = read_made();
	assert_string_equal(seen.names, "good=1 ");
	assert_int_equal(seen.problems, 1);
}

static void a_header_overwritten_by_zeros(void **state)
{
	struct seen seen;

	put_three();
	memset(maker.data + 1024, 0, TAR_BLOCK);
	seen = read_made();
	assert_string_equal(seen.why, "zeros, not a header;");
	assert_string_equal(seen.names, "a.txt=5 b/c=0 ");
}

static void wrong_magic(void **state)
{
	static const char *const magics[] = {"", "USTAR", "ustaR", "ustarx"};

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		struct seen seen;

		tar_free(&maker);
		put_three();
		memset(maker.data + OFF_MAGIC, 0, 8);
		memcpy(maker.data + OFF_MAGIC, magics[i], strlen(magics[i]));
		tar_sign(&maker, 0);
		seen = read_made();
		assert_string_equal(seen.why, "no ustar magic;");
		assert_int_equal(seen.entries, 2);
	}
}

static void no_tar_at_all(void **state)
{
	u8 noise[5000];
	struct seen seen;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (u8)(i * 7 + i / 13);
	seen = read_tar(noise, sizeof(noise));
	assert_int_equal(seen.entries, 0);
	assert_string_equal(seen.why, "no ustar magic;");
	seen = read_tar(noise, 0);
	assert_int_equal(seen.problems, 1);
}

static void sizes(void **state)
{
	static const struct {
		const char *field; /* 12 bytes */
		const char *why;
	} samples[] = {
		{"00000000005\0", ""},
		{"         5 \0", ""},
		{"5\0\0\0\0\0\0\0\0\0\0\0", ""},
		{"\x80\0\0\0\0\0\0\0\0\0\0\5", ""},
		{"\0\0\0\0\0\0\0\0\0\0\0\0", "bad size;"},
		{"           \0", "bad size;"},
		{"0000000000x\0", "bad size;"},
		{"00000000008\0", "bad size;"},
		{"-0000000001\0", "bad size;"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		 "bad size;"},
		{"\x80\1\0\0\0\0\0\0\0\0\0\5", "bad size;"},
		{"777777777777", "longer than the archive;"},
		{"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
		 "longer than the archive;"},
		{"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", "bad size;"},
		{"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xfe\0",
		 "longer than the archive;"},
		{"00000006000\0", ""}, /* to the very end */
		{"00000006001\0", "longer than the archive;"},
	};

	put_three();
	tar_finish(&maker); /* 3072 bytes behind the third header */
	tar_finish(&maker);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct seen seen;

		memcpy(maker.data + 1536 + OFF_SIZE, samples[i].field, 12);
		maker.data[1536 + OFF_SIZE + 11] = (u8)samples[i].field[11];
		tar_sign(&maker, 1536);
		seen = read_made();
		if (!strstr(seen.why, samples[i].why) ||
		    (samples[i].why[0] && seen.entries != 2))
			fail_msg("%zu: %s (%s)", i, seen.why, seen.names);
	}
}

static void names(void **state)
{
	static const struct {
		const char *raw, *clean; /* NULL: refused */
	} samples[] = {
		{"a", "a"},
		{"./a", "a"},
		{"/a", "a"},
		{"///a//b///", "a/b"},
		{"a/./b/.", "a/b"},
		{".", ""},
		{"./", ""},
		{"", ""},
		{"...", "..."},
		{"..a", "..a"},
		{"a..", "a.."},
		{".a/.b", ".a/.b"},
		{"\303\244/\377", "\303\244/\377"},
		{"..", NULL},
		{"../a", NULL},
		{"a/..", NULL},
		{"a/../b", NULL},
		{"./../a", NULL},
		{"a\\b", NULL},
		{"a\nb", NULL},
		{"a\x7f", NULL},
		{"a/\x1f", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		size_t len = strlen(samples[i].raw);
		char *path = malloc(len + 1);
		int got;

		memcpy(path, samples[i].raw, len + 1);
		got = tar_clean_path(path, (u32)len);
		if ((got < 0) != !samples[i].clean)
			fail_msg("%zu: %d", i, got);
		if (got >= 0)
			assert_string_equal(path, samples[i].clean);
		free(path);
	}
	assert_int_equal(tar_clean_path((char[]){'a', 0, 'b', 0}, 3), -1);
}

static void types_that_are_not_served(void **state)
{
	static const char types[] = "12346SDMVZ";
	struct seen seen;

	for (size_t i = 0; types[i]; i++) {
		struct tar_file file = {.path = "x", .type = types[i]};

		tar_put(&maker, &file);
	}
	tar_put_text(&maker, "good", "g");
	tar_finish(&maker);
	seen = read_made();
	assert_int_equal(seen.problems, strlen(types));
	assert_string_equal(seen.names, "good=1 ");
}

static void other_spellings_of_a_file(void **state)
{
	struct tar_file file = {.path = "old", .data = "abc", .size = 3};
	struct seen seen;

	tar_put(&maker, &file);
	maker.data[OFF_TYPE] = 0;
	tar_sign(&maker, 0);
	file.type = '7';
	file.gnu = true;
	tar_put(&maker, &file);
	file.path = "dir/";
	file.size = 0;
	file.type = 0;
	tar_put(&maker, &file);
	tar_finish(&maker);
	seen = read_made();
	assert_string_equal(seen.names, "old=3 old=3 dir/=0 ");
}

/* Links have no data, even when their header gives a size. */
static void a_size_of_a_link_is_not_believed(void **state)
{
	struct tar_file link = {.path = "x", .type = '1'};
	struct seen seen;

	tar_put(&maker, &link);
	memcpy(maker.data + OFF_SIZE, "00000000777", 11);
	tar_sign(&maker, 0);
	tar_put_text(&maker, "good", "g");
	tar_finish(&maker);
	seen = read_made();
	assert_string_equal(seen.names, "good=1 ");
	assert_string_equal(seen.why, "a hard link;");
}

static void times(void **state)
{
	static const struct {
		const char *field;
		u64 mtime;
	} samples[] = {
		{"00000000000\0", 0},
		{"13666512600\0", 0x5eda9580},
		{"           \0", TAR_NO_TIME},
		{"x0000000000\0", TAR_NO_TIME},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		 TAR_NO_TIME},
		/* The last second of the year 9999, and the one after it. */
		{"\x80\0\0\0\0\0\0\x3a\xff\xf4\x41\x7f", 253402300799},
		{"\x80\0\0\0\0\0\0\x3a\xff\xf4\x41\x80", TAR_NO_TIME},
	};

	tar_put_text(&maker, "a", "");
	tar_finish(&maker);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct tar_entry entry;
		struct tar tar;

		memcpy(maker.data + OFF_MTIME, samples[i].field, 12);
		tar_sign(&maker, 0);
		tar_open(&tar, maker.data, maker.len);
		assert_int_equal(tar_next(&tar, &entry), TAR_ENTRY);
		assert_int_equal(entry.mtime, samples[i].mtime);
	}
}

/* ---- long names */

static char *long_name(size_t len)
{
	char *name = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		name[i] = i % 50 == 49 ? '/' : 'n';
	name[len - 1] = 'e';
	name[len] = 0;
	return name;
}

static void put_long(char type, const char *content, size_t len)
{
	struct tar_file file = {.path = "././@LongLink",
				.data = content,
				.size = len,
				.type = type,
				.gnu = type == 'L'};

	tar_put(&maker, &file);
}

static void prefix_and_name_are_joined(void **state)
{
	char *name = long_name(250), want[300];
	struct seen seen;

	tar_put_text(&maker, name, "x");
	tar_finish(&maker);
	seen = read_made();
	snprintf(want, sizeof(want), "%s=1 ", name);
	assert_string_equal(seen.names, want);
	free(name);
}

/* GNU's headers have other things in the prefix's place. */
static void gnu_has_no_prefix(void **state)
{
	struct tar_file file = {.path = "a", .gnu = true};
	struct seen seen;

	tar_put(&maker, &file);
	memcpy(maker.data + 345, "13666512600", 11);
	tar_sign(&maker, 0);
	tar_finish(&maker);
	seen = read_made();
	assert_string_equal(seen.names, "a=0 ");
}

static void gnu_long_names(void **state)
{
	static const struct {
		size_t len;
		const char *why;
	} samples[] = {{101, ""}, {300, ""}, {1001, "name too long;"}};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		char *name = long_name(samples[i].len);
		struct seen seen;

		tar_free(&maker);
		put_long('L', name, strlen(name) + 1);
		tar_put_text(&maker, "cut", "x");
		tar_put_text(&maker, "next", "yz");
		tar_finish(&maker);
		seen = read_made();
		assert_string_equal(seen.why, samples[i].why);
		assert_int_equal(seen.entries, samples[i].why[0] ? 1 : 2);
		if (!samples[i].why[0])
			assert_memory_equal(seen.names, name, strlen(name));
		assert_non_null(strstr(seen.names, "next=2 "));
		free(name);
	}
}

static void a_long_name_is_judged_too(void **state)
{
	struct seen seen;

	put_long('L', "../../etc/passwd", 17);
	tar_put_text(&maker, "cut", "x");
	tar_finish(&maker);
	seen = read_made();
	assert_string_equal(seen.why, "a name that is not safe;");
	assert_int_equal(seen.entries, 0);
}

static void pax_path_and_size(void **state)
{
	static const char records[] =
		"30 mtime=1600000000.123456789\n18 path=long/name\n"
		"9 size=2\n13 comment=x\n";
	struct tar_file file = {.path = "short", .data = "xy", .size = 2};
	size_t at;
	struct seen seen;

	put_long('g', "11 path=no\n", 11);
	put_long('x', records, sizeof(records) - 1);
	at = maker.len;
	tar_put(&maker, &file);
	memcpy(maker.data + at + OFF_SIZE, "00000000000", 11);
	tar_sign(&maker, at);
	tar_put_text(&maker, "next", "abc");
	tar_finish(&maker);
	seen = read_made();
	assert_string_equal(seen.why, "");
	assert_string_equal(seen.names, "long/name=2 next=3 ");
}

static void bad_pax_records(void **state)
{
	static const char *const samples[] = {
		"x",	       "0 a=b\n",     "5 a=\nX",
		"6 a=b",       "99 path=a\n", "9 size=x\n",
		"8 size=\n",   "6  a=b\n",    "11 path=abc",
		"-1 path=a\n", "7 path\n",    "99999999999999999999 path=a\n",
		"3 \n",	       "2 ",	      "4 a\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct seen seen;

		tar_free(&maker);
		put_long('x', samples[i], strlen(samples[i]));
		tar_put_text(&maker, "next", "abc");
		tar_finish(&maker);
		seen = read_made();
		if (strcmp(seen.why, "bad pax header;") != 0)
			fail_msg("%s: %s", samples[i], seen.why);
		assert_string_equal(seen.names, "next=3 ");
	}
}

static void sparse_files_are_not_served(void **state)
{
	struct seen seen;

	put_long('x', "22 GNU.sparse.major=1\n", 22);
	tar_put_text(&maker, "map", "abc");
	tar_put_text(&maker, "next", "abc");
	tar_finish(&maker);
	seen = read_made();
	assert_string_equal(seen.why, "a sparse file;");
	assert_string_equal(seen.names, "next=3 ");
}

static void ten_thousand_entries(void **state)
{
	struct tar_entry entry;
	struct tar tar;
	char path[60];

	for (u32 i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "d%u/e%u/f%u", i % 10, i % 100, i);
		tar_put_text(&maker, path, path);
	}
	tar_finish(&maker);
	tar_open(&tar, maker.data, maker.len);
	for (u32 i = 0; i < 10000; i++) {
		assert_int_equal(tar_next(&tar, &entry), TAR_ENTRY);
		assert_int_equal(entry.size, entry.path_len);
		assert_memory_equal(entry.data, entry.path, entry.path_len);
	}
	assert_int_equal(tar_next(&tar, &entry), TAR_END);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(entries_in_order),
		T(fields_of_an_entry),
		T(cut_at_every_byte),
		T(every_bit_of_a_header_is_checked),
		T(bad_checksum_is_said_once),
		T(zeros_behind_a_bad_header),
		T(a_header_overwritten_by_zeros),
		T(wrong_magic),
		T(no_tar_at_all),
		T(sizes),
		T(names),
		T(types_that_are_not_served),
		T(other_spellings_of_a_file),
		T(a_size_of_a_link_is_not_believed),
		T(times),
		T(prefix_and_name_are_joined),
		T(gnu_has_no_prefix),
		T(gnu_long_names),
		T(a_long_name_is_judged_too),
		T(pax_path_and_size),
		T(bad_pax_records),
		T(sparse_files_are_not_served),
		T(ten_thousand_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
