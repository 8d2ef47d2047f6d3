/* A program with UDP sockets for tests: see udp_user.h. */
#include "test/host/udp_user.h"

#include <string.h>
#include "lib/errno.h"

int udp_teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->net->sock_live, 0);
	return fixture_teardown(state);
}

struct socket *open_socket(struct fixture *f)
{
	struct socket *s;

	assert_int_equal(sock_create(f->net, AF_INET, SOCK_DGRAM, 0, &s), 0);
	s->nonblock = true;
	return s;
}

struct socket *bound_socket(struct fixture *f, be32 addr, u16 port)
{
	struct socket *s = open_socket(f);

	assert_int_equal(bind_to(s, addr, port), 0);
	return s;
}

void rx_udp(struct fixture *f, struct udp u)
{
	u8 buf[2048];
	const u16 ports[2] = {u.sport, u.dport};
	be32 src = u.src.raw ? u.src : FIXTURE_PEER;
	be32 dst = u.dst.raw ? u.dst : FIXTURE_ADDR;

	fixture_rx_datagram(
		f, &(struct datagram){.proto = IPPROTO_UDP,
				      .src = src,
				      .dst = dst,
				      .data = buf,
				      .len = (u32)udp_build(buf, src, dst,
							    ports, u.text)});
}

void expect_text(struct socket *s, const char *text)
{
	char buf[2048];
	ssize_t n = sock_recv(s, buf, sizeof(buf), 0);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, (size_t)n);
}

void expect_empty(struct socket *s)
{
	char buf[8];

	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
}
