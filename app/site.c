/*
 * Opening a site: each entry of the archive goes into the index, each
 * problem into the log, up to a number of lines.
 */
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/slab.h"
#include "lib/string.h"
#include "app/site.h"

#define LOG_MOST  16 /* problems with a line of their own */
#define NAME_MOST 64 /* bytes of a name in it */

/* The end of a name says more than its beginning; no byte of it is raw. */
static const char *printable(const struct tar_entry *entry,
			     char out[NAME_MOST + 1])
{
	u32 len = MIN(entry->path_len, (u32)NAME_MOST);
	const char *from = entry->path + entry->path_len - len;

	for (u32 i = 0; i < len; i++)
		out[i] = from[i] < 0x20 || from[i] > 0x7e ? '?' : from[i];
	out[len] = 0;
	return out;
}

static void report(const struct tar_entry *entry, const char *problem, u32 nth)
{
	char name[NAME_MOST + 1];

	if (nth < LOG_MOST)
		pr_warn("site: header at %#llx%s%s%s: %s, left out",
			(unsigned long long)entry->header,
			entry->path_len ? " (" : "", printable(entry, name),
			entry->path_len ? ")" : "", problem);
}

static u32 read_all(struct site *site, struct tar *tar)
{
	struct tar_entry entry;
	enum tar_result result;
	u32 problems = 0;

	while ((result = tar_next(tar, &entry)) != TAR_END) {
		const char *problem = entry.problem;

		if (result == TAR_ENTRY && site_add(site, &entry, &problem))
			continue;
		report(&entry, problem, problems++);
	}
	return problems;
}

struct site *site_open(const void *archive, u64 len)
{
	struct site *site = kzalloc(sizeof(*site));
	struct tar tar;
	u32 problems;

	if (!site)
		return NULL;
	random_bytes(&site->key, sizeof(site->key));
	tar_open(&tar, archive, len);
	problems = read_all(site, &tar);
	if (problems > LOG_MOST)
		pr_warn("site: %u more problems", problems - LOG_MOST);
	if (!site->count || !site->files) {
		pr_err("site: no file in %llu bytes, nothing to serve",
		       (unsigned long long)len);
		site_close(site);
		return NULL;
	}
	pr_info("site: %u files, %u directories, %llu bytes", site->files,
		site->dirs, (unsigned long long)site->bytes);
	return site;
}
