/* What the files about stores share: values as they lie in the store, transactions, stores. */
#ifndef ISCPY_STORE_GLUE_H
#define ISCPY_STORE_GLUE_H

#include "native.h"

#include "changes.h"
#include "dollar_list.h"
#include "environment.h"

struct iscpy_store {
    PyObject_HEAD
    struct iscpy_environment *environment; /* NULL once closed */
};

struct iscpy_transaction {
    PyObject_HEAD
    struct iscpy_environment *environment; /* a reference of its own: outlives the closing of the store */
    MDB_txn *transaction;                  /* NULL once it has ended */
    struct iscpy_changes *changes;         /* which globals it has marked; NULL at first */
    bool write;
    bool busy; /* works without the GIL: no other thread may use it meanwhile */
};

/* stored_value.c. Values carry one byte in front: A Latin-1 string, U UTF-8 string, B bytes, N number as text, F double.
 * The payload of A and B is contiguous, so rows of $LIST bytes are decoded where they lie. */
PyObject *iscpy_stored_object(const uint8_t *data, size_t size);
int iscpy_stored_bytes(PyObject *value, struct iscpy_buffer *buffer);

/* store_glue.c: sets StoreError; returns NULL. */
PyObject *iscpy_store_error(const char *what, int code);

/* transaction_glue.c */
int iscpy_transaction_ready(PyObject *module);
PyObject *iscpy_transaction_begin(struct iscpy_environment *environment, bool write);

#endif
