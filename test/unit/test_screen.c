/* arch/screen.c on a buffer, and the glyphs of arch/font.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "arch/font.h"
#include "arch/screen.h"

#define COLS 10
#define ROWS 3

static char shown[ROWS][COLS], cells[ROWS * COLS], shadow[ROWS * COLS];
static unsigned drawn;
static struct screen screen;

static bool crashes; /* while the next cell is drawn */

static void draw(u32 x, u32 y, char c)
{
	assert_in_range(x, 0, COLS - 1);
	assert_in_range(y, 0, ROWS - 1);
	if (crashes) {
		crashes = false;
		screen_draw_all(&screen);
		return;
	}
	shown[y][x] = c;
	drawn++;
}

static int setup(void **state)
{
	memset(shown, '#', sizeof(shown));
	screen = (struct screen){.cols = COLS,
				 .rows = ROWS,
				 .draw = draw,
				 .cells = cells,
				 .shown = shadow};
	screen_clear(&screen);
	drawn = 0;
	return 0;
}

static void print(const char *text)
{
	screen_write(&screen, text, strlen(text));
	screen_draw_all(&screen);
}

/* A row as the screen and its shadow have it, blanks at the end left out. */
static void assert_row(unsigned y, const char *want)
{
	char row[COLS + 1] = "          ";

	memcpy(row, want, strlen(want));
	assert_memory_equal(shown[y], row, COLS);
	assert_memory_equal(&cells[y * COLS], row, COLS);
}

static void text_is_drawn_in_bits(void **state)
{
	screen_write(&screen, "0123456789abcd\nx", 16);
	assert_int_equal(drawn, 0);
	assert_true(screen_draw(&screen, 12));
	assert_int_equal(drawn, 12);
	screen_write(&screen, "y", 1); /* meanwhile */
	assert_false(screen_draw(&screen, 4));
	assert_int_equal(drawn, 16);
	assert_row(0, "0123456789");
	assert_row(1, "abcd");
	assert_row(2, "xy");
	assert_false(screen_draw(&screen, 0));
}

/* What has scrolled away before it could be drawn costs nothing. */
static void lines_that_are_gone_are_not_drawn(void **state)
{
	for (u32 i = 0; i < 100; i++)
		screen_write(&screen, "gone\n", 5);
	screen_write(&screen, "1\n2\n3", 5);
	while (screen_draw(&screen, 1))
		;
	assert_int_equal(drawn, 3);
	assert_row(0, "1");
	assert_row(1, "2");
	assert_row(2, "3");
}

/* In the middle of a row, which is not marked any more. */
static void a_crash_draws_all(void **state)
{
	screen_write(&screen, "abc", 3);
	assert_true(screen_draw(&screen, 1));
	memset(screen.stale, false, sizeof(screen.stale));
	screen_draw_all(&screen);
	assert_row(0, "abc");
}

static void a_crash_amid_a_cell_draws_that_one_too(void **state)
{
	screen_write(&screen, "abc", 3);
	crashes = true;
	(void)screen_draw(&screen, 1);
	assert_row(0, "abc");
}

/* Lines come faster than they are drawn: each row has its turn still. */
static void a_flood_of_lines_keeps_no_row_from_being_drawn(void **state)
{
	char line[] = "0123456789\n";

	for (u32 i = 0; i < 2 * ROWS; i++) {
		memset(line, (char)('a' + i), COLS);
		screen_write(&screen, line, sizeof(line) - 1);
		(void)screen_draw(&screen, COLS);
	}
	for (u32 y = 0; y < ROWS; y++)
		assert_int_not_equal(shown[y][0], ' ');
}

static void clear_draws_every_cell(void **state)
{
	screen_clear(&screen);
	assert_int_equal(drawn, ROWS * COLS);
	assert_row(0, "");
	assert_row(2, "");
}

static void characters_go_side_by_side(void **state)
{
	print("ab");
	print("c\nd");
	assert_row(0, "abc");
	assert_row(1, "d");
	assert_int_equal(drawn, 4);
}

static void long_lines_wrap(void **state)
{
	print("0123456789ab");
	assert_row(0, "0123456789");
	assert_row(1, "ab");
}

static void a_full_row_does_not_move_on_by_itself(void **state)
{
	print("1\n2\n0123456789");
	assert_row(0, "1");
	assert_row(2, "0123456789");
}

static void a_full_row_and_a_newline_are_one_row(void **state)
{
	print("0123456789\na");
	assert_row(0, "0123456789");
	assert_row(1, "a");
}

static void the_last_newline_costs_no_row(void **state)
{
	print("1\n2\n3\n");
	assert_row(0, "1");
	assert_row(2, "3");
	print("4\n");
	assert_row(0, "2");
	assert_row(2, "4");
}

static void scrolling_moves_all_rows_up(void **state)
{
	print("one\ntwo\nthree\nfour");
	assert_row(0, "two");
	assert_row(1, "three");
	assert_row(2, "four");
}

static void scrolling_draws_only_what_differs(void **state)
{
	print("aaaa\naaaa\naaab\n");
	drawn = 0;
	print("c");
	/* Row 1 differs in one cell, row 2 in its four. */
	assert_int_equal(drawn, 5);
	assert_row(1, "aaab");
	assert_row(2, "c");
}

static void tabs_go_to_the_next_eight(void **state)
{
	print("a\tb\n\tc\n1234567\td");
	assert_row(0, "a       b");
	assert_row(1, "        c");
	assert_row(2, "1234567 d");
}

static void what_has_no_glyph_is_a_question_mark(void **state)
{
	print("a\r\x01\x7f\xc3z");
	assert_row(0, "a???z");
}

static void any_text_stays_on_the_screen(void **state)
{
	u32 seed = 1;

	for (int i = 0; i < 100000; i++) {
		char c;

		seed = seed * 1103515245 + 12345;
		c = (char)(seed >> 16);
		screen_write(&screen, &c, 1);
	}
	screen_draw_all(&screen);
	assert_memory_equal(shown, cells, sizeof(cells));
}

static void every_glyph_is_its_own(void **state)
{
	for (char a = FONT_FIRST; a <= FONT_LAST; a++)
		for (char b = FONT_FIRST; b < a; b++) {
			u32 same = 0;

			for (u32 y = 0; y < FONT_HEIGHT; y++)
				same += font_row(a, y) == font_row(b, y);
			assert_int_not_equal(same, FONT_HEIGHT);
		}
}

/* Column 0 and the last two are the space between characters. */
static void glyphs_do_not_touch(void **state)
{
	for (char c = FONT_FIRST; c <= FONT_LAST; c++)
		for (u32 y = 0; y < FONT_HEIGHT; y++)
			assert_int_equal(font_row(c, y) & 0x83, 0);
	assert_int_equal(font_row('\x1f', 2), font_row('?', 2));
	assert_int_equal(font_row('\x7f', 2), font_row('?', 2));
}

#define T(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(text_is_drawn_in_bits),
		T(lines_that_are_gone_are_not_drawn),
		T(a_crash_draws_all),
		T(a_crash_amid_a_cell_draws_that_one_too),
		T(a_flood_of_lines_keeps_no_row_from_being_drawn),
		T(clear_draws_every_cell),
		T(characters_go_side_by_side),
		T(long_lines_wrap),
		T(a_full_row_does_not_move_on_by_itself),
		T(a_full_row_and_a_newline_are_one_row),
		T(the_last_newline_costs_no_row),
		T(scrolling_moves_all_rows_up),
		T(scrolling_draws_only_what_differs),
		T(tabs_go_to_the_next_eight),
		T(what_has_no_glyph_is_a_question_mark),
		T(any_text_stays_on_the_screen),
		T(every_glyph_is_its_own),
		T(glyphs_do_not_touch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
