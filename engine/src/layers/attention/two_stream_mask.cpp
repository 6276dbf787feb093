// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention/two_stream_mask.h"

#include "engine/error.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace engine::layers {
namespace {

void requireShape(const Tensor &tensor, const Shape &expected, const char *name)
{
    if (tensor.shape() != expected)
        failArgument(std::string(name) + ": expected shape " + expected.text() + ", found " + tensor.shape().text());
}

// Not 0 → 1, of F32 or I64; nothing of a null tensor.
std::vector<std::uint8_t> flags(const Tensor &tensor)
{
    if (tensor.isNull())
        return {};
    std::vector<std::uint8_t> out(static_cast<std::size_t>(tensor.elements()));
    const auto isSet = [](auto value) { return static_cast<std::uint8_t>(value != 0 ? 1 : 0); };
    if (tensor.dtype() == DType::I64)
        std::ranges::transform(tensor.ints(), out.begin(), isSet);
    else
        std::ranges::transform(tensor.floats(), out.begin(), isSet);
    return out;
}

class TwoStreamPattern final : public MaskPattern {
public:
    TwoStreamPattern(const TwoStreamHiding &hiding, Stream stream)
        : m_hiding(hiding), m_stream(stream), m_isHiddenByOrder(flags(hiding.order)),
          m_isReal(flags(hiding.attentionMask))
    {
        m_hiding.order = {}; // the flags are enough
        m_hiding.attentionMask = {};
    }

    [[nodiscard]] bool isVisible(const MaskPair &pair) const override { return reason(pair) >= Reason::Itself; }

    void fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const override
    {
        std::ranges::fill(visible, std::uint8_t{1});
        const auto memory = static_cast<std::size_t>(m_hiding.memory);
        const auto own = memory + static_cast<std::size_t>(pair.query);
        if (m_hiding.isCausal && own + 1 < visible.size())
            std::ranges::fill(visible.subspan(own + 1), std::uint8_t{0});
        if (m_hiding.hasSameLength)
            std::ranges::fill(visible.first(std::min(visible.size(), static_cast<std::size_t>(pair.query))),
                              std::uint8_t{0});
        for (std::size_t k = memory; k < visible.size(); ++k) {
            const auto key = static_cast<std::int64_t>(k - memory);
            if (isHiddenByOrder(pair.batch, pair.query, key) || isPadding(pair.batch, key))
                visible[k] = 0;
        }
        if (m_stream == Stream::Content && own < visible.size())
            visible[own] = 1;
    }

    [[nodiscard]] std::string why(const MaskPair &pair) const override
    {
        const auto q = std::to_string(pair.query);
        const auto k = std::to_string(pair.key - m_hiding.memory);
        switch (reason(pair)) {
        case Reason::Future:
            return "hidden: position " + k + " comes after position " + q;
        case Reason::TooFar:
            return "hidden: key " + std::to_string(pair.key) + " is farther back than every query may see";
        case Reason::Padding:
            return "hidden: position " + k + " is padding";
        case Reason::OwnWord:
            return "hidden: the query stream does not see its own word, which it predicts";
        case Reason::Order:
            return "hidden: position " + k + " is not predicted before position " + q;
        case Reason::Itself:
            return "visible: the content stream sees its own word";
        case Reason::Memory:
            return "visible: key " + std::to_string(pair.key) + " is memory of a former segment";
        case Reason::Free:
            break;
        }
        if (!m_isHiddenByOrder.empty())
            return "visible: position " + k + " is predicted before position " + q;
        return m_hiding.isCausal ? "visible: position " + k + " is not after position " + q
                                 : "visible: position " + k + " is a real token";
    }

    [[nodiscard]] std::string text() const override
    {
        std::string out = m_stream == Stream::Content ? "content stream" : "query stream";
        if (!m_isHiddenByOrder.empty())
            out += ", by order of prediction";
        if (m_hiding.isCausal)
            out += ", causal";
        if (m_hiding.hasSameLength)
            out += ", equally far back";
        if (!m_isReal.empty())
            out += ", padding hidden";
        if (m_hiding.memory > 0)
            out += ", " + std::to_string(m_hiding.memory) + " positions of memory";
        return out;
    }

private:
    enum class Reason { Future, TooFar, Padding, OwnWord, Order, Itself, Memory, Free }; // visible from Itself on

    [[nodiscard]] Reason reason(const MaskPair &pair) const
    {
        const auto key = pair.key - m_hiding.memory;
        if (key == pair.query && m_stream == Stream::Content)
            return Reason::Itself;
        if (m_hiding.isCausal && key > pair.query)
            return Reason::Future;
        if (m_hiding.hasSameLength && pair.key < pair.query)
            return Reason::TooFar;
        if (key < 0)
            return Reason::Memory;
        if (isPadding(pair.batch, key))
            return Reason::Padding;
        if (isHiddenByOrder(pair.batch, pair.query, key))
            return key == pair.query ? Reason::OwnWord : Reason::Order;
        return Reason::Free;
    }

    [[nodiscard]] bool isHiddenByOrder(std::int64_t batch, std::int64_t query, std::int64_t key) const
    {
        const auto n = m_hiding.queries;
        return !m_isHiddenByOrder.empty() &&
               m_isHiddenByOrder[static_cast<std::size_t>((batch * n + query) * n + key)] != 0;
    }

    [[nodiscard]] bool isPadding(std::int64_t batch, std::int64_t key) const
    {
        return !m_isReal.empty() && m_isReal[static_cast<std::size_t>(batch * m_hiding.queries + key)] == 0;
    }

    TwoStreamHiding m_hiding;
    Stream m_stream;
    std::vector<std::uint8_t> m_isHiddenByOrder; // (batch, queries, queries), empty: nothing
    std::vector<std::uint8_t> m_isReal;          // (batch, queries), empty: all
};

} // namespace

MaskRule twoStreamMask(const TwoStreamHiding &hiding, Stream stream)
{
    if (!hiding.attentionMask.isNull())
        requireShape(hiding.attentionMask, {hiding.rows, hiding.queries}, "attention_mask");
    if (!hiding.order.isNull())
        requireShape(hiding.order, {hiding.rows, hiding.queries, hiding.queries}, "perm_mask");
    TwoStreamHiding what = hiding;
    if (!what.attentionMask.isNull() && std::ranges::count(what.attentionMask.ints(), 0) == 0)
        what.attentionMask = {}; // hides nothing
    if (what.attentionMask.isNull() && what.order.isNull() && !what.isCausal)
        return MaskRule::full();
    return MaskRule::pattern(std::make_shared<TwoStreamPattern>(what, stream));
}

} // namespace engine::layers
