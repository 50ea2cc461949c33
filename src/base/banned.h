/* banned.h - functions that must not be used here; naming one stops the build.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strtok strcpy strcat strncpy strncat sprintf vsprintf atoi atol atoll gmtime localtime gets alloca
