/*
 * net/tcp/tcp_walk.c: the walk for /proc/net/tcp in steps, between which the
 * table changes.
 */
#include "test/host/tcp_fixture.h"

#define OLD   TCP_SEG_BUCKETS
#define NEW   (4 * TCP_SEG_BUCKETS)
#define ALL   (OLD + NEW)
#define STEPS 3000 /* before the table changes */

struct crowd {
	struct tcp_table *t;
	struct tcp_timewait all[ALL];
	u8 seen[ALL]; /* how often; by raddr */
	u32 listeners;
};

static struct crowd *crowd_new(struct tcp_fixture *f)
{
	struct crowd *c = test_calloc(1, sizeof(*c));

	c->t = f->net->tcp;
	for (u32 i = 0; i < ALL; i++)
		c->all[i].conn = (struct tcp_conn){.raddr = htonl(i),
						   .kind = TCP_CONN_TIMEWAIT};
	return c;
}

static void join(struct crowd *c, u32 first, u32 end)
{
	for (u32 i = first; i < end; i++)
		tcp_conn_insert(c->t, &c->all[i].conn);
}

static void leave(struct crowd *c, u32 first, u32 end)
{
	for (u32 i = first; i < end; i++)
		tcp_conn_remove(c->t, &c->all[i].conn);
}

static void saw(const struct tcp_entry *entry, void *arg)
{
	struct crowd *c = arg;

	if (entry->state == TCP_LISTEN) {
		c->listeners++;
		return;
	}
	c->seen[ntohl(entry->daddr)]++;
}

static bool steps(struct crowd *c, struct tcp_pos *pos, u32 count)
{
	while (count--)
		if (!tcp_walk_some(c->t->net, pos, saw, c))
			return false;
	return true;
}

static void a_walk_in_steps_sees_each_once(void **state)
{
	struct crowd *c = crowd_new(*state);
	struct tcp_pos pos = {0};

	join(c, 0, ALL); /* between two powers of two: half is split */
	assert_false(steps(c, &pos, UINT32_MAX));
	for (u32 i = 0; i < ALL; i++)
		assert_int_equal(c->seen[i], 1);
	assert_int_equal(c->listeners, 1);
	leave(c, 0, ALL);
	test_free(c);
}

/* From any size to any other: `first` are there at first. */
static void walk_while_growing(void **state, u32 first)
{
	struct crowd *c = crowd_new(*state);
	struct tcp_pos pos = {0};

	join(c, 0, first);
	for (u32 at = first; at < ALL; at += MIN(ALL - at, 5000)) {
		assert_true(steps(c, &pos, STEPS / 10));
		join(c, at, at + MIN(ALL - at, 5000));
	}
	assert_false(steps(c, &pos, UINT32_MAX));
	for (u32 i = 0; i < first; i++)
		assert_int_equal(c->seen[i], 1);
	for (u32 i = first; i < ALL; i++)
		assert_true(c->seen[i] <= 1);
	leave(c, 0, ALL);
	test_free(c);
}

static void a_table_that_grows_meanwhile(void **state)
{
	walk_while_growing(state, OLD);
}

static void a_half_split_table_that_grows_meanwhile(void **state)
{
	walk_while_growing(state, OLD + OLD / 2);
}

static void others_that_leave_hide_nobody(void **state)
{
	struct crowd *c = crowd_new(*state);
	struct tcp_pos pos = {0};

	join(c, 0, ALL);
	assert_true(steps(c, &pos, STEPS));
	leave(c, OLD, ALL);
	assert_false(steps(c, &pos, UINT32_MAX));
	for (u32 i = 0; i < OLD; i++)
		assert_int_equal(c->seen[i], 1);
	leave(c, 0, OLD);
	test_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, tcp_fixture_setup,               \
					tcp_fixture_teardown)
		T(a_walk_in_steps_sees_each_once),
		T(a_table_that_grows_meanwhile),
		T(a_half_split_table_that_grows_meanwhile),
		T(others_that_leave_hide_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
