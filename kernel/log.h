/*
 * The log: levels as in Linux, one line a call (the newline is added). A
 * line goes to the console and into a ring, from which sinks and the crash
 * report read it. And what never returns: kernel/panic.c.
 */
#pragma once

#include "lib/types.h"

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_at(enum log_level level, const char *fmt, ...) printf_like(2, 3);
void log_set_level(enum log_level most_verbose);

/* The same without time and level: the lines of a report. */
void log_line(const char *fmt, ...) printf_like(1, 2);

#define pr_err(...)   log_at(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define pr_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* Walks the kept lines, oldest first. */
#define LOG_LINES    128
#define LOG_LINE_LEN 192 /* with the terminator */
void log_walk(void (*line)(const char *text, void *arg), void *arg);

/*
 * Copies line *next of all lines ever into text, the oldest that is kept when
 * that is gone, and moves *next behind it. Its length; 0: it is not there yet.
 */
size_t log_read(u32 *next, char text[LOG_LINE_LEN]);

/*
 * Who carries lines elsewhere. `line` is called for each, in any context
 * (hard irq included): it must neither block nor log. While `panicking`
 * nothing runs any more but the caller, and lines are not kept.
 */
struct log_sink {
	void (*line)(struct log_sink *sink, const char *text, size_t len);
	struct log_sink *next;
};

void log_add_sink(struct log_sink *sink);
void log_del_sink(struct log_sink *sink);

/*
 * Who shares the console, say a prompt with a half-typed line: told before
 * each line that is printed. Any context. NULL: nobody.
 */
struct log_guest {
	void (*before)(void *arg);
	void *arg;
};
void log_set_guest(const struct log_guest *guest);

/*
 * Prints the crash report (kernel/panic.h) and stops the machine; a panic
 * inside of that stops it at once. `panicking` says that one has begun.
 */
extern bool panicking;
void panic(const char *fmt, ...) printf_like(1, 2) noreturn cold;

/*
 * Our own mistakes only, in every build. What comes from the wire or from a
 * device is never asserted: it is checked and counted.
 */
#define ASSERT(cond)                                                           \
	do {                                                                   \
		if (unlikely(!(cond)))                                         \
			panic("%s:%d: assertion failed: %s", __FILE__,         \
			      __LINE__, #cond);                                \
	} while (0)

/* A mistake that can be survived: logged once a place, true when it holds. */
#define WARN_ONCE(cond, ...)                                                   \
	({                                                                     \
		static bool warned;                                            \
		bool hit = (cond);                                             \
		if (unlikely(hit) && !warned) {                                \
			warned = true;                                         \
			pr_warn(__VA_ARGS__);                                  \
		}                                                              \
		hit;                                                           \
	})
