/* wget: one page by HTTP/1.0 (RFC 1945), counted, and shown if asked for. */
#include "app/shell/commands.h"

#include "kernel/slab.h"
#include "kernel/timer.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "app/shell/options.h"
#include "app/shell/resolve.h"
#include "app/shell/stream.h"
#include "app/shell/words.h"

#define HEAD_SIZE  4096
#define ANSWER_MS  15000
#define HOST_SIZE  128
#define PORT_HTTP  80
#define STATUS_OK  200
#define STATUS_END 300

typedef unsigned long long ull;

struct wget {
	struct shell *sh;
	struct socket *sock;
	bool quiet, show;
	char host[HOST_SIZE];
	const char *path;
	u32 port;
	u32 status;
	bool has_length;
	u64 length, received;
	u32 fill;
	char head[HEAD_SIZE + 1];
};

/* "[http://]host[:port][/path]" */
static bool parse_url(struct wget *w, const char *url)
{
	const char *slash, *colon;
	size_t len;

	if (!strncmp(url, "http://", 7))
		url += 7;
	slash = strchr(url, '/');
	len = slash ? (size_t)(slash - url) : strlen(url);
	if (!len || len >= sizeof(w->host))
		return false;
	memcpy(w->host, url, len);
	w->host[len] = '\0';
	w->path = slash ? slash : "/";
	w->port = PORT_HTTP;
	colon = strchr(w->host, ':');
	if (!colon)
		return true;
	w->host[colon - w->host] = '\0';
	return w->host[0] && parse_number(colon + 1, 65535, &w->port) &&
	       w->port;
}

static int send_request(struct wget *w)
{
	char text[LINE_SIZE + HOST_SIZE + 128];
	int len = scnprintf(text, sizeof(text),
			    "GET %s HTTP/1.0\r\nHost: %s:%u\r\n"
			    "User-Agent: barenet\r\nConnection: close\r\n\r\n",
			    w->path, w->host, w->port);
	ssize_t n = sock_send(w->sock, text, (size_t)len, 0);

	return n < 0 ? (int)n : 0;
}

/* The end of the head in what has come so far, or 0. */
static u32 head_end(const char *head, u32 len)
{
	for (u32 i = 0; i + 3 < len; i++)
		if (!memcmp(head + i, "\r\n\r\n", 4))
			return i + 4;
	return 0;
}

/* The value of a field in the head, up to its line's end; NULL: none. */
static const char *field(const char *head, const char *name)
{
	size_t len = strlen(name);
	const char *line = strchr(head, '\n');

	for (; line; line = strchr(line, '\n')) {
		line++;
		if (strnlen(line, len) < len || !mem_case_eq(line, name, len))
			continue;
		line += len;
		while (*line == ' ')
			line++;
		return line;
	}
	return NULL;
}

/* Up to the line's end, and no more than fits a line of a terminal. */
static int shown_len(const char *text)
{
	int len = 0;

	while (len < 80 && text[len] >= ' ')
		len++;
	return len;
}

static void parse_head(struct wget *w)
{
	const char *p = strchr(w->head, ' '), *value;
	u32 length;

	if (p && *p++ && parse_u32(&p, 999, &w->status) && !w->quiet)
		sh_printf(w->sh, "%u%.*s\n", w->status, shown_len(p), p);
	value = field(w->head, "content-length:");
	if (value && parse_u32(&value, UINT32_MAX, &length)) {
		w->has_length = true;
		w->length = length;
	}
	if (w->quiet)
		return;
	value = field(w->head, "content-type:");
	if (w->has_length)
		sh_printf(w->sh, "Length: %llu", (ull)w->length);
	else
		sh_printf(w->sh, "Length: unspecified");
	if (value)
		sh_printf(w->sh, " [%.*s]", shown_len(value), value);
	sh_printf(w->sh, "\n\n");
}

static void take_body(struct wget *w, const char *bytes, size_t len)
{
	w->received += len;
	if (w->show)
		sh_write(w->sh, bytes, len);
}

/* Up to and with the head; what is behind it is body. */
static int read_head(struct wget *w)
{
	u32 end = 0;

	while (!end && w->fill < HEAD_SIZE) {
		ssize_t n = stream_recv(w->sh, w->sock, w->head + w->fill,
					HEAD_SIZE - w->fill,
					clock_ms() + ANSWER_MS);

		if (n <= 0)
			return n ? (int)n : -ECONNRESET;
		w->fill += (u32)n;
		end = head_end(w->head, w->fill);
	}
	if (!end || strncmp(w->head, "HTTP/", 5))
		return -EINVAL;
	w->fill -= end;
	/* Its last newline becomes the terminator: all searches end. */
	w->head[end - 1] = '\0';
	parse_head(w);
	take_body(w, w->head + end, w->fill);
	return 0;
}

static int read_body(struct wget *w)
{
	while (!w->has_length || w->received < w->length) {
		ssize_t n = stream_recv(w->sh, w->sock, w->head, HEAD_SIZE,
					clock_ms() + ANSWER_MS);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return w->has_length ? -ECONNRESET : 0;
		take_body(w, w->head, (size_t)n);
	}
	return 0;
}

static void show_result(struct wget *w, u64 ms)
{
	u64 rate = w->received * 1000 / MAX(ms, 1ull);

	if (w->show)
		sh_printf(w->sh, "\n");
	sh_printf(w->sh, "%llu bytes received in %llu.%03llu s (%llu KB/s)\n",
		  (ull)w->received, (ull)ms / 1000, (ull)ms % 1000,
		  (ull)rate / 1024);
}

static int fetch(struct wget *w)
{
	u64 begin = clock_ms();
	int err;

	if (!w->quiet)
		sh_printf(w->sh, "HTTP request sent, awaiting response... ");
	err = send_request(w);
	if (!err)
		err = read_head(w);
	if (!err)
		err = read_body(w);
	if (err == -EINTR)
		return 1;
	if (err)
		return sh_error(w->sh, "wget", w->host, err);
	if (!w->quiet)
		show_result(w, clock_ms() - begin);
	return w->status < STATUS_OK || w->status >= STATUS_END;
}

static int wget(struct wget *w)
{
	be32 addr;
	int err = resolve(w->sh, w->host, &addr);

	if (err)
		return sh_error(w->sh, "wget", w->host, err);
	if (!w->quiet)
		sh_printf(w->sh, "Connecting to %s:%u... ", w->host, w->port);
	err = stream_connect(w->sh, addr, (u16)w->port, &w->sock);
	if (err == -EINTR)
		return 1;
	if (err) {
		if (!w->quiet)
			sh_printf(w->sh, "failed.\n");
		return sh_error(w->sh, "wget", w->host, err);
	}
	if (!w->quiet)
		sh_printf(w->sh, "connected.\n");
	err = fetch(w);
	sock_close(w->sock);
	return err;
}

static bool parse(struct wget *w, char **argv)
{
	struct options o = {.argv = argv};
	int letter;

	while ((letter = options_next(&o, "q", "O"))) {
		if (letter == 'q')
			w->quiet = true;
		else if (letter == 'O' && !strcmp(o.value, "-"))
			w->show = true;
		else
			return false;
	}
	return argv[o.at] && !argv[o.at + 1] && parse_url(w, argv[o.at]);
}

int cmd_wget(struct shell *sh, int argc, char **argv)
{
	struct wget *w = kzalloc(sizeof(*w));
	int result;

	if (!w)
		return sh_error(sh, argv[0], argv[0], ENOMEM);
	w->sh = sh;
	result = parse(w, argv) ? wget(w) : SH_USAGE;
	kfree(w);
	return result;
}
