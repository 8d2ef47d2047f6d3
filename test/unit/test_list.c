/* lib/list.h: circular lists and hash lists. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "lib/list.h"

struct item {
	int value;
	struct list_head node;
	struct hlist_node hash;
};

static int sum_in_order(struct list_head *head)
{
	struct item *item;
	int digits = 0;

	list_for_each_entry (item, head, node)
		digits = digits * 10 + item->value;
	return digits;
}

static int hlist_digits(struct hlist_head *head)
{
	struct item *item;
	int digits = 0;

	hlist_for_each_entry (item, head, hash)
		digits = digits * 10 + item->value;
	return digits;
}

static void add_puts_first_and_add_tail_last(void **state)
{
	struct item a = {.value = 1}, b = {.value = 2}, c = {.value = 3};
	struct list_head head = LIST_HEAD_INIT(head);

	assert_true(list_empty(&head));
	list_add(&b.node, &head);
	list_add(&a.node, &head);
	list_add_tail(&c.node, &head);
	assert_int_equal(sum_in_order(&head), 123);
	assert_ptr_equal(list_first(&head, struct item, node), &a);
	assert_ptr_equal(list_last(&head, struct item, node), &c);
}

static void del_leaves_the_node_on_no_list(void **state)
{
	struct item a = {.value = 1}, b = {.value = 2};
	struct list_head head = LIST_HEAD_INIT(head);

	list_add_tail(&a.node, &head);
	list_add_tail(&b.node, &head);
	list_del(&a.node);
	assert_true(list_empty(&a.node));
	list_del(&a.node);
	assert_int_equal(sum_in_order(&head), 2);
}

static void safe_walk_survives_deletion(void **state)
{
	struct item items[4], *item, *next;
	struct list_head head = LIST_HEAD_INIT(head);

	for (int i = 0; i < 4; i++) {
		items[i].value = i + 1;
		list_add_tail(&items[i].node, &head);
	}
	list_for_each_entry_safe (item, next, &head, node)
		if (item->value % 2)
			list_del(&item->node);
	assert_int_equal(sum_in_order(&head), 24);
}

static void splice_moves_all_to_the_tail(void **state)
{
	struct item a = {.value = 1}, b = {.value = 2}, c = {.value = 3};
	struct list_head to = LIST_HEAD_INIT(to);
	struct list_head from = LIST_HEAD_INIT(from);

	list_splice_tail(&from, &to);
	assert_true(list_empty(&to));
	list_add_tail(&a.node, &to);
	list_add_tail(&b.node, &from);
	list_add_tail(&c.node, &from);
	list_splice_tail(&from, &to);
	assert_int_equal(sum_in_order(&to), 123);
	assert_true(list_empty(&from));
}

static void hlist_adds_first_and_deletes_anywhere(void **state)
{
	struct item a = {.value = 1}, b = {.value = 2}, c = {.value = 3};
	struct hlist_head head = {NULL};

	assert_true(hlist_unhashed(&a.hash));
	hlist_add(&c.hash, &head);
	hlist_add(&b.hash, &head);
	hlist_add(&a.hash, &head);
	assert_int_equal(hlist_digits(&head), 123);
	hlist_del(&b.hash);
	assert_int_equal(hlist_digits(&head), 13);
	hlist_del(&a.hash);
	hlist_del(&c.hash);
	hlist_del(&c.hash);
	assert_null(head.first);
	assert_true(hlist_unhashed(&c.hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_puts_first_and_add_tail_last),
		cmocka_unit_test(del_leaves_the_node_on_no_list),
		cmocka_unit_test(safe_walk_survives_deletion),
		cmocka_unit_test(splice_moves_all_to_the_tail),
		cmocka_unit_test(hlist_adds_first_and_deletes_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
