// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/sentence_mass.h"

#include <QTextBoundaryFinder>

#include <algorithm>

namespace ui {

std::vector<TextRange> sentencesOf(const QString &text)
{
    std::vector<TextRange> sentences;
    QTextBoundaryFinder finder(QTextBoundaryFinder::Sentence, text);
    qsizetype begin = 0;
    while (finder.toNextBoundary() >= 0) {
        TextRange range{begin, finder.position()};
        begin = range.end;
        while (range.begin < range.end && text[range.begin].isSpace())
            ++range.begin;
        while (range.end > range.begin && text[range.end - 1].isSpace())
            --range.end;
        if (range.length() > 0)
            sentences.push_back(range);
    }
    return sentences;
}

SentenceMasses sentenceMasses(const QString &text, const engine::Encoding &source, const Alignment &alignment)
{
    SentenceMasses masses;
    if (alignment.isEmpty() || alignment.sources != static_cast<std::int64_t>(source.size()))
        return masses;
    masses.sentences = sentencesOf(text);
    masses.shares.assign(masses.sentences.size(), 0.0);
    double total = 0.0;
    for (std::size_t token = 0; token < source.size(); ++token) {
        double mass = 0.0;
        for (std::int64_t target = 0; target < alignment.targets; ++target)
            mass +=
                static_cast<double>(alignment.weights[static_cast<std::size_t>(target * alignment.sources) + token]);
        total += mass;
        const bool isText = token < source.sequence.size() && source.sequence[token] == 0;
        const TextRange range = isText ? toUtf16(text, source.offsets[token]) : TextRange{};
        // The last character counts: a token may bring the space in front of it along.
        const auto holds = [&](const TextRange &sentence) {
            return range.length() > 0 && range.end - 1 >= sentence.begin && range.end - 1 < sentence.end;
        };
        const auto found = std::ranges::find_if(masses.sentences, holds);
        if (found == masses.sentences.end())
            masses.elsewhere += mass;
        else
            masses.shares[static_cast<std::size_t>(found - masses.sentences.begin())] += mass;
    }
    if (total > 0.0) {
        masses.elsewhere /= total;
        for (double &share : masses.shares)
            share /= total;
    }
    return masses;
}

} // namespace ui
