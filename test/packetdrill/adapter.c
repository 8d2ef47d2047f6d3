/*
 * The library that packetdrill loads: the lock, the waiting threads, the
 * packets and the clock. All time is the stack's virtual one; it moves by
 * what packetdrill sleeps, by 1 us whenever it asks for it (its busy waits
 * end by that), and while it waits for a packet.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include "test/packetdrill/adapter.h"

#define PATIENCE_US (60 * 1000000ull) /* of a wait for a packet */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed, looked;
	unsigned round;	    /* of looking */
	unsigned sleeping;  /* threads in adapter_retry */
	unsigned unlooked;  /* of them, which have not looked in this round */
	unsigned returning; /* have slept and not read the clock yet */
	u64 wake_us;	    /* when a sleeper's time is over */
} adapter = {.lock = PTHREAD_MUTEX_INITIALIZER,
	     .changed = PTHREAD_COND_INITIALIZER,
	     .looked = PTHREAD_COND_INITIALIZER,
	     .wake_us = NEVER};

static __thread bool has_slept;

/* Nothing goes on before sleepers have looked and have noted when they woke. */
static void let_sleepers_look(void)
{
	adapter.round++;
	adapter.unlooked = adapter.sleeping;
	pthread_cond_broadcast(&adapter.changed);
	while (adapter.unlooked || adapter.returning)
		pthread_cond_wait(&adapter.looked, &adapter.lock);
}

void adapter_enter(void)
{
	pthread_mutex_lock(&adapter.lock);
}

long adapter_leave(long n)
{
	if (!has_slept)
		let_sleepers_look();
	pthread_mutex_unlock(&adapter.lock);
	if (n >= 0)
		return n;
	errno = (int)-n;
	return -1;
}

static void look_again(void)
{
	unsigned round = adapter.round;

	while (adapter.round == round)
		pthread_cond_wait(&adapter.changed, &adapter.lock);
}

long adapter_retry(u64 until_us, long (*ask)(void *arg), void *arg)
{
	long n = ask(arg);

	if (n != -EAGAIN || stack_now_us() >= until_us)
		return n;
	adapter.sleeping++;
	adapter.wake_us = until_us;
	while (n == -EAGAIN && stack_now_us() < until_us) {
		look_again();
		n = ask(arg);
		adapter.unlooked--;
		pthread_cond_signal(&adapter.looked);
	}
	adapter.wake_us = NEVER;
	adapter.sleeping--;
	adapter.returning++;
	has_slept = true;
	return n;
}

/* A thread that has just woken reads the clock first: the rest goes on. */
static void clock_was_read(void)
{
	if (!has_slept)
		return;
	has_slept = false;
	adapter.returning--;
	pthread_cond_signal(&adapter.looked);
}

static int get_time(void *ours, struct timeval *tv, void *zone)
{
	u64 us;

	adapter_enter();
	us = stack_now_us();
	tv->tv_sec = (time_t)(us / 1000000);
	tv->tv_usec = (suseconds_t)(us % 1000000);
	if (has_slept)
		clock_was_read();
	else
		stack_advance_us(1);
	return (int)adapter_leave(0);
}

/* To each timer in turn, so that a sleeper wakes at its own time. */
static void advance_to(u64 end_us)
{
	while (stack_now_us() < end_us) {
		u64 now = stack_now_us();
		u64 next = MIN(stack_next_timer_us(), adapter.wake_us);

		next = MAX(MIN(next, end_us), now + 1);
		stack_advance_us(next - now);
		let_sleepers_look();
	}
}

static int sleep_us(void *ours, unsigned us)
{
	adapter_enter();
	advance_to(stack_now_us() + us);
	return (int)adapter_leave(0);
}

static int send_packet(void *ours, const void *packet, size_t len)
{
	adapter_enter();
	stack_rx(packet, len);
	return (int)adapter_leave(0);
}

/* Time passes until there is one. */
static int receive_packet(void *ours, void *packet, size_t *len,
			  long long *sent_us)
{
	u64 end, next, at = 0;

	adapter_enter();
	end = stack_now_us() + PATIENCE_US;
	while (!stack_tx(packet, len, &at)) {
		next = stack_next_timer_us();
		if (next > end) {
			*len = 0;
			break;
		}
		advance_to(MAX(next, stack_now_us() + 1));
	}
	*sent_us = (long long)at;
	return (int)adapter_leave(0);
}

static void end(void *ours)
{
	adapter_enter();
	file_close_all();
	stack_destroy();
	adapter_leave(0);
}

/* One of `flags`, as in local=192.168.0.1,gateway=192.168.0.2 */
static u32 flag_address(const char *flags, const char *name, const char *other)
{
	const char *at = flags ? strstr(flags, name) : NULL;
	char text[INET_ADDRSTRLEN] = "";
	struct in_addr addr;

	if (at)
		sscanf(at + strlen(name), "%15[0-9.]", text);
	if (!inet_pton(AF_INET, at ? text : other, &addr)) {
		fprintf(stderr, "bad address in flags: %s\n", flags);
		exit(2);
	}
	return addr.s_addr;
}

__attribute__((visibility("default"))) void
packetdrill_interface_init(const char *flags, struct packetdrill_interface *ifc)
{
	const struct stack_config config = {
		.local = flag_address(flags, "local=", "192.168.0.1"),
		.netmask = flag_address(flags, "netmask=", "255.255.0.0"),
		.gateway = flag_address(flags, "gateway=", "192.168.0.2"),
	};

	memset(ifc, 0, sizeof(*ifc));
	ifc->free = end;
	ifc->netdev_send = send_packet;
	ifc->netdev_receive = receive_packet;
	ifc->usleep = sleep_us;
	ifc->gettimeofday = get_time;
	calls_fill(ifc);
	transfer_fill(ifc);
	options_fill(ifc);
	adapter_enter();
	stack_create(&config);
	adapter_leave(0);
}
