/*
 * Reader of tar archives in memory (POSIX.1-1988 ustar, with the long names
 * of GNU and pax): no I/O, no allocation, and nothing is read outside of the
 * archive, whatever it says.
 *
 *	| header 512 | data, to a multiple of 512 | header | ... | zeros 1024 |
 *
 * A header that is wrong is reported once; then the next good one is looked
 * for, block by block, so that one bad header costs one file. (The data of
 * the lost file is looked at too: an archive inside of it would be read.)
 */
#pragma once

#include "lib/types.h"

#define TAR_BLOCK    512
#define TAR_PATH_MAX 1000 /* bytes of a path */

enum tar_result {
	TAR_ENTRY,
	TAR_PROBLEM, /* entry->problem says what: go on with tar_next */
	TAR_END,
};

struct tar {
	const u8 *base;
	u64 len, at;
	bool lost;  /* looking for a header behind a bad one */
	bool ended; /* its end has been reported */
	/* What a long-name or pax header says about the entry behind it. */
	const u8 *long_path;
	u64 long_len; /* 0: nothing */
	u64 pax_size;
	bool has_pax_size, sparse;
};

#define TAR_NO_TIME UINT64_MAX

struct tar_entry {
	u64 header; /* its offset */
	const u8 *data;
	u64 size;
	u64 mtime; /* seconds since 1970, or TAR_NO_TIME */
	bool is_dir;
	const char *problem; /* of TAR_PROBLEM; path is as it was found then */
	u32 path_len;	     /* 0: the root, or no name is known */
	char path[TAR_PATH_MAX + 1];
};

static inline void tar_open(struct tar *tar, const void *base, u64 len)
{
	*tar = (struct tar){.base = base, .len = len};
}

/*
 * The next file or directory. Its path is clean: segments joined by single
 * slashes, none of them "." or "..", no control byte or backslash in it.
 */
enum tar_result tar_next(struct tar *tar, struct tar_entry *entry);

/*
 * In place: drops empty segments and ".". The new length, or -1 when there
 * is a ".." or a byte that a path may not have.
 */
int tar_clean_path(char *path, u32 len);

/* tar_pax.c: a number field, octal or base-256; false: neither, or too large.
 */
bool tar_number(const u8 *field, u32 len, u64 *out);

/* The records that matter, into *tar; NULL or what is wrong. */
const char *tar_read_pax(struct tar *tar, const u8 *data, u64 len);
