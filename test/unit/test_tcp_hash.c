/*
 * net/tcp/tcp_hash.c: lookup by 4-tuple and by listening port (threat 37).
 */
#include "test/host/machine_sim.h"
#include "test/host/tcp_fixture.h"

static struct tcp_conn conn_of(u32 laddr, u16 lport, u32 raddr, u16 rport)
{
	return (struct tcp_conn){
		.laddr = htonl(laddr),
		.raddr = htonl(raddr),
		.lport = htons(lport),
		.rport = htons(rport),
		.kind = TCP_CONN_REQUEST,
	};
}

static struct tcp_conn *find(struct tcp_table *t, const struct tcp_conn *c)
{
	return tcp_conn_find(t, c->laddr, c->lport, c->raddr, c->rport);
}

static void a_connection_is_found_by_all_four_numbers(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	struct tcp_conn c = conn_of(0x0a000001, 80, 0x0a000002, 40000);

	tcp_conn_insert(t, &c);
	assert_ptr_equal(find(t, &c), &c);
	for (u32 bit = 0; bit < 96; bit++) {
		struct tcp_conn other = c;

		if (bit < 32)
			other.laddr.raw ^= 1u << bit;
		else if (bit < 64)
			other.raddr.raw ^= 1u << (bit - 32);
		else if (bit < 80)
			other.lport.raw ^= (u16)(1u << (bit - 64));
		else
			other.rport.raw ^= (u16)(1u << (bit - 80));
		assert_null(find(t, &other));
	}
	tcp_conn_remove(t, &c);
	assert_null(find(t, &c));
	tcp_conn_remove(t, &c); /* harmless */
	assert_int_equal(t->conn_count, 0);
}

#define MANY 20000

static void many_are_found_and_removed_in_any_order(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	struct tcp_conn *all = test_calloc(MANY, sizeof(*all));

	for (u32 i = 0; i < MANY; i++) {
		all[i] = conn_of(0x0a000001, 80, 0x0a000002 + i / 100,
				 (u16)(1024 + i % 100));
		tcp_conn_insert(t, &all[i]);
	}
	assert_int_equal(t->conn_count, MANY);
	for (u32 i = 0; i < MANY; i++)
		assert_ptr_equal(find(t, &all[i]), &all[i]);
	for (u32 i = 0; i < MANY; i += 2)
		tcp_conn_remove(t, &all[i]);
	for (u32 i = 0; i < MANY; i++)
		assert_ptr_equal(find(t, &all[i]), i % 2 ? &all[i] : NULL);
	for (u32 i = 1; i < MANY; i += 2)
		tcp_conn_remove(t, &all[i]);
	assert_int_equal(t->conn_count, 0);
	test_free(all);
}

static u32 longest_chain(const struct tcp_table *t)
{
	u32 longest = 0;

	for (u32 i = 0; i < t->buckets; i++) {
		const struct tcp_conn *c;
		u32 len = 0;

		hlist_for_each_entry (c, tcp_bucket_at(t, i), node)
			len++;
		longest = MAX(longest, len);
	}
	return longest;
}

/* As many as there are buckets, in patterns that weak hashes fold together. */
static void no_pattern_of_addresses_makes_long_chains(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	u32 n = t->buckets;
	struct tcp_conn *all = test_calloc(n, sizeof(*all));

	for (u32 shift = 0; shift <= 20; shift++) {
		for (u32 i = 0; i < n; i++) {
			all[i] = conn_of(0x0a000001, 80, i << shift,
					 (u16)(i >> shift));
			tcp_conn_insert(t, &all[i]);
		}
		assert_true(longest_chain(t) <= 16);
		for (u32 i = 0; i < n; i++)
			tcp_conn_remove(t, &all[i]);
	}
	test_free(all);
}

static struct tcp_conn *many_conns(struct tcp_table *t, u32 n)
{
	struct tcp_conn *all = test_calloc(n, sizeof(*all));

	for (u32 i = 0; i < n; i++) {
		all[i] = conn_of(0x0a000001, 80, 0x0b000000 + i / 50000,
				 (u16)(1024 + i % 50000));
		tcp_conn_insert(t, &all[i]);
	}
	return all;
}

static void remove_all(struct tcp_table *t, struct tcp_conn *all, u32 n)
{
	for (u32 i = 0; i < n; i++)
		tcp_conn_remove(t, &all[i]);
	assert_int_equal(t->conn_count, 0);
	test_free(all);
}

/* To a bucket each, so that a lookup costs what it does with ten. */
static void the_table_grows_with_its_connections(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	u32 n = 5 * TCP_SEG_BUCKETS + 100;
	struct tcp_conn *all = many_conns(t, n);

	assert_int_equal(t->buckets, n);
	assert_true(longest_chain(t) <= 16);
	for (u32 i = 0; i < n; i++)
		assert_ptr_equal(find(t, &all[i]), &all[i]);
	remove_all(t, all, n);
}

static void without_memory_it_does_not_grow(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	u32 n = TCP_SEG_BUCKETS + 1000;
	struct tcp_conn *all, more = conn_of(1, 2, 3, 4);

	sim_fail_alloc_every(1);
	all = many_conns(t, n);
	sim_fail_alloc_every(0);
	assert_int_equal(t->buckets, TCP_SEG_BUCKETS);
	for (u32 i = 0; i < n; i++)
		assert_ptr_equal(find(t, &all[i]), &all[i]);
	tcp_conn_insert(t, &more);
	assert_int_equal(t->buckets, TCP_SEG_BUCKETS + 1);
	tcp_conn_remove(t, &more);
	remove_all(t, all, n);
}

static void one_takes_the_place_of_another(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	struct tcp_conn *all = test_calloc(3 * MANY, sizeof(*all));
	struct tcp_conn *next = all + MANY;

	for (u32 i = 0; i < MANY; i++) {
		all[i] = conn_of(1, 80, 2, (u16)i);
		next[i] = all[i];
		tcp_conn_insert(t, &all[i]);
	}
	for (u32 i = 0; i < MANY; i++) {
		tcp_conn_replace(t, &all[i], &next[i]);
		assert_true(hlist_unhashed(&all[i].node));
	}
	assert_int_equal(t->conn_count, MANY);
	for (u32 i = 0; i < MANY; i++)
		assert_ptr_equal(find(t, &next[i]), &next[i]);
	for (u32 i = 0; i < MANY; i++)
		tcp_conn_remove(t, &next[i]);
	assert_int_equal(t->conn_count, 0);
	test_free(all);
}

static struct socket *listener_at(struct tcp_fixture *f, be32 addr, u16 port)
{
	struct socket *s = tcp_socket(f);

	assert_int_equal(bind_to(s, addr, port), 0);
	assert_int_equal(sock_listen(s, 5), 0);
	return s;
}

static void a_listener_on_the_address_beats_a_wildcard(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_table *t = f->net->tcp;
	const be32 lo = IP4(127, 0, 0, 1);
	struct socket *any = listener_at(f, INADDR_ANY, 81);
	struct socket *one = listener_at(f, FIXTURE_ADDR, 82);

	assert_ptr_equal(tcp_listener_find(t, FIXTURE_ADDR, htons(81)),
			 tcp_of(any));
	assert_ptr_equal(tcp_listener_find(t, lo, htons(81)), tcp_of(any));
	assert_ptr_equal(tcp_listener_find(t, FIXTURE_ADDR, htons(82)),
			 tcp_of(one));
	assert_null(tcp_listener_find(t, lo, htons(82)));
	assert_null(tcp_listener_find(t, lo, htons(83)));
	/* The same bucket, another port. */
	assert_null(tcp_listener_find(t, lo, htons(81 + TCP_BIND_BUCKETS)));
	sock_close(any);
	sock_close(one);
	assert_null(tcp_listener_find(t, lo, htons(81)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(a_connection_is_found_by_all_four_numbers),
		T(many_are_found_and_removed_in_any_order),
		T(no_pattern_of_addresses_makes_long_chains),
		T(the_table_grows_with_its_connections),
		T(without_memory_it_does_not_grow),
		T(one_takes_the_place_of_another),
		T(a_listener_on_the_address_beats_a_wildcard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
