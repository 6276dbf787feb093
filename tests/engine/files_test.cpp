// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "files/config.h"
#include "files/mapped_file.h"
#include "files/pickle.h"
#include "files/zip_archive.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

using namespace engine;
using namespace engine::files;
using namespace std::string_literals;

namespace {

// The message of the File error that the call throws, or what it did instead.
std::string failure(const std::function<void()> &call)
{
    try {
        call();
    } catch (const Error &e) {
        return (e.kind() == ErrorKind::File ? "" : "not a File error: ") + std::string(e.what());
    }
    return "no error";
}

void verifyContains(const std::string &text, const std::string &part)
{
    QVERIFY2(text.find(part) != std::string::npos, (text + "\n   has no: " + part).c_str());
}

// The tree, which keeps the bytes that it refers to.
std::shared_ptr<const PickleTree> read(const std::string &bytes, const PickleOptions &options = {})
{
    const auto kept = std::make_shared<const std::string>(bytes);
    auto tree = readPickle("test.pkl", std::as_bytes(std::span(kept->data(), kept->size())), options);
    const auto both = std::make_shared<const std::pair<decltype(kept), decltype(tree)>>(kept, tree);
    return {both, both->second.get()};
}

std::string pickleFailure(const std::string &bytes, const PickleOptions &options = {})
{
    return failure([&] { static_cast<void>(read(bytes, options)); });
}

std::string configFailure(const std::string &json, const std::function<void(const Config &)> &use)
{
    return failure([&] { use(Config::fromText("config.json", json)); });
}

const PickleOptions kAllowAll{.allows = [](std::string_view) { return true; }};

} // namespace

class FilesTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::filesystem::path write(const std::string &name, const std::string &content)
    {
        const auto file = std::filesystem::path(m_folder.path().toStdString()) / name;
        std::ofstream(file, std::ios::binary) << content;
        return file;
    }

private slots:
    void configGivesTypedValues()
    {
        const auto file =
            write("config.json", R"({"a": 3, "f": 0.5, "t": "x", "b": true, "n": null, "l": ["u", "v"]})");
        const Config config = Config::read(file);
        QCOMPARE(config.integer("a", 1), std::int64_t{3});
        QCOMPARE(config.number("a", 1), 3.0);
        QCOMPARE(config.number("f", 1), 0.5);
        QCOMPARE(config.text("t", ""), "x"s);
        QVERIFY(config.boolean("b", false));
        QVERIFY(!config.has("n"));
        QCOMPARE(config.integer("n", 7), std::int64_t{7});
        QVERIFY(!config.optionalInteger("absent"));
        QCOMPARE(config.texts("l"), (std::vector<std::string>{"u", "v"}));
        QCOMPARE(config.file(), file);
    }

    void configRefusesBadFiles()
    {
        const auto folder = std::filesystem::path(m_folder.path().toStdString());
        const auto reading = [](const std::filesystem::path &file) {
            return failure([&] { static_cast<void>(Config::read(file)); });
        };
        QCOMPARE(reading(folder / "absent.json"), (folder / "absent.json").string() + ": missing");
        verifyContains(reading(folder), "expected a file, found a folder");
        verifyContains(reading(write("empty.json", "")), "empty.json: expected a JSON object, found an empty file");
        verifyContains(reading(write("list.json", "[1]")), "list.json: expected a JSON object, found a list");
        verifyContains(reading(write("cut.json", R"({"a": )")), "cut.json: not valid JSON: parse error");
        verifyContains(reading(write("bytes.json", "{\"a\": \"\xff\xfe\"}")), "not valid JSON: parse error");
        verifyContains(reading(write("huge.json", std::string((16U << 20U) + 1, ' '))),
                       "too large: expected at most 16777216 bytes, found 16777217");
        verifyContains(reading(write("deep.json", "{\"a\":" + std::string(1000000, '['))),
                       "nested deeper than 512 levels");
    }

    void configRefusesWrongTypes()
    {
        const auto integer = [](const Config &c) { static_cast<void>(c.integer("k", 1)); };
        QCOMPARE(configFailure(R"({"k": "12"})", integer),
                 R"(config.json: k: expected an integer, found the string "12")"s);
        QCOMPARE(configFailure(R"({"k": 1.5})", integer), "config.json: k: expected an integer, found 1.5"s);
        QCOMPARE(configFailure(R"({"k": 18446744073709551615})", integer),
                 "config.json: k: expected an integer of 64 bits, found 18446744073709551615"s);
        QCOMPARE(configFailure(R"({"k": 99})", [](const Config &c) { static_cast<void>(c.integer("k", 1, 1, 64)); }),
                 "config.json: k: expected an integer from 1 to 64, found 99"s);
        QCOMPARE(configFailure(R"({"k": 1})", [](const Config &c) { static_cast<void>(c.boolean("k", true)); }),
                 "config.json: k: expected true or false, found 1"s);
        QCOMPARE(configFailure(R"({"k": true})", [](const Config &c) { static_cast<void>(c.number("k", 1)); }),
                 "config.json: k: expected a number, found true"s);
        QCOMPARE(configFailure(R"({"k": {}})", [](const Config &c) { static_cast<void>(c.text("k", "")); }),
                 "config.json: k: expected a string, found an object"s);
        QCOMPARE(configFailure(R"({"k": ["a", 1]})", [](const Config &c) { static_cast<void>(c.texts("k")); }),
                 "config.json: k: expected a list of strings, found in it 1"s);
    }

    void labelsComeInOrderOfTheirIds()
    {
        const auto labels = [](const std::string &json) { return Config::fromText("config.json", json).labels(); };
        QCOMPARE(labels("{}"), (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
        QCOMPARE(labels(R"({"num_labels": 3})").size(), std::size_t{3});
        // As text, "10" would come before "2".
        std::string json = R"({"id2label": {"10": "k", "2": "c")";
        for (const int id : {0, 1, 3, 4, 5, 6, 7, 8, 9})
            json += ", \"" + std::to_string(id) + "\": \"" + static_cast<char>('a' + id) + "\"";
        const auto ordered = labels(json + "}}");
        QCOMPARE(ordered.size(), std::size_t{11});
        QCOMPARE(ordered[2], "c"s);
        QCOMPARE(ordered[10], "k"s);
        const auto bad = [&](const std::string &text) { return failure([&] { static_cast<void>(labels(text)); }); };
        QCOMPARE(bad(R"({"id2label": {"0": "a", "2": "b"}})"),
                 R"(config.json: id2label: expected the ids 0 to 1, found "2")"s);
        verifyContains(bad(R"({"id2label": {"x": "a"}})"), R"(found "x")");
        verifyContains(bad(R"({"id2label": {"0": 1}})"), "expected a string for id 0, found 1");
        verifyContains(bad(R"({"id2label": []})"), "expected an object of labels by id");
        verifyContains(bad(R"({"num_labels": 100000000000})"), "num_labels: expected an integer from 1 to 1048576");
    }

    void mappedFilesSurviveReplacementAndNoticeTruncation()
    {
        const auto file = write("data", "abcdef");
        const auto mapped = MappedFile::open(file);
        QCOMPARE(mapped->text(), std::string_view("abcdef"));
        std::filesystem::remove(file);
        write("data", "other content");
        QCOMPARE(mapped->text(), std::string_view("abcdef"));
        mapped->ensureIntact();

        const auto cut = MappedFile::open(write("cut", std::string(10000, 'x')));
        std::filesystem::resize_file(cut->file(), 100);
        verifyContains(failure([&] { cut->ensureIntact(); }),
                       "cut short while it was open: expected 10000 bytes, found 100");
        QVERIFY(MappedFile::open(write("nothing", ""))->bytes().empty());
        verifyContains(failure([] { static_cast<void>(MappedFile::open("/dev/null")); }), "found a device or pipe");
    }

    void picklesOfEveryProtocol()
    {
        // {'a': [1, -2, 1.5, None, True, 2**40, (b'x', 'é')]}, written by CPython at protocols 0, 2 and 4
        const std::string protocol0 =
            "(dp0\nVa\np1\n(lp2\nI1\naI-2\naF1.5\naNaI01\naL1099511627776L\na(c_codecs\nencode\np3\n"
            "(Vx\np4\nVlatin1\np5\ntp6\nRp7\nV\xe9\np8\ntp9\nas.";
        const std::string protocol2 =
            "\x80\x02}q\x00X\x01\x00\x00\x00\x61q\x01]q\x02(K\x01J\xfe\xff\xff\xffG?\xf8\x00\x00\x00\x00\x00\x00N"
            "\x88\x8a\x06\x00\x00\x00\x00\x00\x01U\x01xX\x02\x00\x00\x00\xc3\xa9\x86q\x03"
            "es."s;
        const std::string protocol4 = "\x80\x04\x95\x32\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01\x61\x94]\x94("
                                      "K\x01J\xfe\xff\xff\xffG?\xf8\x00\x00\x00\x00\x00\x00N"
                                      "\x88\x8a\x06\x00\x00\x00\x00\x00\x01\x43\x01x\x94\x8c\x02\xc3\xa9\x94\x86\x94"
                                      "es.\x00\x00\x00\x00"s;
        for (const auto &bytes : {protocol0, protocol2, protocol4}) {
            const auto tree = read(bytes, kAllowAll);
            QVERIFY(tree->root().is(PickleKind::Dict));
            QCOMPARE(tree->root().entryCount(), std::size_t{1});
            QCOMPARE(tree->root().key(0).text(), std::string_view("a"));
            const auto list = tree->root().value(0);
            QCOMPARE(list.size(), std::size_t{7});
            QCOMPARE(list[0].integer(), std::int64_t{1});
            QCOMPARE(list[1].integer(), std::int64_t{-2});
            QCOMPARE(list[2].number(), 1.5);
            QVERIFY(list[3].is(PickleKind::None));
            QVERIFY(list[4].is(PickleKind::Bool) && list[4].integer() == 1);
            QCOMPARE(list[5].integer(), std::int64_t{1} << 40);
            QVERIFY(list[6].is(PickleKind::Tuple));
            QCOMPARE(list[6][1].text(), std::string_view("é"));
        }
        QCOMPARE(read(protocol2 + "rest")->bytesRead(), protocol2.size());
    }

    void picklesKeepCallsAsNodes()
    {
        // An object with arguments, entries and a state; a persistent id; a big integer; a set.
        const auto tree = read("\x80\x02(cm\nf\nK\x05\x85RX\x01\x00\x00\x00kK\x07s}bX\x02\x00\x00\x00idQ"
                               "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01(K\x01K\x02\x91t."s,
                               kAllowAll);
        const auto root = tree->root();
        QCOMPARE(root.size(), std::size_t{4});
        QVERIFY(root[0].isCallOf("m.f"));
        QCOMPARE(root[0].arguments()[0].integer(), std::int64_t{5});
        QCOMPARE(root[0].key(0).text(), std::string_view("k"));
        QCOMPARE(root[0].value(0).integer(), std::int64_t{7});
        QVERIFY(root[0].state().is(PickleKind::Dict));
        QVERIFY(root[1].is(PickleKind::PersistentId));
        QCOMPARE(root[1].arguments().text(), std::string_view("id"));
        QVERIFY(root[2].is(PickleKind::BigInt));
        QCOMPARE(root[2].text().size(), std::size_t{9});
        QCOMPARE(root[3].size(), std::size_t{2});
        QCOMPARE(tree->persistentIds().size(), std::size_t{1});
    }

    void picklesThatCallAreRefusedByName()
    {
        const std::string system = "cos\nsystem\n(S'echo pwned > /tmp/x'\ntR.";
        QCOMPARE(pickleFailure(system),
                 "test.pkl: the pickle refers to os.system, which is not allowed (nothing was executed)"s);
        verifyContains(pickleFailure("\x80\x04\x8c\x02os\x8c\x06system\x93)R."s), "refers to os.system");
        verifyContains(pickleFailure("(S'echo'\nios\nsystem\n."), "refers to os.system");
        verifyContains(pickleFailure("(cposix\nsystem\nS'echo'\no."), "refers to posix.system");
    }

    void brokenPicklesFailClearly()
    {
        verifyContains(pickleFailure(""), "malformed pickle at byte 0: truncated");
        verifyContains(pickleFailure("\x80\x02]"s), "truncated: expected 1 more bytes, found 0");
        verifyContains(pickleFailure("\x80\x07."s), "protocol 7, expected at most 5");
        verifyContains(pickleFailure("\xff."s), "opcode 255 is unknown");
        verifyContains(pickleFailure("\x82\x01."s), "opcode 130 is unknown or not allowed");
        verifyContains(pickleFailure("."), "the stack is empty");
        verifyContains(pickleFailure("(."), "the stack is empty");
        verifyContains(pickleFailure("e."), "a mark is missing");
        verifyContains(pickleFailure("h\x05."), "nothing was remembered as 5");
        verifyContains(pickleFailure("K\x01K\x02s."), "the stack is empty");
        verifyContains(pickleFailure("K\x01K\x02K\x03s."), "no dictionary");
        verifyContains(pickleFailure("K\x01K\x02\x61."), "items for something that takes none");
        verifyContains(pickleFailure("}(K\x01u."), "a dictionary key without a value");
        verifyContains(pickleFailure("X\xff\xff\xff\x7f."s), "truncated: expected 2147483647 more bytes");
        verifyContains(pickleFailure("\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s),
                       "truncated: expected 18446744073709551615");
        verifyContains(pickleFailure("\x8c\x02\xff\xfe."s), "not UTF-8");
        verifyContains(pickleFailure("I12x\n."), "expected an integer of 64 bits, found \"12x\"");
        verifyContains(pickleFailure("L99999999999999999999L\n."), "expected an integer of 64 bits");
        verifyContains(pickleFailure("S'a\n."), "expected a quoted string");
        verifyContains(pickleFailure("S'\\xZZ'\n."), "two hexadecimal digits");
        verifyContains(pickleFailure("V\\u12\n."), "expected a code point");
        verifyContains(pickleFailure("K\x01)\x93."s), "name of a global is no string");
    }

    void deepAndSwollenPicklesAreBounded()
    {
        // A million lists inside one another: no recursion, neither while reading nor while freeing.
        constexpr std::size_t kDepth = 1000000;
        const auto deep = read(std::string(kDepth, ']') + std::string(kDepth - 1, 'a') + ".");
        QCOMPARE(deep->root().size(), std::size_t{1});
        // A list that contains itself.
        QCOMPARE(read("]q\x00h\x00\x61."s)->root()[0].size(), std::size_t{1});
        // Each list holds the one before ten times: 10^40 leaves, but only 40 values.
        std::string bomb = "]q\x00"s;
        for (char level = 1; level <= 40; ++level) {
            bomb += "](";
            for (int i = 0; i < 10; ++i)
                bomb += std::string("h") + static_cast<char>(level - 1);
            bomb += std::string("eq") + level;
        }
        QCOMPARE(read(bomb + ".")->root().size(), std::size_t{10});

        const PickleOptions few{.maxValues = 1000};
        verifyContains(pickleFailure(std::string(2000, ']') + ".", few), "more than 1000 values");
        verifyContains(pickleFailure("]" + std::string(5000, '2') + ".", few), "more than 4000 values on the way");
        verifyContains(pickleFailure(std::string(2000, '(') + ".", few), "more than 1000 marks");
        verifyContains(pickleFailure("]" + std::string(2000, '\x94') + ".", few), "more than 1000 remembered values");
        std::string idle = "]";
        for (int i = 0; i < 20000; ++i)
            idle += "q\x01";
        verifyContains(pickleFailure(idle + ".", few), "more than 16000 instructions");
        verifyContains(pickleFailure("c" + std::string(300, 'm') + "\nf\n.", kAllowAll), "longer than 256 bytes");
    }

    void zipArchivesAreReadInPlace()
    {
        const auto folder = std::filesystem::path(MODELARIUM_FIXTURES) / "checkpoints";
        const auto plain = ZipArchive::open(MappedFile::open(folder / "zip" / "pytorch_model.bin"));
        const ZipEntry *entry = plain.find("pytorch_model/data.pkl");
        QVERIFY(entry && entry->isStored);
        const auto inPlace = plain.stored(*entry);
        const auto copied = plain.read(*entry);
        QVERIFY(std::equal(inPlace.begin(), inPlace.end(), copied.begin(), copied.end()));

        const auto packed = ZipArchive::open(MappedFile::open(folder / "zip-deflated" / "pytorch_model.bin"));
        const ZipEntry *deflated = packed.find("pytorch_model/data.pkl");
        QVERIFY(deflated && !deflated->isStored);
        QVERIFY(deflated->packedBytes < deflated->bytes);
        QVERIFY(packed.read(*deflated) == copied);
        QVERIFY(!plain.find("pytorch_model/none"));
    }

    void damagedZipArchivesFailClearly()
    {
        const auto original =
            readText(std::filesystem::path(MODELARIUM_FIXTURES) / "checkpoints" / "zip-deflated" / "pytorch_model.bin",
                     1U << 20U);
        const auto opening = [&](const std::string &bytes) {
            const auto file = write("bad.zip", bytes);
            return failure([&] {
                const auto archive = ZipArchive::open(MappedFile::open(file));
                for (const auto &[name, entry] : archive.entries())
                    static_cast<void>(archive.read(entry));
            });
        };
        QCOMPARE(opening(original), "no error"s);
        verifyContains(opening(original.substr(0, original.size() - 1)),
                       "damaged zip archive: no directory at its end");
        verifyContains(opening(original.substr(0, original.size() / 2)),
                       "damaged zip archive: no directory at its end");
        verifyContains(opening(original + "garbage"), "damaged zip archive: no directory at its end");
        verifyContains(opening(original.substr(1)), "damaged zip archive: ");

        const auto record = original.find("PK\x01\x02");
        const auto changed = [&](std::size_t at, const std::string &bytes) {
            std::string copy = original;
            return copy.replace(at, bytes.size(), bytes);
        };
        verifyContains(opening(changed(record + 24, "\xf0\xff\xff\xff")),
                       "claims to unpack to 4294967280 bytes, more than 64 times");
        verifyContains(opening(changed(record + 20, "\xf0\xff\xff\x7f")), "truncated: expected 2147483632 bytes");
        verifyContains(opening(changed(record + 42, "\xf0\xff\xff\x7f")),
                       "truncated: expected 30 bytes at byte 2147483632");
        verifyContains(opening(changed(record + 8, "\x01")), "is encrypted");
        verifyContains(opening(changed(original.size() - 12, "\xff\xff")), "claims 65535 entries");
        // One flipped bit in the packed data: the checksum or the decompressor notices.
        const auto first = ZipArchive::open(MappedFile::open(write("good.zip", original)));
        const auto offset = first.find("pytorch_model/data.pkl")->dataOffset + 40;
        QVERIFY(opening(changed(offset, std::string(1, static_cast<char>(original[offset] ^ 1)))) != "no error");
    }
};

QTEST_GUILESS_MAIN(FilesTest)
#include "files_test.moc"
