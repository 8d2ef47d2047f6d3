/* Sockets of the shell's commands, whose waits ^C ends. */
#pragma once

#include "app/shell/shell.h"

/* A TCP connection: 0, -EINTR for ^C, or -errno. */
int stream_connect(struct shell *sh, be32 addr, u16 port, struct socket **out);

/*
 * What has come until deadline_ms: bytes, 0 at a stream's end, -EAGAIN, -EINTR
 * for ^C, or the socket's error.
 */
ssize_t stream_recv(struct shell *sh, struct socket *sock, void *buf,
		    size_t size, u64 deadline_ms);
