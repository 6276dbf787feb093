// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/library_classes.h"

#include "text/unicode.h"

namespace engine::text {

namespace {

constexpr int kMarks = 9;      // Unicode of the tables of normalisation
constexpr int kCategories = 8; // of those of categories

constexpr char32_t kSharadaSandhi = 0x111C9; // Po then, Mn now

} // namespace

bool isLibraryMark(char32_t c)
{
    if (c == 0x1CF2 || c == 0x1CF3) // Mc then, Lo now
        return true;
    return isMark(c) && c != kSharadaSandhi && isAssignedBy(c, kMarks);
}

bool isLibraryNonspacingMark(char32_t c)
{
    if (c == 0x1734) // Mc now
        return true;
    // Lo, Lo and Mc then.
    const bool becameOne = c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == kSharadaSandhi;
    return isNonspacingMark(c) && !becameOne && isAssignedBy(c, kCategories);
}

bool isLibraryPunctuation(char32_t c)
{
    if (c == 0x166D || c == kSharadaSandhi) // So and Mn now
        return true;
    return isBertPunctuation(c) && isAssignedBy(c, kCategories);
}

bool isLibraryControl(char32_t c)
{
    return isBertControl(c, Unassigned::Kept) && isAssignedBy(c, kCategories);
}

} // namespace engine::text
