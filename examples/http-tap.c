/*
 * A web server in userspace: its own TCP/IP on a TAP device.
 *
 *	ip tuntap add dev tap9 mode tap
 *	ip addr add 10.9.0.1/24 dev tap9; ip link set tap9 up
 *	build/example-http-tap tap9 10.9.0.2 &
 *	curl http://10.9.0.2/
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include "host/barenet.h"

#define CLIENTS 64

struct client {
	struct bn_socket *sock; /* NULL: this place is free */
	char request[4096];
	size_t len;
};

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
			   "Connection: close\r\n\r\nhello from userspace\n";

/* Reads until the head's empty line, answers whatever was asked, and ends. */
static void serve(struct client *client)
{
	long n = bn_recv(client->sock, client->request + client->len,
			 sizeof(client->request) - 1 - client->len, 0);

	if (n == -EAGAIN)
		return;
	if (n > 0) {
		client->len += (size_t)n;
		client->request[client->len] = '\0';
		if (!strstr(client->request, "\r\n\r\n"))
			return;
		bn_send(client->sock, page, sizeof(page) - 1, 0);
	}
	bn_close(client->sock);
	client->sock = NULL;
}

static void greet(struct bn_socket *listener, struct client *clients)
{
	struct bn_socket *sock;
	int i;

	while (!bn_accept(listener, &sock, NULL)) {
		for (i = 0; i < CLIENTS && clients[i].sock; i++)
			;
		if (i == CLIENTS)
			bn_close(sock);
		else
			clients[i] = (struct client){.sock = sock};
	}
}

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	exit(1);
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS];
	struct bn_config config = {.mask = BN_IP4(255, 255, 255, 0)};
	struct bn_socket *listener;
	struct bn_stack *stack;

	if (argc != 3) {
		fprintf(stderr, "usage: http-tap TAP ADDRESS\n");
		return 2;
	}
	config.address = ntohl(inet_addr(argv[2]));
	must(bn_create(&config, &stack), argv[2]);
	must(bn_tap(stack, argv[1]), argv[1]);
	must(bn_socket(stack, BN_TCP, &listener), "socket");
	must(bn_bind(listener, (struct bn_addr){.port = 80}), "bind");
	must(bn_listen(listener, CLIENTS), "listen");
	for (;;) {
		must(bn_wait(BN_NEVER), "wait");
		greet(listener, clients);
		for (int i = 0; i < CLIENTS; i++)
			if (clients[i].sock)
				serve(&clients[i]);
	}
}
