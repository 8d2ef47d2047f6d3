/*
 * The cooperative scheduler: a run queue, first come, first served. Every
 * switch happens with bottom halves off exactly once, on both sides. There is
 * no idle task: a task that finds nothing to run waits for interrupts on its
 * own stack, so work for it that comes next needs no switch at all.
 */
#include "kernel/task.h"
#include "kernel/log.h"
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "lib/string.h"

struct sched {
	struct task *run_first, **run_end; /* by run_next */
	struct list_head all;
	struct task *current;
	struct task *zombie; /* has exited, its stack not yet free */
	bool (*idle_poll)(void *arg);
	void *idle_arg;
	struct task main;
};

static struct sched scheds[NR_CPUS];

static struct sched *this_sched(void)
{
	return &scheds[cpu_id()];
}

struct task *task_current(void)
{
	return this_sched()->current;
}

static void task_free(struct task *task)
{
	list_del(&task->all_node);
	machine_context_destroy(&task->context);
	machine_stack_free(task->stack, TASK_STACK_SIZE);
	kfree(task);
}

static void run_queue_init(struct sched *s)
{
	s->run_first = NULL;
	s->run_end = &s->run_first;
}

static inline void run_queue_add(struct sched *s, struct task *task)
{
	task->run_next = NULL;
	*s->run_end = task;
	s->run_end = &task->run_next;
}

static cold void free_zombie(struct sched *s)
{
	struct task *zombie = s->zombie;

	s->zombie = NULL;
	task_free(zombie);
}

/* What a task does first when it runs again. */
static inline void after_switch(struct sched *s)
{
	if (unlikely(s->zombie))
		free_zombie(s);
}

/* Interrupts are looked for with interrupts off, so none slips between. */
static noinline void idle(struct sched *s)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	sc->switches++;
	local_bh_enable();
	if (!s->idle_poll || !s->idle_poll(s->idle_arg)) {
		machine_irq_disable();
		if (!s->run_first && !READ_ONCE(sc->pending)) {
			sc->idle = true;
			machine_idle();
			sc->idle = false;
		} else {
			machine_irq_enable();
			do_softirq();
		}
	}
	local_bh_disable();
}

static void switch_to(struct sched *s, struct task *next)
{
	struct task *prev = s->current;

	if (prev->dead)
		s->zombie = prev;
	s->current = next;
	softirq_cpus[cpu_id()].switches++;
	machine_switch(&prev->context, &next->context);
	after_switch(this_sched());
}

/* A dead task does not idle on: main does, so that its stack is freed. */
static struct task *pick_next(struct sched *s)
{
	struct task *next = s->run_first;

	if (unlikely(!next))
		return s->current->dead ? &s->main : NULL;
	s->run_first = next->run_next;
	if (!s->run_first)
		s->run_end = &s->run_first;
	return next;
}

/* Returns when the caller has been picked; bottom halves off exactly once. */
static void schedule(void)
{
	struct sched *s = this_sched();
	struct task *self = s->current;

	ASSERT(softirq_cpus[cpu_id()].bh_count == 1);
	for (;;) {
		struct task *next = pick_next(s);

		if (!next)
			idle(s);
		else if (next != self)
			switch_to(s, next);
		if (next && self->runnable)
			return;
	}
}

/* Of a task that sleeps, or is new: that is, on no queue. */
static inline void task_wake(struct task *task)
{
	task->runnable = true;
	run_queue_add(this_sched(), task);
}

static void wait_timed_out(struct timer *timer)
{
	struct task *task = container_of(timer, struct task, timeout);

	if (task->runnable) /* has been woken just before */
		return;
	task->timed_out = true;
	list_del(&task->wait_node);
	task_wake(task);
}

int wait_sleep(struct wait_queue *wq, u64 timeout_ms)
{
	struct task *self = task_current();

	if (!timeout_ms)
		return -ETIMEDOUT;
	self->timed_out = false;
	self->runnable = false;
	list_add_tail(&self->wait_node, &wq->waiters);
	if (timeout_ms != WAIT_FOREVER)
		mod_timer(&self->timeout, timeout_ms);
	schedule(); /* who wakes us takes us off the queue */
	if (timeout_ms != WAIT_FOREVER)
		del_timer(&self->timeout);
	return self->timed_out ? -ETIMEDOUT : 0;
}

void wake_up_all(struct wait_queue *wq)
{
	while (!list_empty(&wq->waiters)) {
		struct task *task =
			list_first(&wq->waiters, struct task, wait_node);

		list_del(&task->wait_node);
		task_wake(task);
	}
}

void task_yield(void)
{
	struct sched *s = this_sched();

	local_bh_disable();
	softirq_cpus[cpu_id()].switches++;
	if (s->run_first) {
		run_queue_add(s, s->current);
		schedule();
	}
	local_bh_enable();
}

void task_sleep_ms(u64 ms)
{
	struct wait_queue nobody_wakes;

	wait_queue_init(&nobody_wakes);
	local_bh_disable();
	(void)wait_sleep(&nobody_wakes, ms);
	local_bh_enable();
}

void task_exit(void)
{
	struct sched *s = this_sched();

	ASSERT(s->current != &s->main);
	local_bh_disable();
	s->current->dead = true;
	s->current->runnable = false;
	schedule();
	panic("a dead task runs");
}

static void task_entry(void *arg)
{
	struct task *self = arg;

	after_switch(this_sched());
	local_bh_enable();
	self->fn(self->arg);
	task_exit();
}

static void task_setup(struct task *task, const char *name)
{
	memset(task, 0, sizeof(*task));
	str_copy(task->name, name, sizeof(task->name));
	list_init(&task->wait_node);
	list_init(&task->all_node);
	timer_setup(&task->timeout, wait_timed_out);
}

struct task *task_create(const char *name, void (*fn)(void *), void *arg)
{
	struct task *task = kmalloc(sizeof(*task));

	if (!task)
		return NULL;
	task_setup(task, name);
	task->fn = fn;
	task->arg = arg;
	task->stack = machine_stack_alloc(TASK_STACK_SIZE);
	if (!task->stack) {
		kfree(task);
		return NULL;
	}
	machine_context_init(&task->context, task->stack, TASK_STACK_SIZE,
			     task_entry, task);
	local_bh_disable();
	list_add_tail(&task->all_node, &this_sched()->all);
	task_wake(task);
	local_bh_enable();
	return task;
}

void tasks_init(void)
{
	struct sched *s = this_sched();

	memset(s, 0, sizeof(*s));
	run_queue_init(s);
	list_init(&s->all);
	task_setup(&s->main, "main");
	s->main.runnable = true;
	list_add(&s->main.all_node, &s->all);
	s->current = &s->main;
}

void tasks_for_each(void (*visit)(const struct task *task, void *arg),
		    void *arg)
{
	struct task *task;

	list_for_each_entry (task, &this_sched()->all, all_node)
		visit(task, arg);
}

void tasks_destroy(void)
{
	struct sched *s = this_sched();
	struct task *task, *next;

	local_bh_disable();
	run_queue_init(s);
	s->current = &s->main;
	s->main.runnable = true;
	list_for_each_entry_safe (task, next, &s->all, all_node) {
		del_timer(&task->timeout);
		list_del(&task->wait_node);
		if (task != &s->main)
			task_free(task);
	}
	local_bh_enable();
}

void tasks_run_ready(void)
{
	while (this_sched()->run_first)
		task_yield();
}

void tasks_run(bool (*idle_poll)(void *arg), void *arg)
{
	struct sched *s = this_sched();

	s->idle_poll = idle_poll;
	s->idle_arg = arg;
	local_bh_disable();
	for (;;) {
		s->current->runnable = false;
		schedule();
	}
}
