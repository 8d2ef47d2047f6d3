/*
 * epoll: each entry watches one sock; an event puts the entry on the ready
 * list, and epoll_wait asks the protocol again before it reports, so that
 * an event which has passed meanwhile is not reported. A wait costs what is
 * ready. Everything here runs with bottom halves off.
 */
#include "kernel/log.h"
#include "kernel/slab.h"
#include "net/socket/block.h"
#include "net/socket/epoll.h"

#define EP_FLAGS (EPOLLET | EPOLLONESHOT)

struct epoll {
	struct wait_queue wait;
	struct list_head ready;	  /* entries that may have events */
	struct list_head entries; /* all */
	u32 count;
};

struct ep_entry {
	struct sock_watch watch;
	struct list_head ready_node; /* alone when not on ep->ready */
	struct list_head node;
	struct epoll *ep;
	struct sock *sk;
	u32 events; /* only flags: asleep after EPOLLONESHOT */
	void *data;
};

struct epoll *epoll_create(void)
{
	struct epoll *ep = kmalloc(sizeof(*ep));

	if (!ep)
		return NULL;
	wait_queue_init(&ep->wait);
	list_init(&ep->ready);
	list_init(&ep->entries);
	ep->count = 0;
	return ep;
}

static u32 ep_mask(const struct ep_entry *entry)
{
	return entry->events & ~EP_FLAGS;
}

static void ep_remove(struct ep_entry *entry)
{
	entry->ep->count--;
	list_del(&entry->watch.node);
	list_del(&entry->ready_node);
	list_del(&entry->node);
	kfree(entry);
}

static void ep_make_ready(struct ep_entry *entry)
{
	if (!list_empty(&entry->ready_node))
		return;
	list_add_tail(&entry->ready_node, &entry->ep->ready);
	wake_up(&entry->ep->wait);
}

static void ep_notify(struct sock_watch *watch, u32 events)
{
	struct ep_entry *entry = container_of(watch, struct ep_entry, watch);

	if (unlikely(events & EPOLLFREE))
		ep_remove(entry);
	else if (events & ep_mask(entry))
		ep_make_ready(entry);
}

static u32 ep_poll(const struct ep_entry *entry)
{
	return entry->sk->proto->poll(entry->sk) & ep_mask(entry);
}

/* A socket is in few epolls: its watches are the shortest list to search. */
static struct ep_entry *ep_find(struct epoll *ep, struct sock *sk)
{
	struct sock_watch *watch;

	list_for_each_entry (watch, &sk->watches, node) {
		struct ep_entry *entry =
			container_of(watch, struct ep_entry, watch);

		if (watch->notify == ep_notify && entry->ep == ep)
			return entry;
	}
	return NULL;
}

static void ep_set(struct ep_entry *entry, const struct epoll_event *event)
{
	entry->events = event->events | EPOLLERR | EPOLLHUP;
	entry->data = event->data;
	if (ep_poll(entry))
		ep_make_ready(entry);
}

static int ep_add(struct epoll *ep, struct sock *sk,
		  const struct epoll_event *event)
{
	struct ep_entry *entry;

	if (ep->count >= EPOLL_MAX_ENTRIES)
		return -ENOSPC;
	entry = kmalloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->ep = ep;
	entry->sk = sk;
	entry->watch.notify = ep_notify;
	list_init(&entry->ready_node);
	list_add_tail(&entry->node, &ep->entries);
	list_add_tail(&entry->watch.node, &sk->watches);
	ep->count++;
	ep_set(entry, event);
	return 0;
}

static int ep_ctl(struct epoll *ep, int op, struct sock *sk,
		  const struct epoll_event *event)
{
	struct ep_entry *entry = ep_find(ep, sk);

	if (op == EPOLL_CTL_ADD)
		return entry ? -EEXIST : ep_add(ep, sk, event);
	if (!entry)
		return -ENOENT;
	if (op == EPOLL_CTL_DEL)
		ep_remove(entry);
	else
		ep_set(entry, event);
	return 0;
}

int epoll_ctl(struct epoll *ep, int op, struct socket *sock,
	      const struct epoll_event *event)
{
	int err;

	if (op < EPOLL_CTL_ADD || op > EPOLL_CTL_MOD)
		return -EINVAL;
	if (op != EPOLL_CTL_DEL && !event)
		return -EFAULT;
	local_bh_disable();
	err = ep_ctl(ep, op, sock->sk, event);
	local_bh_enable();
	return err;
}

/* Level-triggered entries stay ready until a look finds no event. */
static void ep_reported(struct ep_entry *entry)
{
	if (entry->events & EPOLLONESHOT)
		entry->events &= EP_FLAGS;
	else if (!(entry->events & EPOLLET))
		list_add_tail(&entry->ready_node, &entry->ep->ready);
}

static int ep_collect(struct epoll *ep, struct epoll_event *events, int max)
{
	struct list_head todo = LIST_HEAD_INIT(todo);
	int n = 0;

	list_splice_tail(&ep->ready, &todo);
	while (n < max && !list_empty(&todo)) {
		struct ep_entry *entry =
			list_first(&todo, struct ep_entry, ready_node);
		u32 now = ep_poll(entry);

		list_del(&entry->ready_node);
		if (!now)
			continue;
		events[n++] = (struct epoll_event){now, entry->data};
		ep_reported(entry);
	}
	/* What was not reached comes before what was reported. */
	list_splice_tail(&ep->ready, &todo);
	list_splice_tail(&todo, &ep->ready);
	return n;
}

int epoll_wait(struct epoll *ep, struct epoll_event *events, int max,
	       u64 timeout_ms)
{
	u64 deadline = sock_deadline(timeout_ms), left = WAIT_FOREVER;
	int n;

	if (max <= 0)
		return -EINVAL;
	local_bh_disable();
	for (;;) {
		n = ep_collect(ep, events, max);
		if (n || !deadline)
			break;
		if (deadline != WAIT_FOREVER) {
			u64 now = clock_ms();

			if (now >= deadline)
				break;
			left = deadline - now;
		}
		(void)wait_sleep(&ep->wait, left);
	}
	local_bh_enable();
	return n;
}

void epoll_close(struct epoll *ep)
{
	struct ep_entry *entry, *tmp;

	ASSERT(list_empty(&ep->wait.waiters));
	local_bh_disable();
	list_for_each_entry_safe (entry, tmp, &ep->entries, node)
		ep_remove(entry);
	local_bh_enable();
	kfree(ep);
}
