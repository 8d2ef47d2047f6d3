/*
 * VGA text mode (IBM PS/2 hardware interface technical reference, video
 * subsystem, 2-22): a cell is the character and its colours, 16 bits.
 */
#include "arch/display.h"
#include "arch/io.h"

#define CRTC_INDEX	  0x3d4
#define CRTC_DATA	  0x3d5
#define CRTC_CURSOR_START 0x0a
#define CURSOR_OFF	  0x20
#define GREY_ON_BLACK	  0x0700

static volatile u16 *text_base;
static u32 text_cols;

static void vga_draw(u32 x, u32 y, char c)
{
	text_base[y * text_cols + x] = GREY_ON_BLACK | (u8)c;
}

bool vga_attach(struct screen *screen, const struct framebuffer *fb)
{
	if (fb->type != FRAMEBUFFER_TEXT || !fb->width ||
	    fb->width > SCREEN_COLS_MAX || fb->height > SCREEN_ROWS_MAX ||
	    fb->pitch != fb->width * sizeof(*text_base))
		return false;
	text_base = (volatile u16 *)fb->addr;
	text_cols = fb->width;
	screen->cols = fb->width;
	screen->rows = fb->height;
	screen->draw = vga_draw;
	outb(CRTC_INDEX, CRTC_CURSOR_START);
	outb(CRTC_DATA, CURSOR_OFF);
	return true;
}
