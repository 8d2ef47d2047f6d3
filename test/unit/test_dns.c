/*
 * The resolver on the stack: its servers are scripts behind sockets of the
 * same stack, at 127.0.0.1 and 10.0.0.1. Rows 163 to 165.
 */
#include <string.h>
#include "app/dns.h"
#include "app/dns_cache.h"
#include "app/dns_msg.h"
#include "kernel/task.h"
#include "lib/printf.h"
#include "test/host/machine_sim.h"
#include "test/host/udp_user.h"

#define SERVER IP4(127, 0, 0, 1)
#define SECOND IP4(10, 0, 0, 1) /* our own: also by the loopback */
#define ANSWER 0xc0000201u

struct query {
	u8 data[512];
	size_t len, question; /* its end */
	struct sockaddr_in from;
	be32 to;
};

struct bed {
	struct fixture *f;
	struct socket *udp, *listener;
	void (*script)(struct bed *bed, struct query *q);
	const char *name;
	be32 addrs[4];
	int result;
	bool done;
	u32 queries;
	u64 asked_ms; /* the first query */
	u16 port, id;
	u32 turns;   /* of another task */
	u64 stop_ms; /* nobody wants the answer any more; 0: for ever */
};

static int setup(void **state)
{
	static struct bed bed;
	int err, on = 1;
	struct sockaddr_in any = {AF_INET, BE16(53), INADDR_ANY};

	bed = (struct bed){.f = fixture_create(FIXTURE_FEATURES)};
	*state = &bed;
	err = dns_start(bed.f->net);
	dns_set_servers(bed.f->net, (be32[]){{0}, SERVER}, 2);
	bed.udp = bound_socket(bed.f, INADDR_ANY, 53);
	err |= sock_create(bed.f->net, AF_INET, SOCK_STREAM, 0, &bed.listener);
	bed.listener->nonblock = true;
	err |= sock_setsockopt(bed.listener, SOL_SOCKET, SO_REUSEADDR, &on, 4);
	err |= sock_bind(bed.listener, &any);
	err |= sock_listen(bed.listener, 4);
	return err;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	if (bed->udp)
		sock_close(bed->udp);
	sock_close(bed->listener);
	dns_stop(bed->f->net);
	sim_run_ms(200000); /* TIME-WAIT */
	fixture_destroy(bed->f);
	return 0;
}

static bool is_over(void *arg)
{
	const struct bed *bed = arg;

	return clock_ms() >= bed->stop_ms;
}

static void job(void *arg)
{
	struct bed *bed = arg;
	const struct dns_stop stop = {is_over, bed};

	bed->result = dns_lookup_until(bed->f->net, bed->name, bed->addrs, 4,
				       bed->stop_ms ? &stop : NULL);
	bed->done = true;
}

static bool next_query(struct bed *bed, struct query *q)
{
	ssize_t n =
		sock_recvfrom(bed->udp, q->data, sizeof(q->data), 0, &q->from);
	struct dns_name name;

	if (n <= 0)
		return false;
	q->len = (size_t)n;
	q->question = 12;
	assert_int_equal(dns_name_read(q->data, q->len, &q->question, &name),
			 0);
	q->question += 4;
	assert_int_equal(q->question, q->len);
	if (!bed->queries++)
		bed->asked_ms = clock_ms();
	bed->port = ntohs(q->from.port);
	bed->id = get_be16(q->data);
	return true;
}

/* The lookup's result; virtual seconds pass until it is there. */
static int lookup(struct bed *bed, const char *name)
{
	struct query q;

	bed->name = name;
	bed->done = false;
	assert_non_null(task_create("lookup", job, bed));
	sim_settle();
	for (int i = 0; !bed->done; i++) {
		assert_true(i < 20000);
		while (bed->udp && next_query(bed, &q))
			if (bed->script)
				bed->script(bed, &q);
		sim_run_ms(10);
	}
	return bed->result;
}

/* The question as it came, turned into an answer with these flags. */
static void head(struct query *q, u16 flags, u16 answers)
{
	put_be16(q->data + 2, flags);
	put_be16(q->data + 6, answers);
}

static void add(struct query *q, const void *bytes, size_t len)
{
	memcpy(q->data + q->len, bytes, len);
	q->len += len;
}

static void add_a(struct query *q, u32 ttl, u32 addr)
{
	u8 rr[16] = "\xc0\x0c\0\1\0\1";

	put_be32(rr + 6, ttl);
	put_be16(rr + 10, 4);
	put_be32(rr + 12, addr);
	add(q, rr, sizeof(rr));
}

static void add_alias(struct query *q, const char *to)
{
	u8 rr[12] = "\xc0\x0c\0\5\0\1\0\0\0\x64";
	struct dns_name name;

	assert_int_equal(dns_name_from_text(&name, to), 0);
	put_be16(rr + 10, name.len);
	add(q, rr, sizeof(rr));
	add(q, name.wire, name.len);
}

static void reply(struct bed *bed, const struct query *q)
{
	ssize_t n = sock_sendto(bed->udp, q->data, q->len, 0, &q->from);

	assert_true(n == (ssize_t)q->len || n == -ENOBUFS);
}

static void good(struct bed *bed, struct query *q)
{
	head(q, 0x8180, 1);
	add_a(q, 60, ANSWER);
	reply(bed, q);
}

static void a_name_has_an_address(void **state)
{
	struct bed *bed = *state;

	bed->script = good;
	assert_int_equal(lookup(bed, "www.example.org"), 1);
	assert_int_equal(ntohl(bed->addrs[0]), ANSWER);
	assert_int_equal(bed->queries, 1);
}

static void count_turns(void *arg)
{
	struct bed *bed = arg;

	for (; !bed->done; bed->turns++)
		task_yield();
}

/* All of them wait when the lookup runs again. */
static void behind_forgeries(struct bed *bed, struct query *q)
{
	u16 id = get_be16(q->data);

	for (u16 i = 1; i <= 50; i++) {
		put_be16(q->data, id ^ i);
		reply(bed, q);
	}
	put_be16(q->data, id);
	good(bed, q);
	assert_non_null(task_create("other", count_turns, bed));
}

static void others_run_under_forged_answers(void **state)
{
	struct bed *bed = *state;

	bed->script = behind_forgeries;
	assert_int_equal(lookup(bed, "www.example.org"), 1);
	assert_true(bed->turns >= 50);
}

static void an_address_is_its_own_name(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(lookup(bed, "192.0.2.77"), 1);
	assert_int_equal(ntohl(bed->addrs[0]), 0xc000024d);
	assert_int_equal(lookup(bed, "not a name"), -EINVAL);
	assert_int_equal(dns_lookup(bed->f->net, "a", bed->addrs, 0), -EINVAL);
	assert_int_equal(bed->queries, 0);
}

static void what_is_known_is_not_asked_again(void **state)
{
	struct bed *bed = *state;

	bed->script = good;
	for (int i = 0; i < 3; i++)
		assert_int_equal(lookup(bed, i ? "a.b" : "A.B."), 1);
	assert_int_equal(bed->queries, 1);
	sim_run_ms(60000);
	assert_int_equal(lookup(bed, "a.b"), 1);
	assert_int_equal(bed->queries, 2);
}

static void brief(struct bed *bed, struct query *q)
{
	head(q, 0x8180, 1);
	add_a(q, 0, ANSWER);
	reply(bed, q);
}

static void a_ttl_of_0_is_not_kept(void **state)
{
	struct bed *bed = *state;

	bed->script = brief;
	assert_int_equal(lookup(bed, "a.b"), 1);
	assert_int_equal(lookup(bed, "a.b"), 1);
	assert_int_equal(bed->queries, 2);
}

/* Row 163: ports and ids differ, over a wide range. */
static void ids_and_ports_are_random(void **state)
{
	struct bed *bed = *state;
	u32 low = 0, same = 0;
	u16 id = 0, port = 0;

	bed->script = brief;
	for (int i = 0; i < 64; i++) {
		assert_int_equal(lookup(bed, "a.b"), 1);
		same += bed->id == id || bed->port == port;
		low += bed->port < 32768;
		id = bed->id;
		port = bed->port;
		assert_true(port >= 1024);
	}
	assert_true(same <= 1);
	assert_in_range(low, 16, 48);
}

/* Row 163: all other ids, wrong names, wrong senders; then the right one. */
static void forged(struct bed *bed, struct query *q)
{
	struct query lie = *q;
	struct socket *other = bound_socket(bed->f, INADDR_ANY, 54);

	head(&lie, 0x8180, 1);
	add_a(&lie, 60, 0x06060606);
	for (u32 id = 0; id < 65536; id++) {
		put_be16(lie.data, (u16)id);
		if (id == bed->id)
			continue;
		(void)sock_sendto(bed->udp, lie.data, lie.len, 0, &q->from);
		if (id % 64 == 0)
			sim_settle();
	}
	sim_settle();
	put_be16(lie.data, bed->id);
	assert_int_equal(sock_sendto(other, lie.data, lie.len, 0, &q->from),
			 lie.len);
	lie.data[13] ^= 1;
	reply(bed, &lie);
	sim_settle();
	assert_false(bed->done);
	sock_close(other);
	good(bed, q);
}

static void forged_answers_are_ignored(void **state)
{
	struct bed *bed = *state;

	bed->script = forged;
	assert_int_equal(lookup(bed, "bank.example"), 1);
	assert_int_equal(ntohl(bed->addrs[0]), ANSWER);
	assert_int_equal(bed->queries, 1);
}

static void silence_is_a_timeout(void **state)
{
	struct bed *bed = *state;
	u64 began = clock_ms();

	assert_int_equal(lookup(bed, "a.b"), -ETIMEDOUT);
	assert_int_equal(bed->queries, 3);
	assert_in_range(clock_ms() - began, 7000, 7100);
}

static void without_servers_there_is_no_answer(void **state)
{
	struct bed *bed = *state;

	dns_set_servers(bed->f->net, NULL, 0);
	assert_int_equal(lookup(bed, "a.b"), -ENETUNREACH);
}

/* Nobody at the port: ICMP says so, and the next server is asked at once. */
static void a_dead_server_is_passed_over(void **state)
{
	struct bed *bed = *state;

	sock_close(bed->udp);
	bed->udp = NULL;
	assert_int_equal(lookup(bed, "a.b"), -ECONNREFUSED);
	assert_true(clock_ms() < 500);
	bed->udp = bound_socket(bed->f, SECOND, 53);
	dns_set_servers(bed->f->net, (be32[]){SERVER, SECOND}, 2);
	bed->script = good;
	assert_int_equal(lookup(bed, "a.b"), 1);
	assert_true(clock_ms() < 1000);
}

static void servfail(struct bed *bed, struct query *q)
{
	if (bed->queries > 1) {
		good(bed, q);
		return;
	}
	head(q, 0x8182, 0);
	reply(bed, q);
}

static void a_failing_server_is_passed_over(void **state)
{
	struct bed *bed = *state;

	dns_set_servers(bed->f->net, (be32[]){SERVER, SECOND}, 2);
	bed->script = servfail;
	assert_int_equal(lookup(bed, "a.b"), 1);
	assert_int_equal(bed->queries, 2);
}

static void no_such_name(struct bed *bed, struct query *q)
{
	head(q, 0x8183, 0);
	reply(bed, q);
}

static void no_such_name_is_final(void **state)
{
	struct bed *bed = *state;

	bed->script = no_such_name;
	assert_int_equal(lookup(bed, "a.b"), -ENOENT);
	assert_int_equal(bed->queries, 1);
}

/* a.x -> b.x -> ... by a message each; the tenth has the address. */
static void one_alias(struct bed *bed, struct query *q)
{
	char to[] = "a.x";

	head(q, 0x8180, 1);
	to[0] = (char)(q->data[13] + 1);
	if (q->data[13] == 'j')
		add_a(q, 60, ANSWER);
	else
		add_alias(q, to);
	reply(bed, q);
}

static void aliases_over_messages_are_followed(void **state)
{
	struct bed *bed = *state;

	bed->script = one_alias;
	assert_int_equal(lookup(bed, "d.x"), 1);
	assert_int_equal(bed->queries, 7);
	assert_int_equal(lookup(bed, "b.x"), 1); /* 8 */
	assert_int_equal(lookup(bed, "a.x"), -ELOOP);
	assert_true(bed->queries < 7 + 9 + 11);
}

static void ring(struct bed *bed, struct query *q)
{
	head(q, 0x8180, 1);
	add_alias(q, q->data[13] == 'a' ? "b.x" : "a.x");
	reply(bed, q);
}

static void alias_rings_end(void **state)
{
	struct bed *bed = *state;

	bed->script = ring;
	assert_int_equal(lookup(bed, "a.x"), -ELOOP);
	assert_in_range(bed->queries, 8, 10);
}

static void truncated(struct bed *bed, struct query *q)
{
	head(q, 0x8380, 0);
	reply(bed, q);
}

/* The server's side of one TCP connection. */
struct tcp_job {
	struct bed *bed;
	u16 claim; /* the length said; 0: the right one */
	size_t piece;
	bool cut, wrong_id;
	u32 rounds, served;
};

static void serve_one(struct tcp_job *job, struct socket *sock)
{
	struct query q;
	u8 len[2];

	assert_int_equal(sock_recv(sock, len, 2, MSG_WAITALL), 2);
	q.len = get_be16(len);
	assert_int_equal(sock_recv(sock, q.data, q.len, MSG_WAITALL), q.len);
	job->served++;
	q.data[0] ^= job->wrong_id;
	head(&q, 0x8180, 2);
	add_a(&q, 60, ANSWER);
	add_a(&q, 60, ANSWER + 1);
	put_be16(len, job->claim ? job->claim : (u16)q.len);
	assert_int_equal(sock_send(sock, len, 1, 0), 1);
	task_sleep_ms(20);
	assert_int_equal(sock_send(sock, len + 1, 1, 0), 1);
	if (job->cut)
		q.len /= 2;
	for (size_t at = 0; at < q.len; at += job->piece) {
		size_t n = MIN(job->piece, q.len - at);

		if (sock_send(sock, q.data + at, n, 0) != (ssize_t)n)
			break; /* it has seen enough */
		task_sleep_ms(5);
	}
}

static void serve_tcp(void *arg)
{
	struct tcp_job *job = arg;
	struct socket *sock;

	job->bed->listener->nonblock = false;
	while (job->served < job->rounds) {
		if (sock_accept(job->bed->listener, &sock, NULL))
			return;
		serve_one(job, sock);
		sock_close(sock);
	}
}

static int lookup_by_tcp(struct bed *bed, struct tcp_job *job)
{
	int result;

	job->bed = bed;
	if (!job->piece)
		job->piece = 512;
	bed->script = truncated;
	assert_non_null(task_create("tcp", serve_tcp, job));
	result = lookup(bed, "long.example.org");
	fixture_run_ms(bed->f, 1000); /* the server ends before job does */
	return result;
}

static void a_truncated_answer_comes_by_tcp(void **state)
{
	struct tcp_job job = {.piece = 512, .rounds = 1};

	assert_int_equal(lookup_by_tcp(*state, &job), 2);
	assert_int_equal(job.served, 1);
}

static void tcp_answers_come_in_pieces(void **state)
{
	struct tcp_job job = {.piece = 1, .rounds = 1};

	assert_int_equal(lookup_by_tcp(*state, &job), 2);
}

/* The kernel takes the connection, and nobody answers on it. */
static void a_lookup_is_stopped_by_udp_and_tcp(void **state)
{
	struct bed *bed = *state;

	for (u32 i = 0; i < 2; i++) {
		bed->script = i ? truncated : NULL;
		bed->stop_ms = clock_ms() + 350;
		assert_int_equal(lookup(bed, "slow.example.org"), -EINTR);
		assert_in_range(clock_ms(), bed->stop_ms, bed->stop_ms + 120);
		assert_int_equal(bed->queries, i + 1);
	}
	bed->script = good;
	bed->stop_ms = clock_ms() + 350;
	assert_int_equal(lookup(bed, "www.example.org"), 1);
}

/* Answers to names in lan.example only. */
static void lan_only(struct bed *bed, struct query *q)
{
	if (strstr((const char *)q->data + 12, "\3lan\7example")) {
		good(bed, q);
		return;
	}
	head(q, 0x8183, 0);
	reply(bed, q);
}

static void a_name_without_a_dot_is_in_the_domain(void **state)
{
	struct bed *bed = *state;

	dns_set_domain(bed->f->net, "lan.example");
	bed->script = lan_only;
	assert_int_equal(lookup(bed, "printer"), 1);
	assert_int_equal(bed->queries, 1);
	assert_int_equal(lookup(bed, "printer."), -ENOENT);
	assert_int_equal(lookup(bed, "printer.lan.example"), 1);
	assert_int_equal(bed->queries, 2); /* the cache had the last one */
	dns_set_domain(bed->f->net, "lan..example");
	assert_int_equal(lookup(bed, "printer"), -ENOENT);
}

static void a_name_that_the_domain_has_not_is_asked_for_as_it_is(void **state)
{
	struct bed *bed = *state;

	dns_set_domain(bed->f->net, "elsewhere");
	bed->script = lan_only;
	assert_int_equal(lookup(bed, "printer"), -ENOENT);
	assert_int_equal(bed->queries, 2);
	dns_set_domain(bed->f->net, "a.domain.of.more.than.sixty-three.charac"
				    "ters.is.not.believed.at.all.example");
	assert_int_equal(lookup(bed, "scanner"), -ENOENT);
	assert_int_equal(bed->queries, 3);
}

static void bad_tcp_answers_are_refused(void **state)
{
	struct tcp_job jobs[] = {{.cut = true},
				 {.wrong_id = true},
				 {.claim = 5000},
				 {.claim = 11}};

	/* Each is asked for three times. */
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		jobs[i].rounds = 3;
		assert_true(lookup_by_tcp(*state, &jobs[i]) < 0);
		assert_int_equal(jobs[i].served, 3);
	}
}

static void memory_that_runs_out_is_survived(void **state)
{
	struct bed *bed = *state;

	bed->script = good;
	for (u64 n = 2; n < 12; n++) {
		char name[] = "a.b";
		int result;

		name[0] = (char)('a' + n);
		sim_fail_alloc_after(n);
		result = lookup(bed, name);
		sim_fail_alloc_after(0);
		assert_true(result == 1 || result < 0);
	}
}

static void the_cache_is_bounded(void **state)
{
	struct dns_answer answer = {.count = 2, .ttl_s = 100};
	struct dns_cache cache;
	struct dns_name name;
	be32 addrs[4];
	char text[16];

	dns_cache_init(&cache);
	for (u32 i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "n%u.x", i);
		assert_int_equal(dns_name_from_text(&name, text), 0);
		answer.addrs[0] = htonl(i);
		dns_cache_add(&cache, &name, &answer);
		/* The first is used all the time: it stays. */
		assert_int_equal(dns_name_from_text(&name, "n0.x"), 0);
		assert_int_equal(dns_cache_find(&cache, &name, addrs, 4), 2);
	}
	assert_int_equal(cache.count, DNS_CACHE_MAX);
	assert_int_equal(ntohl(addrs[0]), 0);
	assert_int_equal(dns_name_from_text(&name, "n999.x"), 0);
	assert_int_equal(dns_cache_find(&cache, &name, addrs, 1), 1);
	assert_int_equal(ntohl(addrs[0]), 999);
	assert_int_equal(dns_name_from_text(&name, "n1.x"), 0);
	assert_int_equal(dns_cache_find(&cache, &name, addrs, 4), 0);
	sim_run_ms(100000);
	assert_int_equal(dns_name_from_text(&name, "n999.x"), 0);
	assert_int_equal(dns_cache_find(&cache, &name, addrs, 4), 0);
	dns_cache_clear(&cache);
	assert_int_equal(cache.count, 0);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_name_has_an_address),
		T(others_run_under_forged_answers),
		T(an_address_is_its_own_name),
		T(what_is_known_is_not_asked_again),
		T(a_ttl_of_0_is_not_kept),
		T(ids_and_ports_are_random),
		T(forged_answers_are_ignored),
		T(silence_is_a_timeout),
		T(without_servers_there_is_no_answer),
		T(a_dead_server_is_passed_over),
		T(a_failing_server_is_passed_over),
		T(no_such_name_is_final),
		T(aliases_over_messages_are_followed),
		T(alias_rings_end),
		T(a_lookup_is_stopped_by_udp_and_tcp),
		T(a_name_without_a_dot_is_in_the_domain),
		T(a_name_that_the_domain_has_not_is_asked_for_as_it_is),
		T(a_truncated_answer_comes_by_tcp),
		T(tcp_answers_come_in_pieces),
		T(bad_tcp_answers_are_refused),
		T(memory_that_runs_out_is_survived),
		T(the_cache_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
