/*
 * The adapter's own parts, all in libc's world: the lock and the waiting
 * (adapter.c), the table of descriptors (files.c), the calls (calls.c,
 * transfer.c).
 *
 * packetdrill makes blocking calls on a second thread. It sleeps here on a
 * condition variable and looks again after every call of the other thread,
 * which waits until it has: at one virtual time everything that can happen
 * does, in one order.
 */
#pragma once

#include "test/packetdrill/interface.h"
#include "test/packetdrill/stack.h"

#define FILES_MAX 64

struct file {
	int fd; /* an eventfd, for the number; -1: free */
	struct socket *sock;
	struct epoll *ep;
	bool nonblock;
};

/* ---- adapter.c ---- */

/* Every call begins and ends with these. leave sets errno: n or -1. */
void adapter_enter(void);
long adapter_leave(long n);

/*
 * Between them: asks until the answer is not -EAGAIN or it is until_us, at
 * least once. One thread may wait.
 */
#define NEVER UINT64_MAX
long adapter_retry(u64 until_us, long (*ask)(void *arg), void *arg);

/* ---- files.c: under the lock ---- */

struct file *file_find(int fd);
/* A free one with a new descriptor; NULL: too many. */
struct file *file_open(void);
void file_close(struct file *file);
void file_close_all(void);

/* ---- calls.c, transfer.c, options.c: their part of the table ---- */

void calls_fill(struct packetdrill_interface *ifc);
void transfer_fill(struct packetdrill_interface *ifc);
void options_fill(struct packetdrill_interface *ifc);
