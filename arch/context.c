/* A task's first stack frame: what switch.S finds when it switches there. */
#include "kernel/machine.h"

void context_start(void);

/* What machine_switch pops: r15, r14, r13, r12, rbx, rbp, and the return. */
void machine_context_init(struct machine_context *ctx, void *stack, size_t size,
			  void (*entry)(void *), void *arg)
{
	/* The ABI wants 16-byte alignment at a call (3.2.2). */
	u64 *sp = (u64 *)((u8 *)stack + size) - 9;

	sp[0] = sp[1] = 0;
	sp[2] = (u64)arg;
	sp[3] = (u64)entry;
	sp[4] = sp[5] = 0;
	sp[6] = (u64)context_start;
	sp[7] = sp[8] = 0;
	ctx->sp = sp;
	ctx->machine_private = NULL;
}

void machine_context_destroy(struct machine_context *ctx)
{
	ctx->sp = NULL;
}
