/*
 * The index of a site: entries in one array that doubles, chained by hash
 * (SipHash: an archive from somewhere else cannot make the chains long), and
 * each directory's children as a list. Directories that the archive does not
 * name are made for the files in them.
 */
#include "kernel/machine.h"
#include "kernel/slab.h"
#include "lib/string.h"
#include "app/mime.h"
#include "app/site.h"

#define NAMES_PIECE 32768

struct site_names {
	struct site_names *older;
	u32 used;
	char text[];
};

void *site_alloc(u64 size)
{
	return machine_pages_alloc(page_order(size));
}

void site_free(void *memory, u64 size)
{
	if (memory)
		machine_pages_free(memory, page_order(size));
}

static u32 hash_of(const struct site *site, const void *path, u32 len)
{
	return (u32)siphash(path, len, &site->key);
}

static u32 find(const struct site *site, const void *path, u32 len, u32 hash)
{
	u32 at;

	if (!site->room)
		return 0;
	at = site->buckets[hash & (site->room - 1)];
	while (at) {
		const struct site_entry *entry = &site->entries[at];

		if (entry->hash == hash && entry->path_len == len &&
		    !memcmp(entry->path, path, len))
			break;
		at = entry->chain;
	}
	return at;
}

const struct site_entry *site_find(const struct site *site, const void *path,
				   u32 len)
{
	if (!len)
		return &site->entries[0];
	return site_entry(site,
			  find(site, path, len, hash_of(site, path, len)));
}

static void link_bucket(struct site *site, u32 number)
{
	struct site_entry *entry = &site->entries[number];
	u32 *bucket = &site->buckets[entry->hash & (site->room - 1)];

	entry->chain = *bucket;
	*bucket = number;
}

/* Twice the room, for entries and buckets alike. */
static bool grow(struct site *site)
{
	u32 room = site->room ? site->room * 2 : 64;
	struct site_entry *entries = site_alloc(room * sizeof(*entries));
	u32 *buckets = site_alloc(room * sizeof(*buckets));

	if (!entries || !buckets) {
		site_free(entries, room * sizeof(*entries));
		site_free(buckets, room * sizeof(*buckets));
		return false;
	}
	if (site->count)
		memcpy(entries, site->entries, site->count * sizeof(*entries));
	memset(buckets, 0, room * sizeof(*buckets));
	site_free(site->entries, site->room * sizeof(*entries));
	site_free(site->buckets, site->room * sizeof(*buckets));
	site->entries = entries;
	site->buckets = buckets;
	site->room = room;
	for (u32 i = 1; i < site->count; i++)
		link_bucket(site, i);
	return true;
}

/* A copy of the path; NULL without memory. */
static const char *keep_name(struct site *site, const char *path, u32 len)
{
	struct site_names *names = site->names;
	char *text;

	if (!names || NAMES_PIECE - sizeof(*names) - names->used < len) {
		if (site->names_size + NAMES_PIECE > SITE_NAMES)
			return NULL;
		names = site_alloc(NAMES_PIECE);
		if (!names)
			return NULL;
		names->older = site->names;
		names->used = 0;
		site->names = names;
		site->names_size += NAMES_PIECE;
	}
	text = names->text + names->used;
	memcpy(text, path, len);
	names->used += len;
	return text;
}

/* A new entry with a path that it owns: its number, or 0. */
static u32 new_entry(struct site *site, const char *path, u32 len, u32 hash)
{
	struct site_entry *entry;

	if (site->count == site->room && !grow(site))
		return 0;
	entry = &site->entries[site->count];
	*entry = (struct site_entry){
		.path = path,
		.path_len = (u16)len,
		.hash = hash,
		.mtime = TAR_NO_TIME,
		.is_dir = true,
	};
	if (site->count++)
		link_bucket(site, site->count - 1);
	return site->count - 1;
}

static void append_child(struct site *site, u32 dir, u32 child)
{
	struct site_entry *parent = &site->entries[dir];

	if (parent->child)
		site->entries[parent->last].sibling = child;
	else
		parent->child = child;
	parent->last = child;
}

static u32 parent_len(const char *path, u32 len)
{
	while (len && path[len - 1] != '/')
		len--;
	return len ? len - 1 : 0;
}

/*
 * path[0, len), of which a part may be there already, as directories: the
 * number of the last; false when one of them is a file, or no room is left.
 * `path` is kept by the site.
 */
static bool make_dirs(struct site *site, const char *path, u32 len, u32 *dir)
{
	u32 at = 0;

	/* Mostly the last one is there, and all those above it. */
	*dir = len ? find(site, path, len, hash_of(site, path, len)) : 0;
	if (*dir)
		return site->entries[*dir].is_dir;
	while (at < len) {
		u32 found, hash;

		while (at < len && path[at] != '/')
			at++;
		hash = hash_of(site, path, at);
		found = find(site, path, at, hash);
		if (found && !site->entries[found].is_dir)
			return false;
		if (!found) {
			if (site->count >= SITE_ENTRIES)
				return false;
			found = new_entry(site, path, at, hash);
			if (!found)
				return false;
			append_child(site, *dir, found);
			site->dirs++;
		}
		*dir = found;
		at++;
	}
	return true;
}

/* What another name means for a file, or a file's for its directory. */
static void link_others(struct site *site, u32 number, u32 dir)
{
	struct site_entry *entry = &site->entries[number];
	u32 len = entry->path_len, name = parent_len(entry->path, len), found;
	char gz[TAR_PATH_MAX + 4];

	name = name ? len - name - 1 : len;
	if (name == 10 && !memcmp(entry->path + len - 10, "index.html", 10))
		site->entries[dir].other = number;
	memcpy(gz, entry->path, len);
	memcpy(gz + len, ".gz", 3);
	found = find(site, gz, len + 3, hash_of(site, gz, len + 3));
	if (found && !site->entries[found].is_dir)
		entry->other = found;
	if (name <= 3 || memcmp(entry->path + len - 3, ".gz", 3))
		return;
	found = find(site, gz, len - 3, hash_of(site, gz, len - 3));
	if (found && !site->entries[found].is_dir)
		site->entries[found].other = number;
}

static struct site_entry *fill(struct site *site, u32 number,
			       const struct tar_entry *file)
{
	struct site_entry *entry = &site->entries[number];

	entry->is_dir = false;
	entry->data = file->data;
	entry->size = file->size;
	entry->mtime = file->mtime;
	site->bytes += file->size;
	return entry;
}

/* A path that is not there yet. */
static struct site_entry *add_new(struct site *site,
				  const struct tar_entry *file, u32 hash,
				  const char **problem)
{
	const char *path = keep_name(site, file->path, file->path_len);
	u32 dir, number, parent = parent_len(file->path, file->path_len);

	*problem = "too little memory";
	if (!path)
		return NULL;
	if (!make_dirs(site, path, file->is_dir ? file->path_len : parent,
		       &dir)) {
		*problem = "no room, or a file has its directory's name";
		return NULL;
	}
	if (file->is_dir)
		return &site->entries[dir];
	*problem = "too many entries";
	if (site->count >= SITE_ENTRIES)
		return NULL;
	*problem = "too little memory";
	number = new_entry(site, path, file->path_len, hash);
	if (!number)
		return NULL;
	append_child(site, dir, number);
	site->files++;
	fill(site, number, file)->mime = mime_of(path, file->path_len);
	link_others(site, number, dir);
	return &site->entries[number];
}

struct site_entry *site_add(struct site *site, const struct tar_entry *file,
			    const char **problem)
{
	u32 hash, found;
	struct site_entry *entry;

	if (!site->count)
		(void)new_entry(site, "", 0, 0);
	*problem = "too little memory";
	if (!site->count)
		return NULL;
	if (!file->path_len)
		return &site->entries[0];
	hash = hash_of(site, file->path, file->path_len);
	found = find(site, file->path, file->path_len, hash);
	if (!found)
		return add_new(site, file, hash, problem);
	entry = &site->entries[found];
	*problem = "both a file and a directory";
	if (entry->is_dir != file->is_dir)
		return NULL;
	if (!file->is_dir) { /* the later one counts */
		site->bytes -= entry->size;
		fill(site, found, file);
	}
	return entry;
}

void site_close(struct site *site)
{
	while (site->names) {
		struct site_names *older = site->names->older;

		site_free(site->names, NAMES_PIECE);
		site->names = older;
	}
	site_free(site->entries, site->room * sizeof(*site->entries));
	site_free(site->buckets, site->room * sizeof(*site->buckets));
	kfree(site);
}
