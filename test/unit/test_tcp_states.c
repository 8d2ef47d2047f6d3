/*
 * Every event in every state: RFC 9293 section 3.10 with RFC 5961 and RFC
 * 7323. What must come of it is in tcp_states_table.h; here a connection is
 * brought to a state, the event happens, and what came of it is compared:
 * the answer, the state, what the program is told, why a segment was
 * dropped. One cell is one test; that no cell is missing is another.
 */
#include "test/host/tcp_fixture.h"

#include <stdio.h>
#include <string.h>
#include "lib/errno.h"
#include "test/host/machine_sim.h"
#include "test/unit/tcp_states.h"
#include "test/unit/tcp_states_table.h"

#define FAR	0x100000 /* no window of these tests reaches so far */
#define HOUR_MS (3600u * 1000)

static const char *const event_text[] = {
#define TCP_EVENT_TEXT(name, text) text,
	TCP_EVENTS(TCP_EVENT_TEXT)
#undef TCP_EVENT_TEXT
};

static const char *const state_text[TCP_NR_STATES] = {
	[TCP_CLOSE] = "CLOSED",
	[TCP_LISTEN] = "LISTEN",
	[TCP_SYN_SENT] = "SYN-SENT",
	[TCP_SYN_RECV] = "SYN-RECEIVED (crossed)",
	[TCP_NEW_SYN_RECV] = "SYN-RECEIVED",
	[TCP_ESTABLISHED] = "ESTABLISHED",
	[TCP_FIN_WAIT1] = "FIN-WAIT-1",
	[TCP_FIN_WAIT2] = "FIN-WAIT-2",
	[TCP_CLOSE_WAIT] = "CLOSE-WAIT",
	[TCP_CLOSING] = "CLOSING",
	[TCP_LAST_ACK] = "LAST-ACK",
	[TCP_TIME_WAIT] = "TIME-WAIT",
};

struct cell {
	const struct tcp_row *row;
	u8 state;
};

/* One connection of a test. */
struct bed {
	struct tcp_fixture *f;
	struct socket *s; /* NULL: closed */
	u32 una, nxt;	  /* ours, relative to the ISN */
	u32 rcv;	  /* RCV.NXT, relative to the peer's */
	int what;
	struct segment {
		u8 flags;
		u32 seq, ack; /* relative */
		u32 len;
	} sent;
};

/* ---- a connection in each state ---- */

static void go_listen(struct bed *b)
{
	b->s = b->f->listener;
	b->rcv = 1;
}

static void go_closed(struct bed *b)
{
	tcp_fixture_unlisten(b->f);
	b->s = tcp_socket(b->f);
	b->rcv = 1;
}

static int do_connect(struct bed *b)
{
	int err = connect_to(b->s, FIXTURE_PEER, PEER_PORT);

	if (err == -EINPROGRESS)
		b->f->peer.server_port = ntohs(b->s->sk->sport);
	return err;
}

static void go_syn_sent(struct bed *b)
{
	go_closed(b);
	assert_int_equal(do_connect(b), -EINPROGRESS);
	assert_true(peer_receive(b->f));
	assert_int_equal(b->f->seen.flags, TCP_SYN);
	b->nxt = 1;
}

static void go_syn_recv(struct bed *b)
{
	go_syn_sent(b);
	peer_syn(b->f);
	expect(b->f, TCP_SYN | TCP_ACK, 0, 1, 0);
}

static void go_request(struct bed *b)
{
	go_listen(b);
	peer_syn(b->f);
	expect(b->f, TCP_SYN | TCP_ACK, 0, 1, 0);
	b->nxt = 1;
}

static void go_connected(struct bed *b)
{
	b->s = peer_connect(b->f);
	b->una = b->nxt = b->rcv = 1;
}

static void we_speak(struct bed *b)
{
	assert_int_equal(sock_send(b->s, "0123456789", 10, 0), 10);
	expect(b->f, TCP_ACK | TCP_PSH, b->nxt, b->rcv, 10);
	b->nxt += 10;
}

static void we_finish(struct bed *b)
{
	assert_int_equal(sock_shutdown(b->s, SHUT_WR), 0);
	expect(b->f, TCP_ACK | TCP_FIN, b->nxt, b->rcv, 0);
	b->nxt++;
}

static void peer_acks_all(struct bed *b)
{
	peer_send(b->f, TCP_ACK, b->rcv, b->nxt, NULL, 0);
	b->una = b->nxt;
}

static void peer_finishes(struct bed *b)
{
	peer_send(b->f, TCP_ACK | TCP_FIN, b->rcv, b->una, NULL, 0);
	b->rcv++;
	expect(b->f, TCP_ACK, b->nxt, b->rcv, 0);
}

static void go_to(struct bed *b, u8 state)
{
	static void (*const first[TCP_NR_STATES])(struct bed * b) = {
		[TCP_CLOSE] = go_closed,	 [TCP_LISTEN] = go_listen,
		[TCP_SYN_SENT] = go_syn_sent,	 [TCP_SYN_RECV] = go_syn_recv,
		[TCP_NEW_SYN_RECV] = go_request,
	};
	u32 bit = 1u << state;

	(first[state] ? first[state] : go_connected)(b);
	if (bit & (CW | LA))
		peer_finishes(b);
	if (bit & (ES | CW))
		we_speak(b);
	if (bit & (F1 | F2 | CG | LA | TW))
		we_finish(b);
	if (bit & (F2 | TW))
		peer_acks_all(b);
	if (bit & (CG | TW))
		peer_finishes(b);
}

/* What there is of it: in the table, or else only the program's socket. */
static struct tcp_conn *find(struct bed *b)
{
	struct tcp_peer *peer = &b->f->peer;

	return tcp_conn_find(b->f->net->tcp, FIXTURE_ADDR,
			     htons(peer->server_port), FIXTURE_PEER,
			     htons(peer->port));
}

static u8 state_of(struct bed *b)
{
	struct tcp_conn *conn = find(b);

	if (!conn)
		return b->s ? b->s->sk->state : TCP_CLOSE;
	if (conn->kind == TCP_CONN_TIMEWAIT)
		return TCP_TIME_WAIT;
	if (conn->kind == TCP_CONN_REQUEST)
		return TCP_NEW_SYN_RECV;
	return container_of(conn, struct tcp_sock, conn)->sk.state;
}

/* ---- events: segments ---- */

static void send_segment(struct bed *b, const struct segment *seg)
{
	static const char text[] = "hello";

	b->sent = *seg;
	peer_send(b->f, seg->flags, seg->seq, seg->ack, text, seg->len);
}

static void event_syn(struct bed *b, enum tcp_event event)
{
	struct segment seg = {TCP_SYN, 0, 0, 0};

	if (event == SYN_INSIDE)
		seg.seq = b->rcv + 100;
	if (event == SYN_RIGHT)
		seg.seq = b->rcv + FAR;
	if (event == SYN_ACK || event == SYN_ACK_BAD) {
		seg.flags |= TCP_ACK;
		seg.ack = b->nxt + (event == SYN_ACK_BAD);
	}
	send_segment(b, &seg);
}

static void event_rst(struct bed *b, enum tcp_event event)
{
	struct segment seg = {TCP_RST, b->rcv, b->nxt, 0};

	if (event == RST_LEFT)
		seg.seq--;
	if (event == RST_INSIDE)
		seg.seq += 100;
	if (event == RST_RIGHT)
		seg.seq += FAR;
	if (event == RST_ACK)
		seg.flags |= TCP_ACK;
	send_segment(b, &seg);
}

static void event_fin(struct bed *b, enum tcp_event event)
{
	struct segment seg = {TCP_FIN | TCP_ACK, b->rcv, b->una, 0};

	if (event == FIN_LEFT)
		seg.seq--;
	if (event == FIN_INSIDE)
		seg.seq += 100;
	if (event == FIN_RIGHT)
		seg.seq += FAR;
	if (event == FIN_ACKS_ALL)
		seg.ack = b->nxt;
	send_segment(b, &seg);
}

static void event_ack(struct bed *b, enum tcp_event event)
{
	struct segment seg = {TCP_ACK, b->rcv, b->una, 0};

	if (event == ACK_ALL)
		seg.ack = b->nxt;
	if (event == ACK_OLD)
		seg.ack--;
	if (event == ACK_BEYOND)
		seg.ack = b->nxt + 1;
	if (event == ACK_LEFT)
		seg.seq--;
	if (event == ACK_RIGHT)
		seg.seq += FAR;
	send_segment(b, &seg);
}

static void event_txt(struct bed *b, enum tcp_event event)
{
	struct segment seg = {TCP_ACK, b->rcv, b->una, 5};

	if (event == TEXT_LEFT)
		seg.seq -= 5;
	if (event == TEXT_OVERLAP)
		seg.seq -= 2;
	if (event == TEXT_ACKS_ALL)
		seg.ack = b->nxt;
	if (event == TEXT_INSIDE)
		seg.seq += 100;
	if (event == TEXT_RIGHT)
		seg.seq += FAR;
	if (event == TEXT_NO_ACK)
		seg.flags = 0;
	send_segment(b, &seg);
}

static void event_timestamp(struct bed *b, enum tcp_event event)
{
	struct segment seg = {TCP_ACK, b->rcv, b->una, 5};

	b->f->peer.tsval += event == TS_OLDER ? -1u : 1u;
	b->f->peer.ts = event != TS_MISSING && event != TS_RST;
	if (event == TS_RST)
		seg = (struct segment){TCP_RST, b->rcv, 0, 0};
	if (event == TS_SYN)
		seg = (struct segment){TCP_SYN, b->rcv, 0, 0};
	send_segment(b, &seg);
}

/* ---- events: calls ---- */

static int call_accept(struct bed *b)
{
	struct socket *child = NULL;
	struct sockaddr_in from;
	int err = sock_accept(b->s, &child, &from);

	assert_true(err || child);
	return err;
}

static int call_close(struct bed *b, bool abort)
{
	struct linger linger = {abort, 0};

	assert_int_equal(sock_setsockopt(b->s, SOL_SOCKET, SO_LINGER, &linger,
					 sizeof(linger)),
			 0);
	if (b->s == b->f->listener)
		b->f->listener = NULL;
	sock_close(b->s);
	b->s = NULL;
	return 0;
}

static int call(struct bed *b, enum tcp_event event)
{
	char buf[8];

	switch (event) {
	case CALL_LISTEN:
		return sock_listen(b->s, 1);
	case CALL_CONNECT:
		return do_connect(b);
	case CALL_ACCEPT:
		return call_accept(b);
	case CALL_SEND:
		return (int)sock_send(b->s, "hello", 5, 0);
	case CALL_RECV:
		return (int)sock_recv(b->s, buf, sizeof(buf), 0);
	case CALL_SHUT_RD:
		return sock_shutdown(b->s, SHUT_RD);
	case CALL_SHUT_WR:
		return sock_shutdown(b->s, SHUT_WR);
	default:
		return call_close(b, event == CALL_ABORT);
	}
}

static void event_call(struct bed *b, enum tcp_event event)
{
	b->what = call(b, event);
	fixture_settle(b->f->base);
}

/* ---- events: timers ---- */

/* Until something is sent; at most so long. */
static void run_until_sent(struct bed *b, u32 ms)
{
	for (u32 i = 0; i < ms && !fixture_tx_count(b->f->base); i++)
		sim_run_ms(1);
}

static void timer_delack(struct bed *b)
{
	event_txt(b, TEXT_ACKS_ALL);
	fixture_tx_purge(b->f->base);
	run_until_sent(b, TCP_DELACK_MS + 1);
}

static void timer_probe(struct bed *b)
{
	b->f->peer.wnd = 0;
	event_ack(b, ACK_ALL);
	b->what = (int)sock_send(b->s, "hello", 5, 0);
	fixture_tx_purge(b->f->base);
	run_until_sent(b, 1100);
}

static void timer_keep(struct bed *b)
{
	int on = 1;

	event_ack(b, ACK_ALL);
	fixture_tx_purge(b->f->base);
	(void)sock_setsockopt(b->s, SOL_TCP, TCP_KEEPIDLE, &on, sizeof(on));
	(void)sock_setsockopt(b->s, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	run_until_sent(b, 990 + 20);
}

static void event_timer(struct bed *b, enum tcp_event event)
{
	switch (event) {
	case TIMER_DELACK:
		timer_delack(b);
		return;
	case TIMER_RTO:
		run_until_sent(b, 1100);
		return;
	case TIMER_PROBE:
		timer_probe(b);
		return;
	case TIMER_KEEP:
		timer_keep(b);
		return;
	case TIMER_ORPHAN:
		b->what = call_close(b, false);
		break;
	default:
		break;
	}
	fixture_tx_purge(b->f->base);
	sim_run_ms(HOUR_MS);
	fixture_tx_purge(b->f->base); /* how it ends, not what was tried */
}

static void happen(struct bed *b, enum tcp_event event)
{
	if (event < RST_LEFT)
		event_syn(b, event);
	else if (event < FIN_LEFT)
		event_rst(b, event);
	else if (event < ACK_ALL)
		event_fin(b, event);
	else if (event < TEXT_LEFT)
		event_ack(b, event);
	else if (event < TS_NEWER)
		event_txt(b, event);
	else if (event < CALL_LISTEN)
		event_timestamp(b, event);
	else if (event < TIMER_DELACK)
		event_call(b, event);
	else
		event_timer(b, event);
}

/* ---- what came of it ---- */

/* Of a segment, the one reason it was dropped for; of a call its result. */
static int what_of(struct bed *b, enum tcp_event event)
{
	int what = DROP_NONE;

	if (event >= CALL_LISTEN)
		return b->what;
	for (int i = DROP_NONE + 1; i < DROP_MAX; i++) {
		u64 risen = net_drops(b->f->net, i) - b->f->base->drops[i];

		assert_true(risen <= 1 && (!risen || !what));
		what = risen ? i : what;
	}
	return what;
}

/* The program's error, or what it can read; a listener is never told. */
static int told_of(struct bed *b)
{
	char buf[16];
	ssize_t n;

	if (!b->s || b->s == b->f->listener)
		return 0;
	if (b->s->sk->err)
		return -b->s->sk->err;
	n = sock_recv(b->s, buf, sizeof(buf), MSG_DONTWAIT);
	return n > 0 ? (int)n : 0;
}

/* RFC 9293 section 3.10.7.1: a RST's numbers are its cause's. */
static void judge_rst(struct bed *b, const struct tcp_seen *seen)
{
	const struct segment *sent = &b->sent;
	u32 space = sent->len + !!(sent->flags & TCP_SYN) +
		    !!(sent->flags & TCP_FIN);

	if (seen->flags & TCP_ACK) {
		assert_int_equal(seen->seq, 0);
		assert_int_equal(seen->ack_rel, sent->seq + space);
	} else {
		assert_int_equal(seen->seq_rel, sent->ack);
	}
}

/* Nothing that was not sent, nothing that had not arrived. */
static void judge_numbers(struct bed *b, enum tcp_event event)
{
	const struct tcp_seen *seen = &b->f->seen;

	if (seen->flags & TCP_SYN)
		return;
	if (seen->flags & TCP_RST && event < CALL_LISTEN) {
		judge_rst(b, seen);
		return;
	}
	assert_in_range(seen->seq_rel + 1, b->una, b->nxt + 1);
	assert_in_range(seen->ack_rel, b->rcv, b->rcv + 6);
}

static void observe(struct bed *b, u8 state, struct tcp_row *row)
{
	enum tcp_event event = row->event;

	go_to(b, state);
	assert_int_equal(state_of(b), state);
	fixture_settle(b->f->base);
	fixture_tx_purge(b->f->base);
	fixture_forget_drops(b->f->base);
	happen(b, event);
	if (peer_receive(b->f)) {
		row->reply = b->f->seen.flags;
		judge_numbers(b, event);
	}
	row->next = state_of(b);
	row->next = row->next == state ? SAME : row->next;
	row->what = what_of(b, event);
	row->told = told_of(b);
}

/* Whatever state it is in, without a trace. */
static void end(struct bed *b)
{
	struct tcp_conn *conn = find(b);

	if (conn && conn->kind == TCP_CONN_SOCK)
		tcp_done(container_of(conn, struct tcp_sock, conn));
	if (b->s)
		call_close(b, true);
	fixture_tx_purge(b->f->base);
}

static void cell_test(void **state)
{
	struct cell *cell = *state;
	const struct tcp_row *want = cell->row;
	struct tcp_row got = {.event = want->event};
	struct bed b = {0};
	void *fixture;

	tcp_fixture_setup(&fixture);
	b.f = fixture;
	b.f->peer.ts = want->event >= TS_NEWER && want->event <= TS_SYN;
	observe(&b, cell->state, &got);
	end(&b);
	tcp_fixture_teardown(&fixture);
	assert_int_equal(got.reply, want->reply);
	assert_int_equal(got.next, want->next);
	assert_int_equal(got.what, want->what);
	assert_int_equal(got.told, want->told);
}

/* ---- the moves ---- */

/*
 * RFC 9293 figure 5, with the CLOSED that a RST, an ABORT or a time-out lead
 * to from everywhere. A request and a TIME-WAIT are other objects: a child
 * begins in SYN-RECEIVED, and what goes to TIME-WAIT ends as a socket.
 */
static const u32 legal[TCP_NR_STATES] = {
	[TCP_CLOSE] = LI | SS | SR,
	[TCP_LISTEN] = CL,
	[TCP_SYN_SENT] = SR | ES | CL,
	[TCP_SYN_RECV] = ES | F1 | CL,
	[TCP_ESTABLISHED] = F1 | CW | CL,
	[TCP_FIN_WAIT1] = F2 | CG | CL,
	[TCP_FIN_WAIT2] = CL,
	[TCP_CLOSE_WAIT] = LA | CL,
	[TCP_CLOSING] = CL,
	[TCP_LAST_ACK] = CL,
};

struct move {
	struct tcp_sock *tp;
	u8 to;
};

static void do_move(void *arg)
{
	struct move *move = arg;

	tcp_set_state(move->tp, move->to);
}

static void any_other_move_is_a_panic(void **state)
{
	struct tcp_fixture *f;
	void *fixture;
	struct socket *s;

	tcp_fixture_setup(&fixture);
	f = fixture;
	s = tcp_socket(f);
	for (u8 from = 1; from < TCP_NR_STATES; from++)
		for (u8 to = 1; to < TCP_NR_STATES; to++) {
			struct move move = {tcp_of(s), to};
			bool panics;

			s->sk->state = from;
			panics = sim_expect_panic(do_move, &move) != NULL;
			assert_int_equal(panics, !(legal[from] >> to & 1));
		}
	s->sk->state = TCP_CLOSE;
	sock_close(s);
	tcp_fixture_teardown(&fixture);
}

/* ---- every cell ---- */

#define STATES 12

static struct cell cells[TCP_NR_EVENTS][TCP_NR_STATES];

/* Of the table: each state has exactly one answer to each event. */
static void no_cell_is_missing_and_none_is_there_twice(void **state)
{
	u32 count = 0, seen[TCP_NR_EVENTS] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(tcp_rows); i++) {
		const struct tcp_row *row = &tcp_rows[i];

		assert_int_equal(seen[row->event] & row->states, 0);
		assert_int_equal(row->states & ~ALL, 0);
		seen[row->event] |= row->states;
	}
	for (int event = 0; event < TCP_NR_EVENTS; event++) {
		if (seen[event] != ALL)
			fail_msg("%s: not in every state", event_text[event]);
		count += (u32)__builtin_popcount(seen[event]);
	}
	assert_int_equal(count, TCP_NR_EVENTS * STATES);
}

static void fill_cells(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tcp_rows); i++)
		for (u8 state = 1; state < TCP_NR_STATES; state++)
			if (tcp_rows[i].states & 1u << state)
				cells[tcp_rows[i].event][state] =
					(struct cell){&tcp_rows[i], state};
}

int main(void)
{
	static struct CMUnitTest tests[2 + TCP_NR_EVENTS * STATES] = {
		cmocka_unit_test(any_other_move_is_a_panic),
		cmocka_unit_test(no_cell_is_missing_and_none_is_there_twice),
	};
	static char names[ARRAY_SIZE(tests)][80];
	size_t n = 2;

	fill_cells();
	for (int event = 0; event < TCP_NR_EVENTS; event++)
		for (u8 state = 1; state < TCP_NR_STATES; state++) {
			struct cell *cell = &cells[event][state];

			if (!cell->row || n == ARRAY_SIZE(tests))
				continue;
			snprintf(names[n], sizeof(names[n]), "%s: %s",
				 state_text[state], event_text[event]);
			tests[n] = (struct CMUnitTest){.name = names[n],
						       .test_func = cell_test,
						       .initial_state = cell};
			n++;
		}
	return _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
}
