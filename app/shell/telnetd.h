/* The shell over TCP, with the TELNET protocol's (RFC 854) few needs. */
#pragma once

#include "app/shell/shell.h"

#define TELNET_SESSIONS 4
#define TELNET_IDLE_MS	600000 /* a silent user is logged out */

/* How far in the bytes that a client says about itself. */
enum telnet_state {
	TELNET_DATA,
	TELNET_IAC,
	TELNET_OPTION, /* behind WILL, WONT, DO, DONT */
	TELNET_SUB,    /* behind SB, up to IAC SE */
	TELNET_SUB_IAC,
	TELNET_CR, /* behind CR: LF and NUL belong to it */
};

/* One byte from the client: what was typed, or -1. Pure. */
int telnet_filter(enum telnet_state *state, u8 byte);

/* A listening task, and one for each session. 0, or -errno. */
int telnetd_start(struct shell_host *host) must_check;

/* For tests: a server that listens, or NULL with *err set. */
struct telnetd *telnetd_create(struct shell_host *host, int *err);

/* Takes one user, sleeping for it: 0 or -errno. */
int telnetd_one(struct telnetd *d);

/* Its sessions have ended. */
void telnetd_free(struct telnetd *d);
