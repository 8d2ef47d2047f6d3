/*
 * Archives: as they come, and once more with every header signed, because no
 * fuzzer guesses checksums. What is read lies inside; what was added to the
 * index is found again; nothing is left in memory.
 */
#include <string.h>
#include "app/http_path.h"
#include "app/site.h"
#include "kernel/log.h"
#include "test/fuzz/fuzz.h"
#include "test/host/machine_sim.h"
#include "test/host/tar_make.h"

static u64 pages, objects; /* before the first input */

void fuzz_init(void)
{
	sim_init();
	log_set_level(LOG_ERR);
	pages = sim_live_pages();
	objects = sim_live_objects();
}

static void check_entry(const struct tar_entry *entry, const u8 *data,
			size_t size)
{
	char path[TAR_PATH_MAX + 1];

	FUZZ_CHECK(entry->path_len <= TAR_PATH_MAX);
	FUZZ_CHECK(strlen(entry->path) == entry->path_len);
	memcpy(path, entry->path, entry->path_len + 1);
	FUZZ_CHECK(tar_clean_path(path, entry->path_len) ==
		   (int)entry->path_len);
	FUZZ_CHECK(!memcmp(path, entry->path, entry->path_len));
	FUZZ_CHECK(entry->data >= data && entry->data <= data + size);
	FUZZ_CHECK(entry->size <= (u64)(data + size - entry->data));
	FUZZ_CHECK(entry->is_dir || entry->path_len);
}

/* Bounded: each step moves on by a block at least. */
static void check_tar(const u8 *data, size_t size)
{
	struct tar_entry entry;
	enum tar_result result;
	struct tar tar;
	size_t steps = 0;

	tar_open(&tar, data, size);
	while ((result = tar_next(&tar, &entry)) != TAR_END) {
		FUZZ_CHECK(steps++ <= size / TAR_BLOCK + 1);
		FUZZ_CHECK(tar.at <= tar.len);
		FUZZ_CHECK((result == TAR_PROBLEM) == !!entry.problem);
		if (result == TAR_ENTRY)
			check_entry(&entry, data, size);
	}
	FUZZ_CHECK(tar_next(&tar, &entry) == TAR_END);
}

static void check_site(const u8 *data, size_t size)
{
	struct site *site = site_open(data, size);
	u32 children = 0;

	if (!site)
		return;
	FUZZ_CHECK(site->count == site->files + site->dirs + 1);
	for (u32 i = 0; i < site->count; i++) {
		const struct site_entry *entry = &site->entries[i], *child;

		FUZZ_CHECK(site_find(site, entry->path, entry->path_len) ==
			   entry);
		FUZZ_CHECK(entry->path_len < HTTP_PATH_MAX - 2);
		FUZZ_CHECK(entry->is_dir || (!entry->child && entry->data));
		for (child = site_entry(site, entry->child); child;
		     child = site_entry(site, child->sibling))
			children++;
	}
	FUZZ_CHECK(children == site->count - 1);
	site_close(site);
}

void fuzz_one(const u8 *data, size_t size)
{
	struct tar_maker maker = {.data = malloc(size ? size : 1), .len = size};

	check_tar(data, size);
	check_site(data, size);
	if (size)
		memcpy(maker.data, data, size);
	for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK)
		if (!memcmp(maker.data + at + 257, "ustar", 5))
			tar_sign(&maker, at);
	check_tar(maker.data, size);
	check_site(maker.data, size);
	free(maker.data);
	FUZZ_CHECK(sim_live_pages() == pages);
	FUZZ_CHECK(sim_live_objects() == objects);
}
