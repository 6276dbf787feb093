// SPDX-License-Identifier: GPL-3.0-or-later
// Abbreviations with a dot inside ("z.B.") need no entry: the tokenizer keeps the last dot of any such word.
#include "text/moses_prefixes.h"

#include "engine/error.h"

#include <algorithm>
#include <array>
#include <map>

namespace engine::text {

namespace {

constexpr std::u32string_view kCapitals = U"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::u32string_view kLetters = U"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Titles, ranks and offices of English, which German texts keep.
constexpr std::u32string_view kTitles = U"Mr Mrs Ms MR MRS MS Messrs MM Mme Mlle Msgr Dr DR Prof Rev Hon Rt St Sr "
                                        U"Gen Brig Maj Col Lt Capt Adm Cmdr Comdr Ens Sgt Sfc Cpl Pvt Pfc "
                                        U"Gov Sen Sens Rep Reps Res Supt Insp Surg Con Asst Adj Adv Bart Ord "
                                        U"Bros Corp Bldg Hosp Op Ph v vs";

template <typename Use> void forEachWord(std::u32string_view list, Use use)
{
    while (!list.empty()) {
        const std::size_t space = std::min(list.find(U' '), list.size());
        if (space > 0)
            use(std::u32string(list.substr(0, space)));
        list.remove_prefix(std::min(space + 1, list.size()));
    }
}

MosesPrefixes english()
{
    MosesPrefixes prefixes({.letters = kCapitals,
                            .always = U"Drs Hr Rs Nos Nr rev Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec",
                            .beforeNumber = U"No Art pp"});
    forEachWord(kTitles, [&](std::u32string word) { prefixes.add(std::move(word), MosesPrefixes::Kind::Always); });
    return prefixes;
}

MosesPrefixes french()
{
    return MosesPrefixes({.letters = U"ABCDEFGHIJKLMNOPQRSTUVWXYZbcdefghijklmnopqrstuvwxyz",
                          .always = U"al ann apr art auj av boul ca cf chap contr dir env etc ex fasc fig fr fém hab "
                                    U"ibid id inf lib masc ms n/réf pl pp sec sect sing sq sqq suiv sup suppl tél vb "
                                    U"vol vs éd MM SS"});
}

MosesPrefixes german()
{
    MosesPrefixes prefixes(
        {.letters = kLetters,
         .always = U"Mio Mrd MwSt Std Zt Buchst Chr Co Ltd SA Dkr BSE Ca ca bzgl bzw dergl dgl etc evtl ff ggf jun sen "
                   U"sog sogen spp usf usw vgl zzt "
                   U"II III IV VI VII VIII IX XI XII XIII XIV XV XVI XVII XVIII XIX XX "
                   U"ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx No Nos Art Nr pp"});
    forEachWord(kTitles, [&](std::u32string word) { prefixes.add(std::move(word), MosesPrefixes::Kind::Always); });
    for (const char32_t tens : std::u32string_view(U" 123456789")) // ordinals: "3." and "27."
        for (const char32_t ones : std::u32string_view(U"0123456789"))
            if (tens != U' ')
                prefixes.add({tens, ones}, MosesPrefixes::Kind::Always);
            else if (ones != U'0')
                prefixes.add({ones}, MosesPrefixes::Kind::Always);
    return prefixes;
}

MosesPrefixes romanian()
{
    return MosesPrefixes({.letters = kCapitals, .always = U"dpdv etc șamd dl Dl d-na D-na dvs Dvs pt Pt"});
}

MosesPrefixes russian()
{
    MosesPrefixes prefixes(
        {.letters = U"АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯABCDEFGHIJKLMNOPQRSTUVWXYZвгдеиклмнопрстухчэ",
         .always =
             U"бульв вв га гг гл гос дм доп др ед зам инд исп Исп кап кв кг кл км кол комн коп куб лиц лл макс мг "
             U"мин мл млн млрд мм наб нач неуд ном об обл обр общ ок ост отл пер перераб пл пос пр просп проф ред "
             U"руб сб св см соч ср ст стр тел Тел тех тт туп тыс уд ул уч физ хор чел шт экз"});
    for (const char32_t digit : std::u32string_view(U"0123456789")) // the last digit of a number with its unit
        forEachWord(U"г гг м мм см дм км л га т мг кг",
                    [&](const std::u32string &unit) { prefixes.add(digit + unit, MosesPrefixes::Kind::Always); });
    for (const char32_t numeral : std::u32string_view(U"IVXLCM")) // the same for centuries
        forEachWord(U"в вв",
                    [&](const std::u32string &unit) { prefixes.add(numeral + unit, MosesPrefixes::Kind::Always); });
    return prefixes;
}

constexpr std::array<std::string_view, 5> kLanguages = {"de", "en", "fr", "ro", "ru"};

} // namespace

MosesPrefixes::MosesPrefixes(const Lists &lists)
{
    for (const char32_t letter : lists.letters)
        add({letter}, Kind::Always);
    forEachWord(lists.always, [&](std::u32string word) { add(std::move(word), Kind::Always); });
    forEachWord(lists.beforeNumber, [&](std::u32string word) { add(std::move(word), Kind::BeforeNumber); });
}

MosesPrefixes::Kind MosesPrefixes::kind(const std::u32string &prefix) const
{
    const auto found = m_kinds.find(prefix);
    return found == m_kinds.end() ? Kind::Never : found->second;
}

std::span<const std::string_view> mosesLanguages()
{
    return kLanguages;
}

const MosesPrefixes &mosesPrefixes(std::string_view language)
{
    static const std::map<std::string_view, MosesPrefixes> kPrefixes = {
        {"de", german()}, {"en", english()}, {"fr", french()}, {"ro", romanian()}, {"ru", russian()}};
    const auto found = kPrefixes.find(language);
    if (found == kPrefixes.end())
        failInternal("no abbreviations for the language " + std::string(language));
    return found->second;
}

} // namespace engine::text
