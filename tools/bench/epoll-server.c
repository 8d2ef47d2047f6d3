/*
 * The lean opponent: one static page by epoll on Linux, a few system calls a
 * request and nothing else. It measures Linux's path, where nginx measures
 * nginx. usage: epoll-server PORT
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY 612

static char page[1024];
static size_t page_len;

static void serve(int ep, int fd)
{
	char in[4096];
	ssize_t n = read(fd, in, sizeof(in));
	char *next = in;

	if (n <= 0) {
		close(fd);
		return;
	}
	/* One answer per request; wrk and ab never split one. */
	while ((next = memmem(next, (size_t)(in + n - next), "\r\n\r\n", 4))) {
		if (write(fd, page, page_len) < 0)
			break;
		next += 4;
	}
	if (memmem(in, (size_t)n, "onnection: close", 16) ||
	    (memmem(in, (size_t)n, "HTTP/1.0", 8) &&
	     !memmem(in, (size_t)n, "Keep-Alive", 10)))
		close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	struct epoll_event ev = {.events = EPOLLIN}, got[64];
	int one = 1, ep = epoll_create1(0);
	int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	signal(SIGPIPE, SIG_IGN);
	addr.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 81));
	page_len = (size_t)sprintf(page,
				   "HTTP/1.1 200 OK\r\nContent-Length: %d"
				   "\r\nContent-Type: text/html"
				   "\r\nConnection: Keep-Alive\r\n\r\n",
				   BODY);
	memset(page + page_len, 'x', BODY);
	page_len += BODY;
	setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(ls, (void *)&addr, sizeof(addr)) || listen(ls, 4096))
		return perror("bind"), 1;
	ev.data.fd = ls;
	epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev);
	for (;;) {
		int n = epoll_wait(ep, got, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd = got[i].data.fd;

			if (fd != ls) {
				serve(ep, fd);
				continue;
			}
			while ((fd = accept4(ls, NULL, NULL, SOCK_NONBLOCK)) >=
			       0) {
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
					   sizeof(one));
				ev.data.fd = fd;
				epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
			}
		}
	}
}
