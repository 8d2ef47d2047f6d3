/*
 * Cooperative tasks: each has its own stack over a guard page and runs until
 * it sleeps or yields. Softirqs run on top of whichever task is current.
 */
#pragma once

#include "kernel/machine.h"
#include "kernel/timer.h"
#include "kernel/wait.h"

#define TASK_NAME_LEN	16
#define TASK_STACK_SIZE (16 * 1024)

struct task {
	struct task *run_next;	    /* on the run queue */
	struct list_head wait_node; /* on a wait queue */
	struct list_head all_node;
	struct timer timeout;
	bool runnable; /* runs, or is on the run queue */
	bool timed_out, dead;
	struct machine_context context;
	void *stack;
	void (*fn)(void *arg);
	void *arg;
	char name[TASK_NAME_LEN];
};

/* Turns the caller into the first task ("main"). */
void tasks_init(void);

/* A runnable task with its own stack; NULL when there is no memory. */
struct task *task_create(const char *name, void (*fn)(void *), void *arg);
struct task *task_current(void);

/* Calls visit for each task, oldest first, for /tasks. */
void tasks_for_each(void (*visit)(const struct task *task, void *arg),
		    void *arg);

/* Lets other runnable tasks go first. */
void task_yield(void);
void task_sleep_ms(u64 ms);
void task_exit(void) noreturn;

/*
 * Runs tasks for ever on this CPU: the boot code's last call. With nothing
 * runnable it calls idle_poll (may be NULL; true = found work) and halts.
 */
void tasks_run(bool (*idle_poll)(void *arg), void *arg) noreturn;

/* Runs every runnable task until all sleep: for tests and simulations. */
void tasks_run_ready(void);

/* Main calls it: frees every other task, the end of a test. */
void tasks_destroy(void);
