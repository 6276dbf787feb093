// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/beam_recorder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace engine::generation {

BeamRecorder::BeamRecorder(const Options &options)
    : m_options(options), m_history(std::make_shared<BeamHistory>()), m_current(options.beams, -1),
      m_next(options.beams, -1)
{
}

std::int64_t BeamRecorder::add(const Entry &entry, const Place &place)
{
    const std::int64_t parent = m_current[entry.beam];
    auto &nodes = m_history->nodes;
    if (nodes.size() >= m_options.limit || (parent < 0 && m_step > 0)) {
        ++m_history->dropped;
        return -1;
    }
    const auto length =
        static_cast<double>(static_cast<std::int64_t>(m_options.promptLength) + m_step + 1 - place.uncounted);
    const double before = parent < 0 ? 0.0 : nodes[static_cast<std::size_t>(parent)].sum;
    nodes.push_back({.parent = parent,
                     .step = m_step,
                     .token = entry.token,
                     .logProbability = entry.sum - before,
                     .sum = entry.sum,
                     .score = entry.sum / std::pow(length, m_options.lengthPenalty),
                     .beam = place.beam});
    m_hasChildren.push_back(false);
    if (parent >= 0)
        m_hasChildren[static_cast<std::size_t>(parent)] = true;
    return static_cast<std::int64_t>(nodes.size()) - 1;
}

void BeamRecorder::goesOn(const Entry &entry, std::size_t place)
{
    m_next[place] = add(entry, {.beam = static_cast<std::int64_t>(place)});
}

std::int64_t BeamRecorder::ends(const Entry &entry, BeamEnd why)
{
    const std::int64_t node = add(entry, {.uncounted = why == BeamEnd::EndToken ? 1 : 0});
    if (node >= 0)
        m_history->nodes[static_cast<std::size_t>(node)].end = why;
    return node;
}

void BeamRecorder::standsStill(std::size_t beam)
{
    const std::int64_t node = m_current[beam];
    if (node < 0)
        return;
    m_history->nodes[static_cast<std::size_t>(node)].end = BeamEnd::EarlyStopping;
    m_hasChildren[static_cast<std::size_t>(node)] = true;
}

void BeamRecorder::stepDone()
{
    const bool isCut = m_history->dropped > 0; // then a node without children may have had some
    for (const std::int64_t node : m_current)
        if (node >= 0 && !m_hasChildren[static_cast<std::size_t>(node)] && !isCut)
            m_history->nodes[static_cast<std::size_t>(node)].end = BeamEnd::Outscored;
    m_current = std::exchange(m_next, std::vector<std::int64_t>(m_options.beams, -1));
    ++m_step;
}

void BeamRecorder::runsOut(BeamEnd why)
{
    for (const std::int64_t node : m_current)
        if (node >= 0)
            m_history->nodes[static_cast<std::size_t>(node)].end = why;
}

void BeamRecorder::isResult(std::int64_t node, std::size_t rank)
{
    if (node >= 0)
        m_history->nodes[static_cast<std::size_t>(node)].hypothesis = static_cast<std::int64_t>(rank);
}

std::shared_ptr<const BeamHistory> BeamRecorder::finish()
{
    return std::exchange(m_history, nullptr);
}

} // namespace engine::generation

namespace engine {

std::string_view id(BeamEnd end) noexcept
{
    switch (end) {
    case BeamEnd::None:
        return "none";
    case BeamEnd::EndToken:
        return "end-token";
    case BeamEnd::StopString:
        return "stop-string";
    case BeamEnd::Outscored:
        return "outscored";
    case BeamEnd::Length:
        return "length";
    case BeamEnd::EarlyStopping:
        return "early-stopping";
    }
    return "none";
}

} // namespace engine
