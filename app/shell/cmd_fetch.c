/* nslookup, and telnet as a look at any TCP service. */
#include "app/shell/commands.h"

#include "kernel/task.h"
#include "lib/errno.h"
#include "app/dns.h"
#include "app/shell/resolve.h"
#include "app/shell/stream.h"
#include "app/shell/words.h"

#define PORT_TELNET 23
#define KEY_LEAVE   0x1d /* ^] */
#define KEY_INTR    3
#define LOOK_MS	    50
#define BATCH	    256
#define ADDRESSES   8

int cmd_nslookup(struct shell *sh, int argc, char **argv)
{
	be32 addrs[ADDRESSES], server = dns_server(sh->net);
	int count = resolve_all(sh, argv[1], addrs, ADDRESSES);

	if (count == -EINTR)
		return 1;
	if (server.raw)
		sh_printf(sh, "Server:\t\t%pI4\nAddress:\t%pI4#53\n\n",
			  (const void *)&server, (const void *)&server);
	if (count < 0) {
		sh_printf(sh, "** server can't find %s: %s\n", argv[1],
			  count == -ENETUNREACH ? "no name server is set"
						: error_text(count));
		return 1;
	}
	sh_printf(sh, "Name:\t%s\n", argv[1]);
	for (int i = 0; i < count; i++)
		sh_printf(sh, "Address: %pI4\n", (const void *)&addrs[i]);
	return 0;
}

/* Keys, as they are typed, echoed; enter is CR LF. False: leave. */
static bool send_keys(struct shell *sh, struct socket *sock)
{
	char keys[BATCH];
	size_t len = 0;
	int byte = -ETIMEDOUT;

	while (len + 2 < sizeof(keys) && (byte = sh_read(sh, 0)) >= 0) {
		if (byte == KEY_LEAVE || byte == KEY_INTR)
			return false;
		if (byte == '\r' || byte == '\n') {
			keys[len++] = '\r';
			byte = '\n';
		}
		keys[len++] = (char)byte;
		sh_write(sh, &keys[len - 1], 1);
	}
	if (byte < 0 && byte != -ETIMEDOUT)
		return false;
	return !len || sock_send(sock, keys, len, 0) == (ssize_t)len;
}

static bool show_received(struct shell *sh, struct socket *sock)
{
	char text[BATCH];
	u64 wait = LOOK_MS;
	size_t len = 0;
	ssize_t n;

	(void)sock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &wait,
			      sizeof(wait));
	n = sock_recv(sock, text, sizeof(text), 0);
	task_yield(); /* under a flood others have their turn */
	if (n == -EAGAIN)
		return true;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] != '\r')
			text[len++] = text[i];
	if (len)
		sh_write(sh, text, len);
	return n > 0;
}

int cmd_telnet(struct shell *sh, int argc, char **argv)
{
	struct socket *sock;
	u32 port = PORT_TELNET;
	be32 addr;
	int err;

	if (argc == 3 && (!parse_number(argv[2], 65535, &port) || !port))
		return SH_USAGE;
	err = resolve(sh, argv[1], &addr);
	if (err)
		return sh_error(sh, argv[0], argv[1], err);
	sh_printf(sh, "Trying %pI4...\n", (const void *)&addr);
	err = stream_connect(sh, addr, (u16)port, &sock);
	if (err == -EINTR)
		return 1;
	if (err) {
		sh_printf(sh, "telnet: Unable to connect to remote host: %s\n",
			  error_text(err));
		return 1;
	}
	sh_printf(sh, "Connected to %s.\nEscape character is '^]'.\n", argv[1]);
	while (send_keys(sh, sock) && show_received(sh, sock))
		;
	sh_printf(sh, "Connection closed.\n");
	sock_close(sock);
	return 0;
}
