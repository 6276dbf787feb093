// SPDX-License-Identifier: GPL-3.0-or-later
// A reader for Python pickles that executes nothing: what would be a call stays a node that names its callee.
// Source of the format: Lib/pickletools.py of CPython, protocols 0 to 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace engine::files {

enum class PickleKind {
    None,
    Bool,
    Int,
    BigInt, // beyond 64 bits; text() has the bytes, little-endian two's complement
    Float,
    Text,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    Global,       // text() is "module.name"; never looked up
    Call,         // callee(arguments), never executed; later list items and dictionary entries are its own
    PersistentId, // arguments() is the id
};

class PickleTree;

// A handle on one value of a tree, as cheap as a pointer. Values may be shared and may contain themselves: never walk
// them without a bound. Accessors of another kind give the empty value of their type.
class PickleValue {
public:
    [[nodiscard]] PickleKind kind() const noexcept;
    [[nodiscard]] bool is(PickleKind kind) const noexcept { return this->kind() == kind; }
    [[nodiscard]] std::int64_t integer() const noexcept;  // Int, Bool
    [[nodiscard]] double number() const noexcept;         // Float, Int
    [[nodiscard]] std::string_view text() const noexcept; // Text, Bytes, Global, BigInt; lives as long as the tree

    // Items of a List, Tuple or Set, and what was appended to a Call.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] PickleValue operator[](std::size_t index) const; // Internal error beyond the end

    // Entries of a Dict, and what was put into a Call (an OrderedDict is a Call).
    [[nodiscard]] std::size_t entryCount() const noexcept;
    [[nodiscard]] PickleValue key(std::size_t index) const;
    [[nodiscard]] PickleValue value(std::size_t index) const;

    [[nodiscard]] PickleValue callee() const noexcept;    // of a Call; otherwise None
    [[nodiscard]] PickleValue arguments() const noexcept; // of a Call or PersistentId; otherwise None
    [[nodiscard]] PickleValue state() const noexcept;     // what BUILD gave to a Call; otherwise None
    [[nodiscard]] bool isCallOf(std::string_view global) const noexcept;

    // Kind and value in a few words, for error messages.
    [[nodiscard]] std::string describe() const;

private:
    friend class PickleTree;
    PickleValue(const PickleTree *tree, std::uint32_t node) : m_tree(tree), m_node(node) {}
    const PickleTree *m_tree;
    std::uint32_t m_node;
};

struct PickleOptions {
    std::size_t maxValues = std::size_t{1} << 22U; // each costs less than 100 bytes
    // Whether the pickle may mention the global; empty: none may.
    std::function<bool(std::string_view global)> allows = {};
};

// All values of one pickle in one block: freeing a deeply nested or cyclic value needs no recursion.
class PickleTree {
public:
    [[nodiscard]] PickleValue root() const noexcept { return {this, m_root}; }
    [[nodiscard]] std::vector<PickleValue> persistentIds() const;                // all of them, wherever they stand
    [[nodiscard]] std::size_t bytesRead() const noexcept { return m_bytesRead; } // up to and including STOP

private:
    friend class PickleValue;
    friend class PickleMachine;
    struct Node {
        PickleKind kind = PickleKind::None;
        std::uint32_t callee = 0; // node 0 is None
        std::uint32_t arguments = 0;
        std::uint32_t state = 0;
        std::int64_t integer = 0; // a Float keeps its bits here
        std::string_view text;
        std::vector<std::uint32_t> items;    // a Dict or Call: key, value, key, value, …
        std::vector<std::uint32_t> appended; // to a Call
    };

    [[nodiscard]] const Node &node(std::uint32_t index) const noexcept { return m_nodes[index]; }

    std::vector<Node> m_nodes{1};
    std::deque<std::string> m_strings; // those that do not stand in the input as they are
    std::uint32_t m_root = 0;
    std::size_t m_bytesRead = 0;
};

// The pickle at the start of `bytes`, which must outlive the tree. `nameForErrors` begins every message. File error
// when it is truncated, malformed, too large, or mentions a global that is not allowed.
[[nodiscard]] std::shared_ptr<const PickleTree>
readPickle(const std::string &nameForErrors, std::span<const std::byte> bytes, const PickleOptions &options);

} // namespace engine::files
