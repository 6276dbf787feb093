// SPDX-License-Identifier: GPL-3.0-or-later
#include "files/pickle.h"

#include "engine/error.h"
#include "files/pickle_cursor.h"

#include <bit>
#include <map>

namespace engine::files {
namespace {

constexpr std::size_t kMaxGlobalBytes = 256;
// Bounds on what costs memory or time without making a value, as multiples of the number of values.
constexpr std::size_t kPushesPerValue = 4;
constexpr std::size_t kInstructionsPerValue = 16;

enum class Opcode : unsigned char {
    Mark = '(',
    Stop = '.',
    Pop = '0',
    PopMark = '1',
    Dup = '2',
    Float = 'F',
    Int = 'I',
    BinInt = 'J',
    BinInt1 = 'K',
    Long = 'L',
    BinInt2 = 'M',
    None = 'N',
    PersId = 'P',
    BinPersId = 'Q',
    Reduce = 'R',
    String = 'S',
    BinString = 'T',
    ShortBinString = 'U',
    Unicode = 'V',
    BinUnicode = 'X',
    Append = 'a',
    Build = 'b',
    Global = 'c',
    Dict = 'd',
    EmptyDict = '}',
    Appends = 'e',
    Get = 'g',
    BinGet = 'h',
    Inst = 'i',
    LongBinGet = 'j',
    List = 'l',
    EmptyList = ']',
    Obj = 'o',
    Put = 'p',
    BinPut = 'q',
    LongBinPut = 'r',
    SetItem = 's',
    Tuple = 't',
    EmptyTuple = ')',
    SetItems = 'u',
    BinFloat = 'G',
    BinBytes = 'B',
    ShortBinBytes = 'C',
    Proto = 0x80,
    NewObj = 0x81,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8A,
    Long4 = 0x8B,
    ShortBinUnicode = 0x8C,
    BinUnicode8 = 0x8D,
    BinBytes8 = 0x8E,
    EmptySet = 0x8F,
    AddItems = 0x90,
    FrozenSet = 0x91,
    NewObjEx = 0x92,
    StackGlobal = 0x93,
    Memoize = 0x94,
    Frame = 0x95,
    ByteArray8 = 0x96,
};

} // namespace

// The stack machine of the format. Values live in the tree; the stack, the marks and the memo hold their indexes.
class PickleMachine {
public:
    PickleMachine(const std::string &nameForErrors, std::span<const std::byte> bytes, const PickleOptions &options)
        : m_name(nameForErrors), m_cursor(nameForErrors, bytes), m_options(options)
    {
    }

    std::shared_ptr<const PickleTree> run()
    {
        const std::size_t maxInstructions = kInstructionsPerValue * m_options.maxValues;
        for (std::size_t count = 0;; ++count) {
            if (count == maxInstructions)
                m_cursor.fail("more than " + std::to_string(maxInstructions) + " instructions");
            const auto code = m_cursor.byte();
            const auto op = static_cast<Opcode>(code);
            if (op == Opcode::Stop)
                break;
            if (!scalar(op) && !stringOrBytes(op) && !tuple(op) && !container(op) && !object(op) && !call(op) &&
                !bookkeeping(op))
                m_cursor.fail("opcode " + std::to_string(code) + " is unknown or not allowed");
        }
        m_tree->m_root = pop();
        m_tree->m_bytesRead = m_cursor.position();
        return m_tree;
    }

private:
    using Node = PickleTree::Node;

    // ---- stack ----
    void push(std::uint32_t node)
    {
        if (++m_pushes > kPushesPerValue * m_options.maxValues)
            m_cursor.fail("more than " + std::to_string(m_pushes - 1) + " values on the way");
        m_stack.push_back(node);
    }

    void pushNew(Node node)
    {
        if (m_tree->m_nodes.size() > m_options.maxValues)
            m_cursor.fail("more than " + std::to_string(m_options.maxValues) + " values");
        m_tree->m_nodes.push_back(std::move(node));
        push(static_cast<std::uint32_t>(m_tree->m_nodes.size() - 1));
    }

    void pushInteger(PickleKind kind, std::int64_t value)
    {
        Node node;
        node.kind = kind;
        node.integer = value;
        pushNew(std::move(node));
    }

    void pushText(PickleKind kind, std::string_view text)
    {
        Node node;
        node.kind = kind;
        node.text = text;
        pushNew(std::move(node));
    }

    void pushItems(PickleKind kind, std::vector<std::uint32_t> items)
    {
        Node node;
        node.kind = kind;
        node.items = std::move(items);
        pushNew(std::move(node));
    }

    // Values above the last mark are out of reach without popping the mark.
    [[nodiscard]] std::size_t floor() const { return m_marks.empty() ? 0 : m_marks.back(); }

    std::uint32_t pop()
    {
        const auto node = topIndex();
        m_stack.pop_back();
        return node;
    }

    [[nodiscard]] std::uint32_t topIndex() const
    {
        if (m_stack.size() <= floor())
            m_cursor.fail("the stack is empty");
        return m_stack.back();
    }

    Node &top() { return m_tree->m_nodes[topIndex()]; }

    std::vector<std::uint32_t> popToMark()
    {
        if (m_marks.empty())
            m_cursor.fail("a mark is missing");
        const auto begin = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
        std::vector<std::uint32_t> items(begin, m_stack.end());
        m_stack.erase(begin, m_stack.end());
        m_marks.pop_back();
        return items;
    }

    std::vector<std::uint32_t> popLast(std::size_t count)
    {
        std::vector<std::uint32_t> items(count);
        for (std::size_t i = count; i-- > 0;)
            items[i] = pop();
        return items;
    }

    std::string_view keep(std::string text) { return m_tree->m_strings.emplace_back(std::move(text)); }

    void pushUnicode(std::string_view text)
    {
        if (!isUtf8(text))
            m_cursor.fail("a string is not UTF-8");
        pushText(PickleKind::Text, text);
    }

    void pushLong(std::string_view bytes)
    {
        if (bytes.size() > sizeof(std::int64_t)) {
            pushText(PickleKind::BigInt, bytes);
            return;
        }
        const bool isNegative = !bytes.empty() && (static_cast<std::uint8_t>(bytes.back()) & 0x80U) != 0;
        std::uint64_t value = isNegative ? ~std::uint64_t{0} : 0;
        for (std::size_t i = bytes.size(); i-- > 0;)
            value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
        pushInteger(PickleKind::Int, std::bit_cast<std::int64_t>(value));
    }

    void pushFloat(double value) { pushInteger(PickleKind::Float, std::bit_cast<std::int64_t>(value)); }

    void pushGlobal(std::string_view module, std::string_view name)
    {
        if (module.size() + name.size() >= kMaxGlobalBytes)
            m_cursor.fail("the name of a global is longer than " + std::to_string(kMaxGlobalBytes) + " bytes");
        const auto global = keep(std::string(module) + "." + std::string(name));
        if (!m_options.allows || !m_options.allows(global))
            failFile(m_name + ": the pickle refers to " + std::string(global) +
                     ", which is not allowed (nothing was executed)");
        pushText(PickleKind::Global, global);
    }

    void pushCall(std::uint32_t callee, std::uint32_t arguments, std::uint32_t state = 0)
    {
        Node node;
        node.kind = PickleKind::Call;
        node.callee = callee;
        node.arguments = arguments;
        node.state = state;
        pushNew(std::move(node));
    }

    void pushPersistentId(std::uint32_t id)
    {
        Node node;
        node.kind = PickleKind::PersistentId;
        node.arguments = id;
        pushNew(std::move(node));
    }

    // ---- instructions, by group; false: not of this group ----
    bool scalar(Opcode op)
    {
        switch (op) {
        case Opcode::None:
            push(0);
            return true;
        case Opcode::NewTrue:
        case Opcode::NewFalse:
            pushInteger(PickleKind::Bool, op == Opcode::NewTrue ? 1 : 0);
            return true;
        case Opcode::Int:
            textInteger();
            return true;
        case Opcode::Long: {
            auto digits = m_cursor.line();
            if (digits.ends_with('L'))
                digits.remove_suffix(1);
            pushInteger(PickleKind::Int, m_cursor.decimal(digits));
            return true;
        }
        case Opcode::BinInt:
            pushInteger(PickleKind::Int,
                        std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(m_cursor.littleEndian(4))));
            return true;
        case Opcode::BinInt1:
            pushInteger(PickleKind::Int, m_cursor.byte());
            return true;
        case Opcode::BinInt2:
            pushInteger(PickleKind::Int, static_cast<std::int64_t>(m_cursor.littleEndian(2)));
            return true;
        case Opcode::Long1:
            pushLong(m_cursor.counted(1));
            return true;
        case Opcode::Long4:
            pushLong(m_cursor.counted(4));
            return true;
        case Opcode::Float:
            pushFloat(m_cursor.decimalNumber(m_cursor.line()));
            return true;
        case Opcode::BinFloat:
            pushFloat(m_cursor.bigEndianDouble());
            return true;
        default:
            return false;
        }
    }

    void textInteger()
    {
        const auto digits = m_cursor.line();
        if (digits == "00" || digits == "01") // how protocol 0 writes False and True
            pushInteger(PickleKind::Bool, digits == "01" ? 1 : 0);
        else
            pushInteger(PickleKind::Int, m_cursor.decimal(digits));
    }

    bool stringOrBytes(Opcode op)
    {
        switch (op) {
        case Opcode::String: // strings of Python 2: bytes that nearly always are ASCII
            pushText(PickleKind::Text, keep(unquoted(m_cursor, m_cursor.line())));
            return true;
        case Opcode::BinString:
            pushText(PickleKind::Text, m_cursor.counted(4));
            return true;
        case Opcode::ShortBinString:
            pushText(PickleKind::Text, m_cursor.counted(1));
            return true;
        case Opcode::Unicode:
            pushText(PickleKind::Text, keep(fromRawUnicodeEscape(m_cursor, m_cursor.line())));
            return true;
        case Opcode::ShortBinUnicode:
            pushUnicode(m_cursor.counted(1));
            return true;
        case Opcode::BinUnicode:
            pushUnicode(m_cursor.counted(4));
            return true;
        case Opcode::BinUnicode8:
            pushUnicode(m_cursor.counted(8));
            return true;
        case Opcode::ShortBinBytes:
            pushText(PickleKind::Bytes, m_cursor.counted(1));
            return true;
        case Opcode::BinBytes:
            pushText(PickleKind::Bytes, m_cursor.counted(4));
            return true;
        case Opcode::BinBytes8:
        case Opcode::ByteArray8:
            pushText(PickleKind::Bytes, m_cursor.counted(8));
            return true;
        default:
            return false;
        }
    }

    bool tuple(Opcode op)
    {
        switch (op) {
        case Opcode::EmptyTuple:
            pushItems(PickleKind::Tuple, {});
            return true;
        case Opcode::Tuple1:
        case Opcode::Tuple2:
        case Opcode::Tuple3:
            pushItems(PickleKind::Tuple,
                      popLast(static_cast<std::size_t>(op) - static_cast<std::size_t>(Opcode::Tuple1) + 1));
            return true;
        case Opcode::Tuple:
            pushItems(PickleKind::Tuple, popToMark());
            return true;
        default:
            return false;
        }
    }

    bool container(Opcode op)
    {
        switch (op) {
        case Opcode::EmptyList:
            pushItems(PickleKind::List, {});
            return true;
        case Opcode::List:
            pushItems(PickleKind::List, popToMark());
            return true;
        case Opcode::EmptyDict:
            pushItems(PickleKind::Dict, {});
            return true;
        case Opcode::Dict: {
            auto entries = popToMark();
            pushItems(PickleKind::Dict, {});
            addEntries(entries);
            return true;
        }
        case Opcode::EmptySet:
            pushItems(PickleKind::Set, {});
            return true;
        case Opcode::FrozenSet:
            pushItems(PickleKind::Set, popToMark());
            return true;
        case Opcode::Append:
            addItems(PickleKind::List, popLast(1));
            return true;
        case Opcode::Appends:
            addItems(PickleKind::List, popToMark());
            return true;
        case Opcode::AddItems:
            addItems(PickleKind::Set, popToMark());
            return true;
        case Opcode::SetItem:
            addEntries(popLast(2));
            return true;
        case Opcode::SetItems:
            addEntries(popToMark());
            return true;
        default:
            return false;
        }
    }

    void addItems(PickleKind expected, const std::vector<std::uint32_t> &items)
    {
        Node &target = top();
        if (target.kind != expected && target.kind != PickleKind::Call)
            m_cursor.fail("items for something that takes none");
        auto &list = target.kind == PickleKind::Call ? target.appended : target.items;
        list.insert(list.end(), items.begin(), items.end());
    }

    void addEntries(const std::vector<std::uint32_t> &entries)
    {
        Node &target = top();
        if (target.kind != PickleKind::Dict && target.kind != PickleKind::Call)
            m_cursor.fail("entries for something that is no dictionary");
        if (entries.size() % 2 != 0)
            m_cursor.fail("a dictionary key without a value");
        target.items.insert(target.items.end(), entries.begin(), entries.end());
    }

    bool object(Opcode op)
    {
        switch (op) {
        case Opcode::Global: {
            const auto module = m_cursor.line();
            pushGlobal(module, m_cursor.line());
            return true;
        }
        case Opcode::StackGlobal: {
            const auto parts = popLast(2);
            const auto &nodes = m_tree->m_nodes;
            if (nodes[parts[0]].kind != PickleKind::Text || nodes[parts[1]].kind != PickleKind::Text)
                m_cursor.fail("the name of a global is no string");
            pushGlobal(nodes[parts[0]].text, nodes[parts[1]].text);
            return true;
        }
        case Opcode::Build: {
            const auto state = pop();
            top().state = state;
            return true;
        }
        case Opcode::PersId:
            pushText(PickleKind::Text, m_cursor.line());
            pushPersistentId(pop());
            return true;
        case Opcode::BinPersId:
            pushPersistentId(pop());
            return true;
        default:
            return false;
        }
    }

    bool call(Opcode op)
    {
        switch (op) {
        case Opcode::Reduce:
        case Opcode::NewObj: {
            const auto parts = popLast(2);
            pushCall(parts[0], parts[1]);
            return true;
        }
        case Opcode::NewObjEx: {
            const auto parts = popLast(3);
            pushCall(parts[0], parts[1], parts[2]);
            return true;
        }
        case Opcode::Inst: {
            const auto module = m_cursor.line();
            pushGlobal(module, m_cursor.line());
            const auto callee = pop();
            pushItems(PickleKind::Tuple, popToMark());
            pushCall(callee, pop());
            return true;
        }
        case Opcode::Obj: {
            auto parts = popToMark();
            if (parts.empty())
                m_cursor.fail("an object without a class");
            const auto callee = parts.front();
            parts.erase(parts.begin());
            pushItems(PickleKind::Tuple, std::move(parts));
            pushCall(callee, pop());
            return true;
        }
        default:
            return false;
        }
    }

    bool bookkeeping(Opcode op)
    {
        switch (op) {
        case Opcode::Mark:
            if (m_marks.size() >= m_options.maxValues)
                m_cursor.fail("more than " + std::to_string(m_options.maxValues) + " marks");
            m_marks.push_back(m_stack.size());
            return true;
        case Opcode::Pop:
            // On a mark, POP takes the mark, as in the reference machine.
            if (!m_marks.empty() && m_marks.back() == m_stack.size())
                m_marks.pop_back();
            else
                pop();
            return true;
        case Opcode::PopMark:
            popToMark();
            return true;
        case Opcode::Dup:
            push(topIndex());
            return true;
        case Opcode::Put:
            remember(static_cast<std::uint64_t>(m_cursor.decimal(m_cursor.line())));
            return true;
        case Opcode::BinPut:
            remember(m_cursor.byte());
            return true;
        case Opcode::LongBinPut:
            remember(m_cursor.littleEndian(4));
            return true;
        case Opcode::Memoize:
            remember(m_memo.size());
            return true;
        case Opcode::Get:
            recall(static_cast<std::uint64_t>(m_cursor.decimal(m_cursor.line())));
            return true;
        case Opcode::BinGet:
            recall(m_cursor.byte());
            return true;
        case Opcode::LongBinGet:
            recall(m_cursor.littleEndian(4));
            return true;
        case Opcode::Proto:
            checkProtocol(m_cursor.byte());
            return true;
        case Opcode::Frame:
            if (m_cursor.littleEndian(8) > m_cursor.remaining())
                m_cursor.fail("truncated: a frame reaches beyond the end");
            return true;
        default:
            return false;
        }
    }

    void checkProtocol(unsigned version) const
    {
        constexpr unsigned kNewest = 5;
        if (version > kNewest)
            m_cursor.fail("protocol " + std::to_string(version) + ", expected at most " + std::to_string(kNewest));
    }

    void remember(std::uint64_t slot)
    {
        m_memo[slot] = topIndex();
        if (m_memo.size() > m_options.maxValues)
            m_cursor.fail("more than " + std::to_string(m_options.maxValues) + " remembered values");
    }

    void recall(std::uint64_t slot)
    {
        const auto it = m_memo.find(slot);
        if (it == m_memo.end())
            m_cursor.fail("nothing was remembered as " + std::to_string(slot));
        push(it->second);
    }

    std::string m_name;
    PickleCursor m_cursor;
    const PickleOptions &m_options;
    std::shared_ptr<PickleTree> m_tree = std::make_shared<PickleTree>();
    std::vector<std::uint32_t> m_stack;
    std::vector<std::size_t> m_marks;              // heights of the stack
    std::map<std::uint64_t, std::uint32_t> m_memo; // ordered: no choice of keys makes it slow
    std::size_t m_pushes = 0;
};

std::shared_ptr<const PickleTree> readPickle(const std::string &nameForErrors, std::span<const std::byte> bytes,
                                             const PickleOptions &options)
{
    return PickleMachine(nameForErrors, bytes, options).run();
}

} // namespace engine::files
