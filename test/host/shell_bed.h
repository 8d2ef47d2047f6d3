/*
 * A shell on a fake terminal over a fixture's stack, for tests: runs lines
 * and keeps what they print.
 */
#pragma once

#include "app/shell/shell.h"
#include "test/host/fixture.h"

struct shell_bed {
	struct shell_io io; /* must be first */
	struct fixture *f;
	struct shell_host host;
	struct shell sh;
	/* for tests that write themselves first */
	void (*write)(struct shell_io *io, const char *text, size_t len);
	const char *keys; /* typed; behind them -ETIMEDOUT, or the end */
	bool hang_up;
	char out[65536];
	size_t len;
};

/* The peer is known. The bed is *state. */
int shell_setup(void **state);
int shell_teardown(void **state);

/* Runs a line: what it printed, and its result when given. */
const char *shell_does(struct shell_bed *bed, const char *line, int *result);

/* It printed exactly this; this is part of what it printed. */
#define assert_shell(bed, line, text)                                          \
	assert_string_equal(shell_does(bed, line, NULL), text)
#define assert_shell_has(bed, line, text)                                      \
	assert_non_null(strstr(shell_does(bed, line, NULL), text))
