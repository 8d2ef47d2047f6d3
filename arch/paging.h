/*
 * Page tables (4 levels). Virtual is physical for the kernel image, RAM and
 * device registers; only task stacks have addresses of their own. No page is
 * both writable and executable, and page 0 is never mapped.
 */
#pragma once

#include "lib/types.h"

enum page_rights { PAGE_RX, PAGE_R, PAGE_RW, PAGE_MMIO };

/* Builds tables with the kernel image in them; page_alloc must work. */
void paging_init(void);

/* Leaves the boot tables for ours; RAM must have been mapped by then. */
void paging_enable(void);

/*
 * Maps page-aligned [virt, virt+len) to phys. 0, -ENOMEM, or -EEXIST when
 * something else is there already; mapping the same twice is no error.
 */
int paging_map(u64 virt, u64 phys, u64 len, enum page_rights rights) must_check;

/* Takes 4 KiB pages out again; what is not mapped is passed over. */
void paging_unmap(u64 virt, u64 len);

/* The physical address behind `virt`, UINT64_MAX when there is none. */
u64 paging_translate(u64 virt);
bool paging_is_mapped(u64 virt);

/* In the stack window, where nothing is mapped. */
bool paging_is_stack_guard(u64 virt);
