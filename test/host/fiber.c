/*
 * Context switches of the host by ucontext. AddressSanitizer must be told of
 * every change of stack; without it, its functions are absent (weak) and left
 * out. Stacks are larger than asked for: sanitized frames are.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "test/host/fiber.h"

#define STACK_FACTOR 16

void __sanitizer_start_switch_fiber(void **save, const void *bottom,
				    size_t size) __attribute__((weak));
void __sanitizer_finish_switch_fiber(void *save, const void **old_bottom,
				     size_t *old_size) __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *addr, size_t size)
	__attribute__((weak));

struct fiber {
	ucontext_t uc;
	const void *bottom;
	size_t size;
	void *fake_stack; /* the sanitizer's */
	void (*entry)(void *arg);
	void *arg;
};

static struct fiber main_fiber;
static struct fiber *running = &main_fiber;
static struct fiber *came_from;
static void (*call_on_main)(void);

static struct fiber *fiber_of(struct machine_context *ctx)
{
	return ctx->machine_private ? ctx->machine_private : &main_fiber;
}

static void arrived(struct fiber *self)
{
	const void *bottom = NULL;
	size_t size = 0;

	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(self->fake_stack, &bottom,
						&size);
	if (came_from == &main_fiber) {
		main_fiber.bottom = bottom;
		main_fiber.size = size;
	}
	running = self;
}

static void leave_for(struct fiber *self, struct fiber *next)
{
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(&self->fake_stack, next->bottom,
					       next->size);
	came_from = self;
	swapcontext(&self->uc, &next->uc);
	arrived(self);
	if (self == &main_fiber && call_on_main) {
		void (*fn)(void) = call_on_main;

		call_on_main = NULL;
		fn();
	}
}

void machine_switch(struct machine_context *from, struct machine_context *to)
{
	leave_for(fiber_of(from), fiber_of(to));
}

static void first_entry(unsigned low, unsigned high)
{
	struct fiber *self = (struct fiber *)((uintptr_t)high << 32 | low);

	arrived(self);
	self->entry(self->arg);
	abort();
}

void machine_context_init(struct machine_context *ctx, void *stack, size_t size,
			  void (*entry)(void *), void *arg)
{
	struct fiber *fiber = calloc(1, sizeof(*fiber));
	uintptr_t self = (uintptr_t)fiber;

	fiber->bottom = stack;
	fiber->size = size * STACK_FACTOR;
	fiber->entry = entry;
	fiber->arg = arg;
	getcontext(&fiber->uc);
	fiber->uc.uc_stack.ss_sp = stack;
	fiber->uc.uc_stack.ss_size = fiber->size;
	makecontext(&fiber->uc, (void (*)(void))first_entry, 2, (unsigned)self,
		    (unsigned)(self >> 32));
	ctx->machine_private = fiber;
}

void machine_context_destroy(struct machine_context *ctx)
{
	free(ctx->machine_private);
	ctx->machine_private = NULL;
}

void fiber_call_on_main(void (*fn)(void))
{
	if (running != &main_fiber) {
		call_on_main = fn;
		leave_for(running, &main_fiber);
	}
	fn();
	abort();
}

void *machine_stack_alloc(size_t size)
{
	size_t all = size * STACK_FACTOR + PAGE_SIZE;
	u8 *low = mmap(NULL, all, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (low == MAP_FAILED)
		return NULL;
	mprotect(low, PAGE_SIZE, PROT_NONE);
	return low + PAGE_SIZE;
}

void machine_stack_free(void *stack, size_t size)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(stack, size * STACK_FACTOR);
	munmap((u8 *)stack - PAGE_SIZE, size * STACK_FACTOR + PAGE_SIZE);
}
