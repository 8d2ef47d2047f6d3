/*
 * The types and compiler words that every file of barenet uses. Only the
 * compiler's own freestanding headers stand behind it, so the same text
 * compiles for the metal and for a host test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef ptrdiff_t ssize_t;

#define must_check	  __attribute__((warn_unused_result))
#define noreturn	  __attribute__((noreturn))
#define pure		  __attribute__((pure))
#define packed		  __attribute__((packed))
#define aligned(n)	  __attribute__((aligned(n)))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
/* Off the fast path: its registers are not saved there either. */
#define cold	    __attribute__((cold, __noinline__))
#define noinline    __attribute__((noinline))
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier()   __asm__ __volatile__("" ::: "memory")

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a) (((x) + (a)-1) & ~((typeof(x))(a)-1))
#define MIN(a, b)      ((a) < (b) ? (a) : (b))
#define MAX(a, b)      ((a) > (b) ? (a) : (b))
#define CACHE_LINE     64
#define PAGE_SIZE      4096ul
#define PAGE_SHIFT     12

#define container_of(ptr, type, member)                                        \
	((type *)((char *)(ptr)-offsetof(type, member)))

/* One access, neither torn nor merged nor repeated by the compiler. */
#define READ_ONCE(x)	 (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
