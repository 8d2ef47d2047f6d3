/*
 * Finds and checks ACPI tables (specification 6.4, section 5.2.5 to 5.2.8)
 * and keeps what arch/acpi.h names. Tables may lie anywhere below 4 GiB.
 */
#include "arch/acpi.h"
#include "arch/acpi_tables.h"
#include "kernel/log.h"
#include "lib/string.h"

#define MAPPED_END    (1ull << 32)
#define TABLE_MAX     (1024 * 1024)
#define RSDP_V1_SIZE  20
#define LAPIC_DEFAULT 0xfee00000

struct acpi_info acpi_info;

static bool sum_is_zero(const void *data, size_t len)
{
	const u8 *p = data;
	u8 sum = 0;

	while (len--)
		sum += *p++;
	return !sum;
}

/* The table at phys, NULL unless it is whole and its checksum right. */
static const struct acpi_header *table_at(u64 phys)
{
	const struct acpi_header *head = (const void *)phys;

	if (!phys || phys > MAPPED_END - sizeof(*head))
		return NULL;
	if (head->length < sizeof(*head) || head->length > TABLE_MAX ||
	    head->length > MAPPED_END - phys)
		return NULL;
	return sum_is_zero(head, head->length) ? head : NULL;
}

static bool is_table(const struct acpi_header *head, const char *signature)
{
	return head && memcmp(head->signature, signature, 4) == 0;
}

static void read_madt_entry(const struct madt_entry *entry)
{
	struct acpi_info *info = &acpi_info;
	const struct madt_ioapic *io = (const void *)entry;
	const struct madt_override *over = (const void *)entry;
	const struct madt_lapic_base *base = (const void *)entry;

	if (entry->type == MADT_IOAPIC && entry->length >= sizeof(*io)) {
		if (info->ioapic_count < ACPI_IOAPICS)
			info->ioapics[info->ioapic_count++] =
				(struct acpi_ioapic){io->base, io->gsi_base};
	} else if (entry->type == MADT_OVERRIDE &&
		   entry->length >= sizeof(*over)) {
		if (info->override_count < ACPI_OVERRIDES)
			info->overrides[info->override_count++] =
				(struct acpi_override){over->irq, over->gsi,
						       over->flags};
	} else if (entry->type == MADT_LAPIC_BASE &&
		   entry->length >= sizeof(*base)) {
		info->lapic_base = base->base;
	}
}

static void read_madt(const struct acpi_header *head)
{
	const struct acpi_madt *madt = (const void *)head;
	u32 off = sizeof(*madt);

	if (head->length < sizeof(*madt))
		return;
	acpi_info.lapic_base = madt->lapic_base;
	while (off <= head->length &&
	       head->length - off >= sizeof(struct madt_entry)) {
		const struct madt_entry *entry =
			(const void *)((const u8 *)madt + off);

		if (entry->length < sizeof(*entry) ||
		    entry->length > head->length - off)
			return;
		read_madt_entry(entry);
		off += entry->length;
	}
}

static void read_mcfg(const struct acpi_header *head)
{
	const struct acpi_mcfg *mcfg = (const void *)head;
	const struct mcfg_entry *entry = mcfg->entries;
	u32 count;

	if (head->length < sizeof(*mcfg))
		return;
	count = (head->length - sizeof(*mcfg)) / sizeof(*entry);
	for (; count; count--, entry++) {
		if (entry->segment != 0 || entry->last_bus < entry->first_bus)
			continue;
		acpi_info.ecam_base = entry->base;
		acpi_info.ecam_first_bus = entry->first_bus;
		acpi_info.ecam_last_bus = entry->last_bus;
		return;
	}
}

/* AML of a small integer at *p: section 20.2.3, ZeroOp, OneOp, ByteConst. */
static bool aml_byte(const u8 **p, const u8 *end, u8 *value)
{
	if (*p < end && **p <= 1) {
		*value = *(*p)++;
		return true;
	}
	if (end - *p < 2 || **p != 0x0a)
		return false;
	*value = (*p)[1];
	*p += 2;
	return true;
}

/*
 * The values that mean "soft off" (section 7.4.2.5) stand in the DSDT as
 * Name (_S5, Package () {a, b, ...}): a pattern of bytes that can be found
 * without an interpreter.
 */
static void read_s5(const struct acpi_header *dsdt)
{
	const u8 *p = (const u8 *)dsdt + sizeof(*dsdt);
	const u8 *end = (const u8 *)dsdt + dsdt->length;
	struct acpi_info *info = &acpi_info;

	for (; end - p >= 8; p++) {
		const u8 *q = p + 7; /* name, PackageOp, length, count */

		if (memcmp(p, "_S5_\x12", 5) != 0)
			continue;
		q += p[5] >> 6; /* more bytes of the length, 20.2.4 */
		info->has_s5 = aml_byte(&q, end, &info->s5_type_a) &&
			       aml_byte(&q, end, &info->s5_type_b);
		return;
	}
}

static void read_reset_reg(const struct acpi_fadt *fadt)
{
	if (fadt->head.length < sizeof(*fadt) ||
	    fadt->head.revision < FADT_REVISION_2 ||
	    !(fadt->flags & FADT_RESET_REG) ||
	    fadt->reset_reg.space != ACPI_SPACE_IO)
		return;
	acpi_info.reset_port = fadt->reset_reg.address;
	acpi_info.reset_value = fadt->reset_value;
}

static void read_fadt(const struct acpi_header *head)
{
	const struct acpi_fadt *fadt = (const void *)head;
	struct acpi_info *info = &acpi_info;
	const struct acpi_header *dsdt;

	if (head->length < FADT_SIZE_V1)
		return;
	info->pm_timer_port = fadt->pm_timer;
	info->rtc_century = fadt->century;
	info->pm1a_control = fadt->pm1a_control;
	info->pm1b_control = fadt->pm1b_control;
	info->pm1a_event = fadt->pm1a_event;
	info->pm1b_event = fadt->pm1b_event;
	info->pm1_event_len = fadt->pm1_event_len;
	info->sci_irq = fadt->sci_irq;
	info->smi_command = fadt->smi_command;
	info->acpi_enable = fadt->acpi_enable;
	read_reset_reg(fadt);
	dsdt = table_at(fadt->dsdt);
	if (is_table(dsdt, "DSDT"))
		read_s5(dsdt);
}

static void read_table(const struct acpi_header *head)
{
	if (is_table(head, "APIC"))
		read_madt(head);
	else if (is_table(head, "MCFG"))
		read_mcfg(head);
	else if (is_table(head, "FACP"))
		read_fadt(head);
}

/* The root table: an array of pointers of `width` bytes. */
static bool read_root(u64 phys, const char *signature, unsigned width)
{
	const struct acpi_header *root = table_at(phys);
	u32 off;

	if (!is_table(root, signature))
		return false;
	for (off = sizeof(*root); root->length - off >= width; off += width) {
		u64 table = 0;

		memcpy(&table, (const u8 *)root + off, width);
		read_table(table_at(table));
	}
	return true;
}

static bool read_rsdp(const void *data, size_t len)
{
	const struct acpi_rsdp *rsdp = data;

	if (len < RSDP_V1_SIZE || memcmp(rsdp->signature, "RSD PTR ", 8) != 0 ||
	    !sum_is_zero(rsdp, RSDP_V1_SIZE))
		return false;
	if (rsdp->revision >= 2 && len >= sizeof(*rsdp) &&
	    sum_is_zero(rsdp, sizeof(*rsdp)) &&
	    read_root(rsdp->xsdt, "XSDT", 8))
		return true;
	return read_root(rsdp->rsdt, "RSDT", 4);
}

void acpi_init(const void *rsdp, size_t rsdp_len)
{
	acpi_info.lapic_base = LAPIC_DEFAULT;
	acpi_info.found = read_rsdp(rsdp, rsdp_len);
	if (!acpi_info.found)
		pr_warn("acpi: no valid tables, using the PC's defaults");
}
