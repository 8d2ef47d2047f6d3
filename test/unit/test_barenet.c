/* libbarenet by its public header: stacks of one process that talk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "host/barenet.h"

#define A  BN_IP4(10, 0, 0, 1)
#define B  BN_IP4(10, 0, 0, 2)
#define MS 1000000ull

/* Two stacks on a wire that only counts, and a hash of what went over it. */
struct pair {
	struct bn_stack *a, *b;
	struct bn_socket *listener, *client, *server;
	uint64_t frames, hash;
};

static void note(struct pair *pair, const void *frame, size_t len)
{
	const uint8_t *bytes = frame;

	pair->frames++;
	for (size_t i = 0; i < len; i++)
		pair->hash = (pair->hash ^ bytes[i]) * 0x100000001b3ull;
}

static void to_b(void *arg, const void *frame, size_t len)
{
	struct pair *pair = arg;

	note(pair, frame, len);
	assert_int_equal(bn_input(pair->b, frame, len), 0);
}

static void to_a(void *arg, const void *frame, size_t len)
{
	struct pair *pair = arg;

	note(pair, frame, len);
	assert_int_equal(bn_input(pair->a, frame, len), 0);
}

static struct bn_stack *stack_at(uint32_t address)
{
	struct bn_config config = {
		.address = address,
		.mask = BN_IP4(255, 255, 255, 0),
		.mac = {2, 0, 0, 0, 0, (uint8_t)address},
	};
	struct bn_stack *stack;

	assert_int_equal(bn_create(&config, &stack), 0);
	return stack;
}

static struct bn_socket *socket_on(struct bn_stack *stack, enum bn_type type)
{
	struct bn_socket *sock;

	assert_int_equal(bn_socket(stack, type, &sock), 0);
	return sock;
}

static struct pair *pair_create(uint64_t seed)
{
	struct pair *pair = test_calloc(1, sizeof(*pair));

	assert_int_equal(bn_virtual_clock(seed), 0);
	pair->a = stack_at(A);
	pair->b = stack_at(B);
	bn_on_output(pair->a, to_b, pair);
	bn_on_output(pair->b, to_a, pair);
	return pair;
}

/* What b still says must not go to an a that is gone. */
static void pair_destroy(struct pair *pair)
{
	bn_on_output(pair->b, NULL, NULL);
	bn_destroy(pair->a);
	bn_destroy(pair->b);
	test_free(pair);
}

static int setup(void **state)
{
	*state = pair_create(7);
	return 0;
}

static int teardown(void **state)
{
	pair_destroy(*state);
	return 0;
}

/* A connection from a to b, accepted. */
static void connect_pair(struct pair *pair)
{
	struct bn_addr peer;

	pair->listener = socket_on(pair->b, BN_TCP);
	assert_int_equal(bn_bind(pair->listener, (struct bn_addr){.port = 80}),
			 0);
	assert_int_equal(bn_listen(pair->listener, 8), 0);
	pair->client = socket_on(pair->a, BN_TCP);
	assert_int_equal(bn_connect(pair->client, (struct bn_addr){B, 80}),
			 -EINPROGRESS);
	bn_advance(10 * MS);
	assert_true(bn_poll(pair->client) & EPOLLOUT);
	assert_int_equal(bn_accept(pair->listener, &pair->server, &peer), 0);
	assert_int_equal(peer.ip, A);
}

static void two_stacks_talk(void **state)
{
	static uint8_t out[100000], in[100000];
	struct pair *pair = *state;
	size_t sent = 0, got = 0;
	long n;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 251);
	connect_pair(pair);
	for (int turn = 0; got < sizeof(in) && turn < 1000; turn++) {
		n = bn_send(pair->client, out + sent, sizeof(out) - sent, 0);
		sent += n > 0 ? (size_t)n : 0;
		bn_advance(MS);
		n = bn_recv(pair->server, in + got, sizeof(in) - got, 0);
		got += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(got, sizeof(in));
	assert_memory_equal(in, out, sizeof(in));
	assert_int_equal(bn_recv(pair->server, in, 1, 0), -EAGAIN);
	assert_int_equal(bn_shutdown(pair->client, SHUT_WR), 0);
	bn_advance(MS);
	assert_int_equal(bn_recv(pair->server, in, 1, 0), 0);
}

static void datagrams_carry_their_sender(void **state)
{
	struct pair *pair = *state;
	struct bn_socket *a = socket_on(pair->a, BN_UDP);
	struct bn_socket *b = socket_on(pair->b, BN_UDP);
	struct bn_addr from, name;
	char text[8];

	assert_int_equal(bn_bind(b, (struct bn_addr){.port = 53}), 0);
	assert_int_equal(bn_sendto(a, "hello", 5, (struct bn_addr){B, 53}), 5);
	bn_advance(MS);
	assert_int_equal(bn_recvfrom(b, text, sizeof(text), &from), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(from.ip, A);
	assert_int_equal(bn_getname(a, &name, NULL), 0);
	assert_int_equal(from.port, name.port);
}

static void virtual_time_moves_by_advance_alone(void **state)
{
	struct pair *pair = *state;

	assert_int_equal(bn_now_ns(), 0);
	pair->client = socket_on(pair->a, BN_TCP);
	(void)bn_connect(pair->client,
			 (struct bn_addr){BN_IP4(10, 0, 0, 9), 80});
	bn_step();
	assert_int_equal(bn_now_ns(), 0);
	assert_int_not_equal(bn_next_ns(), BN_NEVER);
	bn_advance(300000 * MS); /* the last SYN is given up at 247 s */
	assert_int_equal(bn_now_ns(), 300000 * MS);
	assert_true(bn_poll(pair->client) & EPOLLERR);
	assert_int_equal(bn_wait(0), -EINVAL);
}

static uint64_t hash_of_run(uint64_t seed)
{
	struct pair *pair = pair_create(seed);
	uint64_t hash;

	connect_pair(pair);
	hash = pair->hash;
	pair_destroy(pair);
	return hash;
}

static void a_seed_is_a_run(void **state)
{
	uint64_t first = hash_of_run(1);

	assert_true(first == hash_of_run(1));
	assert_true(first != hash_of_run(2));
}

static void impossible_frames_are_refused(void **state)
{
	struct pair *pair = *state;
	uint8_t frame[1600] = {2, 0, 0, 0, 0, 1};

	assert_int_equal(bn_input(pair->a, frame, 13), -EMSGSIZE);
	assert_int_equal(bn_input(pair->a, frame, 1515), -EMSGSIZE);
	assert_int_equal(bn_input(pair->a, frame, 1514), 0);
}

static void impossible_stacks_are_refused(void **state)
{
	struct bn_stack *stack;
	const struct bn_config small = {.address = A, .mtu = 67};
	const struct bn_config group = {.address = A, .mac = {1}};
	const struct bn_config mask = {.address = A, .mask = 0x00ff00ff};

	assert_int_equal(bn_create(&small, &stack), -EINVAL);
	assert_int_equal(bn_create(&group, &stack), -EINVAL);
	assert_int_equal(bn_create(&mask, &stack), -EINVAL);
}

static void state_is_told_as_text(void **state)
{
	struct pair *pair = *state;
	char text[4096], cut[200];
	long len;

	connect_pair(pair);
	len = bn_text(pair->b, "net/tcp", text, sizeof(text));
	assert_int_equal(len, strlen(text));
	assert_non_null(strstr(text, "0200000A:0050 0100000A:"));
	assert_int_equal(bn_text(pair->b, "net/tcp", cut, sizeof(cut)), len);
	assert_int_equal(strlen(cut), sizeof(cut) - 1);
	assert_memory_equal(cut, text, sizeof(cut) - 1);
	assert_int_equal(bn_text(pair->b, "net/none", text, 1), -ENOENT);
}

static void destroy_ends_what_is_open(void **state)
{
	struct pair *pair = *state;

	connect_pair(pair);
	(void)bn_send(pair->client, "x", 1, 0);
	assert_int_equal(bn_virtual_clock(1), -EBUSY);
} /* the teardown destroys */

static void the_real_clock_moves_by_itself(void **state)
{
	struct bn_stack *stack = stack_at(A);
	uint64_t then = bn_now_ns();

	assert_int_equal(bn_wait(3), 0);
	assert_true(bn_now_ns() >= then + 2 * MS);
	assert_int_equal(bn_advance(1), -EINVAL);
	assert_int_equal(bn_tap_fd(stack), -1);
	assert_true(bn_tap(stack, "a name that is too long") < 0);
	bn_destroy(stack);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_real_clock_moves_by_itself), /* first */
		T(two_stacks_talk),
		T(datagrams_carry_their_sender),
		T(virtual_time_moves_by_advance_alone),
		cmocka_unit_test(a_seed_is_a_run),
		T(impossible_frames_are_refused),
		T(impossible_stacks_are_refused),
		T(state_is_told_as_text),
		T(destroy_ends_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
