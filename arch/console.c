/* The list of consoles: the serial port, and a screen where there is one. */
#include "arch/console.h"
#include "kernel/machine.h"

static struct console *consoles;

void console_del(struct console *console)
{
	struct console **at = &consoles;

	while (*at && *at != console)
		at = &(*at)->next;
	if (*at)
		*at = console->next;
}

void console_add(struct console *console)
{
	unsigned long flags = machine_irq_save();

	console_del(console);
	console->next = consoles;
	consoles = console;
	machine_irq_restore(flags);
}

void machine_console_write(const char *text, size_t len)
{
	unsigned long flags = machine_irq_save();
	struct console *console;

	for (console = consoles; console; console = console->next)
		console->write(text, len);
	machine_irq_restore(flags);
}

void machine_terminal_write(const char *text, size_t len)
{
	unsigned long flags = machine_irq_save();
	struct console *console;

	for (console = consoles; console; console = console->next)
		if (!console->is_screen)
			console->write(text, len);
	machine_irq_restore(flags);
}
