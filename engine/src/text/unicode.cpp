// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/unicode.h"

#include "engine/error.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace engine::text {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
    char32_t character = kReplacement;
    std::size_t length = 1; // bytes of the character, or of the maximal invalid part
    bool isValid = false;
};

unsigned byteAt(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}

// Unicode table 3-7: which second bytes may follow a first one.
Decoded decodeAt(std::string_view bytes, std::size_t at)
{
    const unsigned lead = byteAt(bytes, at);
    if (lead < 0x80)
        return {.character = lead, .length = 1, .isValid = true};
    if (lead < 0xC2 || lead > 0xF4)
        return {};
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    char32_t character = lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
        if (at + k >= bytes.size())
            return {.length = k};
        const unsigned next = byteAt(bytes, at + k);
        if (next < low || next > high)
            return {.length = k};
        character = (character << 6U) | (next & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    return {.character = character, .length = length, .isValid = true};
}

UChar32 icu(char32_t c)
{
    return static_cast<UChar32>(c);
}

std::uint32_t categoryMask(char32_t c)
{
    return U_MASK(u_charType(icu(c)));
}

bool isKnownToPython(char32_t c)
{
    constexpr int kPythonUnicode = 14;
    return isAssignedBy(c, kPythonUnicode);
}

// A normaliser of ICU's, which lives as long as the program.
const icu::Normalizer2 &loaded(const icu::Normalizer2 *(*get)(UErrorCode &))
{
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *normalizer = get(status);
    if (U_FAILURE(status) || normalizer == nullptr)
        failInternal(std::string("ICU's normalization data cannot be loaded: ") + u_errorName(status));
    return *normalizer;
}

} // namespace

bool isAssignedBy(char32_t c, int version)
{
    if (c < 0x80)
        return true;
    if (u_charType(icu(c)) == U_UNASSIGNED) // a noncharacter has an age nevertheless
        return false;
    UVersionInfo age;
    u_charAge(icu(c), age);
    return age[0] != 0 && age[0] <= version;
}

std::optional<std::size_t> firstInvalidByte(std::string_view utf8)
{
    for (std::size_t at = 0; at < utf8.size();) {
        const Decoded decoded = decodeAt(utf8, at);
        if (!decoded.isValid)
            return at;
        at += decoded.length;
    }
    return std::nullopt;
}

std::u32string decodeUtf8(std::string_view utf8)
{
    std::u32string characters;
    characters.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        const Decoded decoded = decodeAt(utf8, at);
        if (!decoded.isValid)
            failArgument("the text is not valid UTF-8 at byte " + std::to_string(at));
        characters.push_back(decoded.character);
        at += decoded.length;
    }
    return characters;
}

void appendUtf8(std::string &out, char32_t character)
{
    out += utf8Bytes(character).view();
}

std::string encodeUtf8(std::u32string_view characters)
{
    std::string out;
    out.reserve(characters.size());
    for (const char32_t c : characters)
        appendUtf8(out, c);
    return out;
}

std::string repairedUtf8(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const Decoded decoded = decodeAt(bytes, at);
        appendUtf8(out, decoded.character);
        at += decoded.length;
    }
    return out;
}

bool isPythonSpace(char32_t c)
{
    return (c >= 0x1C && c <= 0x1F) || isWhiteSpace(c);
}

bool isWhiteSpace(char32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 0x09 && c <= 0x0D);
    return u_isUWhiteSpace(icu(c)) != 0;
}

bool isPythonDigit(char32_t c)
{
    const std::int32_t type = u_getIntPropertyValue(icu(c), UCHAR_NUMERIC_TYPE);
    return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}

bool isLetter(char32_t c)
{
    return (categoryMask(c) & U_GC_L_MASK) != 0;
}

bool isNumber(char32_t c)
{
    return (categoryMask(c) & U_GC_N_MASK) != 0;
}

bool isNonspacingMark(char32_t c)
{
    return c >= 0x80 && (categoryMask(c) & U_GC_MN_MASK) != 0;
}

bool isMark(char32_t c)
{
    return c >= 0x80 && (categoryMask(c) & U_GC_M_MASK) != 0;
}

bool isDecimalDigit(char32_t c)
{
    if (c < 0x80)
        return c >= '0' && c <= '9';
    return (categoryMask(c) & U_GC_ND_MASK) != 0 && isKnownToPython(c);
}

bool isCased(char32_t c)
{
    return u_hasBinaryProperty(icu(c), UCHAR_CASED) != 0;
}

bool isCaseIgnorable(char32_t c)
{
    return u_hasBinaryProperty(icu(c), UCHAR_CASE_IGNORABLE) != 0;
}

bool isWordCharacter(char32_t c)
{
    return u_isUAlphabetic(icu(c)) != 0 || (categoryMask(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 ||
           u_hasBinaryProperty(icu(c), UCHAR_JOIN_CONTROL) != 0;
}

bool isBertPunctuation(char32_t c)
{
    if (c < 0x80)
        return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
    return (categoryMask(c) & U_GC_P_MASK) != 0;
}

bool isBertControl(char32_t c, Unassigned unassigned)
{
    if (c == '\t' || c == '\n' || c == '\r')
        return false;
    if (c < 0x80)
        return c < 0x20 || c == 0x7F;
    if ((categoryMask(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0)
        return true;
    return unassigned == Unassigned::Dropped && !isKnownToPython(c);
}

bool isOther(char32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || isBertControl(c, Unassigned::Dropped);
}

bool isSpaceSeparator(char32_t c)
{
    return c == ' ' || (c >= 0x80 && (categoryMask(c) & U_GC_ZS_MASK) != 0);
}

Lowercase lowercase(char32_t c)
{
    if (c < 0x80)
        return {.first = c >= 'A' && c <= 'Z' ? c + 32 : c};
    if (c == 0x130)
        return {.first = U'i', .second = 0x307};
    return {.first = static_cast<char32_t>(u_tolower(icu(c)))};
}

char32_t foldCase(char32_t c)
{
    return static_cast<char32_t>(u_foldCase(icu(c), U_FOLD_CASE_DEFAULT));
}

std::uint8_t combiningClass(char32_t c)
{
    return c < 0x300 ? std::uint8_t{0} : u_getCombiningClass(icu(c));
}

void appendDecomposition(std::u32string &out, char32_t c, Decomposition kind)
{
    static const icu::Normalizer2 &canonical = loaded(icu::Normalizer2::getNFDInstance);
    static const icu::Normalizer2 &compatibility = loaded(icu::Normalizer2::getNFKDInstance);
    icu::UnicodeString decomposed;
    const icu::Normalizer2 &normalizer = kind == Decomposition::Canonical ? canonical : compatibility;
    if (c < 0xA0 || normalizer.getDecomposition(icu(c), decomposed) == 0) {
        out.push_back(c);
        return;
    }
    for (std::int32_t at = 0; at < decomposed.length(); at = decomposed.moveIndex32(at, 1))
        out.push_back(static_cast<char32_t>(decomposed.char32At(at)));
}

char32_t composedPair(char32_t first, char32_t second)
{
    static const icu::Normalizer2 &normalizer = loaded(icu::Normalizer2::getNFCInstance);
    const UChar32 whole = normalizer.composePair(icu(first), icu(second));
    return whole < 0 ? U'\0' : static_cast<char32_t>(whole);
}

ClusterBreak clusterBreak(char32_t c)
{
    switch (u_getIntPropertyValue(icu(c), UCHAR_GRAPHEME_CLUSTER_BREAK)) {
    case U_GCB_CR:
        return ClusterBreak::CarriageReturn;
    case U_GCB_LF:
        return ClusterBreak::LineFeed;
    case U_GCB_CONTROL:
        return ClusterBreak::Control;
    case U_GCB_EXTEND:
        return ClusterBreak::Extend;
    case U_GCB_ZWJ:
        return ClusterBreak::Joiner;
    case U_GCB_REGIONAL_INDICATOR:
        return ClusterBreak::RegionalIndicator;
    case U_GCB_PREPEND:
        return ClusterBreak::Prepend;
    case U_GCB_SPACING_MARK:
        return ClusterBreak::SpacingMark;
    case U_GCB_L:
        return ClusterBreak::HangulL;
    case U_GCB_V:
        return ClusterBreak::HangulV;
    case U_GCB_T:
        return ClusterBreak::HangulT;
    case U_GCB_LV:
        return ClusterBreak::HangulLv;
    case U_GCB_LVT:
        return ClusterBreak::HangulLvt;
    default:
        break;
    }
    return u_hasBinaryProperty(icu(c), UCHAR_EXTENDED_PICTOGRAPHIC) != 0 ? ClusterBreak::Pictograph
                                                                         : ClusterBreak::Other;
}

} // namespace engine::text
