/*
 * A site: the files of a tar archive in memory, found by path. The archive
 * stays where it is and must not change or go while the site is open; only
 * names and numbers are copied out of it.
 *
 *	entries[0] = "" (the root)
 *	   | child        last
 *	   v               v
 *	  "a" --sibling-> "index.html"
 *	   | child
 *	   v
 *	  "a/b.css"       buckets[hash] -> entry -chain-> entry
 */
#pragma once

#include "app/tar.h"
#include "lib/siphash.h"

#define SITE_ENTRIES 65536	/* at most, directories and the root included */
#define SITE_NAMES   (8u << 20) /* bytes of all paths, at most */

struct site_entry {
	const char *path; /* no slash at either end */
	const u8 *data;
	u64 size, mtime; /* TAR_NO_TIME: not known */
	u32 hash;
	/* Numbers of other entries; 0, the root, stands for none. */
	u32 chain, sibling;
	u32 child, last; /* of a directory: the first and the last in it */
	u32 other;	 /* a directory's index.html, or a file's .gz */
	u16 path_len;
	u8 mime;
	bool is_dir;
};

struct site {
	struct siphash_key key;
	struct site_entry *entries;
	u32 *buckets;
	u32 count, room; /* room: a power of two; buckets has as many */
	u32 files, dirs;
	u64 bytes;
	struct site_names *names; /* the newest piece */
	u32 names_size;		  /* of all pieces */
};

/*
 * Reads the archive and logs what is wrong with it; what is right is served.
 * NULL without memory.
 */
struct site *site_open(const void *tar, u64 len);
void site_close(struct site *site);

/* By its whole path, without a slash at either end; "" is the root. */
const struct site_entry *site_find(const struct site *site, const void *path,
				   u32 len);

static inline const struct site_entry *site_entry(const struct site *site,
						  u32 number)
{
	return number ? &site->entries[number] : NULL;
}

/* site_index.c: adds or replaces; NULL and *problem when it cannot. */
struct site_entry *site_add(struct site *site, const struct tar_entry *file,
			    const char **problem);

/* Pages for `size` bytes. */
void *site_alloc(u64 size);
void site_free(void *memory, u64 size);
