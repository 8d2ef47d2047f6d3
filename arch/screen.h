/*
 * A screen of characters: where each goes, wrapping and scrolling, apart from
 * when and how a cell is drawn. Video memory is slow: text is written into
 * `cells` in any context, interrupts off, and drawn later where it differs
 * from `shown`. So lines that come faster than that are never drawn at all.
 *
 *	text -> screen_write -> cells -> screen_draw -> draw: vga.c or fb.c
 */
#pragma once

#include "lib/types.h"

#define SCREEN_COLS_MAX 240
#define SCREEN_ROWS_MAX 90

struct screen {
	u32 cols, rows; /* at most the above */
	u32 x, y;	/* of the next character; x may be cols */
	void (*draw)(u32 x, u32 y, char c);
	char *cells;		     /* cols * rows, what is to be shown */
	char *shown;		     /* cols * rows, what is */
	bool stale[SCREEN_ROWS_MAX]; /* rows that may differ */
	u32 next;		     /* row to look at, by screen_draw */
};

/* Blanks all of it, and draws that. cells and shown hold cols * rows bytes. */
void screen_clear(struct screen *screen);

/* '\n' begins a line, '\t' goes to the next 8; the rest is shown. */
void screen_write(struct screen *screen, const char *text, size_t len);

/* At most `cells` of what differs; true: there is more. One task. */
bool screen_draw(struct screen *screen, u32 cells);

/* All of it, in a crash too, which may have interrupted the above. */
void screen_draw_all(struct screen *screen);
