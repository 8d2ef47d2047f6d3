/*
 * epoll: one task serves thousands of sockets. An entry is level-triggered
 * unless EPOLLET; ready entries are on a list, so a wait costs what is
 * ready, not what is watched.
 */
#pragma once

#include "net/socket/socket.h"

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

#define EPOLL_MAX_ENTRIES 65536 /* of one struct epoll */

struct epoll;

struct epoll_event {
	u32 events;
	void *data;
};

struct epoll *epoll_create(void) must_check;

/* Removes all entries; their sockets stay open. No task may wait in it. */
void epoll_close(struct epoll *ep);

/*
 * 0, -EEXIST, -ENOENT, -ENOMEM, -ENOSPC (too many entries), -EINVAL. A closed
 * socket leaves by itself. EPOLLERR and EPOLLHUP are always watched. After
 * its one event an EPOLLONESHOT entry sleeps until EPOLL_CTL_MOD.
 */
int epoll_ctl(struct epoll *ep, int op, struct socket *sock,
	      const struct epoll_event *event);

/*
 * Number of events filled, at most `max` (0 at the time-out, -EINVAL when max
 * is not positive). WAIT_FOREVER to block, 0 to look only.
 */
int epoll_wait(struct epoll *ep, struct epoll_event *events, int max,
	       u64 timeout_ms);
