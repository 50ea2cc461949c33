/* limits.h - how much a Dockerfile may ask for.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_DOCKERFILE_BYTES        (4u << 20) /* heredocs carry whole files at times */
#define LIMIT_DOCKERFILE_LINE         65535u /* bytes of a line as written: docker's own limit */
#define LIMIT_DOCKERFILE_INSTRUCTIONS 10000u
#define LIMIT_EXPANDED_BYTES          (1u << 20) /* of one word: ENV a=$a$a doubles with each line */
#define LIMIT_EXPAND_DEPTH            32u        /* ${a:-${b:-…}}: each level is a stack frame */
#define LIMIT_PATTERN_BYTES           256u /* ${a#pattern}: work is its length times the value's */
