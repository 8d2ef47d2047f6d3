/*
 * The kernel's command line: whatever it says, what comes out can be used,
 * nothing is read behind its end, and complaints are lines of text.
 */
#include <string.h>
#include "boot/cmdline.h"
#include "lib/byteorder.h"
#include "test/fuzz/fuzz.h"

void fuzz_init(void)
{
}

static void check_line(const char *line)
{
	FUZZ_CHECK(strlen(line) < 512 && !strchr(line, '\n'));
}

static void check_ip(const struct ip_config *ip)
{
	u32 mask = ntohl(ip->mask), addr = ntohl(ip->addr);

	FUZZ_CHECK(memchr(ip->hostname, 0, sizeof(ip->hostname)));
	FUZZ_CHECK(memchr(ip->device, 0, sizeof(ip->device)));
	FUZZ_CHECK(!(~mask & (~mask + 1)));
	FUZZ_CHECK(!addr || mask);
}

void fuzz_one(const u8 *data, size_t size)
{
	char *text = malloc(size + 1);
	struct cmdline c;

	memcpy(text, data, size);
	text[size] = '\0';
	memset(&c, 0xa5, sizeof(c));
	cmdline_parse(&c, text, check_line);
	FUZZ_CHECK(c.ip_count >= 1 && c.ip_count <= CMDLINE_IPS);
	for (unsigned i = 0; i < c.ip_count; i++)
		check_ip(&c.ip[i]);
	FUZZ_CHECK(c.e1000_irq <= CMDLINE_IRQ_INTX);
	FUZZ_CHECK(c.loglevel <= LOG_DEBUG && c.end <= CMDLINE_END_RESET);
	FUZZ_CHECK(memchr(c.ntp, 0, sizeof(c.ntp)));
	FUZZ_CHECK(!cmdline_ip(&c, "eth0") ||
		   cmdline_ip(&c, "eth0") < c.ip + c.ip_count);
	free(text);
}
