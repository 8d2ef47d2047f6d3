/* The screen as a console: see arch/display.h. */
#include "arch/console.h"
#include "arch/display.h"
#include "arch/mmio.h"
#include "kernel/log.h"
#include "lib/string.h"

#define BOOT_MAPPED_END (1ull << 32)
#define PITCH_MAX	(64u * 1024)
#define HEIGHT_MAX	(16u * 1024)

static char cells[SCREEN_COLS_MAX * SCREEN_ROWS_MAX];
static struct screen screen = {.cells = cells};
static bool started;

static void display_write(const char *text, size_t len)
{
	screen_write(&screen, text, len);
}

static struct console display = {
	.write = display_write,
	.is_screen = true,
};

static u64 end_of(const struct framebuffer *fb)
{
	return fb->addr + (u64)fb->pitch * fb->height;
}

/* Its numbers come from firmware: nothing is believed that is too large. */
static bool attach(const struct framebuffer *fb)
{
	if (!fb->addr || fb->addr >> 52 || !fb->pitch || !fb->height ||
	    fb->pitch > PITCH_MAX || fb->height > HEIGHT_MAX)
		return false;
	return vga_attach(&screen, fb) || fb_attach(&screen, fb);
}

static void start(void)
{
	screen_clear(&screen);
	console_add(&display);
	started = true;
}

void display_start(const struct framebuffer *fb)
{
	if (attach(fb) && end_of(fb) <= BOOT_MAPPED_END)
		start();
}

static void show_again(const char *text, void *arg)
{
	display_write(text, strnlen(text, LOG_LINE_LEN));
	display_write("\n", 1);
}

void display_map(const struct framebuffer *fb)
{
	console_del(&display);
	if (!screen.draw || !mmio_map(fb->addr, end_of(fb) - fb->addr))
		return;
	if (started) {
		console_add(&display);
		return;
	}
	start();
	log_walk(show_again, NULL);
}
