/*
 * ELF64 (System V gABI, "Object Files"; x86-64 psABI, 4.1) as far as a
 * static kernel needs it: program headers, and the note that names the
 * 64-bit entry. The file comes from a disk: every number is checked.
 */
#include "boot/efi/elf_check.h"
#include "boot/boot_info.h"
#include "boot/handoff.h"
#include "lib/string.h"

#define LOWEST	    0x100000ull
#define HIGHEST	    (1ull << 32)
#define TYPE_EXEC   2
#define MACHINE_X86 62
#define PT_LOAD	    1
#define PT_NOTE	    4
#define FLAG_EXEC   1
#define IDENT_64                                                               \
	{                                                                      \
		0x7f, 'E', 'L', 'F', 2, 1, 1                                   \
	}

struct file_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct note_header {
	u32 name_size, desc_size, type;
};

_Static_assert(sizeof(struct file_header) == 64, "ELF64");
_Static_assert(sizeof(struct program_header) == 56, "ELF64");

struct file {
	const u8 *data;
	size_t size;
};

static bool inside(const struct file *f, u64 offset, u64 len)
{
	return len <= f->size && offset <= f->size - len;
}

static const char *check_header(const struct file *f, struct file_header *head)
{
	static const u8 ident[] = IDENT_64;

	if (!inside(f, 0, sizeof(*head)))
		return "too short for an ELF file";
	memcpy(head, f->data, sizeof(*head));
	if (memcmp(head->ident, ident, 4) != 0)
		return "not an ELF file";
	if (memcmp(head->ident, ident, sizeof(ident)) != 0 ||
	    head->machine != MACHINE_X86)
		return "an ELF file, but not for x86-64";
	if (head->type != TYPE_EXEC)
		return "an ELF file, but not a statically linked program";
	if (head->phentsize != sizeof(struct program_header) ||
	    !inside(f, head->phoff,
		    (u64)head->phnum * sizeof(struct program_header)))
		return "damaged: its program headers are not in the file";
	return NULL;
}

static const char *add_segment(const struct file *f, struct elf_image *out,
			       const struct program_header *ph)
{
	u64 start = ph->paddr & ~(PAGE_SIZE - 1), end;
	unsigned i;

	if (!ph->memsz)
		return NULL;
	if (ph->filesz > ph->memsz || !inside(f, ph->offset, ph->filesz))
		return "damaged: a segment is not in the file";
	if (ph->paddr < LOWEST || ph->memsz > HIGHEST ||
	    ph->paddr > HIGHEST - ph->memsz)
		return "not a kernel: a segment is not between 1 MiB and 4 GiB";
	for (i = 0; i < out->count; i++)
		if (ph->paddr < out->segments[i].addr + out->segments[i].size &&
		    out->segments[i].addr < ph->paddr + ph->memsz)
			return "damaged: two segments overlap";
	if (out->count == ELF_SEGMENTS)
		return "not a kernel: it has too many segments";
	out->segments[out->count++] = (struct elf_segment){
		.offset = ph->offset,
		.file_size = ph->filesz,
		.addr = ph->paddr,
		.size = ph->memsz,
		.executable = ph->flags & FLAG_EXEC,
	};
	end = ALIGN_UP(ph->paddr + ph->memsz, PAGE_SIZE);
	out->start = out->count == 1 ? start : MIN(out->start, start);
	out->end = MAX(out->end, end);
	return NULL;
}

/* Looks through a note segment; its notes are aligned to 4 bytes. */
static bool find_handoff(const struct file *f, const struct program_header *ph,
			 struct handoff_desc *desc)
{
	struct note_header note;
	u64 off = ph->offset, left = ph->filesz;

	while (left >= sizeof(note)) {
		u64 name = off + sizeof(note), skip;

		memcpy(&note, f->data + off, sizeof(note));
		skip = ALIGN_UP((u64)note.name_size, 4ull);
		if (skip + ALIGN_UP((u64)note.desc_size, 4ull) >
		    left - sizeof(note))
			return false;
		if (note.type == HANDOFF_NOTE &&
		    note.name_size == sizeof(HANDOFF_NAME) &&
		    note.desc_size == sizeof(*desc) &&
		    memcmp(f->data + name, HANDOFF_NAME,
			   sizeof(HANDOFF_NAME)) == 0) {
			memcpy(desc, f->data + name + skip, sizeof(*desc));
			return true;
		}
		skip += sizeof(note) + ALIGN_UP((u64)note.desc_size, 4ull);
		off += skip;
		left -= skip;
	}
	return false;
}

static const char *check_entry(struct elf_image *out,
			       const struct handoff_desc *desc)
{
	unsigned i;

	if (desc->abi != HANDOFF_ABI ||
	    desc->info_size != sizeof(struct boot_info))
		return "of another version than this loader: "
		       "put both from one build on the disk";
	for (i = 0; i < out->count; i++) {
		const struct elf_segment *s = &out->segments[i];

		if (s->executable && desc->entry >= s->addr &&
		    desc->entry - s->addr < s->file_size) {
			out->entry = desc->entry;
			return NULL;
		}
	}
	return "damaged: its entry is not in its code";
}

const char *elf_check(const void *file, size_t size, struct elf_image *out)
{
	struct file f = {file, size};
	struct handoff_desc desc = {0};
	struct file_header head;
	struct program_header ph;
	bool found = false;
	const char *why = check_header(&f, &head);
	unsigned i;

	memset(out, 0, sizeof(*out));
	for (i = 0; !why && i < head.phnum; i++) {
		memcpy(&ph, f.data + head.phoff + i * sizeof(ph), sizeof(ph));
		if (ph.type == PT_LOAD)
			why = add_segment(&f, out, &ph);
		else if (ph.type == PT_NOTE && !found &&
			 inside(&f, ph.offset, ph.filesz))
			found = find_handoff(&f, &ph, &desc);
	}
	if (why)
		return why;
	if (!out->count || out->end - out->start > ELF_SPAN_MAX)
		return "not a kernel: nothing in it to load, or too much";
	if (!found)
		return "not barenet: it has no note with a 64-bit entry";
	return check_entry(out, &desc);
}
