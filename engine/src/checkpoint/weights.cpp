// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/weights.h"

#include "checkpoint/finite.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace engine::checkpoint {
namespace {

bool isFloatingPoint(DType dtype)
{
    return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16 || dtype == DType::F64;
}

void addUnique(std::vector<std::string> &names, std::string name)
{
    if (std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(std::move(name));
}

// The names under which a file may hold the tensor, best first; aliases are not among them.
std::vector<std::string> spellings(const std::string &canonical, const NameRules &rules)
{
    std::vector<std::string> names{canonical};
    for (const auto &prefix : rules.prefixes) {
        if (canonical.starts_with(prefix))
            addUnique(names, canonical.substr(prefix.size()));
        else
            addUnique(names, prefix + canonical);
    }
    const std::size_t plain = names.size();
    for (std::size_t i = 0; i < plain; ++i)
        for (const auto &[current, older] : rules.endings)
            if (names[i].ends_with(current))
                addUnique(names, names[i].substr(0, names[i].size() - current.size()) + older);
    return names;
}

// The canonical name and all that share its storage by the rules, the asked one first.
std::vector<std::string> aliasGroup(std::string_view canonical, const NameRules &rules)
{
    std::vector<std::string> group{std::string(canonical)};
    for (std::size_t i = 0; i < group.size(); ++i)
        for (const auto &[one, other] : rules.aliases) {
            const std::string current = group[i]; // addUnique may move the strings
            if (one == current)
                addUnique(group, other);
            else if (other == current)
                addUnique(group, one);
        }
    return group;
}

std::string joined(const std::vector<std::string> &names)
{
    constexpr std::size_t kShown = 6;
    std::string out;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
        out += (i == 0 ? "" : ", ") + names[i];
    return names.size() > kShown ? out + ", …" : out;
}

} // namespace

struct Weights::Shared {
    WeightFiles files;
    NameRules rules;
    RunControl control;
    bool ignoresNonFinite = false;

    std::set<std::string, std::less<>> used;      // names in the files
    std::map<std::string, std::int64_t> elements; // by the name that stands for the alias group
    std::vector<std::string> order;               // keys of `elements` as they were bound
    std::unordered_map<std::string, Tensor> tied; // converted tensors that another name will ask for too
    std::shared_ptr<std::int64_t> bytesBound = std::make_shared<std::int64_t>(0); // of the whole, parts included
    std::map<std::string, std::shared_ptr<Shared>> parts;                         // by path

    using Found = std::map<std::string, TensorEntry, std::less<>>::const_iterator;

    // The entry of the canonical name, of one of its spellings or of an alias; end() when there is none.
    [[nodiscard]] Found find(std::string_view canonical) const
    {
        for (const auto &name : aliasGroup(canonical, rules))
            if (const auto it = findSpelling(name); it != files.tensors.end())
                return it;
        return files.tensors.end();
    }

    [[nodiscard]] Found findSpelling(const std::string &name) const
    {
        for (const auto &spelling : spellings(name, rules))
            if (const auto it = files.tensors.find(spelling); it != files.tensors.end())
                return it;
        return files.tensors.end();
    }

    void note(std::string_view canonical, const TensorEntry &entry)
    {
        const auto group = aliasGroup(canonical, rules);
        bool isKnown = false;
        for (const auto &name : group) {
            isKnown = isKnown || elements.contains(name);
            // Further copies of tied weights that a file may hold are no surprise.
            if (const auto it = findSpelling(name); it != files.tensors.end())
                used.insert(it->first);
        }
        if (isKnown)
            return;
        elements.emplace(canonical, entry.shape.elements());
        order.emplace_back(canonical);
        *bytesBound += entry.shape.elements() * static_cast<std::int64_t>(byteSize(entry.dtype));
        control.report(
            {.what = "loading", .done = std::min(*bytesBound, files.bytes), .total = files.bytes, .unit = "bytes"});
    }

    [[nodiscard]] Tensor bind(std::string_view canonical, Found found, const Shape &expected)
    {
        control.checkpoint();
        const auto &[name, entry] = *found;
        const std::string where = entry.file.string() + ": tensor " + name;
        if (entry.shape != expected)
            failFile(where + ": expected shape " + expected.text() + ", found " + entry.shape.text());
        if (!isFloatingPoint(entry.dtype))
            failFile(where + ": expected a type of floating-point numbers, found " +
                     std::string(engine::name(entry.dtype)));
        const bool isTied = aliasGroup(canonical, rules).size() > 1;
        if (const auto it = tied.find(name); isTied && it != tied.end()) {
            note(canonical, entry);
            return it->second;
        }
        Tensor tensor = entry.load().toFloats();
        if (!ignoresNonFinite)
            if (const auto bad = firstNonFinite(tensor.floats()))
                failFile(where + ": expected finite numbers, found " + nonFiniteText(tensor.floats()[*bad]) +
                         " at element " + std::to_string(*bad));
        if (isTied)
            tied.emplace(name, tensor);
        note(canonical, entry);
        return tensor;
    }
};

Weights::Weights(WeightFiles files, NameRules rules, const RunControl &control, bool ignoresNonFinite)
    : m_shared(std::make_shared<Shared>())
{
    m_shared->files = std::move(files);
    m_shared->rules = std::move(rules);
    m_shared->control = control;
    m_shared->ignoresNonFinite = ignoresNonFinite;
}

Weights::Weights(std::shared_ptr<Shared> shared, std::string path)
    : m_shared(std::move(shared)), m_path(std::move(path))
{
}

Weights Weights::operator/(std::string_view part) const
{
    if (part.empty())
        return *this;
    return {m_shared, m_path.empty() ? std::string(part) : m_path + "." + std::string(part)};
}

Weights Weights::operator/(std::int64_t index) const
{
    return *this / std::to_string(index);
}

Tensor Weights::tensor(std::string_view name, const Shape &expected) const
{
    const std::string canonical = (*this / name).m_path;
    const auto found = m_shared->find(canonical);
    if (found == m_shared->files.tensors.end()) {
        std::vector<std::string> looked;
        for (const auto &alias : aliasGroup(canonical, m_shared->rules))
            for (auto &spelling : spellings(alias, m_shared->rules))
                addUnique(looked, std::move(spelling));
        const auto &files = m_shared->files.files;
        const auto place = files.empty() ? std::filesystem::path() : files.front().parent_path();
        failFile(place.string() + ": tensor " + canonical + " is missing (looked for " + joined(looked) + ")");
    }
    return m_shared->bind(canonical, found, expected);
}

Tensor Weights::optional(std::string_view name, const Shape &expected) const
{
    const std::string canonical = (*this / name).m_path;
    const auto found = m_shared->find(canonical);
    return found == m_shared->files.tensors.end() ? Tensor() : m_shared->bind(canonical, found, expected);
}

bool Weights::has(std::string_view name) const
{
    return m_shared->find((*this / name).m_path) != m_shared->files.tensors.end();
}

std::optional<Shape> Weights::shapeOf(std::string_view name) const
{
    const auto found = m_shared->find((*this / name).m_path);
    return found == m_shared->files.tensors.end() ? std::nullopt : std::optional(found->second.shape);
}

Weights Weights::part(const std::string &path, const NameRules &rules) const
{
    auto &known = m_shared->parts[path];
    if (known)
        return {known, {}};
    known = std::make_shared<Shared>();
    known->files = m_shared->files;
    known->files.tensors.clear();
    const std::string prefix = path + ".";
    for (const auto &[name, entry] : m_shared->files.tensors)
        if (name.starts_with(prefix))
            known->files.tensors.emplace(name.substr(prefix.size()), entry);
    known->rules = rules;
    known->control = m_shared->control;
    known->ignoresNonFinite = m_shared->ignoresNonFinite;
    known->bytesBound = m_shared->bytesBound;
    return {known, {}};
}

std::vector<std::string> Weights::unused() const
{
    std::vector<std::string> out;
    for (const auto &[path, part] : m_shared->parts)
        for (const auto &name : Weights(part, {}).unused())
            out.push_back(path + "." + name);
    for (const auto &entry : m_shared->files.tensors) {
        const std::string &name = entry.first;
        const auto isOfPart = [&](const auto &one) { return name.starts_with(one.first + "."); };
        if (std::ranges::any_of(m_shared->parts, isOfPart))
            continue;
        const auto isEnding = [&](const std::string &ending) { return name.ends_with(ending); };
        const auto &ignored = m_shared->rules.ignored;
        if (!m_shared->used.contains(name) && std::none_of(ignored.begin(), ignored.end(), isEnding))
            out.push_back(name);
    }
    return out;
}

std::vector<std::pair<std::string, std::int64_t>> Weights::bound() const
{
    std::vector<std::pair<std::string, std::int64_t>> out;
    for (const auto &name : m_shared->order)
        out.emplace_back(name, m_shared->elements.at(name));
    for (const auto &[path, part] : m_shared->parts)
        for (const auto &[name, elements] : Weights(part, {}).bound())
            out.emplace_back(path + "." + name, elements);
    return out;
}

const WeightFiles &Weights::files() const noexcept
{
    return m_shared->files;
}

void Weights::add(const WeightFiles &more)
{
    auto &files = m_shared->files;
    for (const auto &[name, entry] : more.tensors) {
        const auto [it, isNew] = files.tensors.emplace(name, entry);
        if (!isNew)
            failFile(entry.file.string() + ": tensor " + name + " lies in " + it->second.file.string() + " too");
    }
    files.files.insert(files.files.end(), more.files.begin(), more.files.end());
    files.bytes += more.bytes;
    for (const auto &[key, value] : more.metadata)
        files.metadata.emplace(key, value);
}

} // namespace engine::checkpoint
