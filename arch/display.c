/* The screen as a console: see arch/display.h. */
#include "arch/console.h"
#include "arch/display.h"
#include "arch/mmio.h"
#include "kernel/log.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "lib/string.h"

#define BOOT_MAPPED_END (1ull << 32)
#define PITCH_MAX	(64u * 1024)
#define HEIGHT_MAX	(16u * 1024)
#define DRAW_AT_ONCE	32 /* cells, before other tasks have their turn */

static char cells[SCREEN_COLS_MAX * SCREEN_ROWS_MAX];
static char shown[SCREEN_COLS_MAX * SCREEN_ROWS_MAX];
static struct screen screen = {.cells = cells, .shown = shown};
static bool started;

/* The task that draws, once there is one. */
static struct {
	bool runs;
	bool wanted; /* something has been written */
	struct wait_queue wait;
	struct softirq_action action;
} drawer;

/*
 * Scrolling draws most of the screen: with interrupts off that would hold up
 * the network for many milliseconds. A crash has nothing to wait for.
 */
static void display_write(const char *text, size_t len)
{
	screen_write(&screen, text, len);
	if (drawer.runs && !panicking) {
		drawer.wanted = true;
		raise_softirq(HI_SOFTIRQ);
	} else {
		screen_draw_all(&screen);
	}
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

static void drawer_wake(void *arg)
{
	if (drawer.wanted)
		wake_up(&drawer.wait);
}

static void drawer_run(void *arg)
{
	for (;;) {
		local_bh_disable();
		wait_event(&drawer.wait, READ_ONCE(drawer.wanted));
		drawer.wanted = false;
		local_bh_enable();
		while (screen_draw(&screen, DRAW_AT_ONCE))
			task_yield();
	}
}

void display_defer(void)
{
	if (!started)
		return;
	wait_queue_init(&drawer.wait);
	drawer.action.fn = drawer_wake;
	open_softirq(HI_SOFTIRQ, &drawer.action);
	drawer.runs = task_create("screen", drawer_run, NULL) != NULL;
}
