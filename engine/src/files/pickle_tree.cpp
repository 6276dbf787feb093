// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "files/pickle.h"

#include <bit>

namespace engine::files {

PickleKind PickleValue::kind() const noexcept
{
    return m_tree->node(m_node).kind;
}

std::int64_t PickleValue::integer() const noexcept
{
    return is(PickleKind::Int) || is(PickleKind::Bool) ? m_tree->node(m_node).integer : 0;
}

double PickleValue::number() const noexcept
{
    if (is(PickleKind::Float))
        return std::bit_cast<double>(m_tree->node(m_node).integer);
    return static_cast<double>(integer());
}

std::string_view PickleValue::text() const noexcept
{
    return m_tree->node(m_node).text;
}

std::size_t PickleValue::size() const noexcept
{
    const auto &node = m_tree->node(m_node);
    if (is(PickleKind::Dict))
        return 0;
    return is(PickleKind::Call) ? node.appended.size() : node.items.size();
}

PickleValue PickleValue::operator[](std::size_t index) const
{
    const auto &node = m_tree->node(m_node);
    if (index >= size())
        failInternal("item " + std::to_string(index) + " of " + describe());
    return {m_tree, is(PickleKind::Call) ? node.appended[index] : node.items[index]};
}

std::size_t PickleValue::entryCount() const noexcept
{
    return is(PickleKind::Dict) || is(PickleKind::Call) ? m_tree->node(m_node).items.size() / 2 : 0;
}

PickleValue PickleValue::key(std::size_t index) const
{
    if (index >= entryCount())
        failInternal("entry " + std::to_string(index) + " of " + describe());
    return {m_tree, m_tree->node(m_node).items[2 * index]};
}

PickleValue PickleValue::value(std::size_t index) const
{
    if (index >= entryCount())
        failInternal("entry " + std::to_string(index) + " of " + describe());
    return {m_tree, m_tree->node(m_node).items[2 * index + 1]};
}

PickleValue PickleValue::callee() const noexcept
{
    return {m_tree, m_tree->node(m_node).callee};
}

PickleValue PickleValue::arguments() const noexcept
{
    return {m_tree, m_tree->node(m_node).arguments};
}

PickleValue PickleValue::state() const noexcept
{
    return {m_tree, m_tree->node(m_node).state};
}

bool PickleValue::isCallOf(std::string_view global) const noexcept
{
    return is(PickleKind::Call) && callee().is(PickleKind::Global) && callee().text() == global;
}

std::string PickleValue::describe() const
{
    constexpr std::size_t kMaxShown = 60;
    switch (kind()) {
    case PickleKind::None:
        return "None";
    case PickleKind::Bool:
        return integer() != 0 ? "True" : "False";
    case PickleKind::Int:
        return "the integer " + std::to_string(integer());
    case PickleKind::BigInt:
        return "an integer of " + std::to_string(text().size()) + " bytes";
    case PickleKind::Float:
        return "the number " + std::to_string(number());
    case PickleKind::Text:
        return text().size() > kMaxShown ? "a string of " + std::to_string(text().size()) + " bytes"
                                         : "the string \"" + std::string(text()) + "\"";
    case PickleKind::Bytes:
        return std::to_string(text().size()) + " bytes";
    case PickleKind::List:
        return "a list of " + std::to_string(size());
    case PickleKind::Tuple:
        return "a tuple of " + std::to_string(size());
    case PickleKind::Dict:
        return "a dictionary of " + std::to_string(entryCount());
    case PickleKind::Set:
        return "a set of " + std::to_string(size());
    case PickleKind::Global:
        return std::string(text());
    case PickleKind::Call:
        return callee().is(PickleKind::Global) ? "a " + std::string(callee().text()) : "a call";
    case PickleKind::PersistentId:
        return "a persistent id";
    }
    return "a value";
}

std::vector<PickleValue> PickleTree::persistentIds() const
{
    std::vector<PickleValue> out;
    for (std::uint32_t i = 0; i < m_nodes.size(); ++i)
        if (m_nodes[i].kind == PickleKind::PersistentId)
            out.push_back({this, i});
    return out;
}

} // namespace engine::files
