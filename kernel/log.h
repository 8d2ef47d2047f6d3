/*
 * The log: levels as in Linux, one line a call (the newline is added), a
 * ring of the last lines for the crash report, and what never returns.
 */
#pragma once

#include "lib/types.h"

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_at(enum log_level level, const char *fmt, ...) printf_like(2, 3);
void log_set_level(enum log_level most_verbose);

#define pr_err(...)   log_at(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define pr_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* Walks the kept lines, oldest first. */
#define LOG_LINES 128
void log_walk(void (*line)(const char *text, void *arg), void *arg);

/*
 * Who shares the console, say a prompt with a half-typed line: told around
 * each line that is printed. Any context. NULL: nobody.
 */
struct log_guest {
	void (*before)(void *arg);
	void (*after)(void *arg);
	void *arg;
};
void log_set_guest(const struct log_guest *guest);

/*
 * Prints the reason and a backtrace, then halts the machine; a panic inside
 * a panic halts at once. `panicking` says that one has begun.
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
