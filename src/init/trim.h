/* trim.h - the memory that start-up has touched and that an idle supervisor does not need.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Our code and constants are mapped again page by page as they are used: to be called when all that
 * was to be started has been. Costs the page faults of the next use. */
void trim_code(void);
