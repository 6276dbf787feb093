// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/moses_characters.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace engine::text::moses {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t kSize> bool contains(const std::array<Range, kSize> &ranges, char32_t c)
{
    const auto found = std::ranges::lower_bound(ranges, c, {}, &Range::last);
    return found != ranges.end() && found->first <= c;
}

// Alphabetic in Unicode today and old enough, but not in the class: ideographs, Hangul, and marks that became
// alphabetic later.
constexpr std::array<Range, 16> kNoLetters = {{{0x0F82, 0x0F83},
                                               {0x1063, 0x1064},
                                               {0x1069, 0x106D},
                                               {0x1087, 0x108D},
                                               {0x108F, 0x109B},
                                               {0x1C36, 0x1C36},
                                               {0x3005, 0x3005},
                                               {0x3007, 0x3029},
                                               {0x3038, 0x303B},
                                               {0x3400, 0x9FCC},
                                               {0xA802, 0xA802},
                                               {0xA80B, 0xA80B},
                                               {0xA9E5, 0xA9E5},
                                               {0xAA7B, 0xAA7D},
                                               {0xAC00, 0xD7A3},
                                               {0xF900, 0xFAD9}}};

// Viramas and nuktas, which the port adds to Perl's class.
constexpr std::array<Range, 52> kJoiners = {
    {{0x093C, 0x093C},   {0x094D, 0x094D},   {0x09BC, 0x09BC},   {0x09CD, 0x09CD},   {0x0A3C, 0x0A3C},
     {0x0A4D, 0x0A4D},   {0x0ABC, 0x0ABC},   {0x0ACD, 0x0ACD},   {0x0AFD, 0x0AFF},   {0x0B3C, 0x0B3C},
     {0x0B4D, 0x0B4D},   {0x0BCD, 0x0BCD},   {0x0C4D, 0x0C4D},   {0x0CBC, 0x0CBC},   {0x0CCD, 0x0CCD},
     {0x0D3B, 0x0D3C},   {0x0D4D, 0x0D4D},   {0x0DCA, 0x0DCA},   {0x0EBA, 0x0EBA},   {0x1039, 0x1039},
     {0x1714, 0x1714},   {0x1BAB, 0x1BAB},   {0x1C37, 0x1C37},   {0xA8C4, 0xA8C4},   {0xA8F3, 0xA8F4},
     {0xA953, 0xA953},   {0xAAF6, 0xAAF6},   {0x10A3F, 0x10A3F}, {0x11046, 0x11046}, {0x110B9, 0x110BA},
     {0x11133, 0x11133}, {0x11173, 0x11173}, {0x111C0, 0x111C0}, {0x111CA, 0x111CA}, {0x11235, 0x11236},
     {0x112E9, 0x112EA}, {0x1133C, 0x1133C}, {0x1134D, 0x1134D}, {0x11442, 0x11442}, {0x11446, 0x11446},
     {0x114C2, 0x114C3}, {0x115BF, 0x115C0}, {0x1163F, 0x1163F}, {0x116B6, 0x116B7}, {0x11839, 0x1183A},
     {0x119E0, 0x119E0}, {0x11A34, 0x11A34}, {0x11C3F, 0x11C3F}, {0x11D42, 0x11D42}, {0x11D45, 0x11D45},
     {0x11D97, 0x11D97}, {0x1E94A, 0x1E94A}}};

constexpr std::array<Range, 11> kCjk = {{{0x1100, 0x11FF},
                                         {0x2E80, 0xA4CF},
                                         {0xA840, 0xA87F},
                                         {0xAC00, 0xD7AF},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE4F},
                                         {0xFF65, 0xFFDC},
                                         {0x17000, 0x18AFF},
                                         {0x1B000, 0x1B0FF},
                                         {0x1B130, 0x1B2FF},
                                         {0x20000, 0x2FFFF}}};

constexpr char32_t kLastOfPlane = 0xFFFF;
constexpr char32_t kDottedCircle = 0x25CC; // stands in front of combining marks in tables

UChar32 icu(char32_t c)
{
    return static_cast<UChar32>(c);
}

bool isOfVersion(char32_t c, std::uint8_t version)
{
    UVersionInfo age;
    u_charAge(icu(c), age);
    return age[0] < version || (age[0] == version && age[1] == 0);
}

constexpr std::uint8_t kVersion = 7;
constexpr std::uint8_t kVersionOfLower = 9;

std::uint32_t category(char32_t c)
{
    return U_MASK(u_charType(icu(c)));
}

} // namespace

bool isLetterOfDetokenizer(char32_t c)
{
    constexpr char32_t kEthiopicMark = 0x135F;
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c > kLastOfPlane)
        return false;
    if (c == kDottedCircle || c == kEthiopicMark)
        return true;
    return u_isUAlphabetic(icu(c)) != 0 && isOfVersion(c, kVersion) && !contains(kNoLetters, c);
}

bool isAlpha(char32_t c)
{
    return isLetterOfDetokenizer(c) || (c >= 0x80 && contains(kJoiners, c));
}

bool isDigit(char32_t c)
{
    if (c < 0x80)
        return c >= '0' && c <= '9';
    return c <= kLastOfPlane && (category(c) & U_GC_ND_MASK) != 0 && isOfVersion(c, kVersion);
}

bool isAlnum(char32_t c)
{
    return isAlpha(c) || isDigit(c);
}

bool isNumber(char32_t c)
{
    if (c < 0x80)
        return c >= '0' && c <= '9';
    return c <= kLastOfPlane && (category(c) & U_GC_N_MASK) != 0 && isOfVersion(c, kVersion) &&
           !(c >= 0x3007 && c <= 0x303A);
}

bool isLower(char32_t c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z';
    const bool isGeorgian = c >= 0x10D0 && c <= 0x10FF; // lowercase since its capitals came
    return c == kDottedCircle || (u_isULowercase(icu(c)) != 0 && isOfVersion(c, kVersionOfLower) && !isGeorgian);
}

bool isCurrency(char32_t c)
{
    return (category(c) & U_GC_SC_MASK) != 0 && isOfVersion(c, kVersion);
}

bool isCjk(char32_t c)
{
    return contains(kCjk, c);
}

} // namespace engine::text::moses
