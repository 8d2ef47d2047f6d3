/*
 * test/packetdrill: the library as packetdrill would load it, and its table
 * of calls. The peer is made of raw IP packets here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include "test/packetdrill/interface.h"

#define LIBRARY "build/packetdrill/libpacketdrill-barenet.so"
#define PEER	"192.0.2.1"
#define LOCAL	"192.168.0.1"
#define PORT	8080
#define WND	20000

typedef void (*init_fn)(const char *flags, struct packetdrill_interface *ifc);
typedef int (*getsockopt_fn)(int fd, int level, int name, void *value,
			     socklen_t *len);

struct packet {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t rest[65536];
};

struct bed {
	void *adapter;
	struct packetdrill_interface ifc;
	int listener, fd;
	uint32_t iss; /* of the stack */
	struct packet seen;
	size_t len;
	long long at_us;
};

static uint32_t add_words(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static uint16_t checksum(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* A segment of the peer, numbers relative to the ISNs; `len` of zeros. */
static void peer_sends(struct bed *b, uint8_t flags, uint32_t seq, uint32_t ack,
		       size_t len)
{
	size_t tcp_len = sizeof(struct tcphdr) + len;
	struct packet p = {
		.ip = {.version = 4,
		       .ihl = 5,
		       .tot_len = htons((uint16_t)(sizeof(p.ip) + tcp_len)),
		       .ttl = 64,
		       .protocol = IPPROTO_TCP,
		       .saddr = inet_addr(PEER),
		       .daddr = inet_addr(LOCAL)},
		.tcp = {.source = htons(40000),
			.dest = htons(PORT),
			.seq = htonl(seq),
			.ack_seq = htonl(b->iss + ack),
			.doff = 5,
			.window = htons(WND)},
	};
	uint32_t sum = (uint32_t)(IPPROTO_TCP + tcp_len);

	((uint8_t *)&p.tcp)[13] = flags;
	p.ip.check = checksum(add_words(&p.ip, sizeof(p.ip), 0));
	sum = add_words(&p.ip.saddr, 8, sum);
	p.tcp.check = checksum(add_words(&p.tcp, tcp_len, sum));
	assert_int_equal(b->ifc.netdev_send(NULL, &p, sizeof(p.ip) + tcp_len),
			 0);
}

/* The next packet of the stack. */
static void expect(struct bed *b, uint8_t flags, uint32_t seq, uint32_t ack)
{
	b->len = sizeof(b->seen);
	assert_int_equal(
		b->ifc.netdev_receive(NULL, &b->seen, &b->len, &b->at_us), 0);
	assert_true(b->len >= sizeof(b->seen.ip) + sizeof(b->seen.tcp));
	assert_int_equal(((uint8_t *)&b->seen.tcp)[13], flags);
	if (flags & TH_SYN)
		b->iss = ntohl(b->seen.tcp.seq);
	assert_int_equal(ntohl(b->seen.tcp.seq) - b->iss, seq);
	assert_int_equal(ntohl(b->seen.tcp.ack_seq), ack);
}

static long long now_us(struct bed *b)
{
	struct timeval tv;

	assert_int_equal(b->ifc.gettimeofday(NULL, &tv, NULL), 0);
	return tv.tv_sec * 1000000ll + tv.tv_usec;
}

static int setup(void **state)
{
	static struct bed b;
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(PORT),
				   .sin_addr.s_addr = inet_addr(LOCAL)};
	init_fn init;

	memset(&b, 0, sizeof(b));
	b.adapter = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!b.adapter)
		fail_msg("%s", dlerror());
	init = (init_fn)dlsym(b.adapter, "packetdrill_interface_init");
	assert_non_null(init);
	init("local=" LOCAL, &b.ifc);
	b.listener = b.ifc.socket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP);
	assert_true(b.listener >= 0);
	assert_int_equal(
		b.ifc.bind(NULL, b.listener, (void *)&addr, sizeof(addr)), 0);
	assert_int_equal(b.ifc.listen(NULL, b.listener, 1), 0);
	*state = &b;
	return 0;
}

/* free() ends the process if an sk_buff, a socket or memory is left. */
static int teardown(void **state)
{
	struct bed *b = *state;

	b->ifc.free(b->ifc.userdata);
	assert_int_equal(dlclose(b->adapter), 0);
	return 0;
}

static void handshake(struct bed *b)
{
	peer_sends(b, TH_SYN, 0, 0, 0);
	expect(b, TH_SYN | TH_ACK, 0, 1);
	peer_sends(b, TH_ACK, 1, 1, 0);
}

static void connect_and_accept(struct bed *b)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);

	handshake(b);
	b->fd = b->ifc.accept(NULL, b->listener, (void *)&peer, &len);
	assert_true(b->fd >= 0);
	assert_int_equal(len, sizeof(peer));
	assert_int_equal(peer.sin_addr.s_addr, inet_addr(PEER));
	assert_int_equal(peer.sin_port, htons(40000));
}

static void each_member_is_there(void **state)
{
	struct bed *b = *state;
	void *const *member = (void *)&b->ifc;
	size_t n = sizeof(b->ifc) / sizeof(*member);

	for (size_t i = 1; i < n; i++)
		assert_non_null(member[i]);
}

static void bytes_go_both_ways(void **state)
{
	struct bed *b = *state;
	struct iovec iov[2] = {{"he", 2}, {"llo", 3}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	char buf[2000];
	int unread;

	connect_and_accept(b);
	assert_int_equal(b->ifc.sendmsg(NULL, b->fd, &msg, 0), 5);
	expect(b, TH_ACK | TH_PUSH, 1, 1);
	assert_memory_equal(b->seen.rest, "hello", 5);
	peer_sends(b, TH_ACK, 1, 6, 1000);
	assert_int_equal(b->ifc.ioctl(NULL, b->fd, FIONREAD, &unread), 0);
	assert_int_equal(unread, 1000);
	assert_int_equal(b->ifc.read(NULL, b->fd, buf, sizeof(buf)), 1000);
	expect(b, TH_ACK, 6, 1001);
}

static void errors_are_libcs(void **state)
{
	struct bed *b = *state;
	char buf[4];

	connect_and_accept(b);
	assert_int_equal(b->ifc.fcntl(NULL, b->fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(b->ifc.fcntl(NULL, b->fd, F_GETFL, 0),
			 O_RDWR | O_NONBLOCK);
	assert_int_equal(b->ifc.read(NULL, b->fd, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(b->ifc.close(NULL, b->fd), 0);
	assert_int_equal(b->ifc.close(NULL, b->fd), -1);
	assert_int_equal(errno, EBADF);
}

static void time_passes_by_sleeping_and_by_waiting(void **state)
{
	struct bed *b = *state;
	long long start;

	connect_and_accept(b);
	start = now_us(b);
	b->ifc.usleep(NULL, 5000);
	assert_in_range(now_us(b) - start, 5000, 5003);
	assert_int_equal(b->ifc.close(NULL, b->fd), 0);
	expect(b, TH_FIN | TH_ACK, 1, 1);
	start = b->at_us;
	expect(b, TH_FIN | TH_ACK, 1, 1); /* again, after an RTO */
	assert_in_range(b->at_us - start, 190000, 1100000);
}

static void a_silent_stack_is_no_endless_wait(void **state)
{
	struct bed *b = *state;

	b->len = sizeof(b->seen);
	assert_int_equal(
		b->ifc.netdev_receive(NULL, &b->seen, &b->len, &b->at_us), 0);
	assert_int_equal(b->len, 0);
}

struct reader {
	struct bed *b;
	ssize_t n;
	long long woken_us;
};

static void *read_in_thread(void *arg)
{
	struct reader *r = arg;
	char buf[100];

	r->n = r->b->ifc.read(NULL, r->b->fd, buf, sizeof(buf));
	r->woken_us = now_us(r->b);
	return NULL;
}

static void a_blocked_reader_wakes_when_the_text_comes(void **state)
{
	struct bed *b = *state;
	struct reader r = {.b = b};
	pthread_t thread;
	long long sent;

	connect_and_accept(b);
	assert_int_equal(pthread_create(&thread, NULL, read_in_thread, &r), 0);
	usleep(20000); /* it should sleep now; if not, it reads later */
	b->ifc.usleep(NULL, 100000);
	sent = now_us(b);
	peer_sends(b, TH_ACK, 1, 1, 10);
	b->ifc.usleep(NULL, 1000000);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.n, 10);
	assert_in_range(r.woken_us, sent, sent + 10);
}

static void libcs_getsockopt_knows_our_sockets(void **state)
{
	struct bed *b = *state;
	getsockopt_fn get = (getsockopt_fn)dlsym(b->adapter, "getsockopt");
	uint8_t info[280];
	socklen_t len = sizeof(info);
	int other = socket(AF_INET, SOCK_DGRAM, 0), type;

	assert_non_null(get);
	connect_and_accept(b);
	assert_int_equal(get(b->fd, IPPROTO_TCP, TCP_INFO, info, &len), 0);
	assert_int_equal(len, sizeof(info));
	assert_int_equal(info[0], TCP_ESTABLISHED);
	len = sizeof(type);
	assert_int_equal(get(other, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	assert_int_equal(type, SOCK_DGRAM);
	close(other);
}

static void epoll_tells_of_text(void **state)
{
	struct bed *b = *state;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = 77};
	int ep = b->ifc.epoll_create(NULL, 1);

	connect_and_accept(b);
	assert_true(ep >= 0);
	assert_int_equal(
		b->ifc.epoll_ctl(NULL, ep, EPOLL_CTL_ADD, b->fd, &event), 0);
	assert_int_equal(b->ifc.epoll_wait(NULL, ep, &event, 1, 0), 0);
	peer_sends(b, TH_ACK, 1, 1, 10);
	memset(&event, 0, sizeof(event));
	assert_int_equal(b->ifc.epoll_wait(NULL, ep, &event, 1, 0), 1);
	assert_int_equal(event.events, EPOLLIN);
	assert_int_equal(event.data.fd, 77);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_member_is_there),
		T(bytes_go_both_ways),
		T(errors_are_libcs),
		T(time_passes_by_sleeping_and_by_waiting),
		T(a_silent_stack_is_no_endless_wait),
		T(a_blocked_reader_wakes_when_the_text_comes),
		T(libcs_getsockopt_knows_our_sockets),
		T(epoll_tells_of_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
