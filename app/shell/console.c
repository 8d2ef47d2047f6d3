/*
 * The shell on the machine's console, which the log shares: log lines that
 * come while a command is typed begin on a line of their own, and the prompt
 * is shown again behind them.
 */
#include "kernel/console.h"

#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/slab.h"
#include "kernel/task.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "app/shell/shell.h"
#include "app/shell/shell_start.h"
#include "app/shell/telnetd.h"

static struct shell_host host;

static int console_io_read(struct shell_io *io, u64 timeout_ms)
{
	return console_read(timeout_ms);
}

static void console_io_write(struct shell_io *io, const char *text, size_t len)
{
	console_write(text, len);
}

/* Any context, a crash aside; the prompt comes back in the shell's own. */
static void before_log(void *arg)
{
	struct shell *sh = arg;

	if (!sh->editing || sh->spoiled)
		return;
	sh->spoiled = true;
	machine_terminal_write("\n", 1);
	console_nudge();
}

static void console_task(void *arg)
{
	struct shell *sh = arg;

	/* ^D begins anew: there is nothing to leave to. */
	for (;;)
		shell_run(sh);
}

static struct shell *console_shell(void)
{
	static struct shell_io io = {console_io_read, console_io_write};
	static struct log_guest guest = {.before = before_log};
	struct shell *sh = kmalloc(sizeof(*sh));

	if (!sh)
		return NULL;
	shell_init(sh, &host, &io);
	guest.arg = sh;
	log_set_guest(&guest);
	return sh;
}

int shell_start(struct net *net, const char *hostname)
{
	struct shell *sh;
	int err;

	host.net = net;
	host.chosen = hostname[0];
	(void)str_copy(host.name, host.chosen ? hostname : "barenet",
		       sizeof(host.name));
	console_init();
	err = machine_console_listen();
	if (err)
		return err;
	sh = console_shell();
	if (sh && task_create("shell", console_task, sh))
		return 0;
	log_set_guest(NULL);
	kfree(sh);
	return -ENOMEM;
}

int shell_start_telnet(void)
{
	return telnetd_start(&host);
}

void shell_set_hostname(const char *hostname)
{
	shell_host_name(&host, hostname);
}
