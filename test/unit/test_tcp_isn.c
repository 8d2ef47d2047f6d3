/*
 * net/tcp/tcp_isn.c: RFC 6528, RFC 7323 section 5.4 (conformance rows 64,
 * 140; threat 5).
 */
#include "test/host/tcp_fixture.h"

#include "test/host/machine_sim.h"

static struct tcp_conn conn_of(u16 rport)
{
	return (struct tcp_conn){
		.laddr = FIXTURE_ADDR,
		.raddr = FIXTURE_PEER,
		.lport = htons(80),
		.rport = htons(rport),
	};
}

static void one_tuples_numbers_rise_by_one_in_4_us(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	struct tcp_conn c = conn_of(1);
	u32 first = tcp_numbers(t, &c).isn;

	for (u32 i = 1; i < 1000; i++) {
		sim_advance_ns(4000);
		assert_int_equal(tcp_numbers(t, &c).isn, first + i);
	}
}

/* Bits of the difference of neighbours: each is 1 half of the time. */
static void neighbours_say_nothing_about_each_other(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	u32 ones[32] = {0};

	for (u32 i = 0; i < 60000; i++) {
		struct tcp_conn a = conn_of((u16)i), b = conn_of((u16)(i + 1));
		u32 diff = tcp_numbers(t, &b).isn - tcp_numbers(t, &a).isn;

		for (u32 bit = 0; bit < 32; bit++)
			ones[bit] += diff >> bit & 1;
	}
	for (u32 bit = 0; bit < 32; bit++)
		assert_in_range(ones[bit], 29000, 31000);
}

static void each_part_of_the_tuple_counts(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	struct tcp_conn a = conn_of(1), b;

	b = a;
	b.laddr = IP4(10, 0, 0, 9);
	assert_int_not_equal(tcp_numbers(t, &a).isn, tcp_numbers(t, &b).isn);
	b = a;
	b.raddr = IP4(10, 0, 0, 9);
	assert_int_not_equal(tcp_numbers(t, &a).isn, tcp_numbers(t, &b).isn);
	b = a;
	b.lport = htons(81);
	assert_int_not_equal(tcp_numbers(t, &a).isn, tcp_numbers(t, &b).isn);
}

static void another_boot_has_another_key(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_conn c = conn_of(1);
	struct net *net = net_create();

	assert_non_null(net);
	assert_int_not_equal(tcp_numbers(f->net->tcp, &c).isn,
			     tcp_numbers(net->tcp, &c).isn);
	net_destroy(net);
}

static void the_timestamp_offset_is_a_secret_of_the_tuple(void **state)
{
	struct tcp_table *t = ((struct tcp_fixture *)*state)->net->tcp;
	struct tcp_conn a = conn_of(1), b = conn_of(2);
	u32 offset = tcp_numbers(t, &a).ts_offset;

	assert_int_not_equal(offset, tcp_numbers(t, &b).ts_offset);
	assert_int_not_equal(offset, tcp_numbers(t, &a).isn);
	sim_advance_ns(1000000000);
	assert_int_equal(offset, tcp_numbers(t, &a).ts_offset);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(one_tuples_numbers_rise_by_one_in_4_us),
		T(neighbours_say_nothing_about_each_other),
		T(each_part_of_the_tuple_counts),
		T(another_boot_has_another_key),
		T(the_timestamp_offset_is_a_secret_of_the_tuple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
