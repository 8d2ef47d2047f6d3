/* A program's socket calls for tests: see sock_user.h. */
#include "test/host/sock_user.h"

#include "test/host/fixture.h"

struct sockaddr_in addr_at(be32 addr, u16 port)
{
	return (struct sockaddr_in){AF_INET, htons(port), addr};
}

int bind_to(struct socket *s, be32 addr, u16 port)
{
	struct sockaddr_in at = addr_at(addr, port);

	return sock_bind(s, &at);
}

int connect_to(struct socket *s, be32 addr, u16 port)
{
	struct sockaddr_in to = addr_at(addr, port);

	return sock_connect(s, &to);
}

void set_option(struct socket *s, int level, int name, int value)
{
	assert_int_equal(sock_setsockopt(s, level, name, &value, sizeof(value)),
			 0);
}
