/* The machine itself: help, log, time, tasks, power. */
#include "app/shell/commands.h"

#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "lib/string.h"

#define LAST_WORDS_MS 10

int cmd_help(struct shell *sh, int argc, char **argv)
{
	const struct shell_command *cmd;
	int found = 0;

	for (cmd = shell_commands; cmd->name; cmd++) {
		if (argc > 1 && strcmp(cmd->name, argv[1]))
			continue;
		found++;
		if (argc > 1)
			sh_printf(sh, "usage: %s %s\n", cmd->name, cmd->usage);
		sh_printf(sh, "%-11s %s\n", cmd->name, cmd->help);
	}
	if (!found)
		sh_printf(sh, "help: no command %s\n", argv[1]);
	return !found;
}

static void say_line(const char *text, void *arg)
{
	seq_printf(arg, "%s\n", text);
}

static void fill_log(struct seq *seq, void *arg)
{
	log_walk(say_line, seq);
}

int cmd_dmesg(struct shell *sh, int argc, char **argv)
{
	sh_show(sh, fill_log, NULL);
	return 0;
}

int cmd_hostname(struct shell *sh, int argc, char **argv)
{
	size_t len = argc > 1 ? strlen(argv[1]) : 0;

	if (argc == 1) {
		sh_printf(sh, "%s\n", sh->host->name);
		return 0;
	}
	if (!len || len >= HOSTNAME_SIZE || !is_host_text(argv[1], len))
		return sh_error(sh, argv[0], argv[1], EINVAL);
	(void)str_copy(sh->host->name, argv[1], sizeof(sh->host->name));
	sh->host->chosen = true;
	return 0;
}

int cmd_uptime(struct shell *sh, int argc, char **argv)
{
	u64 seconds = clock_ms() / 1000;
	u32 days = (u32)(seconds / 86400), rest = (u32)(seconds % 86400);

	sh_printf(sh, " up ");
	if (days)
		sh_printf(sh, "%u day%s, ", days, days > 1 ? "s" : "");
	sh_printf(sh, "%02u:%02u:%02u\n", rest / 3600, rest / 60 % 60,
		  rest % 60);
	return 0;
}

struct ps {
	struct seq *seq;
	u32 pid;
};

static void ps_line(const struct task *task, void *arg)
{
	struct ps *ps = arg;

	seq_printf(ps->seq, "%5u %s    %s\n", ++ps->pid,
		   task == task_current() ? "R"
		   : task->runnable	  ? "r"
					  : "S",
		   task->name);
}

static void fill_ps(struct seq *seq, void *arg)
{
	struct ps ps = {seq, 0};

	seq_printf(seq, "  PID STAT COMMAND\n");
	tasks_for_each(ps_line, &ps);
}

int cmd_ps(struct shell *sh, int argc, char **argv)
{
	sh_show(sh, fill_ps, NULL);
	return 0;
}

/* The line leaves by netconsole, too, before the machine ends. */
static void last_words(const char *what)
{
	pr_info("shell: %s", what);
	task_sleep_ms(LAST_WORDS_MS);
}

int cmd_reboot(struct shell *sh, int argc, char **argv)
{
	last_words(argv[0]);
	machine_reset();
}

int cmd_poweroff(struct shell *sh, int argc, char **argv)
{
	last_words(argv[0]);
	machine_poweroff(0);
}

int cmd_exit(struct shell *sh, int argc, char **argv)
{
	sh->leave = true;
	return 0;
}
