/* A stand-in for the server's own header, written from the public documentation of the Callout interface: the macros
 * that make the table of functions. */
#ifndef STANDIN_CDZF_H
#define STANDIN_CDZF_H

#include "iris-callin.h"

#define ZF_SUCCESS 0
#define ZF_FAILURE 1

struct zf_entry {
    const char *name;
    const char *linkage;
    int (*function)();
};

#define ZFBEGIN                                                                                                       \
    struct standin_functions *standin;                                                                                \
    static const struct zf_entry zf_table[];                                                                          \
    __attribute__((visibility("default"))) const struct zf_entry *GetZFTable(struct standin_functions *functions)     \
    {                                                                                                                 \
        standin = functions;                                                                                          \
        return zf_table;                                                                                              \
    }                                                                                                                 \
    static const struct zf_entry zf_table[] = {
#define ZFENTRY(name, linkage, function) {name, linkage, (int (*)())function},
#define ZFEND                                                                                                         \
    {0, 0, 0}                                                                                                         \
    }                                                                                                                 \
    ;

#endif
