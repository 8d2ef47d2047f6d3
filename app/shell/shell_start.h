/* The shells of a machine: on the console, and on TCP port 23 if wanted. */
#pragma once

struct net;

#define TELNET_PORT 23

/*
 * The console's shell as a task; its prompt is printed when that runs.
 * hostname "": "barenet". 0, or -errno.
 */
int shell_start(struct net *net, const char *hostname);

/* Serves the shell, to anybody, on TCP port 23. After shell_start. */
int shell_start_telnet(void);

/* By DHCP, or "": the machine has it unless it was given one. */
void shell_set_hostname(const char *hostname);
