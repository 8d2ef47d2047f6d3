/* app/shell/line.c: every key, history, completion, and lines too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "app/shell/line.h"

#define UP     "\033[A"
#define DOWN   "\033[B"
#define RIGHT  "\033[C"
#define LEFT   "\033[D"
#define HOME   "\033[H"
#define END    "\033[F"
#define DELETE "\033[3~"

static char out[65536];
static size_t out_len;

static void take(void *arg, const char *text, size_t len)
{
	assert_true(out_len + len < sizeof(out));
	memcpy(out + out_len, text, len);
	out_len += len;
	out[out_len] = '\0';
}

static const char *word(u32 i)
{
	static const char *const words[] = {"ping", "poweroff", "ps", "ifup",
					    NULL};

	return words[i];
}

static void forget(void)
{
	out_len = 0;
	out[0] = '\0';
}

static int setup(void **state)
{
	struct line *line = malloc(sizeof(*line));

	line_init(line, "> ", take, NULL);
	line->word = word;
	forget();
	line_start(line);
	*state = line;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* The event of the last byte. */
static enum line_event type(struct line *line, const char *keys)
{
	enum line_event event = LINE_MORE;

	for (; *keys; keys++) {
		event = line_feed(line, (u8)*keys);
		assert_true(line->at <= line->len);
		assert_true(line->len < LINE_SIZE);
		assert_int_equal(strlen(line->text), line->len);
	}
	return event;
}

static void enter(struct line *line, const char *text)
{
	assert_int_equal(type(line, text), LINE_MORE);
	assert_int_equal(type(line, "\r"), LINE_DONE);
	assert_string_equal(line->text, text);
	line_start(line);
}

static void typed_characters_are_echoed(void **state)
{
	struct line *line = *state;

	assert_string_equal(out, "> ");
	assert_int_equal(type(line, "ls"), LINE_MORE);
	assert_string_equal(out, "> ls");
	assert_int_equal(type(line, "\r"), LINE_DONE);
	assert_string_equal(line->text, "ls");
	assert_string_equal(out, "> ls\n");
}

static void an_insertion_redraws_the_rest(void **state)
{
	struct line *line = *state;

	type(line, "ac" LEFT);
	forget();
	type(line, "b");
	assert_string_equal(line->text, "abc");
	assert_string_equal(out, "\r> abc\033[K\r\033[4C");
}

static void keys_move_the_cursor(void **state)
{
	static const struct {
		const char *keys;
		u32 at;
	} cases[] = {
		{"", 3},
		{LEFT, 2},
		{LEFT LEFT, 1},
		{"\001", 0},
		{"\005", 3},
		{HOME, 0},
		{END, 3},
		{"\002", 2},
		{"\002\006", 3},
		{HOME RIGHT, 1},
		{RIGHT, 3},
		{HOME LEFT, 0},
		{"\033[1~", 0},
		{"\033[7~", 0},
		{HOME "\033[4~", 3},
		{HOME "\033OF", 3},
		{"\033OH", 0},
		{HOME "\033[8~", 3},
		{"\033[1;5D", 2},
	};
	struct line *line = *state;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		line_start(line);
		type(line, "abc");
		type(line, cases[i].keys);
		assert_int_equal(line->at, cases[i].at);
		assert_string_equal(line->text, "abc");
	}
}

static void keys_erase(void **state)
{
	static const struct {
		const char *keys, *text;
	} cases[] = {
		{"\b", "one tw"},
		{"\177", "one tw"},
		{LEFT "\b", "one to"},
		{HOME "\b", "one two"},
		{HOME "\004", "ne two"},
		{HOME DELETE, "ne two"},
		{DELETE, "one two"},
		{"\004", "one two"},
		{"\025", ""},
		{LEFT "\025", "o"},
		{HOME RIGHT "\013", "o"},
		{"\027", "one "},
		{"\027\027", ""},
		{"\027\027\027", ""},
		{LEFT LEFT LEFT "\027", "two"},
		{"   \027", "one "},
	};
	struct line *line = *state;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		line_start(line);
		type(line, "one two");
		type(line, cases[i].keys);
		assert_string_equal(line->text, cases[i].text);
	}
}

static void control_keys_leave_and_clear(void **state)
{
	struct line *line = *state;

	type(line, "abc");
	forget();
	assert_int_equal(type(line, "\014"), LINE_MORE);
	assert_string_equal(out, "\033[H\033[2J\r> abc\033[K");
	assert_int_equal(type(line, "\003"), LINE_ABORT);
	line_start(line);
	assert_int_equal(type(line, "\004"), LINE_END);
}

static void cr_lf_is_one_enter(void **state)
{
	struct line *line = *state;

	assert_int_equal(type(line, "a\r"), LINE_DONE);
	line_start(line);
	assert_int_equal(type(line, "\n"), LINE_MORE);
	assert_int_equal(type(line, "\n"), LINE_DONE);
}

static void history_goes_back_and_forth(void **state)
{
	struct line *line = *state;

	enter(line, "one");
	enter(line, "two");
	enter(line, "two");
	enter(line, "");
	type(line, "dra" UP);
	assert_string_equal(line->text, "two");
	type(line, UP);
	assert_string_equal(line->text, "one");
	type(line, UP); /* no more */
	assert_string_equal(line->text, "one");
	type(line, "\016");
	assert_string_equal(line->text, "two");
	type(line, DOWN);
	assert_string_equal(line->text, "dra");
	type(line, DOWN);
	assert_string_equal(line->text, "dra");
	type(line, "\020\r");
	assert_string_equal(line->text, "two");
}

static void history_keeps_16_lines(void **state)
{
	struct line *line = *state;
	char text[3] = "a0";

	for (int i = 0; i < 20; i++) {
		text[1] = (char)('a' + i);
		enter(line, text);
	}
	for (int i = 0; i < 16; i++)
		type(line, UP);
	assert_string_equal(line->text, "ae");
	type(line, UP);
	assert_string_equal(line->text, "ae");
}

static void a_line_too_long_rings(void **state)
{
	struct line *line = *state;

	for (int i = 0; i < 400; i++)
		type(line, "x");
	assert_int_equal(line->len, LINE_SIZE - 1);
	forget();
	type(line, "y");
	assert_string_equal(out, "\a");
	type(line, HOME "y");
	assert_int_equal(line->text[0], 'x');
	assert_int_equal(type(line, "\r"), LINE_DONE);
	assert_int_equal(strlen(line->text), LINE_SIZE - 1);
	line_start(line);
	type(line, UP);
	assert_int_equal(line->len, LINE_SIZE - 1);
}

/* At most 79 columns are used, so that the terminal never wraps. */
static void a_long_line_is_seen_through_a_window(void **state)
{
	struct line *line = *state;

	for (int i = 0; i < 100; i++)
		type(line, i < 90 ? "a" : "b");
	forget();
	line_redraw(line);
	assert_int_equal(strlen(out), 1 + 79 + 3);
	assert_non_null(strstr(out, "aabbbbbbbbbb\033[K"));
	type(line, HOME);
	forget();
	line_redraw(line);
	assert_int_equal(strncmp(out, "\r> aaaa", 7), 0);
	assert_non_null(strstr(out, "a\033[K\r\033[2C"));
	assert_null(strchr(out, 'b'));
}

static void tab_completes_the_first_word(void **state)
{
	struct line *line = *state;

	type(line, "if\t");
	assert_string_equal(line->text, "ifup ");
	line_start(line);
	type(line, "pi\t");
	assert_string_equal(line->text, "ping ");
	forget();
	type(line, "\t"); /* no second word is known */
	assert_string_equal(out, "\a");
	line_start(line);
	type(line, "zz\t");
	assert_string_equal(line->text, "zz");
}

static void a_second_tab_lists_what_is_possible(void **state)
{
	struct line *line = *state;

	type(line, "p");
	forget();
	type(line, "\t");
	assert_string_equal(out, "\a");
	type(line, "\t");
	assert_string_equal(out, "\a\nping  poweroff  ps  \n\r> p\033[K");
}

static void odd_bytes_change_nothing(void **state)
{
	struct line *line = *state;

	for (int byte = 1; byte < 256; byte++) {
		line_start(line);
		type(line, "abc");
		(void)line_feed(line, (u8)byte);
		(void)line_feed(line, '[');
		(void)line_feed(line, 'Z');
		assert_true(line->len < LINE_SIZE);
		assert_int_equal(strlen(line->text), line->len);
	}
	line_start(line);
	line->escape = 0;
	type(line, "\033[999999999999~x\033qy\033[Zz");
	assert_string_equal(line->text, "xyz");
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(typed_characters_are_echoed),
		T(an_insertion_redraws_the_rest),
		T(keys_move_the_cursor),
		T(keys_erase),
		T(control_keys_leave_and_clear),
		T(cr_lf_is_one_enter),
		T(history_goes_back_and_forth),
		T(history_keeps_16_lines),
		T(a_line_too_long_rings),
		T(a_long_line_is_seen_through_a_window),
		T(tab_completes_the_first_word),
		T(a_second_tab_lists_what_is_possible),
		T(odd_bytes_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
