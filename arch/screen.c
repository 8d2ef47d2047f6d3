/* The screen model: see arch/screen.h. Pure but for `draw`. */
#include "arch/screen.h"

#define TAB 8

static void set_cell(struct screen *screen, u32 x, u32 y, char c)
{
	char *cell = &screen->cells[y * screen->cols + x];

	if (*cell == c)
		return;
	*cell = c;
	screen->draw(x, y, c);
}

/* Whatever was there before is drawn over. */
void screen_clear(struct screen *screen)
{
	for (u32 y = 0; y < screen->rows; y++)
		for (u32 x = 0; x < screen->cols; x++) {
			screen->cells[y * screen->cols + x] = ' ';
			screen->draw(x, y, ' ');
		}
	screen->x = screen->y = 0;
}

static void scroll(struct screen *screen)
{
	u32 last = screen->rows - 1;

	for (u32 y = 0; y < last; y++)
		for (u32 x = 0; x < screen->cols; x++)
			set_cell(screen, x, y,
				 screen->cells[(y + 1) * screen->cols + x]);
	for (u32 x = 0; x < screen->cols; x++)
		set_cell(screen, x, last, ' ');
}

/* The last row is used up to its end: it moves when more text comes. */
static void make_room(struct screen *screen)
{
	if (screen->x >= screen->cols) {
		screen->x = 0;
		screen->y++;
	}
	if (screen->y < screen->rows)
		return;
	scroll(screen);
	screen->y = screen->rows - 1;
}

static void put(struct screen *screen, char c)
{
	make_room(screen);
	set_cell(screen, screen->x++, screen->y,
		 c >= ' ' && c <= '~' ? c : '?');
}

void screen_write(struct screen *screen, const char *text, size_t len)
{
	for (; len--; text++) {
		switch (*text) {
		case '\n':
			make_room(screen);
			screen->x = 0;
			screen->y++;
			break;
		case '\t':
			do
				put(screen, ' ');
			while (screen->x % TAB && screen->x < screen->cols);
			break;
		case '\r':
			break;
		default:
			put(screen, *text);
		}
	}
}
