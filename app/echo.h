/* UDP echo (RFC 862) on port 7, as a task. */
#pragma once

#include "net/socket/socket.h"

#define ECHO_PORT 7

struct echo_server {
	struct net *net;
	struct socket *sock;
	u64 answered, refused;
	u8 *buf; /* 64 KiB: the largest datagram */
};

/* Creates the task. 0 or -errno. */
int echo_start(struct net *net) must_check;

/* For tests: a server with its socket bound, or NULL with *err set. */
struct echo_server *echo_create(struct net *net, int *err);

/* Answers one datagram, sleeping for it: 0 or -errno. */
int echo_one(struct echo_server *echo);
void echo_free(struct echo_server *echo);
