/* Keys of globals: a name and its subscripts as bytes whose order is the collation of the language (canonical numbers in
 * numeric order, then strings by character). Plain C.
 *
 *   name 00 { 10 negative number | 18 zero | 20 positive number | 40 string }*
 */
#ifndef ISCPY_SUBSCRIPTS_H
#define ISCPY_SUBSCRIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISCPY_KEY_LIMIT 511 /* LMDB's default */

struct iscpy_key {
    uint8_t bytes[ISCPY_KEY_LIMIT];
    size_t size;
    bool too_long;
};

void iscpy_key_name(struct iscpy_key *key, const char *name, size_t size);
/* Appends a subscript given as UTF-8 text; a canonical number (`10`, `-1.5`, `.5`) collates as that number. */
void iscpy_key_subscript(struct iscpy_key *key, const char *text, size_t size);
/* Whether the text is a number in its canonical form. */
bool iscpy_is_canonical(const char *text, size_t size);

/* Reads the subscript at `*offset` as text into `text` (ISCPY_KEY_LIMIT + 32 bytes) and moves past it; `*number` tells
 * whether it is a number. Returns the length, or -1 when the bytes are no subscript. */
long iscpy_key_next(const uint8_t *key, size_t size, size_t *offset, char *text, bool *number);

/* Whether what is left of the key at `offset` is one integer subscript of at most 18 digits, and which. */
bool iscpy_key_integer(const uint8_t *key, size_t size, size_t offset, int64_t *value);

#endif
