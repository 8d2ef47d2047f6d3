/* The I/O APIC (Intel 82093AA datasheet, section 3). */
#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/mmio.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "lib/errno.h"

#define IOREGSEL 0x00
#define IOWIN	 0x10

#define IOAPIC_VERSION	  0x01
#define IOAPIC_REDIR	  0x10 /* two registers an input */
#define REDIR_ACTIVE_LOW  (1u << 13)
#define REDIR_LEVEL	  (1u << 15)
#define REDIR_MASKED	  (1u << 16)
#define REDIR_DESTINATION 24 /* of the second register */

#define IOAPIC_DEFAULT 0xfec00000

static struct ioapic {
	u8 *regs;
	u32 gsi_base, inputs;
} ioapics[ACPI_IOAPICS];

static u32 ioapic_read(const struct ioapic *io, u32 reg)
{
	mmio_write32(io->regs + IOREGSEL, reg);
	return mmio_read32(io->regs + IOWIN);
}

static void ioapic_write(const struct ioapic *io, u32 reg, u32 value)
{
	mmio_write32(io->regs + IOREGSEL, reg);
	mmio_write32(io->regs + IOWIN, value);
}

static void add(struct ioapic *io, const struct acpi_ioapic *from)
{
	u32 i;

	io->regs = mmio_map(from->base, 32);
	io->gsi_base = from->gsi_base;
	if (!io->regs)
		return;
	io->inputs = (ioapic_read(io, IOAPIC_VERSION) >> 16 & 0xff) + 1;
	for (i = 0; i < io->inputs; i++)
		ioapic_write(io, IOAPIC_REDIR + 2 * i, REDIR_MASKED);
}

void ioapic_init(void)
{
	static const struct acpi_ioapic standard = {IOAPIC_DEFAULT, 0};
	unsigned i;

	for (i = 0; i < acpi_info.ioapic_count; i++)
		add(&ioapics[i], &acpi_info.ioapics[i]);
	if (!acpi_info.ioapic_count)
		add(&ioapics[0], &standard);
}

static const struct ioapic *find(u32 gsi)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(ioapics); i++)
		if (gsi - ioapics[i].gsi_base < ioapics[i].inputs)
			return &ioapics[i];
	return NULL;
}

struct ioapic_route ioapic_route_of(u8 irq)
{
	struct ioapic_route route = {.gsi = irq};
	unsigned i;

	for (i = 0; i < acpi_info.override_count; i++) {
		const struct acpi_override *over = &acpi_info.overrides[i];

		if (over->irq != irq)
			continue;
		route.gsi = over->gsi;
		route.edge = (over->flags & INTI_TRIGGER_MASK) == INTI_EDGE;
		route.active_low =
			(over->flags & INTI_POLARITY_MASK) == INTI_ACTIVE_LOW;
	}
	return route;
}

struct ioapic_route ioapic_route_of_isa(u8 irq)
{
	struct ioapic_route route = ioapic_route_of(irq);
	unsigned i;

	route.edge = true;
	for (i = 0; i < acpi_info.override_count; i++) {
		const struct acpi_override *over = &acpi_info.overrides[i];

		if (over->irq == irq &&
		    (over->flags & INTI_TRIGGER_MASK) == INTI_LEVEL)
			route.edge = false;
	}
	return route;
}

int ioapic_enable(const struct ioapic_route *route)
{
	const struct ioapic *io = find(route->gsi);
	u32 reg;

	if (!io)
		return -ENODEV;
	reg = IOAPIC_REDIR + 2 * (route->gsi - io->gsi_base);
	ioapic_write(io, reg + 1, lapic_id() << REDIR_DESTINATION);
	ioapic_write(io, reg,
		     route->vector | (route->edge ? 0 : REDIR_LEVEL) |
			     (route->active_low ? REDIR_ACTIVE_LOW : 0));
	return 0;
}

void ioapic_mask(u32 gsi)
{
	const struct ioapic *io = find(gsi);

	if (io)
		ioapic_write(io, IOAPIC_REDIR + 2 * (gsi - io->gsi_base),
			     REDIR_MASKED);
}
