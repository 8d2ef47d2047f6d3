/* The screen model: see arch/screen.h. Pure but for `draw`. */
#include "arch/screen.h"

#include "lib/string.h"

#define TAB 8

/* False: `cells` have been drawn, and there may be more. */
static bool draw_row(struct screen *screen, u32 y, u32 *cells)
{
	const char *wanted = &screen->cells[y * screen->cols];
	char *shown = &screen->shown[y * screen->cols];

	/* First: an interrupt's text may change the row behind us. */
	WRITE_ONCE(screen->stale[y], false);
	for (u32 x = 0; x < screen->cols; x++) {
		char c = READ_ONCE(wanted[x]);

		if (shown[x] == c)
			continue;
		if (!*cells) {
			screen->stale[y] = true;
			return false;
		}
		--*cells;
		/* In this order: a crash in between draws it once more. */
		screen->draw(x, y, c);
		shown[x] = c;
	}
	return true;
}

/* Goes on where it stopped: in a flood the last rows have their turn, too. */
bool screen_draw(struct screen *screen, u32 cells)
{
	for (u32 i = 0; i < screen->rows; i++) {
		u32 y = screen->next;

		if (READ_ONCE(screen->stale[y]) && !draw_row(screen, y, &cells))
			return true;
		screen->next = (y + 1) % screen->rows;
	}
	return false;
}

void screen_draw_all(struct screen *screen)
{
	u32 cells = UINT32_MAX;

	for (u32 y = 0; y < screen->rows; y++)
		(void)draw_row(screen, y, &cells);
}

/* Whatever was there before is drawn over. */
void screen_clear(struct screen *screen)
{
	memset(screen->cells, ' ', screen->cols * screen->rows);
	memset(screen->shown, 0, screen->cols * screen->rows);
	screen->x = screen->y = 0;
	screen_draw_all(screen);
}

static void scroll(struct screen *screen)
{
	u32 rest = screen->cols * (screen->rows - 1);

	memmove(screen->cells, screen->cells + screen->cols, rest);
	memset(screen->cells + rest, ' ', screen->cols);
	memset(screen->stale, true, screen->rows);
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
	screen->cells[screen->y * screen->cols + screen->x++] =
		c >= ' ' && c <= '~' ? c : '?';
	screen->stale[screen->y] = true;
}

void screen_write(struct screen *screen, const char *text, size_t len)
{
	for (; len--; text++) {
		switch (*text) {
		case '\n':
			screen->x = 0;
			make_room(screen);
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
