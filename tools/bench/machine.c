/*
 * What the benchmark takes from another machine than the simulation's: task
 * switches as on the metal (arch/switch.S), because ucontext makes a system
 * call for each.
 */
#include <stdlib.h>

#include "kernel/machine.h"
#include "test/host/fiber.h"

#define STACK (64 * 1024) /* libc's printf needs more than our tasks do */

void *machine_stack_alloc(size_t size)
{
	u8 *stack = malloc(STACK);

	return stack ? stack + STACK - size : NULL;
}

void machine_stack_free(void *stack, size_t size)
{
	free((u8 *)stack + size - STACK);
}

void fiber_call_on_main(void (*fn)(void))
{
	fn();
	abort();
}
