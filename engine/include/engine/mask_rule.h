// SPDX-License-Identifier: GPL-3.0-or-later
// A mask as a rule: the value that the engine applies is the value that a view paints, and it can
// say in words why a query may or may not see a key.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace engine {

enum class MaskKind {
    Full,
    Causal,
    Padding,
    Window,  // keys near the query, and global tokens
    Pooled,  // queries and keys that stand for several positions
    Idle,    // queries that look at nothing
    Pattern, // a rule of its own
    All,     // every part must allow the pair
};

struct MaskPair {
    std::int64_t batch = 0;
    std::int64_t head = -1; // -1: any head
    std::int64_t query = 0;
    std::int64_t key = 0;
};

// A rule of its own, for what one attention does and no other: whoever has one derives from this. Immutable.
class MaskPattern {
public:
    virtual ~MaskPattern() = default;
    // With head −1: whether some head sees the pair.
    [[nodiscard]] virtual bool isVisible(const MaskPair &pair) const = 0;
    // The row of pair.query at once; pair.key is ignored. By default pair by pair.
    virtual void fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const;
    [[nodiscard]] virtual std::string why(const MaskPair &pair) const = 0; // "visible: …" or "hidden: …"
    [[nodiscard]] virtual std::string text() const = 0;
    [[nodiscard]] virtual bool differsByHead() const { return false; }
};

// [begin, end) of the positions that one query or key stands for.
struct PositionSpan {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    bool operator==(const PositionSpan &) const = default;
};

// Immutable. Positions count within the row: query q of this call stands at absolute position
// queryOffset + q (a cached step has a queryOffset), keys at 0 … keys − 1.
class MaskRule {
public:
    [[nodiscard]] static MaskRule full();
    // A query sees keys up to its own absolute position.
    [[nodiscard]] static MaskRule causal(std::int64_t queryOffset);
    // keep[b][k]: false hides key k of row b from every query.
    [[nodiscard]] static MaskRule padding(std::vector<std::vector<bool>> keep);
    [[nodiscard]] static MaskRule pattern(std::shared_ptr<const MaskPattern> pattern);
    // A query sees the keys at most `reach` positions away; global tokens see all and are seen by all. `globals` holds
    // their ascending positions, one list a row of the batch, or nothing.
    [[nodiscard]] static MaskRule window(std::int64_t reach, std::vector<std::vector<std::int64_t>> globals);
    // keep[b][q]: false leaves query q of row b without any key: its weights are all 0.
    [[nodiscard]] static MaskRule idle(std::vector<std::vector<bool>> keep);
    // Queries and keys stand for spans of positions. keep[b][k]: false hides key k, because part of it is padding;
    // empty: nothing is hidden.
    struct Pools {
        std::vector<PositionSpan> queries = {};
        std::vector<PositionSpan> keys = {};
        std::vector<std::vector<bool>> keep = {};
    };
    [[nodiscard]] static MaskRule pooled(Pools pools);
    // Visible only where every part says so.
    [[nodiscard]] static MaskRule all(std::vector<MaskRule> parts);

    // The rule as one head applies it; itself where all heads do the same. Without it a pair counts as visible when
    // some head sees it.
    [[nodiscard]] MaskRule ofHead(std::int64_t head) const;

    [[nodiscard]] MaskKind kind() const noexcept;
    [[nodiscard]] bool isVisible(std::int64_t batch, std::int64_t query, std::int64_t key) const;
    // One query's row at once: visible[k] becomes 1 or 0 for keys 0 … visible.size() − 1.
    void fillRow(std::int64_t batch, std::int64_t query, std::span<std::uint8_t> visible) const;
    // One sentence fragment, e.g. "visible: key 3 is not after query 5" or "hidden: key 7 is padding".
    [[nodiscard]] std::string why(std::int64_t batch, std::int64_t query, std::int64_t key) const;
    // A query whose weights are all 0, and do not sum to 1 as other rows do.
    [[nodiscard]] bool isIdle(std::int64_t batch, std::int64_t query) const;
    // The positions that a query or key of a pooled rule stands for; itself elsewhere.
    [[nodiscard]] PositionSpan querySpan(std::int64_t query) const;
    [[nodiscard]] PositionSpan keySpan(std::int64_t key) const;
    // A heading, e.g. "causal" or "full attention, padding hidden".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] const std::vector<MaskRule> &parts() const noexcept; // empty unless kind() is All
    [[nodiscard]] std::int64_t queryOffset() const noexcept;           // 0 unless causal
    // True when no pair can be hidden (the scorer then skips the mask altogether).
    [[nodiscard]] bool isTrivial() const noexcept;

private:
    [[nodiscard]] std::string windowWhy(std::int64_t batch, std::int64_t query, std::int64_t key) const;
    [[nodiscard]] std::string pooledWhy(std::int64_t batch, std::int64_t query, std::int64_t key) const;
    void fillWindow(std::int64_t batch, std::int64_t query, std::span<std::uint8_t> visible) const;

    struct Data;
    explicit MaskRule(std::shared_ptr<const Data> data);
    std::shared_ptr<const Data> m_data;
};

// How a hidden pair enters the score. Families differ here, and rows that see nothing show it:
// BERT-likes add the lowest float to every hidden pair, GPT-2 replaces the future and adds for padding.
enum class MaskMode { Add, Replace };

struct MaskTerm {
    MaskRule rule = MaskRule::full();
    MaskMode mode = MaskMode::Add;
    float value = 0.0F;
};

// The terms in the order in which they are applied, and the same thing as one rule to look at.
struct AppliedMask {
    std::vector<MaskTerm> terms;

    [[nodiscard]] MaskRule rule() const; // visible where every term's rule says so
};

} // namespace engine
