/* Consoles: who shows what machine_console_write is given. */
#pragma once

#include "lib/types.h"

struct console {
	/* Any context, interrupts off; a crash included. '\n' ends a line. */
	void (*write)(const char *text, size_t len);
	bool is_screen; /* shows the last lines only: no replay */
	struct console *next;
};

/* From now on it gets each line; adding it twice is harmless. */
void console_add(struct console *console);
void console_del(struct console *console);
