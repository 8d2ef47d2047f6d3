/* The SNTP client (RFC 4330): messages, and the task against a script. */
#include <string.h>
#include "app/dns.h"
#include "app/sntp.h"
#include "app/sntp_msg.h"
#include "kernel/task.h"
#include "kernel/wallclock.h"
#include "lib/errno.h"
#include "test/host/machine_sim.h"
#include "test/host/udp_user.h"

#define SERVER	 IP4(127, 0, 0, 1)
#define THEN	 784111777ll /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NTP_THEN ((u64)(THEN + 2208988800ll) << 32)
#define NS_PER_S 1000000000ll

/* What the server answers; its clock shows THEN at the request. */
struct script {
	u8 first, stratum;
	char code[5];
	bool mute, wrong_origin, short_msg;
	u64 held;    /* receive to transmit, 32.32 */
	u32 trip_ms; /* each way */
};

struct bed {
	struct fixture *f;
	struct socket *udp;
	struct sntp *sntp;
	struct script script;
	u32 requests;
	u64 wait_ms;
	bool done;
};

static int setup(void **state)
{
	static struct bed bed;
	int err;

	bed = (struct bed){.f = fixture_create(FIXTURE_FEATURES)};
	*state = &bed;
	err = dns_start(bed.f->net);
	bed.udp = bound_socket(bed.f, INADDR_ANY, NTP_PORT);
	bed.sntp = sntp_create(bed.f->net, "");
	bed.script = (struct script){.first = 0x24, .stratum = 2};
	sntp_set_servers(bed.sntp, (be32[]){{0}, SERVER}, 2);
	return err;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	sock_close(bed->udp);
	sntp_free(bed->sntp);
	dns_stop(bed->f->net);
	fixture_destroy(bed->f);
	return 0;
}

static void write_reply(u8 *buf, const struct script *s, const u8 *request)
{
	memset(buf, 0, SNTP_MSG_LEN);
	buf[0] = s->first;
	buf[1] = s->stratum;
	memcpy(buf + 12, s->code, 4);
	memcpy(buf + 24, request + 40, 8);
	buf[31] ^= s->wrong_origin;
	put_be32(buf + 32, NTP_THEN >> 32);
	put_be32(buf + 40, (u32)((NTP_THEN + s->held) >> 32));
	put_be32(buf + 44, (u32)s->held);
}

static void serve(struct bed *bed)
{
	struct sockaddr_in from;
	u8 in[100], out[SNTP_MSG_LEN];
	ssize_t n = sock_recvfrom(bed->udp, in, sizeof(in), 0, &from);

	if (n < 0)
		return;
	bed->requests++;
	assert_int_equal(n, SNTP_MSG_LEN);
	assert_int_equal(in[0], 0x23); /* version 4, client */
	for (int i = 1; i < 40; i++)
		assert_int_equal(in[i], 0);
	if (bed->script.mute)
		return;
	write_reply(out, &bed->script, in);
	sim_run_ms(bed->script.trip_ms);
	sock_sendto(bed->udp, out, bed->script.short_msg ? 47 : sizeof(out), 0,
		    &from);
	sim_settle();
}

static void job(void *arg)
{
	struct bed *bed = arg;

	bed->wait_ms = sntp_round(bed->sntp);
	bed->done = true;
}

static void run_round(struct bed *bed)
{
	bed->done = false;
	assert_non_null(task_create("sntp", job, bed));
	sim_settle();
	while (!bed->done) {
		serve(bed);
		if (!bed->done)
			sim_run_ms(10);
	}
}

static void times_are_converted(void **state)
{
	assert_int_equal(sntp_unix_ns(2208988800ull << 32), 0);
	assert_int_equal(sntp_unix_ns(NTP_THEN | 1u << 31),
			 THEN * NS_PER_S + NS_PER_S / 2);
	/* 7 February 2036, 06:28:15 and :16: the next era. */
	assert_int_equal(sntp_unix_ns(0xffffffffull << 32),
			 2085978495 * NS_PER_S);
	assert_int_equal(sntp_unix_ns(0), 2085978496 * NS_PER_S);
}

static void half_of_the_trip_is_the_way_back(void **state)
{
	struct sntp_reply r = {NTP_THEN, NTP_THEN, 1};

	assert_int_equal(sntp_time_ns(&r, 1000, 2000000),
			 THEN * NS_PER_S + 999500);
	r.sent += 1u << 30; /* held for 0.25 s of 1 s */
	assert_int_equal(sntp_time_ns(&r, 0, NS_PER_S),
			 THEN * NS_PER_S + NS_PER_S / 4 + NS_PER_S * 3 / 8);
	r.received += 1ull << 34; /* received after it was sent */
	assert_int_equal(sntp_time_ns(&r, 0, 1000),
			 THEN * NS_PER_S + NS_PER_S / 4 + 500);
}

static void answers_are_judged(void **state)
{
	static const struct {
		struct script script;
		int err;
	} cases[] = {
		{{.first = 0x24, .stratum = 1}, 0},
		{{.first = 0x1c, .stratum = 15}, 0},
		{{.first = 0x24, .stratum = 16}, -EPROTO},
		{{.first = 0xe4, .stratum = 2}, -EPROTO}, /* no time yet */
		{{.first = 0x23, .stratum = 2}, -EAGAIN}, /* a request */
		{{.first = 0x25, .stratum = 2}, -EAGAIN}, /* broadcast */
		{{.first = 0x14, .stratum = 2}, -EPROTO}, /* version 2 */
		{{.first = 0x24, .code = "RATE"}, -EBUSY},
		{{.first = 0x24, .code = "DENY"}, -EACCES},
		{{.first = 0x24, .code = "RSTR"}, -EACCES},
		{{.first = 0x24, .code = "INIT"}, -EPROTO},
		{{.first = 0x24, .stratum = 2, .wrong_origin = true}, -EAGAIN},
		{{.first = 0x24, .code = "DENY", .wrong_origin = true},
		 -EAGAIN},
	};
	u8 request[SNTP_MSG_LEN], reply[SNTP_MSG_LEN];
	struct sntp_reply r;

	sntp_build(request, 0x0102030405060708);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_reply(reply, &cases[i].script, request);
		assert_int_equal(sntp_parse(reply, sizeof(reply),
					    0x0102030405060708, &r),
				 cases[i].err);
	}
	write_reply(reply, &cases[0].script, request);
	for (size_t len = 0; len < SNTP_MSG_LEN; len++)
		assert_int_equal(sntp_parse(reply, len, 0x0102030405060708, &r),
				 -EAGAIN);
	memset(reply + 40, 0, 8);
	assert_int_equal(
		sntp_parse(reply, sizeof(reply), 0x0102030405060708, &r),
		-EPROTO);
}

static void the_clock_is_stepped(void **state)
{
	struct bed *bed = *state;

	assert_false(wallclock_is_set());
	bed->script.trip_ms = 100;
	run_round(bed);
	assert_true(wallclock_is_set());
	/* The way there took no time here, the way back 100 ms. */
	assert_in_range(wallclock_ns() - THEN * NS_PER_S, 45000000, 65000000);
	assert_in_range(bed->wait_ms, SNTP_POLL_MIN_MS,
			SNTP_POLL_MIN_MS * 9 / 8);
	assert_non_null(strstr(sim_console(), "Sun, 06 Nov 1994 08:49:37"));
}

static void good_answers_make_it_ask_less_often(void **state)
{
	struct bed *bed = *state;
	u64 before = 0;

	for (int i = 0; i < 8; i++) {
		run_round(bed);
		assert_true(bed->wait_ms > before ||
			    bed->wait_ms >= SNTP_POLL_MAX_MS);
		assert_true(bed->wait_ms <= SNTP_POLL_MAX_MS * 9 / 8);
		before = bed->wait_ms;
	}
}

static void silence_makes_it_slower_and_an_answer_quick_again(void **state)
{
	struct bed *bed = *state;

	bed->script.mute = true;
	for (u32 want = SNTP_RETRY_MS; want < 200000; want *= 2) {
		run_round(bed);
		assert_in_range(bed->wait_ms, want, want * 9 / 8);
	}
	assert_false(wallclock_is_set());
	bed->script.mute = false;
	run_round(bed);
	assert_in_range(bed->wait_ms, SNTP_POLL_MIN_MS,
			SNTP_POLL_MIN_MS * 9 / 8);
}

static void a_forged_answer_is_waited_out(void **state)
{
	struct bed *bed = *state;

	bed->script.wrong_origin = true;
	run_round(bed);
	assert_false(wallclock_is_set());
	assert_true(clock_ms() >= SNTP_TIMEOUT_MS);
	bed->script =
		(struct script){.first = 0x24, .stratum = 2, .short_msg = true};
	run_round(bed);
	assert_false(wallclock_is_set());
}

static void kisses_are_obeyed(void **state)
{
	struct bed *bed = *state;

	bed->script = (struct script){.first = 0x24, .code = "RATE"};
	run_round(bed);
	assert_true(bed->wait_ms >= SNTP_POLL_MAX_MS);
	bed->script = (struct script){.first = 0x24, .code = "DENY"};
	run_round(bed);
	assert_int_equal(bed->sntp->kisses, 2);
	assert_int_equal(bed->requests, 2);
	run_round(bed);
	assert_int_equal(bed->wait_ms, WAIT_FOREVER);
	/* A DHCP renewal names it once more: no. */
	sntp_set_servers(bed->sntp, (be32[]){SERVER}, 1);
	run_round(bed);
	assert_int_equal(bed->requests, 2);
	assert_false(wallclock_is_set());
}

static void the_next_server_is_asked(void **state)
{
	struct bed *bed = *state;

	/* Nobody there, and a server that has no time. */
	sntp_set_servers(bed->sntp, (be32[]){IP4(10, 9, 9, 9), SERVER}, 2);
	run_round(bed);
	assert_true(wallclock_is_set());
}

static void an_address_as_name_needs_no_dns(void **state)
{
	struct bed *bed = *state;

	sntp_free(bed->sntp);
	bed->sntp = sntp_create(bed->f->net, "127.0.0.1");
	run_round(bed);
	assert_true(wallclock_is_set());
}

static void without_servers_it_sleeps(void **state)
{
	struct bed *bed = *state;

	sntp_set_servers(bed->sntp, (be32[]){{0}}, 1);
	run_round(bed);
	assert_int_equal(bed->wait_ms, WAIT_FOREVER);
}

static void the_task_asks_when_it_is_given_a_server(void **state)
{
	struct bed *bed = *state;
	struct sntp *task = sntp_start(bed->f->net, "");

	assert_non_null(task);
	sim_run_ms(5000);
	assert_int_equal(bed->requests, 0);
	sntp_set_servers(task, (be32[]){SERVER}, 1);
	sim_settle();
	serve(bed);
	assert_true(wallclock_is_set());
	for (int i = 0; i < 200 && bed->requests < 2; i++) {
		sim_run_ms(1000);
		serve(bed);
	}
	assert_int_equal(bed->requests, 2);
	assert_int_equal(task->answers, 2);
	tasks_destroy(); /* asleep on what is freed next */
	sntp_free(task);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(times_are_converted),
		T(half_of_the_trip_is_the_way_back),
		T(answers_are_judged),
		T(the_clock_is_stepped),
		T(good_answers_make_it_ask_less_often),
		T(silence_makes_it_slower_and_an_answer_quick_again),
		T(a_forged_answer_is_waited_out),
		T(kisses_are_obeyed),
		T(the_next_server_is_asked),
		T(an_address_as_name_needs_no_dns),
		T(without_servers_it_sleeps),
		T(the_task_asks_when_it_is_given_a_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
