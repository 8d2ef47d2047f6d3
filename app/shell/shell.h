/*
 * The command shell: one struct shell is one user at one terminal, be it the
 * serial console, a TCP connection or a test. It runs in a task of its own.
 *
 *	io->read -> line.c -> words.c -> table of commands -> io->write
 */
#pragma once

#include "kernel/wait.h"
#include "net/socket/seq.h"
#include "net/socket/socket.h"
#include "app/shell/line.h"

#define HOSTNAME_SIZE 64
#define SHELL_AHEAD   64

/* A command's result for words it does not know: its usage is shown. */
#define SH_USAGE 2

/* A terminal. */
struct shell_io {
	/*
	 * The next byte typed, slept for at most timeout_ms (0: not at all);
	 * -ETIMEDOUT, or another -errno when the terminal is gone.
	 */
	int (*read)(struct shell_io *io, u64 timeout_ms);
	/* Text, lines ending in \n alone. Dropped when nobody is there. */
	void (*write)(struct shell_io *io, const char *text, size_t len);
};

/* What the shells of one machine share. */
struct shell_host {
	struct net *net;
	char name[HOSTNAME_SIZE];
	bool chosen; /* by the command line or a user */
};

/* The name that DHCP gives the machine, or "": it has it unless chosen. */
void shell_host_name(struct shell_host *host, const char *name);

struct shell {
	struct shell_host *host;
	struct net *net;
	struct shell_io *io;
	struct line line;
	u8 ahead[SHELL_AHEAD]; /* typed while a command ran */
	u32 ahead_len;
	bool editing; /* the prompt is shown, or about to be */
	bool spoiled; /* other text has come behind it: show it again */
	bool leave;
};

struct shell_command {
	const char *name;
	/* 0, 1 or SH_USAGE. argv[argc] is NULL. */
	int (*run)(struct shell *sh, int argc, char **argv);
	u8 least, most;	   /* words behind the name */
	const char *usage; /* what they are */
	const char *help;
};

/* The table of all commands; its end has no name. */
extern const struct shell_command shell_commands[];

void shell_init(struct shell *sh, struct shell_host *host, struct shell_io *io);

/* Reads and runs lines until the user leaves or the terminal is gone. */
void shell_run(struct shell *sh);

/* Runs one line: the command's result, 127 when there is no such command. */
int shell_run_line(struct shell *sh, const char *text);

/* For commands. */
void sh_printf(struct shell *sh, const char *fmt, ...) printf_like(2, 3);
void sh_write(struct shell *sh, const char *text, size_t len);

/*
 * "name: what: No such device", nothing for EINTR; gives 1. err is an errno,
 * of either sign.
 */
int sh_error(struct shell *sh, const char *name, const char *what, int err);

/*
 * Shows what fill writes, of any length: it is asked again with a longer
 * buffer until all fits. It may run with bottom halves off.
 */
void sh_show(struct shell *sh, void (*fill)(struct seq *seq, void *arg),
	     void *arg);

/* ^C has been typed; what else was is kept for the prompt. */
bool sh_interrupted(struct shell *sh);

/* The next byte, from what was typed ahead or the terminal. */
int sh_read(struct shell *sh, u64 timeout_ms);

/* "Network is unreachable". */
const char *error_text(int err);
