/*
 * The screen as a console, so that a machine without a serial port shows its
 * log too: text cells (arch/vga.c) or pixels (arch/fb.c), as the loader left
 * it.
 */
#pragma once

#include "arch/screen.h"

enum framebuffer_type { FRAMEBUFFER_NONE, FRAMEBUFFER_RGB, FRAMEBUFFER_TEXT };

/* The video mode, by the loader: width and height in pixels or in cells. */
struct framebuffer {
	enum framebuffer_type type;
	u64 addr;
	u32 pitch; /* bytes a line */
	u32 width, height;
	u8 bpp;
};

/* With the first 4 GiB mapped, as at boot; nothing when there is no screen. */
void display_start(const struct framebuffer *fb);

/* With our own page tables; what was not shown before is shown now. */
void display_map(const struct framebuffer *fb);

/* Tasks are about to run: from now on one of them draws what is written. */
void display_defer(void);

/* The two kinds: set draw, cols and rows; false when it is none of theirs. */
bool vga_attach(struct screen *screen, const struct framebuffer *fb);
bool fb_attach(struct screen *screen, const struct framebuffer *fb);
