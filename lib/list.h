/*
 * Doubly linked circular lists, the head being a node without an owner, and
 * hlists, whose head is one pointer (hash buckets).
 */
#pragma once

#include "lib/types.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)                                                   \
	{                                                                      \
		&(name), &(name)                                               \
	}

static inline void list_init(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_insert(struct list_head *node, struct list_head *prev,
			       struct list_head *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	list_insert(node, head, head->next);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_insert(node, head->prev, head);
}

/* Leaves the node pointing at itself: list_empty(node) says "on no list". */
static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Moves all of `from` to the tail of `to`; `from` is empty afterwards. */
static inline void list_splice_tail(struct list_head *from,
				    struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	from->prev->next = to;
	to->prev->next = from->next;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(ptr, type, member)  container_of(ptr, type, member)
#define list_first(head, type, member) container_of((head)->next, type, member)
#define list_last(head, type, member)  container_of((head)->prev, type, member)

#define list_for_each_entry(pos, head, member)                                 \
	for (pos = container_of((head)->next, typeof(*pos), member);           \
	     &pos->member != (head);                                           \
	     pos = container_of(pos->member.next, typeof(*pos), member))

#define list_for_each_entry_safe(pos, tmp, head, member)                       \
	for (pos = container_of((head)->next, typeof(*pos), member),           \
	    tmp = container_of(pos->member.next, typeof(*pos), member);        \
	     &pos->member != (head); pos = tmp,                                \
	    tmp = container_of(tmp->member.next, typeof(*tmp), member))

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

static inline void hlist_add(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (node->next)
		node->next->pprev = &node->next;
	head->first = node;
	node->pprev = &head->first;
}

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline void hlist_del(struct hlist_node *node)
{
	if (!node->pprev)
		return;
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->next = NULL;
	node->pprev = NULL;
}

#define hlist_entry_or_null(ptr, type, member)                                 \
	({                                                                     \
		struct hlist_node *node_or_null = (ptr);                       \
		node_or_null ? container_of(node_or_null, type, member)        \
			     : NULL;                                           \
	})

#define hlist_for_each_entry(pos, head, member)                                \
	for (pos = hlist_entry_or_null((head)->first, typeof(*pos), member);   \
	     pos; pos = hlist_entry_or_null(pos->member.next, typeof(*pos),    \
					    member))
