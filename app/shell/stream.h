/* A TCP connection of the shell's, whose waits ^C ends. */
#pragma once

#include "app/shell/shell.h"

/* 0 when connected, or -errno. */
int stream_connect(struct shell *sh, be32 addr, u16 port, struct socket **out);

/*
 * What has come: bytes, 0 at the end, -EAGAIN after timeout_ms, -EINTR for
 * ^C, or the connection's error.
 */
ssize_t stream_recv(struct shell *sh, struct socket *sock, void *buf,
		    size_t size, u64 timeout_ms);
