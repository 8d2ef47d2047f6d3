/* Parses the kernel command line: see boot/cmdline.h. No I/O. */
#include "boot/cmdline.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/text.h"

#define WORD_MAX 256

static const struct ip_config default_ip = {
	.addr = BE32(0x0a00020f), /* 10.0.2.15, as QEMU's user network */
	.gw = BE32(0x0a000202),
	.mask = BE32(0xffffff00),
};

/* A word of a fixed list: its place, or -1. */
static int choose(const char *value, const char *const list[], unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (strcmp(value, list[i]) == 0)
			return i;
	return -1;
}

static bool set_irq(struct cmdline *out, const char *value)
{
	static const char *const names[] = {"msix", "msi", "intx"};
	int kind = choose(value, names, ARRAY_SIZE(names));

	if (kind < 0)
		return false;
	out->e1000_irq = kind;
	return true;
}

/* Linux's number n shows what is more urgent than n: err 3 ... debug 7. */
static bool set_loglevel(struct cmdline *out, const char *value)
{
	static const char *const names[] = {"err", "warn", "info", "debug"};
	int level = choose(value, names, ARRAY_SIZE(names));
	u32 number;

	if (level >= 0) {
		out->loglevel = level;
		return true;
	}
	if (!parse_u32(&value, 8, &number) || *value)
		return false;
	out->loglevel = number <= 4   ? LOG_ERR
			: number == 5 ? LOG_WARN
			: number <= 7 ? LOG_INFO
				      : LOG_DEBUG;
	return true;
}

static bool set_end(struct cmdline *out, const char *value)
{
	static const char *const names[] = {"off", "reset"};
	int end = choose(value, names, ARRAY_SIZE(names));

	if (end < 0)
		return false;
	out->end = CMDLINE_END_OFF + end;
	return true;
}

static bool set_busypoll(struct cmdline *out, const char *value)
{
	return parse_u32(&value, 1000000, &out->busypoll_us) && !*value;
}

static bool set_ntp(struct cmdline *out, const char *value)
{
	char name[CMDLINE_NAME_MAX];

	if (!*value || str_copy(name, value, sizeof(name)) >= sizeof(name))
		return false;
	memcpy(out->ntp, name, sizeof(name));
	return true;
}

/* "off" or "on". */
static bool set_switch(bool *out, const char *value)
{
	static const char *const names[] = {"off", "on"};
	int on = choose(value, names, ARRAY_SIZE(names));

	*out = on > 0;
	return on >= 0;
}

static bool set_listing(struct cmdline *out, const char *value)
{
	return set_switch(&out->listing, value);
}

static bool set_small_servers(struct cmdline *out, const char *value)
{
	return set_switch(&out->small_servers, value);
}

static bool set_tcp_congestion(struct cmdline *out, const char *value)
{
	static const char *const names[] = {"cubic", "reno"};
	int which = choose(value, names, ARRAY_SIZE(names));

	if (which < 0)
		return false;
	out->tcp_congestion = names[which];
	return true;
}

static bool set_tcp_ecn(struct cmdline *out, const char *value)
{
	return parse_u32(&value, 2, &out->tcp_ecn) && !*value;
}

static bool set_telnet(struct cmdline *out, const char *value)
{
	return set_switch(&out->telnet, value);
}

/* A later ip= for the same device takes the place of the earlier one. */
static bool set_ip(struct cmdline *out, const char *value)
{
	struct ip_config config;
	unsigned i;

	if (!ip_config_parse(value, &config))
		return false;
	for (i = 0; i < out->ip_count; i++)
		if (strcmp(out->ip[i].device, config.device) == 0)
			break;
	if (i == CMDLINE_IPS)
		return false;
	out->ip[i] = config;
	out->ip_count = MAX(out->ip_count, i + 1);
	return true;
}

static bool set_panic(struct cmdline *out, const char *value)
{
	return panic_parse(value, &out->panic_seconds);
}

static bool set_crash(struct cmdline *out, const char *value)
{
	return crash_parse(value, &out->crash);
}

static bool set_netconsole(struct cmdline *out, const char *value)
{
	struct netconsole_config config;

	if (!netconsole_parse(value, &config))
		return false;
	out->netconsole = config;
	out->has_netconsole = true;
	return true;
}

static const struct {
	const char *key;
	bool (*set)(struct cmdline *out, const char *value);
} keys[] = {
	{"ip", set_ip},
	{"e1000.irq", set_irq},
	{"loglevel", set_loglevel},
	{"busypoll", set_busypoll},
	{"ntp", set_ntp},
	{"end", set_end},
	{"listing", set_listing},
	{"tcp-small-servers", set_small_servers},
	{"tcp.congestion", set_tcp_congestion},
	{"tcp.ecn", set_tcp_ecn},
	{"panic", set_panic},
	{"crash", set_crash},
	{"netconsole", set_netconsole},
	{"telnet", set_telnet},
};

static void complain(cmdline_warn warn, const char *what, const char *word)
{
	char line[WORD_MAX + 64];

	snprintf(line, sizeof(line), "command line: %s: %s", what, word);
	warn(line);
}

static void parse_word(struct cmdline *out, char *word, cmdline_warn warn)
{
	char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strlen(keys[i].key) != len ||
		    memcmp(keys[i].key, word, len) != 0)
			continue;
		if (!equals || !keys[i].set(out, equals + 1))
			complain(warn, "bad value, ignored", word);
		return;
	}
	complain(warn, "unknown, ignored", word);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copies the next word into word[WORD_MAX]; returns its length, 0: none. */
static size_t next_word(const char **text, char *word)
{
	size_t len = 0;

	while (is_blank(**text))
		++*text;
	for (; **text && !is_blank(**text); ++*text, len++)
		if (len < WORD_MAX - 1)
			word[len] = **text;
	word[MIN(len, (size_t)WORD_MAX - 1)] = '\0';
	return len;
}

void cmdline_parse(struct cmdline *out, const char *text, cmdline_warn warn)
{
	char word[WORD_MAX];
	size_t len;

	memset(out, 0, sizeof(*out));
	out->loglevel = LOG_INFO;
	out->busypoll_us = CMDLINE_BUSYPOLL_US;
	out->tcp_congestion = "cubic";
	out->tcp_ecn = CMDLINE_TCP_ECN;
	while ((len = next_word(&text, word)) != 0) {
		if (len < WORD_MAX)
			parse_word(out, word, warn);
		else
			complain(warn, "word too long, ignored", word);
	}
	if (out->ip_count)
		return;
	out->ip[0] = default_ip;
	out->ip_count = 1;
}

const struct ip_config *cmdline_ip(const struct cmdline *cmdline,
				   const char *device)
{
	const struct ip_config *any = NULL;
	unsigned i;

	for (i = 0; i < cmdline->ip_count; i++) {
		const struct ip_config *ip = &cmdline->ip[i];

		if (strcmp(ip->device, device) == 0)
			return ip;
		if (!ip->device[0])
			any = ip;
	}
	return any;
}
