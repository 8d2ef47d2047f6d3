/*
 * The seam: all that barenet's machine-independent code asks of a machine.
 * One link holds exactly one implementation:
 *
 *   arch/                       the metal
 *   test/host/machine_sim.c     virtual clock, seeded random, failing memory
 *   host/machine.c              a process: real clock, or virtual
 */
#pragma once

#include "lib/types.h"

/* Nanoseconds since boot, monotonic, any context. */
u64 machine_now_ns(void);

/* Seconds since 1970 in UTC, 0: not known. Slow; asked once, at boot. */
s64 machine_wall_seconds(void);

/*
 * Asks for a timer interrupt at `deadline_ns`; one is pending at a time. A
 * deadline in the past interrupts at once.
 */
void machine_timer_arm(u64 deadline_ns);

/* The same for the watchdog (kernel/watchdog.h), beside the other one. */
void machine_watchdog_arm(u64 deadline_ns);

/* Raw seed for kernel/random.c: hardware numbers and timing jitter. */
void machine_entropy(void *buf, size_t len);

/* The least order whose pages hold size bytes. */
static inline unsigned page_order(u64 size)
{
	unsigned order = 0;

	while ((PAGE_SIZE << order) < size)
		order++;
	return order;
}

/*
 * 2^order pages, contiguous, naturally aligned, not zeroed; NULL when there
 * are none. Any context but hard irq.
 */
void *machine_pages_alloc(unsigned order);
void machine_pages_free(void *pages, unsigned order);

/* A stack of at least `size` bytes over a guard page; returns its low end. */
void *machine_stack_alloc(size_t size);
void machine_stack_free(void *stack, size_t size);

/* Interrupts off, the earlier state returned; and back to that state. */
unsigned long machine_irq_save(void);
void machine_irq_restore(unsigned long flags);

/* Interrupts on and off, where the caller knows the state before. */
void machine_irq_enable(void);
void machine_irq_disable(void);

/*
 * Halts until an interrupt. Called with interrupts off, returns with them
 * on; an interrupt that came between the caller's last look and the halt
 * ends it at once (sti; hlt).
 */
void machine_idle(void);

/* A hint that the caller spins. */
void machine_relax(void);

/* Saved registers of a task that does not run. */
struct machine_context {
	void *sp;
	void *machine_private;
};

/* Prepares ctx so that the first switch to it calls entry(arg). */
void machine_context_init(struct machine_context *ctx, void *stack, size_t size,
			  void (*entry)(void *), void *arg);
void machine_switch(struct machine_context *from, struct machine_context *to);
void machine_context_destroy(struct machine_context *ctx);

/*
 * Bytes to the console(s), any context. A slow one is not waited for: what
 * its queue has no room for is lost and counted.
 */
void machine_console_write(const char *text, size_t len);

/* The same, but not to a screen: for what it has shown, or nobody types. */
void machine_terminal_write(const char *text, size_t len);

/*
 * From now on console_input() is called for each typed byte, in hard irq.
 * 0, or -errno when the machine has no console to type on.
 */
int machine_console_listen(void) must_check;

/* Room for len bytes; when there is not, console_drained() will be called. */
bool machine_console_room(size_t len);

/* The caller's backtrace, and its registers before it, by log_line. */
void machine_backtrace(void);
void machine_dump(void);
void machine_halt(void) noreturn;

/*
 * Switches the machine off, or halts where it cannot. QEMU with the device
 * isa-debug-exit ends with exit status 2 * code + 1. Any context.
 */
void machine_poweroff(u8 code) noreturn;

/* Starts the machine again, from its firmware on. Any context. */
void machine_reset(void) noreturn;

/* Which CPU runs this. */
unsigned machine_cpu_id(void);

/* Device registers: one aligned access each, in order. */
u32 mmio_read32(const volatile void *addr);
void mmio_write32(volatile void *addr, u32 value);

/* What a device must use to reach `ptr` by DMA. */
u64 machine_dma_addr(const void *ptr);
