/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flattened device tree (Devicetree Specification 0.4, chapter 5): what firmware says about
 * the machine.  fdt_open() looks at every byte that counts; after that the tree is well formed,
 * and what remains unknown is what its properties say: every reader of one names a length.
 *
 * A node is the offset of its begin token; 0 is the root.  Addresses are those of the node's
 * bus; buses that translate (a `ranges` that is not empty) are not followed.
 *
 * Owner:   the caller owns the blob, which does not change while a struct fdt refers to it.
 * Context: any; pure functions over the blob, no allocation.
 * Locking: none.
 * Errors:  fdt_open() says in words what is wrong; finders return FDT_NONE, NULL or false.
 */
#ifndef CLOUDOS_BARE_METAL_COMMON_FDT_H
#define CLOUDOS_BARE_METAL_COMMON_FDT_H

#include "lib/base.h"

#define FDT_NONE       UINT32_MAX
#define FDT_HEADER_LEN 40u
#define FDT_BYTES_MAX  (2u << 20) /* larger ones are refused */
#define FDT_DEPTH_MAX  16u
#define FDT_CELLS_MAX  2u /* of an address or a length that we can hold */

struct fdt {
    const uint8_t *structs;
    const char *strings;
    const uint8_t *reserves;
    uint32_t structs_len, strings_len;
    uint32_t reserve_count;
    uint32_t total_len;
};

/* The size that the header of a blob claims, 0 if that is no header: how much to map. */
uint32_t fdt_claimed_len(const void *header);
/* `blob` is `len` bytes that may be read.  NULL, or what is wrong with it. */
const char *fdt_open(struct fdt *f, const void *blob, size_t len);

/* Entry `i` of the memory reservation block. */
bool fdt_reserve(const struct fdt *f, uint32_t i, uint64_t *base, uint64_t *len);

/* ---- nodes ---- */

/* With its unit address, as "cpu@0". */
const char *fdt_name(const struct fdt *f, uint32_t node);
uint32_t fdt_child(const struct fdt *f, uint32_t node); /* the first */
uint32_t fdt_sibling(const struct fdt *f, uint32_t node);
uint32_t fdt_parent(const struct fdt *f, uint32_t node);
/* By path from the root; a component without unit address finds the first of that name. */
uint32_t fdt_find(const struct fdt *f, const char *path);
/* The next node after `node` (0: from the root on) that says it is compatible with `what`. */
uint32_t fdt_find_compatible(const struct fdt *f, uint32_t node, const char *what);
bool fdt_is_compatible(const struct fdt *f, uint32_t node, const char *what);
/* No `status`, or "okay". */
bool fdt_is_enabled(const struct fdt *f, uint32_t node);
uint32_t fdt_by_phandle(const struct fdt *f, uint32_t phandle);

/* ---- properties ---- */

/* Its value and length in bytes; NULL if there is none. */
const uint8_t *fdt_prop(const struct fdt *f, uint32_t node, const char *name,
                        uint32_t *len);
/* A value that is a string (NUL at its end), else NULL. */
const char *fdt_string(const struct fdt *f, uint32_t node, const char *name);
/* A value of exactly one cell. */
bool fdt_u32(const struct fdt *f, uint32_t node, const char *name, uint32_t *out);
/* A value of one or two cells. */
bool fdt_u64(const struct fdt *f, uint32_t node, const char *name, uint64_t *out);
/* Cell `i` of a value of many. */
bool fdt_cell(const struct fdt *f, uint32_t node, const char *name, uint32_t i,
              uint32_t *out);
/* Pair `i` of `reg`, in the cells that the parent node says. */
bool fdt_reg(const struct fdt *f, uint32_t node, uint32_t i, uint64_t *base,
             uint64_t *len);

#endif /* CLOUDOS_BARE_METAL_COMMON_FDT_H */
