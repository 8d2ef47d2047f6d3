/* Wait queues: where tasks sleep until a condition may have come true. */
#pragma once

#include "lib/list.h"

struct wait_queue {
	struct list_head waiters; /* struct task, by wait_node */
};

#define WAIT_FOREVER UINT64_MAX

static inline void wait_queue_init(struct wait_queue *wq)
{
	list_init(&wq->waiters);
}

/*
 * Sleeps until wake_up or the time is over. Task context, bottom halves off
 * exactly once: the caller has tested its condition with them off, and they
 * are off again on return, so that no wake-up is lost between. Returns 0, or
 * -ETIMEDOUT. The condition must be tested again.
 */
int wait_sleep(struct wait_queue *wq, u64 timeout_ms);

/* Makes all waiters runnable. Softirq, or task with bottom halves off. */
void wake_up_all(struct wait_queue *wq);

static inline void wake_up(struct wait_queue *wq)
{
	if (!list_empty(&wq->waiters))
		wake_up_all(wq);
}

/* Sleeps until cond holds, bottom halves off on entry and on return. */
#define wait_event(wq, cond)                                                   \
	do {                                                                   \
		while (!(cond))                                                \
			(void)wait_sleep(wq, WAIT_FOREVER);                    \
	} while (0)
