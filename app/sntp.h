/*
 * The SNTP client (RFC 4330): a task that asks time servers now and then and
 * steps the wall clock.
 */
#pragma once

#include "kernel/wait.h"
#include "lib/byteorder.h"

struct net;

#define SNTP_SERVERS	 4
#define SNTP_NAME_MAX	 64
#define SNTP_TIMEOUT_MS	 3000
#define SNTP_POLL_MIN_MS 64000	 /* after an answer; doubled up to ... */
#define SNTP_POLL_MAX_MS 1024000 /* ... as after each failure */
#define SNTP_RETRY_MS	 8000	 /* after the first failure */

struct sntp {
	struct net *net;
	char name[SNTP_NAME_MAX]; /* of a server, "": none */
	be32 servers[SNTP_SERVERS];
	unsigned count;
	be32 given[SNTP_SERVERS]; /* by sntp_set_servers */
	unsigned given_count;
	u32 wait_ms; /* the last wait */
	u32 changes; /* of the servers */
	bool synced; /* the last server answered */
	struct wait_queue wait;
	u64 answers, kisses; /* good ones; requests to go slower or away */
};

/* Creates the task; `name` ("" for none) is asked first. NULL: no memory. */
struct sntp *sntp_start(struct net *net, const char *name) must_check;

/*
 * Takes the place of earlier ones and asks at once, unless they are the same
 * as the last ones given. 0.0.0.0 is skipped.
 */
void sntp_set_servers(struct sntp *sntp, const be32 *servers, unsigned count);

/* Asks at once: a name may be resolved now, or a server be reached. */
void sntp_kick(struct sntp *sntp);

/* For tests: without a task. One round: the time to wait until the next. */
struct sntp *sntp_create(struct net *net, const char *name);
u64 sntp_round(struct sntp *sntp);
void sntp_free(struct sntp *sntp);
