/* random.h - bytes from the kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

void random_bytes(void *out, size_t len);    /* aborts when the kernel has none */
void random_hex(char *out, size_t n_digits); /* out: n_digits + 1 */
