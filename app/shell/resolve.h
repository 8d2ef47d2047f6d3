/* Names of hosts to addresses. */
#pragma once

#include "app/shell/shell.h"

/*
 * An address as text, or a name: 0, or -ENOENT and others; -EINTR: ^C. Task;
 * may sleep.
 */
int resolve(struct shell *sh, const char *text, be32 *addr) must_check;

/* The same for all that it has, at most max: their number, or -errno. */
int resolve_all(struct shell *sh, const char *text, be32 *out,
		unsigned max) must_check;
