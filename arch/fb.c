/*
 * A linear framebuffer of 16, 24 or 32 bits a pixel, as UEFI's GOP leaves it
 * (UEFI specification 2.10, 12.9). White on black: the bits of every colour,
 * wherever they are.
 */
#include "arch/display.h"
#include "arch/font.h"

static struct {
	u8 *base;
	u32 pitch;
	u32 pixel_bytes;
} fb;

static void put_pixels(u8 *at, u8 bits)
{
	u32 x, i;

	for (x = 0; x < FONT_WIDTH; x++, bits <<= 1)
		for (i = 0; i < fb.pixel_bytes; i++)
			*(volatile u8 *)at++ = bits & 0x80 ? 0xff : 0;
}

/* The common case: one write a pixel. */
static void put_pixels32(volatile u32 *at, u8 bits)
{
	for (u32 x = 0; x < FONT_WIDTH; x++, bits <<= 1)
		*at++ = bits & 0x80 ? 0xffffff : 0;
}

static void fb_draw(u32 x, u32 y, char c)
{
	u8 *at = fb.base + (u64)y * FONT_HEIGHT * fb.pitch +
		 x * FONT_WIDTH * fb.pixel_bytes;

	for (u32 row = 0; row < FONT_HEIGHT; row++, at += fb.pitch) {
		if (fb.pixel_bytes == 4)
			put_pixels32((volatile u32 *)at, font_row(c, row));
		else
			put_pixels(at, font_row(c, row));
	}
}

bool fb_attach(struct screen *screen, const struct framebuffer *mode)
{
	u32 bytes = (mode->bpp + 7u) / 8;

	if (mode->type != FRAMEBUFFER_RGB || bytes < 2 || bytes > 4 ||
	    mode->width < FONT_WIDTH || mode->height < FONT_HEIGHT ||
	    mode->pitch / bytes < mode->width)
		return false;
	fb.base = (u8 *)mode->addr;
	fb.pitch = mode->pitch;
	fb.pixel_bytes = bytes;
	screen->cols = MIN(mode->width / FONT_WIDTH, (u32)SCREEN_COLS_MAX);
	screen->rows = MIN(mode->height / FONT_HEIGHT, (u32)SCREEN_ROWS_MAX);
	screen->draw = fb_draw;
	return true;
}
