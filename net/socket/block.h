/*
 * How a socket call sleeps: until its deadline, on the sock's wait queue,
 * holding the sock because another task may close it meanwhile.
 */
#pragma once

#include "kernel/timer.h"
#include "lib/errno.h"
#include "net/core/sock.h"

/* clock_ms() time at which a call that may take timeout_ms gives up. */
static inline u64 sock_deadline(u64 timeout_ms)
{
	u64 now;

	if (timeout_ms == WAIT_FOREVER || !timeout_ms)
		return timeout_ms;
	now = clock_ms();
	return timeout_ms < WAIT_FOREVER - now ? now + timeout_ms
					       : WAIT_FOREVER;
}

/* sock_block with an end. */
int sock_block_until(struct sock *sk, u64 deadline) must_check;

/*
 * Bottom halves off once; the caller holds a reference. 0: look again;
 * -EAGAIN: the deadline has passed; -EBADF: the socket has been closed.
 */
static inline int must_check sock_block(struct sock *sk, u64 deadline)
{
	if (unlikely(deadline != WAIT_FOREVER))
		return sock_block_until(sk, deadline);
	(void)wait_sleep(&sk->wait, WAIT_FOREVER);
	return sk->dead ? -EBADF : 0;
}
