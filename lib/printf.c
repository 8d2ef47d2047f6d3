/*
 * Formatted text. A conversion is parsed into a struct spec, its text is made
 * in a small buffer (numbers) or found in place (strings), and put_field pads
 * it to its width. Output past the end of the buffer is only counted.
 */
#include "lib/printf.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, upper, alt;
	char sign; /* '+' or ' ' for positive numbers, or 0 */
	int width;
	int precision; /* -1: none given */
	char length;   /* 'H' hh, 'h', 'l' (also ll, z, j, t), 0 int */
};

#define NUMBER_MAX 24 /* digits of a u64 in the smallest base, and a sign */

static void put(struct out *out, const char *text, size_t len)
{
	if (out->len < out->size)
		memcpy(out->buf + out->len, text,
		       MIN(len, out->size - out->len));
	out->len += len;
}

static void pad(struct out *out, char c, int count)
{
	for (; count > 0; count--)
		put(out, &c, 1);
}

static void put_field(struct out *out, const struct spec *spec,
		      const char *text, size_t len)
{
	int fill = spec->width - (int)len;

	if (!spec->left)
		pad(out, ' ', fill);
	put(out, text, len);
	if (spec->left)
		pad(out, ' ', fill);
}

/* Zeros stand between the prefix (sign or 0x) and the digits. */
static void put_number(struct out *out, struct spec *spec, const char *prefix,
		       const char *digits, int len)
{
	int prefix_len = (int)strlen(prefix), zeros = 0;

	if (spec->precision >= 0)
		zeros = spec->precision - len;
	else if (spec->zero && !spec->left)
		zeros = spec->width - prefix_len - len;
	zeros = MAX(zeros, 0);
	if (!spec->left)
		pad(out, ' ', spec->width - prefix_len - zeros - len);
	put(out, prefix, (size_t)prefix_len);
	pad(out, '0', zeros);
	put(out, digits, (size_t)len);
	if (spec->left)
		pad(out, ' ', spec->width - prefix_len - zeros - len);
}

static void put_decimal(struct out *out, struct spec *spec, u64 value,
			const char *sign)
{
	char text[NUMBER_MAX], *p = text + sizeof(text);

	if (!value && spec->precision == 0)
		return put_number(out, spec, sign, p, 0);
	do {
		*--p = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put_number(out, spec, sign, p, (int)(text + sizeof(text) - p));
}

static void put_hex(struct out *out, struct spec *spec, u64 value)
{
	const char *digits =
		spec->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *prefix = spec->alt && value ? "0x" : "";
	char text[NUMBER_MAX], *p = text + sizeof(text);

	if (!value && spec->precision == 0)
		return put_number(out, spec, prefix, p, 0);
	do {
		*--p = digits[value & 15];
		value >>= 4;
	} while (value);
	put_number(out, spec, prefix, p, (int)(text + sizeof(text) - p));
}

static void put_string(struct out *out, const struct spec *spec,
		       const char *text)
{
	size_t max = spec->precision >= 0 ? (size_t)spec->precision : SIZE_MAX;

	if (!text)
		text = "(null)";
	put_field(out, spec, text, strnlen(text, max));
}

static void put_ipv4(struct out *out, const struct spec *spec, const u8 *addr)
{
	char text[16];
	int len = scnprintf(text, sizeof(text), "%u.%u.%u.%u", addr[0], addr[1],
			    addr[2], addr[3]);

	put_field(out, spec, text, (size_t)len);
}

static void put_mac(struct out *out, const struct spec *spec, const u8 *mac)
{
	char text[18];
	int len = scnprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x",
			    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);

	put_field(out, spec, text, (size_t)len);
}

/* %p and its relatives; returns what follows the conversion. */
static const char *put_pointer(struct out *out, struct spec *spec,
			       const char *fmt, const void *ptr)
{
	if (fmt[0] == 'I' && fmt[1] == '4') {
		put_ipv4(out, spec, ptr);
		return fmt + 2;
	}
	if (fmt[0] == 'M') {
		put_mac(out, spec, ptr);
		return fmt + 1;
	}
	spec->alt = true;
	put_hex(out, spec, (uintptr_t)ptr);
	return fmt;
}

static int parse_number(const char **fmt, va_list *ap)
{
	int value = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(*ap, int);
	}
	for (; (u8)(**fmt - '0') < 10; (*fmt)++)
		value = MIN(value, 9999) * 10 + (**fmt - '0');
	return value;
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else if (*fmt == '0')
			spec->zero = true;
		else if (*fmt == '#')
			spec->alt = true;
		else if (*fmt == '+' || (*fmt == ' ' && !spec->sign))
			spec->sign = *fmt;
		else
			return fmt;
	}
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		if (*fmt == 'h')
			spec->length = spec->length == 'h' ? 'H' : 'h';
		else if (*fmt == 'l' || *fmt == 'z' || *fmt == 'j' ||
			 *fmt == 't')
			spec->length = 'l';
		else
			return fmt;
	}
}

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *ap)
{
	*spec = (struct spec){.precision = -1};
	fmt = parse_flags(fmt, spec);
	spec->width = parse_number(&fmt, ap);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width < -9999 ? 9999 : -spec->width;
	}
	if (*fmt == '.') {
		fmt++;
		spec->precision = parse_number(&fmt, ap);
	}
	return parse_length(fmt, spec);
}

static s64 signed_arg(const struct spec *spec, va_list *ap)
{
	if (spec->length == 'l')
		return va_arg(*ap, s64);
	if (spec->length == 'h')
		return (s16)va_arg(*ap, int);
	if (spec->length == 'H')
		return (s8)va_arg(*ap, int);
	return va_arg(*ap, int);
}

static u64 unsigned_arg(const struct spec *spec, va_list *ap)
{
	if (spec->length == 'l')
		return va_arg(*ap, u64);
	if (spec->length == 'h')
		return (u16)va_arg(*ap, unsigned);
	if (spec->length == 'H')
		return (u8)va_arg(*ap, unsigned);
	return va_arg(*ap, unsigned);
}

static void put_signed(struct out *out, struct spec *spec, s64 value)
{
	char sign[2] = {spec->sign, '\0'};

	if (value >= 0)
		return put_decimal(out, spec, (u64)value, sign);
	put_decimal(out, spec, 0 - (u64)value, "-");
}

/* One conversion, behind its '%'; returns what follows it. */
static const char *convert(struct out *out, const char *fmt, va_list *ap)
{
	struct spec spec;
	char c;

	fmt = parse_spec(fmt, &spec, ap);
	switch (*fmt) {
	case 'd':
	case 'i':
		put_signed(out, &spec, signed_arg(&spec, ap));
		break;
	case 'u':
		put_decimal(out, &spec, unsigned_arg(&spec, ap), "");
		break;
	case 'x':
	case 'X':
		spec.upper = *fmt == 'X';
		put_hex(out, &spec, unsigned_arg(&spec, ap));
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_field(out, &spec, &c, 1);
		break;
	case 's':
		put_string(out, &spec, va_arg(*ap, const char *));
		break;
	case 'p':
		return put_pointer(out, &spec, fmt + 1, va_arg(*ap, void *));
	case '%':
		put(out, "%", 1);
		break;
	default: /* unknown: shown, so that the mistake is seen */
		put(out, "%", 1);
		return fmt;
	}
	return fmt + 1;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = {.buf = buf, .size = size ? size - 1 : 0};
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		const char *literal = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		put(&out, literal, (size_t)(fmt - literal));
		if (*fmt)
			fmt = convert(&out, fmt + 1, &args);
	}
	va_end(args);
	if (size)
		buf[MIN(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (!size)
		return 0;
	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return MIN(len, (int)size - 1);
}
