/*
 * A TAP device as a stack's wire, and bn_wait, which sleeps in poll(2) on all
 * of them.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include "host/host.h"
#include "host/tap_open.h"
#include "lib/units.h"

#define FRAME_MAX (65535 + ETH_HLEN)
#define BATCH	  64 /* frames of one device in a row */
#define TAPS_MAX  64 /* that bn_wait looks at */

/* A full device queue loses the frame, as a wire would. */
static void tap_output(void *arg, const void *frame, size_t len)
{
	struct bn_stack *stack = arg;

	if (write(stack->tap_fd, frame, len) < 0)
		stack->dev.stats.tx_errors++;
}

int bn_tap(struct bn_stack *stack, const char *name)
{
	int fd = tap_open(name);

	if (fd < 0)
		return fd;
	tap_close(stack);
	stack->tap_fd = fd;
	bn_on_output(stack, tap_output, stack);
	return 0;
}

int bn_tap_fd(const struct bn_stack *stack)
{
	return stack->tap_fd;
}

void tap_close(struct bn_stack *stack)
{
	if (stack->tap_fd < 0)
		return;
	bn_on_output(stack, NULL, NULL);
	close(stack->tap_fd);
	stack->tap_fd = -1;
}

void tap_receive(struct bn_stack *stack)
{
	static u8 frame[FRAME_MAX];

	for (int i = 0; i < BATCH; i++) {
		ssize_t len = read(stack->tap_fd, frame, sizeof(frame));

		if (len <= 0)
			return;
		(void)bn_input(stack, frame, (size_t)len);
	}
}

struct taps {
	struct pollfd fds[TAPS_MAX];
	nfds_t count;
};

static void collect(struct bn_stack *stack, void *arg)
{
	struct taps *taps = arg;

	if (stack->tap_fd < 0 || taps->count == TAPS_MAX)
		return;
	taps->fds[taps->count++] =
		(struct pollfd){.fd = stack->tap_fd, .events = POLLIN};
}

/* Rounded up: a timer that is not due yet would be looked at in vain. */
static int wait_ms(u64 timeout_ms)
{
	u64 now = bn_now_ns(), next = bn_next_ns(), ms = timeout_ms;

	if (next != BN_NEVER)
		ms = MIN(ms, next > now ? (next - now) / NS_PER_MS + 1 : 0);
	return ms > INT32_MAX ? -1 : (int)ms;
}

int bn_wait(uint64_t timeout_ms)
{
	struct taps taps = {.count = 0};

	if (machine_is_virtual())
		return -EINVAL;
	stacks_for_each(collect, &taps);
	if (poll(taps.fds, taps.count, wait_ms(timeout_ms)) < 0 &&
	    errno != EINTR)
		return -errno;
	bn_step();
	return 0;
}
