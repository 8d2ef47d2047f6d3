/*
 * The small servers of TCP: echo (RFC 862, port 7) and discard (RFC 863,
 * port 9). They carry a transfer each way for whoever measures a network;
 * off unless the command line says tcp-small-servers=on.
 */
#pragma once

#include "net/socket/socket.h"

#define DISCARD_PORT  9
#define SMALL_TASKS   4	    /* connections served at a time, of each */
#define SMALL_IDLE_MS 60000 /* a silent or stuck peer's connection ends */

/* Creates the tasks. 0 or -errno. */
int small_servers_start(struct net *net) must_check;

/* Serves one connection until its peer ends it or is idle; closes it. */
void small_serve(struct socket *sock, bool echo, u8 *buf, size_t size);
