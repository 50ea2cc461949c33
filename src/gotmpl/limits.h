/* limits.h - how large a template may be.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_GOTMPL_TEXT  (64u << 10) /* bytes: it comes from a command line */
#define LIMIT_GOTMPL_DEPTH 64          /* blocks and parentheses within each other */
#define LIMIT_GOTMPL_WIDTH 10000       /* columns that printf and pad may ask for */
