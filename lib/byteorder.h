/*
 * Network byte order as a type of its own: a be16 or be32 is a structure of
 * one member, so adding one to a host number, comparing them or passing the
 * wrong one does not compile.
 */
#pragma once

#include "lib/types.h"

typedef struct {
	u16 raw;
} be16;

typedef struct {
	u32 raw;
} be32;

#define BE16(v) ((be16){__builtin_bswap16((u16)(v))})
#define BE32(v) ((be32){__builtin_bswap32((u32)(v))})

static inline be16 htons(u16 v)
{
	return BE16(v);
}

static inline be32 htonl(u32 v)
{
	return BE32(v);
}

static inline u16 ntohs(be16 v)
{
	return __builtin_bswap16(v.raw);
}

static inline u32 ntohl(be32 v)
{
	return __builtin_bswap32(v.raw);
}

static inline bool be16_eq(be16 a, be16 b)
{
	return a.raw == b.raw;
}

static inline bool be32_eq(be32 a, be32 b)
{
	return a.raw == b.raw;
}

/* Unaligned access: options and DNS names lie at any address. */
static inline u16 get_be16(const void *p)
{
	u16 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline u32 get_be32(const void *p)
{
	u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline void put_be16(void *p, u16 v)
{
	v = __builtin_bswap16(v);
	__builtin_memcpy(p, &v, sizeof(v));
}

static inline void put_be32(void *p, u32 v)
{
	v = __builtin_bswap32(v);
	__builtin_memcpy(p, &v, sizeof(v));
}
