/*
 * DNS answers: every name that is read is one, no byte is taken from behind
 * the message, and no ring is followed.
 */
#include <string.h>
#include "app/dns_msg.h"
#include "lib/errno.h"
#include "test/fuzz/fuzz.h"

static struct dns_name asked;

void fuzz_init(void)
{
	FUZZ_CHECK(!dns_name_from_text(&asked, "www.example.org"));
}

static void check_name(const struct dns_name *name)
{
	size_t at = 0;

	FUZZ_CHECK(name->len && !name->wire[name->len - 1]);
	while (name->wire[at]) {
		FUZZ_CHECK(name->wire[at] <= DNS_LABEL_MAX);
		at += 1u + name->wire[at];
		FUZZ_CHECK(at < name->len);
	}
	FUZZ_CHECK(at == name->len - 1u);
}

/* Names at every offset: in bounds, or refused. */
static void check_names(const u8 *data, size_t size)
{
	for (size_t from = 0; from <= size && from < 600; from++) {
		struct dns_name name;
		size_t at = from;

		if (dns_name_read(data, size, &at, &name))
			continue;
		FUZZ_CHECK(at > from && at <= size);
		check_name(&name);
	}
}

void fuzz_one(const u8 *data, size_t size)
{
	struct dns_answer answer;
	int err = dns_parse(data, size, 0x1234, &asked, &answer);

	check_names(data, size);
	if (err)
		return;
	FUZZ_CHECK(answer.count <= DNS_ADDRS_MAX);
	FUZZ_CHECK(answer.count || answer.aliases);
	FUZZ_CHECK(answer.aliases <= DNS_ALIASES);
	FUZZ_CHECK(answer.ttl_s <= DNS_TTL_MAX_S);
	check_name(&answer.name);
}
