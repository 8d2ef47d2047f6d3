/*
 * Sockets of libbarenet: those of net/socket/, nonblocking, with addresses in
 * host byte order. The stack keeps a list of them, to close what is left.
 */
#include "host/host.h"
#include "kernel/slab.h"
#include "net/socket/socket.h"

struct bn_socket {
	struct list_head node; /* on stack->sockets */
	struct bn_stack *stack;
	struct socket *sock;
};

static struct sockaddr_in addr_in(struct bn_addr addr)
{
	return (struct sockaddr_in){AF_INET, htons(addr.port), htonl(addr.ip)};
}

static struct bn_addr addr_out(const struct sockaddr_in *addr)
{
	return (struct bn_addr){ntohl(addr->addr), ntohs(addr->port)};
}

/* Takes sock over, or closes it without memory. */
static int wrap(struct bn_stack *stack, struct socket *sock,
		struct bn_socket **out)
{
	struct bn_socket *own = kmalloc(sizeof(*own));

	if (!own) {
		sock_close(sock);
		return -ENOMEM;
	}
	sock->nonblock = true;
	own->stack = stack;
	own->sock = sock;
	list_add_tail(&own->node, &stack->sockets);
	*out = own;
	return 0;
}

int bn_socket(struct bn_stack *stack, enum bn_type type, struct bn_socket **out)
{
	struct socket *sock;
	int err = sock_create(stack->net, AF_INET, (int)type, 0, &sock);

	return err ? err : wrap(stack, sock, out);
}

int bn_bind(struct bn_socket *sock, struct bn_addr addr)
{
	struct sockaddr_in in = addr_in(addr);

	return sock_bind(sock->sock, &in);
}

int bn_listen(struct bn_socket *sock, int backlog)
{
	return sock_listen(sock->sock, backlog);
}

int bn_accept(struct bn_socket *sock, struct bn_socket **out,
	      struct bn_addr *peer)
{
	struct sockaddr_in from;
	struct socket *child;
	int err = sock_accept(sock->sock, &child, &from);

	if (err)
		return err;
	if (peer)
		*peer = addr_out(&from);
	return wrap(sock->stack, child, out);
}

int bn_connect(struct bn_socket *sock, struct bn_addr addr)
{
	struct sockaddr_in in = addr_in(addr);

	return sock_connect(sock->sock, &in);
}

long bn_send(struct bn_socket *sock, const void *buf, size_t len,
	     unsigned flags)
{
	return sock_send(sock->sock, buf, len, flags);
}

long bn_recv(struct bn_socket *sock, void *buf, size_t len, unsigned flags)
{
	return sock_recv(sock->sock, buf, len, flags);
}

long bn_sendto(struct bn_socket *sock, const void *buf, size_t len,
	       struct bn_addr to)
{
	struct sockaddr_in in = addr_in(to);

	return sock_sendto(sock->sock, buf, len, 0, &in);
}

long bn_recvfrom(struct bn_socket *sock, void *buf, size_t len,
		 struct bn_addr *from)
{
	struct sockaddr_in in = {0};
	ssize_t n = sock_recvfrom(sock->sock, buf, len, 0, &in);

	if (n >= 0 && from)
		*from = addr_out(&in);
	return n;
}

unsigned bn_poll(struct bn_socket *sock)
{
	return sock_poll(sock->sock);
}

int bn_shutdown(struct bn_socket *sock, int how)
{
	return sock_shutdown(sock->sock, how);
}

void bn_close(struct bn_socket *sock)
{
	list_del(&sock->node);
	sock_close(sock->sock);
	kfree(sock);
}

void stack_close_sockets(struct bn_stack *stack)
{
	while (!list_empty(&stack->sockets))
		bn_close(list_first(&stack->sockets, struct bn_socket, node));
}

int bn_setsockopt(struct bn_socket *sock, int level, int name,
		  const void *value, uint32_t len)
{
	return sock_setsockopt(sock->sock, level, name, value, len);
}

int bn_getsockopt(struct bn_socket *sock, int level, int name, void *value,
		  uint32_t *len)
{
	return sock_getsockopt(sock->sock, level, name, value, len);
}

int bn_getname(struct bn_socket *sock, struct bn_addr *local,
	       struct bn_addr *peer)
{
	struct sockaddr_in ours, theirs;
	int err = sock_getname(sock->sock, &ours, peer ? &theirs : NULL);

	if (err)
		return err;
	if (local)
		*local = addr_out(&ours);
	if (peer)
		*peer = addr_out(&theirs);
	return 0;
}
