/*
 * A line editor for a terminal: bytes in, bytes out, nothing else. Keys:
 *
 *	left right home end ^A ^E ^B ^F		move
 *	backspace delete ^K ^U ^W		erase
 *	up down ^P ^N				the last lines
 *	tab					completes the first word
 *	^L ^C ^D				clear screen, give up, leave
 *
 * A line longer than the terminal is shown by a window that moves.
 */
#pragma once

#include "lib/types.h"

#define LINE_SIZE    256 /* with its terminator */
#define LINE_HISTORY 16
#define LINE_COLUMNS 80

enum line_event {
	LINE_MORE,  /* nothing yet */
	LINE_DONE,  /* enter: line->text */
	LINE_ABORT, /* ^C */
	LINE_END,   /* ^D on an empty line */
};

struct line {
	const char *prompt;
	void (*write)(void *arg, const char *text, size_t len);
	/* The i-th word that tab can complete, or NULL. */
	const char *(*word)(u32 i);
	void *arg;

	char text[LINE_SIZE];
	u32 len, at; /* at: the cursor, <= len */
	u8 escape;   /* how far in an escape sequence */
	u8 number;   /* its number, as in ESC [ 3 ~ */
	u8 last;     /* the byte before this */

	char history[LINE_HISTORY][LINE_SIZE];
	u32 count;	       /* of all lines ever; mod LINE_HISTORY */
	u32 back;	       /* lines that the user went up */
	char draft[LINE_SIZE]; /* what was typed before going up */
};

void line_init(struct line *line, const char *prompt,
	       void (*write)(void *arg, const char *text, size_t len),
	       void *arg);

/* An empty line, its prompt shown. */
void line_start(struct line *line);

/* One byte from the terminal. After LINE_DONE: line_start. */
enum line_event line_feed(struct line *line, u8 byte);

/* Shows prompt and text anew, on the terminal's present line. */
void line_redraw(struct line *line);
