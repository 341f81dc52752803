/* A stand-in for the server's own header, written from the public documentation of the Callin API: the functions that
 * host_iris.c uses, with the arguments documented for them. It is no copy of the vendor's, whose layout differs. */
#ifndef STANDIN_CALLIN_H
#define STANDIN_CALLIN_H

#include <wchar.h>

typedef unsigned char Callin_char_t;

typedef struct {
    unsigned int len;
    union {
        Callin_char_t *ch;
        unsigned short *wch;
        wchar_t *lch;
    } str;
} IRIS_EXSTR, *IRIS_EXSTRP;

#define IRIS_SUCCESS 0
#define IRIS_ERUNDEF 5

/* Functions of the server, handed to the library by GetZFTable. */
struct standin_functions {
    int (*exstr_kill)(IRIS_EXSTRP);
    unsigned short *(*exstr_new_w)(IRIS_EXSTRP, int);
    int (*push_global)(int, const Callin_char_t *);
    int (*push_exstr_w)(IRIS_EXSTRP);
    int (*pop_exstr_w)(IRIS_EXSTRP);
    int (*global_order)(int, int, int);
    int (*global_get)(int, int);
};

extern struct standin_functions *standin;

#define IRISEXSTRKILL(string) standin->exstr_kill(string)
#define IRISEXSTRNEWW(string, length) standin->exstr_new_w(string, length)
#define IRISPUSHGLOBAL(length, name) standin->push_global(length, name)
#define IRISPUSHEXSTRW(string) standin->push_exstr_w(string)
#define IRISPOPEXSTRW(string) standin->pop_exstr_w(string)
#define IRISGLOBALORDER(count, direction, flag) standin->global_order(count, direction, flag)
#define IRISGLOBALGET(count, flag) standin->global_get(count, flag)

#endif
