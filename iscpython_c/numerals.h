/* Doubles as text and back, with a decimal point whatever locale the process has chosen: a host, or code that calls
 * locale.setlocale(), may have asked for a comma. Plain C. */
#ifndef ISCPY_NUMERALS_H
#define ISCPY_NUMERALS_H

#include <stddef.h>

/* As strtod() in the C locale. */
double iscpy_text_to_double(const char *text, char **end);

/* The shortest of 15 or 17 significant digits that reads back as the same double, as printf("%g") writes it in the C
 * locale; `text` has room for 32 bytes. Returns the length. */
size_t iscpy_double_to_text(double real, char *text);

#endif
