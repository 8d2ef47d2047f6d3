/* The shell's loop, its output, and how commands are found and run. */
#include "app/shell/shell.h"

#include "kernel/machine.h"
#include "lib/string.h"
#include "app/shell/words.h"

#define CTRL_C	  3
#define TEXT_SIZE 320
#define SHOW_MOST 8 /* order of pages: 1 MiB */

static void line_out(void *arg, const char *text, size_t len)
{
	struct shell *sh = arg;

	sh->io->write(sh->io, text, len);
}

static const char *command_name(u32 i)
{
	return shell_commands[i].name;
}

void shell_host_name(struct shell_host *host, const char *name)
{
	if (*name && !host->chosen)
		(void)str_copy(host->name, name, sizeof(host->name));
}

void shell_init(struct shell *sh, struct shell_host *host, struct shell_io *io)
{
	memset(sh, 0, sizeof(*sh));
	sh->host = host;
	sh->net = host->net;
	sh->io = io;
	line_init(&sh->line, "barenet> ", line_out, sh);
	sh->line.word = command_name;
}

void sh_write(struct shell *sh, const char *text, size_t len)
{
	sh->io->write(sh->io, text, len);
}

void sh_printf(struct shell *sh, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sh_write(sh, text, MIN((size_t)len, sizeof(text) - 1));
}

static const struct shell_command *find_command(const char *name)
{
	const struct shell_command *cmd;

	for (cmd = shell_commands; cmd->name; cmd++)
		if (!strcmp(cmd->name, name))
			return cmd;
	return NULL;
}

int sh_error(struct shell *sh, const char *name, const char *what, int err)
{
	if (err != EINTR && err != -EINTR) /* ^C has been shown */
		sh_printf(sh, "%s: %s: %s\n", name, what, error_text(err));
	return 1;
}

/* False when it is longer than 2^order pages; at the most, cut. */
static bool show_in(struct shell *sh, unsigned order,
		    void (*fill)(struct seq *seq, void *arg), void *arg)
{
	size_t size = PAGE_SIZE << order;
	char *buf = machine_pages_alloc(order);
	struct seq seq;
	bool whole;

	if (!buf) {
		sh_printf(sh, "(too little memory to show it)\n");
		return true;
	}
	seq = seq_on(buf, size);
	fill(&seq, arg);
	whole = seq.len < size || order == SHOW_MOST;
	if (whole)
		sh_write(sh, buf, MIN(seq.len, size - 1));
	machine_pages_free(buf, order);
	return whole;
}

void sh_show(struct shell *sh, void (*fill)(struct seq *seq, void *arg),
	     void *arg)
{
	unsigned order = 0;

	while (!show_in(sh, order, fill, arg))
		order++;
}

int sh_read(struct shell *sh, u64 timeout_ms)
{
	u8 byte;

	if (!sh->ahead_len)
		return sh->io->read(sh->io, timeout_ms);
	byte = sh->ahead[0];
	memmove(sh->ahead, sh->ahead + 1, --sh->ahead_len);
	return byte;
}

/* A terminal that is gone interrupts as well. */
bool sh_interrupted(struct shell *sh)
{
	int byte;

	while ((byte = sh->io->read(sh->io, 0)) >= 0) {
		if (byte == CTRL_C) {
			sh->ahead_len = 0;
			sh_write(sh, "^C\n", 3);
			return true;
		}
		if (sh->ahead_len < SHELL_AHEAD)
			sh->ahead[sh->ahead_len++] = (u8)byte;
	}
	return byte != -ETIMEDOUT;
}

static int run_command(struct shell *sh, const struct shell_command *cmd,
		       int argc, char **argv)
{
	int result = SH_USAGE;

	if (argc > cmd->least && argc <= cmd->most + 1)
		result = cmd->run(sh, argc, argv);
	if (result == SH_USAGE)
		sh_printf(sh, "usage: %s %s\n", cmd->name, cmd->usage);
	return result;
}

int shell_run_line(struct shell *sh, const char *text)
{
	const struct shell_command *cmd;
	char copy[LINE_SIZE], *argv[WORDS_MAX + 1];
	int argc;

	if (str_copy(copy, text, sizeof(copy)) >= sizeof(copy)) {
		sh_printf(sh, "line too long\n");
		return 1;
	}
	argc = words_split(copy, argv);
	if (argc == 0)
		return 0;
	if (argc < 0) {
		sh_printf(sh, argc == -EINVAL ? "unterminated quote\n"
					      : "too many words\n");
		return 1;
	}
	cmd = find_command(argv[0]);
	if (!cmd) {
		sh_printf(sh, "%s: command not found (try help)\n", argv[0]);
		return 127;
	}
	return run_command(sh, cmd, argc, argv);
}

/* From here on others' text is told of, even in the middle of the prompt. */
static void begin_line(struct shell *sh)
{
	WRITE_ONCE(sh->spoiled, false);
	WRITE_ONCE(sh->editing, true);
	line_start(&sh->line);
}

static void run_typed(struct shell *sh)
{
	WRITE_ONCE(sh->editing, false);
	(void)shell_run_line(sh, sh->line.text);
}

/* One key; false when there will be no other. */
static bool take_key(struct shell *sh)
{
	int byte = sh_read(sh, WAIT_FOREVER);

	/* First: what comes while it is shown spoils it again. */
	if (READ_ONCE(sh->spoiled)) {
		WRITE_ONCE(sh->spoiled, false);
		line_redraw(&sh->line);
	}
	if (byte == -ETIMEDOUT)
		return true;
	if (byte < 0)
		return false;
	switch (line_feed(&sh->line, (u8)byte)) {
	case LINE_DONE:
		run_typed(sh);
		break;
	case LINE_ABORT:
		break;
	case LINE_END:
		sh_printf(sh, "exit\n");
		sh->leave = true;
		break;
	case LINE_MORE:
		return true;
	}
	if (!sh->leave)
		begin_line(sh);
	return true;
}

void shell_run(struct shell *sh)
{
	sh->leave = false;
	begin_line(sh);
	while (!sh->leave && take_key(sh))
		;
	WRITE_ONCE(sh->editing, false);
}
