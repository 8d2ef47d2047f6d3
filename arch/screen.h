/*
 * A screen of characters: where each goes, wrapping and scrolling, apart from
 * how a cell is drawn. A shadow of the cells is kept, because video memory is
 * slow to read, and so that scrolling draws only what differs.
 *
 *	text -> screen_write -> cells -> draw: arch/vga.c or arch/fb.c
 */
#pragma once

#include "lib/types.h"

#define SCREEN_COLS_MAX 240
#define SCREEN_ROWS_MAX 90

struct screen {
	u32 cols, rows; /* at most the above */
	u32 x, y;	/* of the next character; x may be cols */
	void (*draw)(u32 x, u32 y, char c);
	char *cells; /* cols * rows, what is shown */
};

/* Blanks all of it. `cells` holds cols * rows bytes. */
void screen_clear(struct screen *screen);

/* '\n' begins a line, '\t' goes to the next 8; the rest is shown. */
void screen_write(struct screen *screen, const char *text, size_t len);
